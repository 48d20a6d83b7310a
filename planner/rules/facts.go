package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
)

// facts are simple predicates that all rows of n fulfil: a column compared with constants.
func facts(n logical.Node) []*expr.Expr {
	switch t := n.(type) {
	case *logical.Watermark:
		return facts(t.Input)
	case *logical.Calc:
		var out []*expr.Expr
		for _, p := range append(facts(t.Input), slices.DeleteFunc(expr.Conjuncts(t.Filter), func(p *expr.Expr) bool { return !simple(p) })...) {
			at := slices.IndexFunc(t.Exprs, func(e *expr.Expr) bool { return expr.Equal(e, p.Args[0]) })
			if at >= 0 {
				out = append(out, withColumn(p, at))
			}
		}
		return out
	case *logical.Join:
		if t.Kind != plan.Right && t.Kind != plan.Full {
			return facts(t.Left)
		}
	case *logical.Aggregate:
		var out []*expr.Expr
		for _, p := range facts(t.Input) {
			if at := slices.Index(t.Keys, p.Args[0].Index); at >= 0 {
				out = append(out, withColumn(p, at))
			}
		}
		return out
	}
	return nil
}

// simple tells whether p compares a column with constants.
func simple(p *expr.Expr) bool {
	if p.Kind != expr.Call || len(p.Args) < 2 || p.Args[0].Kind != expr.Column {
		return false
	}
	switch p.Func {
	case "=", "<", "<=", ">", ">=", "IN":
		return !slices.ContainsFunc(p.Args[1:], func(a *expr.Expr) bool { return a.Kind != expr.Literal || a.Value == nil })
	}
	return false
}

// withColumn is a fact about another column of the same type.
func withColumn(p *expr.Expr, at int) *expr.Expr {
	c := *p
	c.Args = slices.Clone(p.Args)
	c.Args[0] = expr.NewColumn(at, p.Args[0].Type)
	return &c
}

// derived carries facts about one side of a join over to the columns of the other that must be equal. known are predicates that the other side
// has already. width is that of the left side; fromRight tells the direction.
func derived(from logical.Node, conditions, known []*expr.Expr, width int, fromRight bool) []*expr.Expr {
	fs := facts(from)
	if len(fs) == 0 {
		return nil
	}
	var out []*expr.Expr
	for _, c := range conditions {
		if !c.IsCall("=") || c.Args[0].Kind != expr.Column || c.Args[1].Kind != expr.Column {
			continue
		}
		a, b := c.Args[0], c.Args[1]
		if a.Index >= width {
			a, b = b, a
		}
		if a.Index >= width || b.Index < width || !a.Type.Same(b.Type) {
			continue
		}
		source, target, typ := a.Index, b.Index-width, b.Type
		if fromRight {
			source, target, typ = b.Index-width, a.Index, a.Type
		}
		for _, f := range fs {
			if f.Args[0].Index != source {
				continue
			}
			p := withColumn(f, target)
			p.Args[0] = expr.NewColumn(target, typ)
			if !slices.ContainsFunc(append(known, out...), func(k *expr.Expr) bool { return sameFact(k, p) }) {
				out = append(out, p)
			}
		}
	}
	return out
}

// sameFact is equality that does not look at nullability.
func sameFact(a, b *expr.Expr) bool {
	return simple(a) && a.Func == b.Func && len(a.Args) == len(b.Args) && a.Args[0].Index == b.Args[0].Index &&
		slices.EqualFunc(a.Args[1:], b.Args[1:], expr.Equal)
}
