// Package accum holds the accumulators of aggregate functions.
//
// The main type is [Set]: the aggregate calls of an operator, compiled. Equal parts are shared: AVG and SUM of one column have one sum,
// and COUNT(DISTINCT x) with several filters one map of values. A Set lays its accumulators out in the payload of a row of package table;
// a [State] is such a table together with the tables of values that DISTINCT, LISTAGG, retractable MIN and their like need.
//
// [Set.Update] takes a batch and the row of each of its rows, [Set.Results] makes the result columns of rows, [Set.Merge] adds rows of one
// state to rows of another (panes of a window, sessions). [Set.Save] and [Set.Load] are the form of checkpoints: tables of the key
// columns with their SQL types and of the accumulators.
//
// A Set and its States are used by one goroutine; a frozen State may be saved by another.
//
// Invariants:
//
//  1. A payload of zeros is the accumulator of no rows.
//  2. Results are those of Flink: SUM keeps the type of its argument (integers wrap around, DECIMAL gets 38 digits and becomes NULL when
//     they do not suffice), AVG of integers cuts toward zero, no rows give NULL but for COUNT (0), COLLECT and JSON (empty).
//  3. Rows that are taken away undo rows that were added; the order of values (LISTAGG, FIRST_VALUE) is that of arrival.
package accum
