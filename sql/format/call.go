package format

import (
	"strings"

	"millrace/sql/ast"
)

// form writes calls and special forms.
func (p *printer) form(x ast.Expr) {
	switch n := x.(type) {
	case *ast.Call:
		p.call(n)
	case *ast.Extract:
		p.put("EXTRACT(", n.Unit.String(), " FROM ")
		p.expr(n.X)
		p.put(")")
	case *ast.RoundTo:
		name := "CEIL("
		if n.Floor {
			name = "FLOOR("
		}
		// TO after a bare interval would belong to the interval.
		bare := isInterval(n.X)
		p.put(name)
		p.word(bare, "(")
		p.operand(n.X)
		p.word(bare, ")")
		p.put(" TO ", n.Unit.String(), ")")
	case *ast.TimestampArith:
		name := "TIMESTAMPADD("
		if n.Diff {
			name = "TIMESTAMPDIFF("
		}
		p.put(name, n.Unit.String(), ", ")
		p.exprs([]ast.Expr{n.A, n.B})
		p.put(")")
	case *ast.Trim:
		p.put("TRIM(", n.Side.String(), " ")
		if n.Chars != nil {
			p.expr(n.Chars)
			p.put(" ")
		}
		p.put("FROM ")
		p.expr(n.X)
		p.put(")")
	default:
		p.json(x)
	}
}

func (p *printer) call(n *ast.Call) {
	p.callName(n.Name)
	if n.NoParens {
		return
	}
	p.put("(")
	p.word(n.Distinct, "DISTINCT ")
	p.word(n.All, "ALL ")
	if infix, ok := p.infixArgs(n); ok {
		for i, a := range n.Args {
			p.word(i > 0, infix[max(0, i-1)])
			p.operand(a)
		}
	} else {
		p.exprs(n.Args)
	}
	if len(n.OrderBy) > 0 {
		p.word(len(n.Args) > 0, " ")
		p.put("ORDER BY ")
		p.order(n.OrderBy)
	}
	inside := n.Nulls != ast.NullsUnspecified && strings.EqualFold(n.Name.Last(), "ARRAY_AGG") && len(n.Name.Parts) == 1
	if inside {
		p.nulls(n.Nulls)
	}
	p.put(")")
	m := n.Modifiers
	if inside {
		m.Nulls = ast.NullsUnspecified
	}
	p.modifiers(&m)
}

// infixArgs returns the words between the arguments of POSITION and OVERLAY,
// which have no form with commas.
func (p *printer) infixArgs(n *ast.Call) ([]string, bool) {
	if len(n.Name.Parts) != 1 || n.Name.Parts[0].Quoted || !n.IsPlain() {
		return nil, false
	}
	switch strings.ToUpper(n.Name.Last()) {
	case "POSITION":
		return []string{" IN ", " FROM "}, len(n.Args) == 2 || len(n.Args) == 3
	case "OVERLAY":
		return []string{" PLACING ", " FROM ", " FOR "}, len(n.Args) == 3 || len(n.Args) == 4
	}
	return nil, false
}

func (p *printer) nulls(t ast.NullTreatment) {
	p.word(t == ast.RespectNulls, " RESPECT NULLS")
	p.word(t == ast.IgnoreNulls, " IGNORE NULLS")
}

func (p *printer) modifiers(m *ast.Modifiers) {
	if len(m.WithinGroup) > 0 {
		p.put(" WITHIN GROUP (ORDER BY ")
		p.order(m.WithinGroup)
		p.put(")")
	}
	if m.Filter != nil {
		p.put(" FILTER (WHERE ")
		p.expr(m.Filter)
		p.put(")")
	}
	p.nulls(m.Nulls)
	if m.Over != nil {
		p.put(" OVER ")
		if m.Over.Bare {
			p.put(Ident(m.Over.Ref.Name))
		} else {
			p.window(m.Over)
		}
	}
}

