package ast

import "strings"

// Node is anything with a place in the text.
type Node interface {
	// Pos is the byte offset of the first token.
	Pos() int
}

// Expr is an expression.
type Expr interface {
	Node
	exprNode()
}

// TableRef is something that can stand in FROM.
type TableRef interface {
	Node
	tableRefNode()
}

// Body is the part of a query between WITH and ORDER BY: *Select, *SetOp,
// *Values, *TableQuery, or *Query for a query in parentheses.
type Body interface {
	Node
	bodyNode()
}

// Stmt is a statement.
type Stmt interface {
	Node
	// Range returns the byte range of the statement's text without the
	// semicolon and without surrounding blanks.
	Range() (start, end int)
	stmtNode()
}

// At is the position of a node; nodes embed it.
type At int

// Pos returns the byte offset.
func (a At) Pos() int { return int(a) }

// Span is the byte range of a node's text; statements embed it.
type Span struct{ Start, End int }

// Pos returns the offset of the first byte.
func (s Span) Pos() int { return s.Start }

// Range returns start and end offset.
func (s Span) Range() (start, end int) { return s.Start, s.End }

// Text cuts the range out of the script it was parsed from.
func (s Span) Text(src string) string {
	if s.Start < 0 || s.End > len(src) || s.Start > s.End {
		return ""
	}
	return src[s.Start:s.End]
}

// Ident is one identifier. Names keep their case; comparison of tables and
// columns is case-sensitive, that of functions is not.
type Ident struct {
	At
	// Name is the identifier without quotes.
	Name string
	// Quoted reports whether it was written in back-quotes.
	Quoted bool
}

// Path is a possibly qualified name of a catalog object: [catalog.][database.]name.
type Path struct {
	At
	Parts []Ident
}

// Strings returns the names of the parts.
func (p Path) Strings() []string { return identStrings(p.Parts) }

// String returns the parts joined by dots, without quotes; for messages.
func (p Path) String() string { return strings.Join(p.Strings(), ".") }

// Last returns the last part's name, or "" if the path is empty.
func (p Path) Last() string {
	if len(p.Parts) == 0 {
		return ""
	}
	return p.Parts[len(p.Parts)-1].Name
}

func identStrings(ids []Ident) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.Name
	}
	return out
}

// Option is one 'key' = 'value' pair of WITH, SET, OPTIONS and the like.
type Option struct {
	At
	Key, Value string
}

// Hint is one hint of a /*+ … */ comment: OPTIONS('k'='v'), BROADCAST(t), ….
type Hint struct {
	At
	// Name is the hint's name in upper case.
	Name string
	// Options are the key-value arguments, in order, duplicates kept.
	Options []Option
	// Args are the plain arguments (identifiers and strings).
	Args []string
}
