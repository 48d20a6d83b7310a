package format

import (
	"strconv"

	"millrace/sql/ast"
)

func (p *printer) query(q *ast.Query) {
	if len(q.With) > 0 {
		p.put("WITH ")
		p.list(len(q.With), func(i int) {
			c := q.With[i]
			p.put(Ident(c.Name.Name))
			if len(c.Columns) > 0 {
				p.put(" ")
				p.idents(c.Columns)
			}
			p.put(" AS ")
			p.sub(c.Query)
		})
		p.put(" ")
	}
	p.body(q.Body)
	if len(q.OrderBy) > 0 {
		p.put(" ORDER BY ")
		p.order(q.OrderBy)
	}
	if q.Limit != nil {
		p.put(" LIMIT ")
		p.expr(q.Limit)
	}
	if q.Offset != nil {
		p.put(" OFFSET ")
		p.expr(q.Offset)
	}
}

func (p *printer) body(b ast.Body) {
	switch n := b.(type) {
	case *ast.Select:
		p.sel(n)
	case *ast.SetOp:
		p.setOperand(n.L, n.Op, false)
		p.put(" ", n.Op.String(), " ")
		p.word(n.All, "ALL ")
		p.setOperand(n.R, n.Op, true)
	case *ast.Values:
		p.put("VALUES ")
		p.list(len(n.Rows), func(i int) {
			p.put("(")
			p.exprs(n.Rows[i].Exprs)
			p.put(")")
		})
	case *ast.TableQuery:
		p.put("TABLE ")
		p.path(n.Table)
	case *ast.Query:
		p.sub(n)
	}
}

// setOperand writes an operand of a set operation. Trees of the parser need no
// parentheses but those that it keeps as *ast.Query; others get them.
func (p *printer) setOperand(b ast.Body, parent ast.SetOpKind, right bool) {
	if s, ok := b.(*ast.SetOp); ok {
		tighter := s.Op == ast.Intersect && parent != ast.Intersect
		same := !right && (s.Op == ast.Intersect) == (parent == ast.Intersect)
		if !tighter && !same {
			p.put("(")
			p.body(b)
			p.put(")")
			return
		}
	}
	p.body(b)
}

func (p *printer) sel(s *ast.Select) {
	p.put("SELECT")
	p.hints(s.Hints)
	p.word(s.Distinct, " DISTINCT")
	p.word(s.All, " ALL")
	p.put(" ")
	p.list(len(s.Items), func(i int) {
		p.expr(s.Items[i].X)
		if a := s.Items[i].Alias; a != nil {
			p.put(" AS ", Ident(a.Name))
		}
	})
	if s.From != nil {
		p.put(" FROM ")
		p.tableRef(s.From)
	}
	p.clause(" WHERE ", s.Where)
	if g := s.GroupBy; g != nil {
		p.put(" GROUP BY ")
		p.word(g.Distinct, "DISTINCT ")
		p.groups(g.Items)
	}
	p.clause(" HAVING ", s.Having)
	if len(s.Windows) > 0 {
		p.put(" WINDOW ")
		p.list(len(s.Windows), func(i int) {
			p.put(Ident(s.Windows[i].Name.Name), " AS ")
			p.window(s.Windows[i].Spec)
		})
	}
	p.clause(" QUALIFY ", s.Qualify)
}

func (p *printer) clause(word string, x ast.Expr) {
	if x != nil {
		p.put(word)
		p.expr(x)
	}
}

func (p *printer) groups(items []ast.GroupItem) {
	p.list(len(items), func(i int) {
		g := items[i]
		if g.Kind == ast.GroupExprs {
			p.word(g.Paren, "(")
			p.exprs(g.Exprs)
			p.word(g.Paren, ")")
			return
		}
		p.put([...]string{"", "GROUPING SETS", "CUBE", "ROLLUP"}[g.Kind], " (")
		p.groups(g.Items)
		p.put(")")
	})
}

func (p *printer) tail(s *ast.Sample, a *ast.Alias) {
	if a != nil {
		p.put(" AS ", Ident(a.Name.Name))
		if len(a.Columns) > 0 {
			p.put(" ")
			p.idents(a.Columns)
		}
	}
	if s == nil {
		return
	}
	p.put(" TABLESAMPLE ", s.Method, "(")
	if s.Method == "SUBSTITUTE" {
		p.put(String(s.Percent))
	} else {
		p.put(s.Percent)
	}
	p.put(")")
	if s.Repeatable != nil {
		p.put(" REPEATABLE(", *s.Repeatable, ")")
	}
}

func (p *printer) tableRef(t ast.TableRef) {
	switch n := t.(type) {
	case *ast.TableName:
		p.word(n.Explicit, "TABLE ")
		p.path(n.Path)
		p.hints(n.Hints)
		if n.AsOf != nil {
			p.put(" FOR SYSTEM_TIME AS OF ")
			p.expr(n.AsOf)
		}
		p.tail(n.Sample, n.Alias)
	case *ast.Derived:
		p.word(n.Lateral, "LATERAL ")
		p.sub(n.Query)
		p.tail(n.Sample, n.Alias)
	case *ast.TableFunc:
		p.word(n.Lateral, "LATERAL ")
		p.word(n.Wrapped, "TABLE(")
		p.call(n.Call)
		p.word(n.Wrapped, ")")
		p.tail(n.Sample, n.Alias)
	case *ast.Unnest:
		p.word(n.Lateral, "LATERAL ")
		p.put("UNNEST(")
		p.exprs(n.Args)
		p.put(")")
		p.word(n.Ordinality, " WITH ORDINALITY")
		p.tail(n.Sample, n.Alias)
	case *ast.Join:
		p.join(n)
	case *ast.Match:
		p.match(n)
	}
}

