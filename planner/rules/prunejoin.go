package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
)

func (pr *pruner) pruneJoin(t *logical.Join, d *need) (logical.Node, []*expr.Expr) {
	lw := len(t.Left.Schema())
	l, r := &need{}, &need{}
	both := &need{}
	both.paths = append(both.paths, d.paths...)
	if t.Condition != nil {
		c := &need{}
		c.exprs(t.Condition)
		both.paths = append(both.paths, c.paths...)
	}
	for _, p := range both.paths {
		if p.col < lw {
			l.add(p)
		} else {
			r.add(path{p.col - lw, p.fields})
		}
	}
	l.columns(t.LeftKeys...)
	r.columns(t.RightKeys...)
	if t.AsOf != nil {
		l.columns(t.AsOf.Left)
		r.columns(t.AsOf.Right)
		if t.AsOf.Alive >= 0 {
			r.columns(t.AsOf.Alive)
		}
	}
	lm, lat, lf := pr.exact(t.Left, l)
	rm, rat, rf := pr.exact(t.Right, r)
	x := *t
	x.Left, x.Right = lm, rm
	x.LeftKeys, x.RightKeys = mapped(t.LeftKeys, lat), mapped(t.RightKeys, rat)
	if t.AsOf != nil {
		as := logical.AsOf{Left: lat(t.AsOf.Left), Right: rat(t.AsOf.Right), Alive: -1}
		if t.AsOf.Alive >= 0 {
			as.Alive = rat(t.AsOf.Alive)
		}
		x.AsOf = &as
	}
	w := len(lm.Schema())
	at := func(p path) *expr.Expr {
		if p.col < lw {
			return lf.path(p)
		}
		return expr.Shift(rf.path(path{p.col - lw, p.fields}), w)
	}
	x.Condition = rewritePaths(t.Condition, at)
	s := x.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		c := at(p).Index
		out[i] = expr.NewColumn(c, s[c].Type)
	}
	return &x, out
}

// rewritePaths replaces columns and field chains.
func rewritePaths(e *expr.Expr, at func(path) *expr.Expr) *expr.Expr {
	if e == nil {
		return nil
	}
	if p, ok := pathOf(e); ok {
		return withType(at(p), e.Type)
	}
	if len(e.Args) == 0 {
		return e
	}
	c := *e
	c.Args = make([]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = rewritePaths(a, at)
	}
	return &c
}

func (pr *pruner) pruneUnnest(t *logical.Unnest, d *need) (logical.Node, []*expr.Expr) {
	width := len(t.Input.Schema())
	in := child(d, width)
	in.exprs(t.Collection)
	chosen := &need{}
	chosen.exprs(t.Condition)
	for _, p := range child(chosen, width).paths {
		in.add(p)
	}
	m, _, f := pr.plain(t.Input, in)
	x := *t
	x.Input, x.Collection, x.Pass = m, f.expr(t.Collection), []int{}
	// What the collection alone reads is not passed on: it would be copied for each of its elements.
	for _, p := range slices.Concat(d.paths, chosen.paths) {
		if p.col < width {
			x.Pass = append(x.Pass, f.path(p).Index)
		}
	}
	slices.Sort(x.Pass)
	if x.Pass = slices.Compact(x.Pass); len(x.Pass) == len(m.Schema()) {
		x.Pass = nil
	}
	s := x.Schema()
	w := len(s) - len(t.Elements)
	at := func(p path) *expr.Expr {
		if p.col < width {
			c := f.path(p).Index
			if x.Pass != nil {
				c = slices.Index(x.Pass, c)
			}
			return expr.NewColumn(c, s[c].Type)
		}
		c := w + p.col - width
		return field(expr.NewColumn(c, s[c].Type), p.fields)
	}
	x.Condition = rewritePaths(t.Condition, at)
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		out[i] = at(p)
	}
	return &x, out
}
