package bind

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
)

// decorrelate takes the conditions on outer columns out of a sub-query. The node it returns has the columns of n first and may have more,
// which the conditions read. Conditions refer to columns of the node, and to outer columns by their numbers from outerBase on.
func decorrelate(n logical.Node, pos int) (logical.Node, []*expr.Expr, error) {
	if !correlated(n) {
		return n, nil, nil
	}
	d := &decorrelator{pos: pos}
	return d.pull(n)
}

type decorrelator struct{ pos int }

func readsOuter(es ...*expr.Expr) bool {
	for c := range expr.Columns(es...) {
		if c >= outerBase {
			return true
		}
	}
	return false
}

// correlated tells whether anything below n reads outer columns.
func correlated(n logical.Node) bool {
	found := false
	logical.Walk(n, func(n logical.Node) {
		switch t := n.(type) {
		case *logical.Calc:
			found = found || readsOuter(t.Exprs...) || t.Filter != nil && readsOuter(t.Filter)
		case *logical.Join:
			found = found || t.Condition != nil && readsOuter(t.Condition)
		case *logical.Unnest:
			found = found || readsOuter(t.Collection) || t.Condition != nil && readsOuter(t.Condition)
		}
	})
	return found
}

func (d *decorrelator) unsupported(what string) error {
	return sqlerr.New(sqlerr.Unsupported, d.pos, "a correlated sub-query with %s is not supported", what)
}

func (d *decorrelator) pull(n logical.Node) (logical.Node, []*expr.Expr, error) {
	if !correlated(n) {
		return n, nil, nil
	}
	switch t := n.(type) {
	case *logical.Calc:
		return d.calc(t)
	case *logical.Join:
		return d.join(t)
	case *logical.Aggregate:
		return d.aggregate(t)
	case *logical.WindowTVF:
		in, conds, err := d.pull(t.Input)
		if err != nil {
			return nil, nil, err
		}
		return d.restore(t.WithInputs([]logical.Node{in}), len(t.Input.Schema()), len(in.Schema())-len(t.Input.Schema()), 3, conds)
	case *logical.Over, *logical.Rank, *logical.Limit, *logical.Sort:
		return nil, nil, d.unsupported("LIMIT, ORDER BY or OVER below its condition")
	case *logical.Union, *logical.SetOp:
		return nil, nil, d.unsupported("a set operation")
	default:
		return nil, nil, d.unsupported("a condition at this place")
	}
}

// restore puts columns that a change of the input inserted in the middle to the end.
func (d *decorrelator) restore(n logical.Node, before, inserted, after int, conds []*expr.Expr) (logical.Node, []*expr.Expr, error) {
	if inserted == 0 {
		return n, conds, nil
	}
	var order []int
	remap := make([]int, before+inserted)
	for i := range before {
		remap[i] = i
		order = append(order, i)
	}
	for i := range after {
		order = append(order, before+inserted+i)
	}
	for i := range inserted {
		remap[before+i] = len(order)
		order = append(order, before+i)
	}
	out := make([]*expr.Expr, len(conds))
	for i, c := range conds {
		out[i] = remapColumns(c, remap)
	}
	return logical.Project(n, order), out, nil
}

func (d *decorrelator) calc(t *logical.Calc) (logical.Node, []*expr.Expr, error) {
	in, conds, err := d.pull(t.Input)
	if err != nil {
		return nil, nil, err
	}
	if readsOuter(t.Exprs...) {
		return nil, nil, d.unsupported("outer columns in its select list")
	}
	var keep []*expr.Expr
	for _, c := range expr.Conjuncts(t.Filter) {
		if readsOuter(c) {
			conds = append(conds, c)
		} else {
			keep = append(keep, c)
		}
	}
	c := &logical.Calc{Input: in, Filter: expr.And(keep...), Exprs: slices.Clone(t.Exprs), Names: slices.Clone(t.Names)}
	s := in.Schema()
	at := map[int]int{}
	out := make([]*expr.Expr, len(conds))
	for i, cond := range conds {
		out[i] = expr.Transform(cond, func(x *expr.Expr) *expr.Expr {
			if x.Kind != expr.Column || x.Index >= outerBase {
				return x
			}
			p, ok := at[x.Index]
			if !ok {
				p = slices.IndexFunc(c.Exprs, func(e *expr.Expr) bool { return e.Kind == expr.Column && e.Index == x.Index })
				if p < 0 {
					p = len(c.Exprs)
					c.Exprs = append(c.Exprs, expr.NewColumn(x.Index, s[x.Index].Type))
					c.Names = append(c.Names, s[x.Index].Name)
				}
				at[x.Index] = p
			}
			return expr.NewColumn(p, x.Type)
		})
	}
	return c, out, nil
}

