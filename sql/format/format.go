package format

import (
	"strconv"
	"strings"

	"millrace/sql/ast"
)

// Stmt returns the statement as SQL, without a semicolon.
func Stmt(s ast.Stmt) string {
	p := &printer{}
	p.stmt(s)
	return p.b.String()
}

// Query returns the query as SQL.
func Query(q *ast.Query) string {
	p := &printer{}
	p.query(q)
	return p.b.String()
}

// Expr returns the expression as SQL.
func Expr(x ast.Expr) string {
	p := &printer{}
	p.expr(x)
	return p.b.String()
}

// TableRef returns the table reference as SQL.
func TableRef(t ast.TableRef) string {
	p := &printer{}
	p.tableRef(t)
	return p.b.String()
}

// Type returns the data type as SQL.
func Type(t *ast.TypeName) string {
	p := &printer{}
	p.typ(t)
	return p.b.String()
}

// Ident returns the name in back-quotes.
func Ident(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// String returns the text as a SQL string literal.
func String(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

type printer struct{ b strings.Builder }

// put writes the texts one after the other.
func (p *printer) put(texts ...string) {
	for _, t := range texts {
		p.b.WriteString(t)
	}
}

// word writes the text if on is set.
func (p *printer) word(on bool, text string) {
	if on {
		p.b.WriteString(text)
	}
}

// list writes n things with commas between them.
func (p *printer) list(n int, one func(i int)) {
	for i := range n {
		if i > 0 {
			p.put(", ")
		}
		one(i)
	}
}

func (p *printer) idents(ids []ast.Ident) {
	p.put("(")
	p.list(len(ids), func(i int) { p.put(Ident(ids[i].Name)) })
	p.put(")")
}

func (p *printer) path(path ast.Path) { p.parts(path.Parts) }

func (p *printer) parts(parts []ast.Ident) {
	for i, id := range parts {
		p.word(i > 0, ".")
		p.put(Ident(id.Name))
	}
}

func (p *printer) exprs(list []ast.Expr) { p.list(len(list), func(i int) { p.expr(list[i]) }) }

func (p *printer) options(opts []ast.Option) {
	p.put("(")
	p.list(len(opts), func(i int) { p.put(String(opts[i].Key), " = ", String(opts[i].Value)) })
	p.put(")")
}

func (p *printer) hints(hints []ast.Hint) {
	if len(hints) == 0 {
		return
	}
	p.put(" /*+ ")
	p.list(len(hints), func(i int) {
		h := hints[i]
		p.put(h.Name)
		n := len(h.Options) + len(h.Args)
		if n == 0 {
			return
		}
		p.put("(")
		p.list(n, func(i int) {
			if i < len(h.Options) {
				p.put(String(h.Options[i].Key), " = ", String(h.Options[i].Value))
			} else {
				p.put(String(h.Args[i-len(h.Options)]))
			}
		})
		p.put(")")
	})
	p.put(" */")
}

func (p *printer) comment(c *string) {
	if c != nil {
		p.put(" COMMENT ", String(*c))
	}
}

func (p *printer) qualifier(q ast.IntervalQualifier) {
	p.put(q.From.String())
	if q.Precision >= 0 {
		p.put("(", strconv.Itoa(q.Precision))
		if q.From == ast.Second && q.FracPrecision >= 0 {
			p.put(", ", strconv.Itoa(q.FracPrecision))
		}
		p.put(")")
	}
	if q.To != ast.NoUnit {
		p.put(" TO ", q.To.String())
		if q.To == ast.Second && q.FracPrecision >= 0 {
			p.put("(", strconv.Itoa(q.FracPrecision), ")")
		}
	}
}

func (p *printer) typ(t *ast.TypeName) {
	switch t.Kind {
	case ast.UserType:
		p.path(t.Name)
	case ast.TimestampTZType:
		p.put("TIMESTAMP")
	case ast.MapType:
		p.put("MAP<")
		p.typ(t.Key)
		p.put(", ")
		p.typ(t.Elem)
		p.put(">")
	case ast.ArrayType, ast.MultisetType:
		p.put(t.Kind.String(), "<")
		p.typ(t.Elem)
		p.put(">")
	case ast.RowType, ast.StructuredType:
		p.put(t.Kind.String(), "<")
		p.word(t.Kind == ast.StructuredType, String(t.ClassName))
		p.word(t.Kind == ast.StructuredType && len(t.Fields) > 0, ", ")
		p.list(len(t.Fields), func(i int) {
			f := t.Fields[i]
			p.put(Ident(f.Name.Name), " ")
			p.typ(f.Type)
			if f.Comment != nil {
				p.put(" ", String(*f.Comment))
			}
		})
		p.put(">")
	case ast.RawType:
		p.put("RAW(", String(t.ClassName), ", ", String(t.Snapshot), ")")
	case ast.IntervalType:
		p.put("INTERVAL ")
		p.qualifier(*t.Interval)
	default:
		p.put(t.Kind.String())
	}
	if t.Precision >= 0 {
		p.put("(", strconv.Itoa(t.Precision))
		if t.Scale >= 0 {
			p.put(", ", strconv.Itoa(t.Scale))
		}
		p.put(")")
	}
	p.word(t.Kind == ast.TimestampTZType, " WITH TIME ZONE")
	p.word(t.Null == ast.NotNull, " NOT NULL")
	p.word(t.Null == ast.Nullable, " NULL")
}