func (p *printer) join(n *ast.Join) {
	p.side(n.Left, n.Kind, false)
	if n.Kind == ast.CommaJoin {
		p.put(", ")
	} else {
		p.put(" ")
		p.word(n.Natural, "NATURAL ")
		p.put(n.Kind.String(), " ")
	}
	p.side(n.Right, n.Kind, true)
	p.clause(" ON ", n.On)
	if n.Using != nil {
		p.put(" USING ")
		p.idents(n.Using)
	}
}

// side writes an operand of a join, in parentheses where the tree needs them.
func (p *printer) side(t ast.TableRef, parent ast.JoinKind, right bool) {
	if j, ok := t.(*ast.Join); ok {
		comma := j.Kind == ast.CommaJoin
		if right && (comma || parent != ast.CommaJoin) || comma && parent != ast.CommaJoin {
			p.put("(")
			p.tableRef(t)
			p.put(")")
			return
		}
	}
	p.tableRef(t)
}

func (p *printer) match(n *ast.Match) {
	if _, ok := n.Input.(*ast.Join); ok {
		p.put("(")
		p.tableRef(n.Input)
		p.put(")")
	} else {
		p.tableRef(n.Input)
	}
	p.put(" MATCH_RECOGNIZE (")
	if len(n.PartitionBy) > 0 {
		p.put("PARTITION BY ")
		p.exprs(n.PartitionBy)
		p.put(" ")
	}
	if len(n.OrderBy) > 0 {
		p.put("ORDER BY ")
		p.order(n.OrderBy)
		p.put(" ")
	}
	if len(n.Measures) > 0 {
		p.put("MEASURES ")
		p.list(len(n.Measures), func(i int) {
			p.expr(n.Measures[i].X)
			p.put(" AS ", Ident(n.Measures[i].Alias.Name))
		})
		p.put(" ")
	}
	p.put([...]string{"", "ONE ROW PER MATCH ", "ALL ROWS PER MATCH "}[n.Rows])
	if a := n.After; a != nil {
		p.put([...]string{
			"AFTER MATCH SKIP PAST LAST ROW ", "AFTER MATCH SKIP TO NEXT ROW ", "AFTER MATCH SKIP TO FIRST ", "AFTER MATCH SKIP TO LAST ",
			"AFTER MATCH SKIP TO ",
		}[a.Kind])
		p.word(a.Kind >= ast.SkipToFirst, Ident(a.Var.Name)+" ")
	}
	p.put("PATTERN (")
	p.word(n.StartAnchor, "^ ")
	p.pattern(n.Pattern, true)
	p.word(n.EndAnchor, " $")
	p.put(") ")
	if n.Within != nil {
		p.put("WITHIN ")
		p.expr(n.Within)
		p.put(" ")
	}
	if len(n.Subsets) > 0 {
		p.put("SUBSET ")
		p.list(len(n.Subsets), func(i int) {
			p.put(Ident(n.Subsets[i].Name.Name), " = ")
			p.idents(n.Subsets[i].Vars)
		})
		p.put(" ")
	}
	p.put("DEFINE ")
	p.list(len(n.Defines), func(i int) {
		p.put(Ident(n.Defines[i].Var.Name), " AS ")
		p.expr(n.Defines[i].Cond)
	})
	p.put(")")
	p.tail(nil, n.Alias)
}

func (p *printer) pattern(n *ast.Pattern, top bool) {
	items := func(sep string) {
		p.word(!top, "(")
		for i, it := range n.Items {
			p.word(i > 0, sep)
			p.pattern(it, false)
		}
		p.word(!top, ")")
	}
	//exhaustive:enforce
	switch n.Kind {
	case ast.PatternVar:
		p.put(Ident(n.Name.Name))
	case ast.PatternConcat:
		items(" ")
	case ast.PatternAlt:
		items(" | ")
	case ast.PatternEmpty:
		p.put("()")
	case ast.PatternPermute:
		p.put("PERMUTE(")
		p.list(len(n.Items), func(i int) { p.pattern(n.Items[i], true) })
		p.put(")")
	case ast.PatternExclude:
		p.put("{- ")
		p.pattern(n.Items[0], true)
		p.put(" -}")
	case ast.PatternQuant:
		p.word(n.Items[0].Kind == ast.PatternQuant, "(")
		p.pattern(n.Items[0], false)
		p.word(n.Items[0].Kind == ast.PatternQuant, ")")
		p.put("{", strconv.Itoa(n.Min))
		p.word(n.Max != n.Min, ",")
		p.word(n.Max >= 0 && n.Max != n.Min, strconv.Itoa(n.Max))
		p.put("}")
		p.word(n.Reluctant, "?")
	}
}
