package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Place is where something stands in SQL text. It travels with what was made of
// the text, so that errors that are found later can say where. A nil *Place is
// an unknown one.
type Place struct {
	// Pos is the byte offset into Src; negative if unknown.
	Pos int
	// Src is the whole text; empty for that of the statement, which At fills in.
	Src string
	// In names what the text belongs to, such as "view `v`"; empty for the
	// statement itself.
	In string
	// Outer is where that is used; nil for the statement itself.
	Outer *Place
}

// NewAt returns an error at a place.
func NewAt(p *Place, code Code, format string, args ...any) *Error {
	e := New(code, -1, format, args...)
	if p != nil {
		e.Pos, e.Src, e.In, e.Outer = p.Pos, p.Src, p.In, p.Outer
	}
	return e
}

// Inside gives an error that has no text yet the text, name and use of p; the
// position is the error's own.
func Inside(err error, p Place) error {
	var e *Error
	if !errors.As(err, &e) || e.Src != "" {
		return err
	}
	c := *e
	c.Src, c.In, c.Outer = p.Src, p.In, p.Outer
	return &c
}

// at fills in the text of the statement.
func (p *Place) at(src string) *Place {
	c := *p
	if c.Outer == nil {
		c.Src = src
	} else {
		c.Outer = c.Outer.at(src)
	}
	return &c
}

// known reports whether p is a place in a known text.
func (p Place) known() bool { return p.Src != "" && p.Pos >= 0 }

func (p Place) lineText() string {
	line, col := Position(p.Src, p.Pos)
	return fmt.Sprintf(" at line %d, column %d", line, col)
}

// mark writes the source line and a line with a caret under the place.
func (p Place) mark(b *strings.Builder) {
	pos := min(p.Pos, len(p.Src))
	start := lineStart(p.Src, pos)
	end := len(p.Src)
	if i := strings.IndexAny(p.Src[pos:], "\r\n"); i >= 0 {
		end = pos + i
	}
	b.WriteString("\n  ")
	b.WriteString(p.Src[start:end])
	b.WriteString("\n  ")
	for _, r := range p.Src[start:pos] {
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteByte('^')
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
