package rules

import (
	"slices"
	"strconv"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
)

// joinKeys splits the conditions of joins into equal keys and a rest. Keys that are not columns are computed below the join.
func joinKeys(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		j, ok := n.(*logical.Join)
		if !ok || j.Condition == nil {
			return n
		}
		return splitJoin(j)
	})
}

// equality takes apart a = b and a IS NOT DISTINCT FROM b, also written as a = b OR a IS NULL AND b IS NULL.
func equality(p *expr.Expr) (a, b *expr.Expr, nullSafe, ok bool) {
	switch {
	case p.IsCall("="):
		return p.Args[0], p.Args[1], false, true
	case p.IsCall("IS NOT DISTINCT FROM"):
		return p.Args[0], p.Args[1], true, true
	case p.IsCall("OR") && len(p.Args) == 2:
		for i := range p.Args {
			eq, nulls := p.Args[i], p.Args[1-i]
			if !eq.IsCall("=") || !nulls.IsCall("AND") || len(nulls.Args) != 2 {
				continue
			}
			x, y := nulls.Args[0], nulls.Args[1]
			if !x.IsCall("IS NULL") || !y.IsCall("IS NULL") {
				continue
			}
			l, r := eq.Args[0], eq.Args[1]
			if expr.Equal(x.Args[0], l) && expr.Equal(y.Args[0], r) || expr.Equal(x.Args[0], r) && expr.Equal(y.Args[0], l) {
				return l, r, true, true
			}
		}
	}
	return nil, nil, false, false
}

func splitJoin(j *logical.Join) logical.Node {
	width := len(j.Left.Schema())
	l, r := newKeySide(j.Left), newKeySide(j.Right)
	out := *j
	var rest []*expr.Expr
	interval := logical.IntervalOf(j) != nil
	for _, p := range expr.Conjuncts(j.Condition) {
		a, b, safe, ok := equality(p)
		// Times that bound each other stay in the condition, which says that the join is over an interval.
		ok = ok && !(interval && logical.IsTimeBound(p, j))
		if ok && (side(a, width) == 2 && side(b, width) != 2 || side(b, width) == 1) {
			a, b = b, a
		}
		// NOT IN compares keys, also where one of them is a constant.
		sides := side(a, width) == 1 && side(b, width) == 2 || j.NullAware && side(a, width) <= 1 && side(b, width)&1 == 0
		if !ok || !sides || Volatile(p) {
			rest = append(rest, p)
			continue
		}
		b = expr.Shift(b, -width)
		if !a.Type.Same(b.Type) && !(a.Type.IsText() && b.Type.IsText()) {
			t, err := scalar.CommonType(a.Type, b.Type)
			if err != nil {
				rest = append(rest, p)
				continue
			}
			a, b = scalar.Coerce(a, t), scalar.Coerce(b, t)
		}
		lk, rk := l.column(a), r.column(b)
		if dup := slices.Index(out.LeftKeys, lk); dup >= 0 && out.RightKeys[dup] == rk && out.NullSafe[dup] == safe {
			continue
		}
		out.LeftKeys, out.RightKeys, out.NullSafe = append(out.LeftKeys, lk), append(out.RightKeys, rk), append(out.NullSafe, safe)
	}
	if len(out.LeftKeys) == len(j.LeftKeys) {
		return j
	}
	out.Left, out.Right = l.node(), r.node()
	added := len(l.xs) - width
	remap := func(e *expr.Expr) *expr.Expr {
		return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
			if x.Kind == expr.Column && x.Index >= width {
				return expr.NewColumn(x.Index+added, x.Type)
			}
			return x
		})
	}
	for i := range rest {
		rest[i] = remap(rest[i])
	}
	out.Condition = expr.And(rest...)
	if added == 0 && len(r.xs) == len(r.in.Schema()) {
		return &out
	}
	cols := make([]int, 0, width)
	for i := range width {
		cols = append(cols, i)
	}
	if j.Kind != plan.Semi && j.Kind != plan.Anti {
		for i := range r.in.Schema() {
			cols = append(cols, width+added+i)
		}
	}
	return logical.Project(&out, cols)
}

// keySide collects the keys of one input.
type keySide struct {
	in    logical.Node
	xs    []*expr.Expr
	names []string
}

func newKeySide(in logical.Node) *keySide {
	s := in.Schema()
	return &keySide{in: in, xs: logical.Columns(s), names: s.Names()}
}

func (k *keySide) column(e *expr.Expr) int {
	if e.Kind == expr.Column {
		return e.Index
	}
	for i, x := range k.xs {
		if expr.Equal(x, e) {
			return i
		}
	}
	k.xs = append(k.xs, e)
	k.names = append(k.names, "$k"+strconv.Itoa(len(k.xs)-1-len(k.in.Schema())))
	return len(k.xs) - 1
}

func (k *keySide) node() logical.Node {
	if len(k.xs) == len(k.in.Schema()) {
		return k.in
	}
	return logical.NewCalc(k.in, nil, k.xs, k.names)
}
