package sqlerr

import (
	"errors"
	"fmt"
	"strings"
)

// Code classifies an error. The text of a code is stable: clients and tests
// may match it.
type Code string

// The codes.
const (
	// Syntax: the text is not SQL of our dialect.
	Syntax Code = "syntax"
	// Incomplete: the text ends before the statement does; more input could
	// make it valid.
	Incomplete Code = "incomplete"
	// UnknownName: a table, column, function, catalog … does not exist.
	UnknownName Code = "unknown-name"
	// AmbiguousName: a name fits more than one thing.
	AmbiguousName Code = "ambiguous-name"
	// Type: operand or argument types do not fit.
	Type Code = "type"
	// Unsupported: valid SQL that is not built yet or not possible here.
	Unsupported Code = "unsupported"
	// InvalidOption: a WITH, hint or SET option is unknown or has a bad value.
	InvalidOption Code = "invalid-option"
	// Validation: well formed, but against a rule of the language.
	Validation Code = "validation"
	// Exists: the object to create is already there.
	Exists Code = "exists"
	// Internal: a defect of ours; never the fault of the text.
	Internal Code = "internal"
)

// Error is a problem with a piece of SQL text.
type Error struct {
	// Code is the class of the problem.
	Code Code
	// Pos is the byte offset into Src at which the problem begins, or a
	// negative number if it has no place in the text.
	Pos int
	// Src is the whole text the offset counts in. Empty if unknown; then there
	// is no line, no column and no caret.
	Src string
	// In names what the text belongs to, such as "view `v`"; empty for the
	// statement itself.
	In string
	// Outer is where that is used; nil for the statement itself.
	Outer *Place
	// Msg says what is wrong, in lower case, without position and full stop.
	Msg string
	// Hint says what to do about it; may be empty.
	Hint string
	// Near is the text of the offending token as written, empty at the end of
	// the text or when no single token is to blame.
	Near string
	// Err is the cause, if another error lies below; may be nil.
	Err error
}

// New returns an error without a source text. At gives it one later.
func New(code Code, pos int, format string, args ...any) *Error {
	return &Error{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e that carries the hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// At returns err with src filled in as the text of the statement if err is (or
// wraps) an *Error with a position in the statement, but without its text; any
// other error is returned as it is.
func At(err error, src string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	p := e.outermost()
	if p.Src != "" || p.Pos < 0 {
		return err
	}
	c := *e
	if c.Outer == nil {
		c.Src = src
	} else {
		c.Outer = c.Outer.at(src)
	}
	return &c
}

// CodeOf returns the code of err, or the empty code if err is no *Error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// place is where the problem is.
func (e *Error) place() Place { return Place{Pos: e.Pos, Src: e.Src, In: e.In, Outer: e.Outer} }

// outermost is the place in the statement.
func (e *Error) outermost() Place {
	p := e.place()
	for p.Outer != nil {
		p = *p.Outer
	}
	return p
}

// Error returns "message at line L, column C", or just the message if the
// place is not known. A place in a view is told together with that at which
// the statement uses the view.
func (e *Error) Error() string {
	text := e.Message()
	p := e.outermost()
	if !p.known() {
		return text
	}
	if e.Outer != nil {
		text += ", used"
	}
	return text + p.lineText()
}

// Message returns the message with the places in views, but without that in
// the statement: for those who print it themselves; see LineColumn.
func (e *Error) Message() string {
	var text strings.Builder
	text.WriteString(e.Msg)
	for p, n := e.place(), 0; p.Outer != nil; p, n = *p.Outer, n+1 {
		if n > 0 {
			text.WriteString(", used")
		}
		text.WriteString(" in " + p.In)
		if p.known() {
			text.WriteString(p.lineText())
		}
	}
	return text.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Line returns the line of the problem in the statement, counted from 1; 0 if
// unknown.
func (e *Error) Line() int { l, _ := e.LineColumn(); return l }

// Column returns the column of the problem in the statement in runes, counted
// from 1; 0 if unknown.
func (e *Error) Column() int { _, c := e.LineColumn(); return c }

// LineColumn returns line and column in the statement, both counted from 1, the
// column in runes; both are 0 if the place is unknown.
func (e *Error) LineColumn() (line, column int) {
	p := e.outermost()
	if !p.known() {
		return 0, 0
	}
	return Position(p.Src, p.Pos)
}

// Caret renders the error for a terminal: the message, the source line, a line
// with a caret under the place, and the hint; for a place in a view also the
// line that uses it. Without a known place it is the message and the hint.
func (e *Error) Caret() string {
	return e.CaretWith(func(src string, pos int) (string, int) { return src, pos })
}

// CaretWith is Caret with texts as show changes them, which also tells where an
// offset is then: for texts with something that must not be seen. Lines and
// columns are those of the text as it was written.
func (e *Error) CaretWith(show func(src string, pos int) (string, int)) string {
	var b strings.Builder
	b.WriteString(e.Error())
	for p := e.place(); ; p = *p.Outer {
		if p.known() {
			shown := p
			shown.Src, shown.Pos = show(p.Src, p.Pos)
			shown.mark(&b)
		}
		if p.Outer == nil {
			break
		}
	}
	if e.Hint != "" {
		b.WriteString("\nhint: ")
		b.WriteString(e.Hint)
	}
	return b.String()
}
