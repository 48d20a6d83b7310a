// Package ast is the syntax tree of Millrace's SQL: statements, queries, table
// references, expressions and type names, as written, before any name is
// resolved.
//
// Positions are byte offsets into the text that was parsed (the whole script,
// not the single statement). Pos of an expression is the offset of its first
// token. Statements and the queries of statements also know where they end, so
// that their text can be cut out of the script.
//
// Every family is a sealed interface (Stmt, Expr, TableRef, Body, AlterAction):
// a type switch over the types of this package is complete. Nil pointers and
// nil interfaces mean "not written" wherever a field's comment says optional.
// A tree is plain data; it belongs to whoever parsed it, and may be read from
// many goroutines as long as nobody writes.
package ast
