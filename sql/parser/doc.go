// Package parser turns SQL text into the statements of package ast.
//
// Parse reads a script, ParseStatement exactly one statement, ParseQuery,
// ParseExpr and ParseType their parts. Split finds the statements of a script
// even if some of them are broken; Complete tells an interactive client whether
// more input is needed. Errors are *sqlerr.Error with a position; the code
// Incomplete says that the text ends too early.
//
// Statements are read by hand, word by word. Queries and expressions go through
// TiDB's parser; see the package dialect below internal. All functions are
// safe for concurrent use and keep nothing.
package parser
