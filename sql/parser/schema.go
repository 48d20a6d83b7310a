package parser

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// schema reads ( column | watermark | constraint, … ). Names without a type are
// allowed if nameOnly is set.
func (p *parser) schema(nameOnly bool) *ast.Schema {
	s := &ast.Schema{At: ast.At(p.c.Pos())}
	p.c.Expect("(")
	for !p.c.Failed() {
		p.element(s, nameOnly, false)
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return s
}

// element reads one element; place allows FIRST and AFTER.
func (p *parser) element(s *ast.Schema, nameOnly, place bool) {
	t := p.c.Peek()
	switch {
	case t.Is("WATERMARK"):
		s.Watermarks = append(s.Watermarks, p.watermark())
	case t.AnyOf("CONSTRAINT", "PRIMARY", "UNIQUE"):
		s.Keys = append(s.Keys, p.key(true))
	default:
		c := p.column(nameOnly)
		if place {
			switch {
			case p.c.Accept("FIRST"):
				c.First = true
			case p.c.Accept("AFTER"):
				path := dialect.Path(p.c)
				c.After = &path
			}
		}
		s.Columns = append(s.Columns, c)
	}
}

func (p *parser) watermark() *ast.Watermark {
	w := &ast.Watermark{At: ast.At(p.c.Next().Pos)}
	p.c.Expect("FOR")
	w.Column = dialect.Path(p.c)
	p.c.Expect("AS")
	w.Expr = dialect.Expr(p.c)
	return w
}

// key reads [CONSTRAINT n] PRIMARY KEY|UNIQUE [(c, …)] [[NOT] ENFORCED].
func (p *parser) key(columns bool) *ast.Key {
	k := &ast.Key{At: ast.At(p.c.Pos())}
	if p.c.Accept("CONSTRAINT") {
		if id, ok := dialect.Ident(p.c, "a constraint name (an identifier)"); ok {
			k.Name = &id
		}
	}
	switch {
	case p.c.Accept("PRIMARY"):
		p.c.Expect("KEY")
	case p.c.Accept("UNIQUE"):
		k.Unique = true
	default:
		p.c.FailExpected("PRIMARY KEY or UNIQUE")
	}
	if columns {
		k.Columns = dialect.Idents(p.c)
	}
	enforced := true
	switch {
	case p.c.Accept("NOT", "ENFORCED"):
		enforced = false
		k.Enforced = &enforced
	case p.c.Accept("ENFORCED"):
		k.Enforced = &enforced
	}
	return k
}

func (p *parser) column(nameOnly bool) *ast.Column {
	c := &ast.Column{At: ast.At(p.c.Pos())}
	id, ok := dialect.Ident(p.c, "a column name (an identifier)")
	if !ok {
		return c
	}
	c.Name = id
	t := p.c.Peek()
	if t.Is(".") {
		p.fail(sqlerr.Unsupported, t.Pos, "nested columns are not supported here")
		return c
	}
	switch {
	case p.c.Accept("AS"):
		c.Kind = ast.ComputedColumn
		c.Expr = dialect.Expr(p.c)
		c.Comment = p.comment()
		return c
	case nameOnly && t.AnyOf(",", ")"):
		c.Kind = ast.NameOnlyColumn
		return c
	case t.Kind != lex.Word && t.Kind != lex.Quoted:
		p.c.FailExpected("a data type or AS")
		return c
	}
	c.Type = dialect.Type(p.c)
	if p.c.Accept("METADATA") {
		c.Kind = ast.MetadataColumn
		if p.c.Accept("FROM") {
			s := dialect.StringText(p.c, "a metadata key in quotes")
			c.MetadataKey = &s
		}
		c.Virtual = p.c.Accept("VIRTUAL")
	} else if p.c.AtAny("CONSTRAINT", "PRIMARY", "UNIQUE") {
		c.Key = p.key(false)
	}
	c.Comment = p.comment()
	return c
}
