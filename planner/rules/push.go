package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
)

// pushDown moves predicates towards the sources.
func pushDown(n logical.Node) logical.Node {
	n, left := push(n, nil)
	return logical.Filter(n, expr.And(left...))
}

// push moves predicates over the output of n below it and returns those that have to stay above.
func push(n logical.Node, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	switch t := n.(type) {
	case *logical.Calc:
		return pushCalc(t, preds)
	case *logical.Scan:
		return pushScan(t, preds)
	case *logical.Join:
		return pushJoin(t, preds)
	case *logical.Over:
		return pushOver(t, preds)
	case *logical.Aggregate:
		return pushKeys(t, t.Input, preds, t.Keys)
	case *logical.WindowAggregate:
		return pushKeys(t, t.Input, preds, t.Keys)
	case *logical.Rank:
		return pushSame(t, t.Input, preds, func(c int) bool { return slices.Contains(t.Keys, c) })
	case *logical.Deduplicate:
		return pushSame(t, t.Input, preds, func(c int) bool { return slices.Contains(t.Keys, c) })
	case *logical.WindowTVF:
		w := len(t.Input.Schema())
		return pushSame(t, t.Input, preds, func(c int) bool {
			return c < w && (t.Window.Kind != plan.Session || slices.Contains(t.Keys, c))
		})
	case *logical.Unnest:
		w := len(t.Input.Schema())
		return pushSame(t, t.Input, preds, func(c int) bool { return c < w })
	case *logical.Sort:
		return pushSame(t, t.Input, preds, func(int) bool { return true })
	case *logical.Union:
		u := &logical.Union{}
		for _, c := range t.In {
			in, left := push(c, preds)
			u.In = append(u.In, logical.Filter(in, expr.And(left...)))
		}
		return u, nil
	case *logical.SetOp:
		l, ll := push(t.Left, preds)
		r, rl := push(t.Right, preds)
		return t.WithInputs([]logical.Node{logical.Filter(l, expr.And(ll...)), logical.Filter(r, expr.And(rl...))}), nil
	}
	in := n.Inputs()
	if len(in) == 0 {
		return n, preds
	}
	out := make([]logical.Node, len(in))
	for i, c := range in {
		c, left := push(c, nil)
		out[i] = logical.Filter(c, expr.And(left...))
	}
	return n.WithInputs(out), preds
}

// pushSame pushes predicates whose columns may all pass, at unchanged positions.
func pushSame(n, in logical.Node, preds []*expr.Expr, may func(c int) bool) (logical.Node, []*expr.Expr) {
	var down, stay []*expr.Expr
	for _, p := range preds {
		ok := !Volatile(p)
		for c := range expr.Columns(p) {
			ok = ok && may(c)
		}
		if ok {
			down = append(down, p)
		} else {
			stay = append(stay, p)
		}
	}
	in, left := push(in, down)
	return n.WithInputs([]logical.Node{logical.Filter(in, expr.And(left...))}), stay
}

// pushKeys pushes predicates on grouping keys.
func pushKeys(n, in logical.Node, preds []*expr.Expr, keys []int) (logical.Node, []*expr.Expr) {
	s := in.Schema()
	cols := make([]*expr.Expr, len(keys))
	for i, k := range keys {
		cols[i] = expr.NewColumn(k, s[k].Type)
	}
	var down, stay []*expr.Expr
	for _, p := range preds {
		set := expr.Columns(p)
		ok := len(set) > 0 && !Volatile(p)
		for c := range set {
			ok = ok && c < len(keys)
		}
		if ok {
			down = append(down, expr.Substitute(p, cols))
		} else {
			stay = append(stay, p)
		}
	}
	in, left := push(in, down)
	return n.WithInputs([]logical.Node{logical.Filter(in, expr.And(left...))}), stay
}

func pushCalc(t *logical.Calc, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	var down, stay []*expr.Expr
	down = append(down, expr.Conjuncts(t.Filter)...)
	for _, p := range preds {
		ok := !Volatile(p)
		for c := range expr.Columns(p) {
			ok = ok && !Volatile(t.Exprs[c])
		}
		if !ok {
			stay = append(stay, p)
			continue
		}
		down = append(down, expr.Conjuncts(simplifyFields(expr.Substitute(p, t.Exprs)))...)
	}
	for _, p := range down {
		if isFalse(p) || p.IsNull() {
			return &logical.Values{Out: t.Schema()}, nil
		}
	}
	in, left := push(t.Input, down)
	return &logical.Calc{Input: in, Filter: expr.And(left...), Exprs: t.Exprs, Names: t.Names}, stay
}

func pushScan(t *logical.Scan, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	caps := t.Table.Caps
	if t.Table.Accept == nil || len(preds) == 0 || caps.SourceMode.IsUpdating() || t.Watermark != nil {
		return t, preds
	}
	s := *t
	var stay []*expr.Expr
	for _, p := range preds {
		if Volatile(p) || !t.Table.Accept(t.Columns, p) {
			stay = append(stay, p)
			continue
		}
		s.Filter = append(slices.Clone(s.Filter), p)
		if !caps.FilterExact {
			stay = append(stay, p)
		}
	}
	return &s, stay
}

