// Package physical turns relational operators into a plan.Graph: it picks the operators, places the exchanges, sets modes, parallelism and
// state retention, and gives every operator a stable id.
//
// The main function is [Build]. A relational node that several others read becomes one operator with several consumers. Ids are derived from
// the kind of the operator, the names of its keys and the lineage of its inputs, so that planning the same query again, or a query
// changed elsewhere, finds the same state.
//
// The package must not know SQL text or catalogs, nor how operators are executed.
package physical
