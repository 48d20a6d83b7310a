package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// match reads MATCH_RECOGNIZE ( … ) [AS a] behind an input whose emitted form
// starts at out[start:], and wraps it.
func (r *rewriter) match(start, pos int) {
	m := &ast.Match{At: ast.At(pos), MatchPos: r.c.Pos()}
	r.c.Next()
	r.c.Expect("(")
	input := append([]outTok(nil), r.out[start:]...)
	r.out = r.out[:start]
	a := r.carrier(pos)
	var part span
	var order []orderRef
	var measures, defines []int
	within := -1
	if r.c.Accept("PARTITION", "BY") {
		part = a.exprs()
	}
	if r.c.Accept("ORDER", "BY") {
		order = a.order()
	}
	if r.c.Accept("MEASURES") {
		measures = r.measures(a, m)
	}
	switch {
	case r.c.Accept("ONE", "ROW"):
		r.c.Expect("PER", "MATCH")
		m.Rows = ast.OneRowPerMatch
	case r.c.Accept("ALL", "ROWS"):
		r.c.Expect("PER", "MATCH")
		m.Rows = ast.AllRowsPerMatch
	}
	if r.c.At("AFTER") {
		r.afterMatch(m)
	}
	r.c.Expect("PATTERN")
	r.c.Expect("(")
	m.StartAnchor = r.c.Accept("^")
	m.Pattern = r.pattern(0)
	m.EndAnchor = r.c.Accept("$")
	r.c.Expect(")")
	if r.c.Accept("WITHIN") {
		if !r.c.At("INTERVAL") {
			r.c.FailExpected("INTERVAL")
		}
		within = a.slot()
		r.primary()
	}
	if r.c.Accept("SUBSET") {
		r.subsets(m)
	}
	r.c.Expect("DEFINE")
	for {
		id, ok := r.ident("a pattern variable (an identifier)")
		if !ok {
			return
		}
		r.c.Expect("AS")
		m.Defines = append(m.Defines, ast.Define{Var: id})
		defines = append(defines, a.expr())
		if !r.c.Accept(",") {
			break
		}
	}
	r.c.Expect(")")
	m.Alias = r.tail().alias
	r.here(")")
	r.here("FROM")
	r.out = append(r.out, input...)
	r.here(")")
	r.here("AS")
	r.put(r.markerOf(a.idx), pos)
	r.specs[a.idx].table = func(x []ast.Expr, in ast.TableRef, _ *ast.Query) ast.TableRef {
		m.Input = in
		m.PartitionBy = part.of(x)
		m.OrderBy = orderItems(order, x)
		for i, j := range measures {
			m.Measures[i].X = x[j]
		}
		for i, j := range defines {
			m.Defines[i].Cond = x[j]
		}
		if within >= 0 {
			m.Within = x[within]
		}
		return m
	}
}

func (r *rewriter) measures(a *args, m *ast.Match) []int {
	var out []int
	for {
		out = append(out, a.expr())
		r.c.Expect("AS")
		id, ok := r.ident("an alias")
		if !ok {
			return out
		}
		m.Measures = append(m.Measures, ast.Measure{Alias: id})
		if !r.c.Accept(",") {
			return out
		}
	}
}

func (r *rewriter) afterMatch(m *ast.Match) {
	s := &ast.AfterMatch{At: ast.At(r.c.Pos())}
	r.c.Expect("AFTER", "MATCH", "SKIP")
	m.After = s
	if r.c.Accept("PAST") {
		r.c.Expect("LAST", "ROW")
		s.Kind = ast.SkipPastLastRow
		return
	}
	r.c.Expect("TO")
	switch {
	case r.c.Accept("NEXT", "ROW"):
		s.Kind = ast.SkipToNextRow
		return
	case r.c.At("FIRST") && r.c.PeekAt(1).IsIdent() && !r.c.PeekAt(1).Is("PATTERN"):
		r.c.Next()
		s.Kind = ast.SkipToFirst
	case r.c.At("LAST") && r.c.PeekAt(1).IsIdent():
		r.c.Next()
		s.Kind = ast.SkipToLast
	default:
		s.Kind = ast.SkipToVar
	}
	s.Var, _ = r.ident("a pattern variable (an identifier)")
}

