// Package expr holds typed scalar expressions as data: what the planner makes of the expressions of a query, what plans carry, and what
// operators/eval compiles.
//
// The one type is [Expr], a tree of nodes of five kinds: a column of the input, a literal, a call of a built-in function or operator by its
// canonical name, a cast, and the access to a field of a ROW. Every node has its full type; arguments have been coerced already, so that
// a function finds exactly the types that its signature in sql/function announces. Expressions are immutable once built and have a JSON form.
//
// The package must not know how anything is evaluated.
package expr
