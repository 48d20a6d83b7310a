package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
)

// pruneAggs keeps the aggregates that are read and maps their columns; where gives the new position of each.
func pruneAggs(aggs []logical.Agg, d *need, base int, keepOne bool, in *need) (kept []int) {
	for i, a := range aggs {
		if slices.ContainsFunc(d.paths, func(p path) bool { return p.col == base+i }) {
			kept = append(kept, i)
			aggNeeds(a, in)
		}
	}
	if len(kept) == 0 && keepOne && len(aggs) > 0 {
		kept = []int{0}
		aggNeeds(aggs[0], in)
	}
	return kept
}

func aggNeeds(a logical.Agg, in *need) {
	in.columns(a.Args...)
	if a.Filter >= 0 {
		in.columns(a.Filter)
	}
	for _, o := range a.OrderBy {
		in.columns(o.Column)
	}
}

func mapAggs(aggs []logical.Agg, kept []int, at func(int) int) []logical.Agg {
	var out []logical.Agg
	for _, i := range kept {
		a := aggs[i]
		a.Args = mapped(a.Args, at)
		if a.Filter >= 0 {
			a.Filter = at(a.Filter)
		}
		a.OrderBy = mappedOrder(a.OrderBy, at)
		out = append(out, a)
	}
	return out
}

func (pr *pruner) pruneAggregate(t *logical.Aggregate, d *need) (logical.Node, []*expr.Expr) {
	in := &need{}
	in.columns(t.Keys...)
	nk := len(t.Keys)
	kept := pruneAggs(t.Aggs, d, nk, nk == 0, in)
	m, at, _ := pr.exact(t.Input, in)
	x := &logical.Aggregate{Input: m, Keys: mapped(t.Keys, at), Aggs: mapAggs(t.Aggs, kept, at), TTL: t.TTL}
	return x, aggOutputs(x, d, nk, len(t.Aggs), kept)
}

// aggOutputs are the needed paths over keys ++ kept aggregates ++ further columns.
func aggOutputs(n logical.Node, d *need, nk, aggs int, kept []int) []*expr.Expr {
	s := n.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		c := p.col
		switch {
		case c >= nk+aggs:
			c = c - aggs + len(kept)
		case c >= nk:
			c = nk + slices.Index(kept, c-nk)
		}
		out[i] = field(expr.NewColumn(c, s[c].Type), p.fields)
	}
	return out
}

func (pr *pruner) pruneWindowAggregate(t *logical.WindowAggregate, d *need) (logical.Node, []*expr.Expr) {
	in := &need{}
	in.columns(t.Keys...)
	if t.Attached {
		in.columns(t.Start, t.End)
	} else {
		in.columns(t.Window.Column)
	}
	nk := len(t.Keys)
	kept := pruneAggs(t.Aggs, d, nk, false, in)
	m, at, _ := pr.exact(t.Input, in)
	x := *t
	x.Input, x.Keys, x.Aggs = m, mapped(t.Keys, at), mapAggs(t.Aggs, kept, at)
	if t.Attached {
		x.Start, x.End, x.Window.Column = at(t.Start), at(t.End), 0
	} else {
		x.Window.Column = at(t.Window.Column)
	}
	return &x, aggOutputs(&x, d, nk, len(t.Aggs), kept)
}
