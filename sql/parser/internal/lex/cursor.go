package lex

import (
	"fmt"
	"slices"
	"strings"

	"millrace/sql/sqlerr"
)

// Cursor walks over the tokens of one statement. The first failure sticks: from
// then on every token is the end, so that loops stop by themselves, and Err
// reports the failure.
type Cursor struct {
	// Src is the whole text.
	Src string
	// Params counts the parameters (?) read so far.
	Params int
	toks   []Token
	i      int
	err    *sqlerr.Error
	pairs  []int // for each opening token the index behind its partner; made on demand
}

// NewCursor returns a cursor over toks, which must end with an EOF token.
func NewCursor(src string, toks []Token) *Cursor { return &Cursor{Src: src, toks: toks} }

// Err returns the first failure, or nil.
func (c *Cursor) Err() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// Failed reports whether there was a failure.
func (c *Cursor) Failed() bool { return c.err != nil }

// Peek returns the next token without taking it.
func (c *Cursor) Peek() Token { return c.toks[c.i] }

// PeekAt returns the n-th token from here; PeekAt(0) is Peek.
func (c *Cursor) PeekAt(n int) Token {
	return c.toks[min(c.i+n, len(c.toks)-1)]
}

// Prev returns the last token taken; the zero token at the start.
func (c *Cursor) Prev() Token {
	if c.i == 0 {
		return Token{}
	}
	return c.toks[c.i-1]
}

// Pos returns the offset of the next token.
func (c *Cursor) Pos() int { return c.toks[c.i].Pos }

// PrevEnd returns the end of the last token taken.
func (c *Cursor) PrevEnd() int { return c.Prev().End }

// Index returns the number of tokens taken, to hand to Reset.
func (c *Cursor) Index() int { return c.i }

// Reset goes back to a place that Index returned.
func (c *Cursor) Reset(i int) {
	if c.err == nil {
		c.i = i
	}
}

// Next takes the next token. At the end it stays.
func (c *Cursor) Next() Token {
	t := c.toks[c.i]
	if c.i < len(c.toks)-1 {
		c.i++
	}
	return t
}

// AtEnd reports whether no token is left.
func (c *Cursor) AtEnd() bool { return c.toks[c.i].Kind == EOF }

// At reports whether the next tokens are these words or symbols.
func (c *Cursor) At(words ...string) bool {
	for n, w := range words {
		if !c.PeekAt(n).Is(w) {
			return false
		}
	}
	return true
}

// AtAny reports whether the next token is one of the words or symbols.
func (c *Cursor) AtAny(words ...string) bool {
	u := c.toks[c.i].Upper
	if u == "" {
		return false
	}
	return slices.Contains(words, u)
}

// Accept takes the next tokens if they are these words or symbols.
func (c *Cursor) Accept(words ...string) bool {
	if !c.At(words...) {
		return false
	}
	c.i += len(words)
	return true
}

// Expect takes these words or symbols, or fails.
func (c *Cursor) Expect(words ...string) bool {
	for _, w := range words {
		if !c.At(w) {
			if len(w) <= 2 && (w[0] < 'A' || w[0] > 'Z') {
				w = "'" + w + "'"
			}
			c.FailExpected(w)
			return false
		}
		c.i++
	}
	return true
}

// Fail records an error at pos.
func (c *Cursor) Fail(code sqlerr.Code, pos int, format string, args ...any) {
	c.FailWith(&sqlerr.Error{Code: code, Pos: pos, Src: c.Src, Msg: fmt.Sprintf(format, args...)})
}

// FailWith records an error if it is the first.
func (c *Cursor) FailWith(e *sqlerr.Error) {
	if c.err == nil {
		if e.Src == "" {
			e.Src = c.Src
		}
		c.err = e
	}
	c.i = len(c.toks) - 1
}

// FailExpected records that something else was expected than the next token.
func (c *Cursor) FailExpected(what string) {
	if c.err != nil {
		return
	}
	t := c.Peek()
	if t.Kind == Bad {
		c.FailWith(t.Err)
		return
	}
	e := &sqlerr.Error{Code: sqlerr.Syntax, Pos: t.Pos, Src: c.Src}
	if t.Kind == EOF {
		if t.Pos >= len(c.Src) {
			e.Code = sqlerr.Incomplete
		} else {
			e.Near = ";"
		}
	} else {
		e.Near = t.Raw(c.Src)
	}
	e.Msg = fmt.Sprintf("expected %s but found %s", what, t.describe(c.Src))
	if t.Kind == Word && Reserved(t.Upper) && !clauseWord(t.Upper) && strings.Contains(what, "identifier") {
		e.Msg += " (reserved keyword; quote it with backticks to use it as a name)"
		e.Hint = "write `" + t.Text + "`"
	}
	c.FailWith(e)
}

// MatchParen returns the distance from the parenthesis, bracket or brace that
// is n tokens ahead to the token behind its partner, or -1 if it has none. All
// pairs are found at the first call, so that the text is scanned once only.
func (c *Cursor) MatchParen(n int) int {
	if c.pairs == nil {
		c.pairs = make([]int, len(c.toks))
		var open []int
		for j, t := range c.toks {
			switch t.Upper {
			case "(", "[", "{":
				open = append(open, j)
			case ")", "]", "}":
				if len(open) > 0 {
					c.pairs[open[len(open)-1]] = j + 1
					open = open[:len(open)-1]
				}
			}
		}
	}
	if j := c.i + n; j < len(c.pairs) && c.pairs[j] > 0 {
		return c.pairs[j] - c.i
	}
	return -1
}

// Failure returns the first failure as it is, or nil.
func (c *Cursor) Failure() *sqlerr.Error { return c.err }

// clauseWord reports whether the word starts or joins clauses, so that nobody
// means it as a name.
func clauseWord(w string) bool {
	switch w {
	case "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "BY", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "ON", "USING", "JOIN", "CROSS",
		"INNER", "LEFT", "RIGHT", "FULL", "NATURAL", "AS", "AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN",
		"ELSE", "END", "VALUES", "WITH", "INTO", "UNNEST", "SET", "PARTITION", "OVER", "NULL", "TRUE", "FALSE", "DISTINCT", "ALL":
		return true
	}
	return false
}
