package dialect

import (
	"strings"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
)

// Hints reads the hint comment that may come next; nil if there is none.
func Hints(c *lex.Cursor) []ast.Hint {
	t := c.Peek()
	if t.Kind != lex.Hint {
		return nil
	}
	c.Next()
	toks := lex.Lex(t.Text)
	shift := t.Pos + len("/*+")
	for i := range toks {
		toks[i].Pos += shift
		toks[i].End += shift
		if toks[i].Err != nil {
			e := *toks[i].Err
			e.Pos += shift
			e.Src = c.Src
			toks[i].Err = &e
		}
	}
	in := lex.NewCursor(c.Src, toks)
	hints := hintList(in)
	if in.Failed() {
		if e := in.Failure(); e != nil {
			if e.Pos >= shift+len(t.Text) {
				e.Pos = shift + len(t.Text)
			}
			e.Code = "syntax"
			c.FailWith(e)
		}
		return nil
	}
	return hints
}

func hintList(c *lex.Cursor) []ast.Hint {
	var out []ast.Hint
	for !c.Failed() {
		t := c.Peek()
		if t.Kind != lex.Word && t.Kind != lex.Quoted {
			c.FailExpected("a hint")
			return nil
		}
		c.Next()
		h := ast.Hint{At: ast.At(t.Pos), Name: strings.ToUpper(t.Text)}
		if c.Accept("(") && !c.Accept(")") {
			for {
				hintArg(c, &h)
				if !c.Accept(",") {
					break
				}
			}
			c.Expect(")")
		}
		out = append(out, h)
		c.Accept(",")
		if c.AtEnd() {
			break
		}
	}
	return out
}

// hintArg reads 'k' = 'v', k = 'v', a name, a string or a number.
func hintArg(c *lex.Cursor, h *ast.Hint) {
	t := c.Next()
	switch t.Kind {
	case lex.Word, lex.Quoted, lex.String, lex.Integer, lex.Decimal:
	default:
		c.Reset(c.Index() - 1)
		c.FailExpected("an argument of the hint")
		return
	}
	key := t.Text
	var keySb83 strings.Builder
	for t.Kind != lex.String && c.Accept(".") {
		keySb83.WriteString("." + c.Next().Text)
	}
	key += keySb83.String()
	if !c.Accept("=") {
		h.Args = append(h.Args, key)
		return
	}
	v := c.Peek()
	switch v.Kind {
	case lex.String, lex.Word, lex.Integer, lex.Decimal:
		c.Next()
		h.Options = append(h.Options, ast.Option{At: ast.At(t.Pos), Key: key, Value: v.Text})
	default:
		c.FailExpected("a value in quotes")
	}
}