func (d *decorrelator) join(t *logical.Join) (logical.Node, []*expr.Expr, error) {
	if t.AsOf != nil {
		return nil, nil, d.unsupported("FOR SYSTEM_TIME AS OF")
	}
	lw := len(t.Left.Schema())
	l, conds, err := d.pull(t.Left)
	if err != nil {
		return nil, nil, err
	}
	if t.Kind != plan.Inner && (correlated(t.Right) || t.Condition != nil && readsOuter(t.Condition)) {
		if t.Kind == plan.Semi || t.Kind == plan.Left || !correlated(t.Right) {
			return nil, nil, d.unsupported("an outer column in the condition of a join that is not inner")
		}
	}
	if t.Kind == plan.Right || t.Kind == plan.Full {
		return nil, nil, d.unsupported("a right or full join")
	}
	r, rconds, err := d.pull(t.Right)
	if err != nil {
		return nil, nil, err
	}
	if len(rconds) > 0 && t.Kind != plan.Inner {
		return nil, nil, d.unsupported("a condition inside of a join that is not inner")
	}
	inserted := len(l.Schema()) - lw
	rw := len(t.Right.Schema())
	j := *t
	j.Left, j.Right, j.Condition = l, r, nil
	remap := make([]int, lw+rw)
	for i := range remap {
		remap[i] = i
		if i >= lw {
			remap[i] = i + inserted
		}
	}
	for _, c := range expr.Conjuncts(t.Condition) {
		c = remapColumns(c, remap)
		if readsOuter(c) {
			conds = append(conds, c)
		} else {
			j.Condition = and(j.Condition, c)
		}
	}
	for _, c := range rconds {
		conds = append(conds, expr.Transform(c, func(x *expr.Expr) *expr.Expr {
			if x.Kind == expr.Column && x.Index < outerBase {
				return expr.NewColumn(x.Index+lw+inserted, x.Type)
			}
			return x
		}))
	}
	if t.Kind == plan.Semi || t.Kind == plan.Anti {
		return &j, conds, nil
	}
	return d.restore(&j, lw, inserted, rw, conds)
}

// aggregate groups by the inner sides of the conditions in addition.
func (d *decorrelator) aggregate(t *logical.Aggregate) (logical.Node, []*expr.Expr, error) {
	in, conds, err := d.pull(t.Input)
	if err != nil {
		return nil, nil, err
	}
	s := in.Schema()
	xs, names := logical.Columns(s), s.Names()
	a := *t
	a.Keys = slices.Clone(t.Keys)
	out := make([]*expr.Expr, len(conds))
	extra := 0
	for i, c := range conds {
		if !isEquality(c) {
			return nil, nil, d.unsupported("an aggregate below a condition that is not an equality")
		}
		inner := innerSide(c)
		at := slices.IndexFunc(xs, func(e *expr.Expr) bool { return expr.Equal(e, inner) })
		if at < 0 {
			at = len(xs)
			xs = append(xs, inner)
			names = append(names, "$k")
		}
		k := slices.Index(a.Keys, at)
		if k < 0 {
			k = len(a.Keys)
			a.Keys = append(a.Keys, at)
			extra++
		}
		nc := *c
		nc.Args = slices.Clone(c.Args)
		for j, arg := range nc.Args {
			if sides(arg) == 1 {
				nc.Args[j] = expr.NewColumn(k, inner.Type)
			}
		}
		out[i] = &nc
	}
	a.Input = in
	if len(xs) > len(s) {
		a.Input = logical.NewCalc(in, nil, xs, names)
	}
	return d.restore(&a, len(t.Keys), extra, len(t.Aggs), out)
}