// side tells which input a predicate reads: 1 left, 2 right, 3 both, 0 none.
func side(p *expr.Expr, width int) int {
	n := 0
	for c := range expr.Columns(p) {
		if c < width {
			n |= 1
		} else {
			n |= 2
		}
	}
	return n
}

func pushJoin(t *logical.Join, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	if t.AsOf != nil {
		return pushTemporal(t, preds)
	}
	width := len(t.Left.Schema())
	j := *t
	j.Kind = strengthen(t.Kind, preds, width)
	var left, right, both, stay []*expr.Expr
	for _, p := range expr.Conjuncts(t.Condition) {
		where := side(p, width)
		switch {
		case Volatile(p) || where == 0:
			both = append(both, p)
		case where == 1 && (j.Kind == plan.Inner || j.Kind == plan.Right || j.Kind == plan.Semi):
			left = append(left, p)
		case where == 2 && j.Kind != plan.Right && j.Kind != plan.Full && !j.NullAware:
			right = append(right, p)
		default:
			both = append(both, p)
		}
	}
	for _, p := range preds {
		where := side(p, width)
		switch {
		case Volatile(p):
			stay = append(stay, p)
		case where == 1 && j.Kind != plan.Right && j.Kind != plan.Full:
			left = append(left, p)
		case where == 2 && (j.Kind == plan.Inner || j.Kind == plan.Right):
			right = append(right, p)
		case where == 3 && j.Kind == plan.Inner:
			both = append(both, p)
		default:
			stay = append(stay, p)
		}
	}
	for i, p := range right {
		right[i] = expr.Shift(p, -width)
	}
	l, ll := push(t.Left, left)
	j.Left = logical.Filter(l, expr.And(ll...))
	if j.Kind != plan.Right && j.Kind != plan.Full && !j.NullAware {
		right = append(right, derived(j.Left, both, right, width, false)...)
	}
	r, rl := push(t.Right, right)
	j.Right = logical.Filter(r, expr.And(rl...))
	if j.Kind == plan.Inner || j.Kind == plan.Semi {
		if more := derived(j.Right, both, facts(j.Left), width, true); len(more) > 0 {
			l, ll := push(j.Left, more)
			j.Left = logical.Filter(l, expr.And(ll...))
		}
	}
	j.Condition = expr.And(both...)
	if j.Kind != t.Kind {
		// Columns are no longer nullable: predicates and parents keep the wider types, which is harmless.
		return retypeJoin(&j, t), stay
	}
	return &j, stay
}

// retypeJoin keeps the types that the parents know.
func retypeJoin(j, was *logical.Join) logical.Node {
	old, now := was.Schema(), j.Schema()
	c := &logical.Calc{Input: j}
	for i, f := range old {
		c.Exprs = append(c.Exprs, expr.NewColumn(i, f.Type))
		c.Names = append(c.Names, f.Name)
	}
	if old.Equal(now) {
		return j
	}
	return c
}

// strengthen makes an outer join an inner one where a predicate above refuses the rows without a partner.
func strengthen(kind plan.JoinKind, preds []*expr.Expr, width int) plan.JoinKind {
	rejectsLeft, rejectsRight := false, false
	for _, p := range preds {
		rejectsLeft = rejectsLeft || rejects(p, func(c int) bool { return c < width })
		rejectsRight = rejectsRight || rejects(p, func(c int) bool { return c >= width })
	}
	switch {
	case kind == plan.Left && rejectsRight, kind == plan.Right && rejectsLeft, kind == plan.Full && rejectsLeft && rejectsRight:
		return plan.Inner
	case kind == plan.Full && rejectsLeft:
		return plan.Left
	case kind == plan.Full && rejectsRight:
		return plan.Right
	}
	return kind
}

// rejects tells whether p is not TRUE when all the columns are NULL.
func rejects(p *expr.Expr, of func(int) bool) bool {
	if p.Kind != expr.Call {
		return p.Kind == expr.Column && of(p.Index)
	}
	switch p.Func {
	case "AND":
		return slices.ContainsFunc(p.Args, func(a *expr.Expr) bool { return rejects(a, of) })
	case "OR":
		return !slices.ContainsFunc(p.Args, func(a *expr.Expr) bool { return !rejects(a, of) })
	case "=", "<>", "<", "<=", ">", ">=", "LIKE", "IS NOT NULL", "IS TRUE":
		return slices.ContainsFunc(p.Args, func(a *expr.Expr) bool { return strict(a, of) })
	case "NOT":
		return strict(p.Args[0], of)
	}
	return false
}

// strict tells whether e is NULL when all the columns are.
func strict(e *expr.Expr, of func(int) bool) bool {
	switch e.Kind {
	case expr.Column:
		return of(e.Index)
	case expr.Cast, expr.TryCast, expr.Field:
		return strict(e.Args[0], of)
	case expr.Call:
		switch e.Func {
		case "+", "-", "*", "/", "%", "NEG", "=", "<>", "<", "<=", ">", ">=", "LIKE", "||", "UPPER", "LOWER", "ABS", "NOT":
			return slices.ContainsFunc(e.Args, func(a *expr.Expr) bool { return strict(a, of) })
		}
	}
	return false
}