func (r *rewriter) subsets(m *ast.Match) {
	for {
		id, ok := r.ident("a name (an identifier)")
		if !ok {
			return
		}
		r.c.Expect("=")
		m.Subsets = append(m.Subsets, ast.Subset{Name: id, Vars: Idents(r.c)})
		if !r.c.Accept(",") {
			return
		}
	}
}

// pattern reads alternatives of sequences.
func (r *rewriter) pattern(depth int) *ast.Pattern {
	p := &ast.Pattern{At: ast.At(r.c.Pos()), Kind: ast.PatternAlt}
	if depth > maxDepth {
		r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "nested deeper than %d levels", maxDepth)
	}
	for !r.c.Failed() {
		p.Items = append(p.Items, r.sequence(depth))
		if !r.c.Accept("|") {
			break
		}
	}
	if len(p.Items) == 1 {
		return p.Items[0]
	}
	return p
}

func (r *rewriter) sequence(depth int) *ast.Pattern {
	p := &ast.Pattern{At: ast.At(r.c.Pos()), Kind: ast.PatternConcat}
	for !r.c.Failed() {
		p.Items = append(p.Items, r.quantified(depth))
		if r.c.AtAny(")", "|", "$", "-", ",") || r.c.AtEnd() {
			break
		}
	}
	if len(p.Items) == 1 {
		return p.Items[0]
	}
	return p
}

// quantified reads one factor with its quantifier.
func (r *rewriter) quantified(depth int) *ast.Pattern {
	f := r.factor(depth)
	q := &ast.Pattern{At: f.At, Kind: ast.PatternQuant, Items: []*ast.Pattern{f}, Max: -1}
	switch {
	case r.c.Accept("*"):
	case r.c.Accept("+"):
		q.Min = 1
	case r.c.Accept("?"):
		q.Max = 1
	case r.c.At("{") && !r.c.PeekAt(1).Is("-"):
		r.c.Next()
		if r.c.Accept(",") {
			q.Max = smallInt(r.c)
		} else {
			q.Min = smallInt(r.c)
			q.Max = q.Min
			if r.c.Accept(",") {
				q.Max = -1
				if !r.c.At("}") {
					q.Max = smallInt(r.c)
				}
			}
		}
		r.c.Expect("}")
	default:
		return f
	}
	q.Reluctant = r.c.Accept("?")
	return q
}

func (r *rewriter) factor(depth int) *ast.Pattern {
	t := r.c.Peek()
	p := &ast.Pattern{At: ast.At(t.Pos)}
	switch {
	case t.Is("("):
		r.c.Next()
		if r.c.Accept(")") {
			p.Kind = ast.PatternEmpty
			return p
		}
		p = r.pattern(depth + 1)
		r.c.Expect(")")
		return p
	case t.Is("{"):
		r.c.Next()
		r.c.Expect("-")
		p.Kind = ast.PatternExclude
		p.Items = []*ast.Pattern{r.pattern(depth + 1)}
		r.c.Expect("-", "}")
		return p
	case t.Is("PERMUTE"):
		r.c.Next()
		r.c.Expect("(")
		p.Kind = ast.PatternPermute
		for !r.c.Failed() {
			p.Items = append(p.Items, r.pattern(depth+1))
			if !r.c.Accept(",") {
				break
			}
		}
		r.c.Expect(")")
		return p
	}
	if t.Kind == lex.Word || t.Kind == lex.Quoted {
		p.Name, _ = r.ident("a pattern variable (an identifier)")
		return p
	}
	r.c.FailExpected("a pattern variable (an identifier)")
	return p
}
