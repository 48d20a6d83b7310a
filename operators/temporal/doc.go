// Package temporal joins rows with the version of a table that is valid at their time: the operator of plan.TemporalJoin.
//
// [Join] keeps the rows of the left side until the watermark passes their time; then no version before it can come any more. Of the right side it
// keeps, for each key, the versions by their time: all that are ahead of the watermark and the last one before it. A version is valid from its own
// time on; of two with one time the later one replaces the other. A deletion, and a version whose column Alive is not TRUE, ends the one before
// it, at its own time. Rows of the left side leave in the order of their arrival, with the kinds they came with; those that are late are dropped
// and counted.
//
// The state is two tables of rows, by key group: the rows that wait, and the versions.
package temporal
