// Package bind turns queries into relational trees: it resolves names and types and checks what the dialect forbids.
//
// The main type is [Binder]. [Binder.Query] binds a query, [Binder.Insert] a statement that writes. Expressions are bound by planner/scalar
// through a scope that stands for one place of a query. While a query block is bound, what an expression needs from elsewhere is a column
// with a number in a range of its own: results of aggregates, of OVER and of sub-queries, and columns of an outer query. When the operators
// that produce them are in place, these numbers are replaced by positions. Sub-queries become joins here; nothing correlated is left.
//
// A Binder is used for one statement by one goroutine. The package must not know how plans are optimised or executed.
package bind
