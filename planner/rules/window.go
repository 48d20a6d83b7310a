package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// windows makes window aggregations of aggregations whose keys contain both bounds of a window: over the window function itself where nothing
// else reads the window, else over rows that carry their window.
func windows(n logical.Node, cfg Config) (logical.Node, error) {
	var fail error
	n = logical.Transform(n, func(n logical.Node) logical.Node {
		a, ok := n.(*logical.Aggregate)
		if !ok || fail != nil {
			return n
		}
		b := logical.WindowOf(a.Input)
		if b == nil || b.Start < 0 || b.End < 0 || !slices.Contains(a.Keys, b.Start) || !slices.Contains(a.Keys, b.End) {
			return n
		}
		r, err := windowAggregate(a, b, cfg)
		if err != nil {
			fail = err
			return n
		}
		return r
	})
	return n, fail
}

func windowAggregate(a *logical.Aggregate, b *logical.Bounds, cfg Config) (logical.Node, error) {
	w := b.Window
	if cfg.EarlyFire {
		return nil, sqlerr.NewAt(b.Place, sqlerr.Unsupported, "aggregation over a window table function does not support the early-fire and late-fire settings "+
			"table.exec.emit.early-fire.enabled and table.exec.emit.late-fire.enabled")
	}
	if w.Kind == plan.Hop && w.Size%w.Slide != 0 {
		return nil, sqlerr.NewAt(b.Place, sqlerr.Validation, "HOP with aggregation requires the size to be an integral multiple of the slide, but got size %d ms and "+
			"slide %d ms", w.Size, w.Slide)
	}
	if w.Kind == plan.Session {
		for _, g := range a.Aggs {
			if g.Func == "FIRST_VALUE" || g.Func == "LAST_VALUE" {
				return nil, sqlerr.NewAt(b.Place, sqlerr.Unsupported, "%s over session windows is not supported: its results cannot be merged", g.Func)
			}
		}
	}
	in := a.Input
	s := in.Schema()
	wa := &logical.WindowAggregate{Input: in, Window: w, Aggs: a.Aggs, Attached: true, Start: b.Start, End: b.End, Time: types.TimestampType(3), Place: b.Place}
	if b.Time >= 0 {
		wa.Time = s[b.Time].Type
	}
	var others []int
	for _, k := range a.Keys {
		if k != b.Start && k != b.End && k != b.Time {
			others = append(others, k)
		}
	}
	wa.Keys = others
	add := func(c plan.WindowColumn, name string) {
		if !slices.Contains(wa.Columns, c) {
			wa.Columns = append(wa.Columns, c)
			wa.Names = append(wa.Names, name)
		}
	}
	for _, k := range a.Keys {
		switch k {
		case b.Start:
			add(plan.WindowStart, s[k].Name)
		case b.End:
			add(plan.WindowEnd, s[k].Name)
		case b.Time:
			add(plan.WindowTime, s[k].Name)
		}
	}
	fused := fuse(wa)
	return reorder(a, fused, b, others), nil
}

// reorder restores the order of the columns: keys, then aggregates.
func reorder(a *logical.Aggregate, wa *logical.WindowAggregate, b *logical.Bounds, others []int) logical.Node {
	ws, as := wa.Schema(), a.Schema()
	c := &logical.Calc{Input: wa}
	column := func(at int, name string) {
		c.Exprs = append(c.Exprs, expr.NewColumn(at, ws[at].Type))
		c.Names = append(c.Names, name)
	}
	base := len(wa.Keys) + len(wa.Aggs)
	for i, k := range a.Keys {
		switch k {
		case b.Start:
			column(base+slices.Index(wa.Columns, plan.WindowStart), as[i].Name)
		case b.End:
			column(base+slices.Index(wa.Columns, plan.WindowEnd), as[i].Name)
		case b.Time:
			column(base+slices.Index(wa.Columns, plan.WindowTime), as[i].Name)
		default:
			column(slices.Index(others, k), as[i].Name)
		}
	}
	for i := range a.Aggs {
		column(len(wa.Keys)+i, a.Aggs[i].Name)
	}
	return c
}

// fuse puts the window function into the aggregation where only the grouping reads the window.
func fuse(wa *logical.WindowAggregate) *logical.WindowAggregate {
	var calc *logical.Calc
	tvf, ok := wa.Input.(*logical.WindowTVF)
	if !ok {
		if calc, ok = wa.Input.(*logical.Calc); !ok {
			return wa
		}
		if tvf, ok = calc.Input.(*logical.WindowTVF); !ok {
			return wa
		}
	}
	width := len(tvf.Input.Schema())
	if calc != nil && calc.Filter != nil {
		// Sessions that are formed by the aggregation are those of the rows that pass; other windows do not depend on which rows there are.
		for r := range expr.Columns(calc.Filter) {
			if r >= width {
				return wa
			}
		}
	}
	xs := logical.Columns(tvf.Schema())
	names := tvf.Schema().Names()
	if calc != nil {
		xs, names = calc.Exprs, calc.Names
	}
	used := map[int]bool{}
	for _, k := range wa.Keys {
		used[k] = true
	}
	for _, a := range wa.Aggs {
		for _, c := range a.Args {
			used[c] = true
		}
		if a.Filter >= 0 {
			used[a.Filter] = true
		}
		for _, o := range a.OrderBy {
			used[o.Column] = true
		}
	}
	for c := range used {
		for r := range expr.Columns(xs[c]) {
			if r >= width {
				return wa
			}
		}
	}
	if tvf.Window.Kind == plan.Session {
		var keys []int
		for _, k := range wa.Keys {
			if xs[k].Kind != expr.Column {
				return wa
			}
			keys = append(keys, xs[k].Index)
		}
		if !sameKeys(keys, tvf.Keys) {
			return wa
		}
	}
	ts := tvf.Input.Schema()[tvf.Window.Column]
	c := &logical.Calc{Input: tvf.Input}
	if calc != nil {
		c.Filter = calc.Filter
	}
	for i, x := range xs {
		if !used[i] {
			x = expr.NewBool(true)
		}
		c.Exprs = append(c.Exprs, x)
		c.Names = append(c.Names, names[i])
	}
	f := *wa
	f.Window.Column = len(c.Exprs)
	c.Exprs = append(c.Exprs, expr.NewColumn(tvf.Window.Column, ts.Type))
	c.Names = append(c.Names, ts.Name)
	f.Input, f.Attached, f.Start, f.End, f.Time = c, false, 0, 0, ts.Type
	return &f
}
