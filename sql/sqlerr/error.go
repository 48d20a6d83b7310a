package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
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

// At returns err with src filled in if err is (or wraps) an *Error with a
// position but without a source text; any other error is returned as it is.
func At(err error, src string) error {
	var e *Error
	if !errors.As(err, &e) || e.Src != "" || e.Pos < 0 {
		return err
	}
	c := *e
	c.Src = src
	return &c
}

// CodeOf returns the code of err, or the empty code if err is no *Error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// hasPlace reports whether e has a place in a known text.
func (e *Error) hasPlace() bool { return e.Src != "" && e.Pos >= 0 }

// Error returns "message at line L, column C", or just the message if the
// place is not known.
func (e *Error) Error() string {
	if !e.hasPlace() {
		return e.Msg
	}
	line, col := e.LineColumn()
	return fmt.Sprintf("%s at line %d, column %d", e.Msg, line, col)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Line returns the line of the problem, counted from 1; 0 if unknown.
func (e *Error) Line() int { l, _ := e.LineColumn(); return l }

// Column returns the column of the problem in runes, counted from 1; 0 if
// unknown.
func (e *Error) Column() int { _, c := e.LineColumn(); return c }

// LineColumn returns line and column, both counted from 1, the column in runes;
// both are 0 if the place is unknown.
func (e *Error) LineColumn() (line, column int) {
	if !e.hasPlace() {
		return 0, 0
	}
	return Position(e.Src, e.Pos)
}

// Position converts a byte offset into line and column, both counted from 1.
// Lines end with LF, CR LF or CR. A tab is one column. An offset past the end
// stands for the end.
func Position(src string, pos int) (line, column int) {
	pos = max(0, min(pos, len(src)))
	start := lineStart(src, pos)
	line = 1
	for i := range start {
		switch {
		case src[i] == '\n':
			line++
		case src[i] == '\r' && !strings.HasPrefix(src[i+1:], "\n"):
			line++
		}
	}
	return line, utf8.RuneCountInString(src[start:pos]) + 1
}

// lineStart returns the offset of the first byte of the line that holds pos.
func lineStart(src string, pos int) int {
	for i := pos; i > 0; i-- {
		switch src[i-1] {
		case '\n':
			return i
		case '\r':
			if i == len(src) || src[i] != '\n' {
				return i
			}
		}
	}
	return 0
}

// Caret renders the error for a terminal: the message, the source line, a line
// with a caret under the place, and the hint. Without a known place it is the
// message and the hint.
func (e *Error) Caret() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if e.hasPlace() {
		pos := min(e.Pos, len(e.Src))
		start := lineStart(e.Src, pos)
		end := len(e.Src)
		if i := strings.IndexAny(e.Src[pos:], "\r\n"); i >= 0 {
			end = pos + i
		}
		b.WriteString("\n  ")
		b.WriteString(e.Src[start:end])
		b.WriteString("\n  ")
		for _, r := range e.Src[start:pos] {
			if r == '\t' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('^')
	}
	if e.Hint != "" {
		b.WriteString("\nhint: ")
		b.WriteString(e.Hint)
	}
	return b.String()
}
