package parser

import (
	"fmt"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// Span is the byte range of a statement in a script, without its semicolon.
type Span struct{ Start, End int }

// Parse parses a script of statements separated by semicolons. It stops at the
// first error and returns the statements before it along with it.
func Parse(src string) ([]ast.Stmt, error) {
	var out []ast.Stmt
	for _, s := range lex.Split(lex.Lex(src)) {
		stmt, err := statement(src, s)
		if err != nil {
			return out, err
		}
		out = append(out, stmt)
	}
	return out, nil
}

// ParseStatement parses a text that holds exactly one statement, with or
// without a semicolon.
func ParseStatement(src string) (ast.Stmt, error) {
	list := lex.Split(lex.Lex(src))
	switch len(list) {
	case 0:
		return nil, &sqlerr.Error{Code: sqlerr.Incomplete, Pos: len(src), Src: src, Msg: "expected a statement but found the end of the input"}
	case 1:
		return statement(src, list[0])
	}
	if _, err := statement(src, list[0]); err != nil {
		return nil, err
	}
	return nil, &sqlerr.Error{Code: sqlerr.Unsupported, Pos: list[1].Start, Src: src, Msg: "only single statement supported"}
}

// ParseQuery parses a single query without a semicolon.
func ParseQuery(src string) (*ast.Query, error) { return whole(src, dialect.Query) }

// ParseExpr parses a single expression.
func ParseExpr(src string) (ast.Expr, error) { return whole(src, dialect.Expr) }

// ParseType parses a data type, with NULL or NOT NULL if written.
func ParseType(src string) (*ast.TypeName, error) { return whole(src, dialect.Type) }

// whole reads the whole text with one function.
func whole[T any](src string, read func(*lex.Cursor) T) (out T, err error) {
	c := lex.NewCursor(src, lex.Lex(src))
	defer recoverTo(src, 0, &err)
	x := read(c)
	if !c.Failed() && !c.AtEnd() {
		c.FailExpected("the end of the input")
	}
	if c.Failed() {
		return out, c.Err()
	}
	return x, nil
}

// Split returns the ranges of the statements of a script, whether they parse or
// not. Empty statements and comments between statements have no range.
func Split(src string) []Span {
	var out []Span
	for _, s := range lex.Split(lex.Lex(src)) {
		out = append(out, Span{s.Start, s.End})
	}
	return out
}

// State says whether a text is ready to run.
type State uint8

// The states of a text.
const (
	// StateEmpty: nothing but blanks and comments.
	StateEmpty State = iota
	// StateIncomplete: a string, a comment, BEGIN … END or the last statement
	// is open; more input is needed.
	StateIncomplete
	// StateComplete: the text ends with a semicolon.
	StateComplete
)

// String returns the state's name.
func (s State) String() string { return [...]string{"empty", "incomplete", "complete"}[s] }

// Complete tells an interactive client whether to run src or to ask for more
// lines. It looks at tokens only: a complete text may still be wrong.
func Complete(src string) State {
	toks := lex.Lex(src)
	for _, t := range toks {
		if t.Kind == lex.Bad && t.Err.Code == sqlerr.Incomplete {
			return StateIncomplete
		}
	}
	list := lex.Split(toks)
	switch {
	case len(list) == 0:
		return StateEmpty
	case !list[len(list)-1].Closed:
		return StateIncomplete
	}
	return StateComplete
}

// statement parses one statement of a script.
func statement(src string, s lex.Statement) (stmt ast.Stmt, err error) {
	c := lex.NewCursor(src, s.Tokens)
	p := &parser{c: c}
	defer recoverTo(src, s.Start, &err)
	stmt = p.statement()
	if !c.Failed() && !c.AtEnd() {
		c.FailExpected("the end of the statement")
	}
	if c.Failed() {
		return nil, c.Err()
	}
	if err := check(src, stmt); err != nil {
		return nil, err
	}
	return stmt, nil
}

// recoverTo turns a panic, which would be a defect here, into an internal error.
func recoverTo(src string, pos int, err *error) {
	if p := recover(); p != nil {
		*err = &sqlerr.Error{Code: sqlerr.Internal, Pos: pos, Src: src, Msg: fmt.Sprintf("internal error in the parser (%v)", p)}
	}
}

// parser reads statements from a cursor.
type parser struct {
	c *lex.Cursor
	// depth counts statements within statements (EXPLAIN).
	depth int
}

func (p *parser) fail(code sqlerr.Code, pos int, format string, args ...any) {
	p.c.Fail(code, pos, format, args...)
}

// span is the range from start to the last token taken.
func (p *parser) span(start int) ast.Span { return ast.Span{Start: start, End: p.c.PrevEnd()} }