func (p *printer) window(w *ast.WindowSpec) {
	p.put("(")
	sep := ""
	if w.Ref != nil {
		p.put(Ident(w.Ref.Name))
		sep = " "
	}
	if len(w.PartitionBy) > 0 {
		p.put(sep, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		sep = " "
	}
	if len(w.OrderBy) > 0 {
		p.put(sep, "ORDER BY ")
		p.order(w.OrderBy)
		sep = " "
	}
	if f := w.Frame; f != nil {
		p.put(sep, f.Unit.String(), " ")
		p.word(f.End != nil, "BETWEEN ")
		p.bound(f.Start)
		if f.End != nil {
			p.put(" AND ")
			p.bound(*f.End)
		}
	}
	p.put(")")
}

func (p *printer) bound(b ast.Bound) {
	//exhaustive:enforce
	switch b.Kind {
	case ast.UnboundedPreceding:
		p.put("UNBOUNDED PRECEDING")
	case ast.UnboundedFollowing:
		p.put("UNBOUNDED FOLLOWING")
	case ast.CurrentRow:
		p.put("CURRENT ROW")
	case ast.Preceding:
		p.operand(b.X)
		p.put(" PRECEDING")
	case ast.Following:
		p.operand(b.X)
		p.put(" FOLLOWING")
	}
}

func (p *printer) on(o ast.JSONOn, def ast.Expr, what string) {
	if o == ast.JSONUnspecified {
		return
	}
	p.put(" ", o.String())
	if o == ast.JSONDefault {
		p.put(" ")
		p.expr(def)
	}
	p.put(" ON ", what)
}

func (p *printer) returning(t *ast.TypeName) {
	if t != nil {
		p.put(" RETURNING ")
		p.typ(t)
	}
}

func (p *printer) json(x ast.Expr) {
	switch n := x.(type) {
	case *ast.JSONExists:
		p.put("JSON_EXISTS(")
		p.exprs([]ast.Expr{n.X, n.Path})
		p.on(n.OnError, nil, "ERROR")
		p.put(")")
	case *ast.JSONValue:
		p.put("JSON_VALUE(")
		p.exprs([]ast.Expr{n.X, n.Path})
		p.returning(n.Returning)
		p.on(n.OnEmpty, n.DefaultOnEmpty, "EMPTY")
		p.on(n.OnError, n.DefaultOnError, "ERROR")
		p.put(")")
	case *ast.JSONQuery:
		p.put("JSON_QUERY(")
		p.exprs([]ast.Expr{n.X, n.Path})
		p.returning(n.Returning)
		p.put([...]string{"", " WITHOUT ARRAY WRAPPER", " WITH CONDITIONAL ARRAY WRAPPER", " WITH UNCONDITIONAL ARRAY WRAPPER"}[n.Wrapper])
		p.on(n.OnEmpty, nil, "EMPTY")
		p.on(n.OnError, nil, "ERROR")
		p.put(")")
	case *ast.JSONObject:
		p.put("JSON_OBJECT")
		p.word(n.Agg, "AGG")
		p.put("(")
		p.list(len(n.Entries), func(i int) {
			p.put("KEY ")
			p.expr(n.Entries[i].Key)
			p.put(" VALUE ")
			p.expr(n.Entries[i].Value)
			p.word(n.Entries[i].FormatJSON, " FORMAT JSON")
		})
		p.jsonNulls(n.Nulls)
		p.put(")")
		p.modifiers(&n.Modifiers)
	case *ast.JSONArray:
		p.put("JSON_ARRAY")
		p.word(n.Agg, "AGG")
		p.put("(")
		p.list(len(n.Elems), func(i int) {
			p.expr(n.Elems[i].X)
			p.word(n.Elems[i].FormatJSON, " FORMAT JSON")
		})
		if len(n.OrderBy) > 0 {
			p.put(" ORDER BY ")
			p.order(n.OrderBy)
		}
		p.jsonNulls(n.Nulls)
		p.put(")")
		p.modifiers(&n.Modifiers)
	}
}

func (p *printer) jsonNulls(c ast.JSONNullClause) {
	p.word(c == ast.NullOnNull, " NULL ON NULL")
	p.word(c == ast.AbsentOnNull, " ABSENT ON NULL")
}

// isInterval reports whether x ends in an interval's unit.
func isInterval(x ast.Expr) bool {
	switch n := x.(type) {
	case *ast.Literal:
		return n.Kind == ast.IntervalLit
	case *ast.Interval, *ast.IntervalDiff:
		return true
	}
	return false
}
