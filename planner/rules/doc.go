// Package rules rewrites relational trees into cheaper ones with the same rows.
//
// The main function is [Optimize]. It runs a fixed sequence, each step in a file of its own: constants are computed, an order with a limit becomes
// a Top-N, predicates move to the sources (ROW_NUMBER with a bound becomes a Top-N on the way), projections are merged, window functions
// with their aggregation become one operator, join conditions are split into keys and a rest, columns and fields nobody reads are dropped down
// to the sources, Top-1 by time becomes deduplication. Equal parts of all queries of the job are
// made one node. Joins are not reordered.
//
// The package must not know SQL text or catalogs.
package rules
