package rules

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
)

// merge makes one projection of two where that repeats no work, and removes projections that change nothing.
func merge(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		c, ok := n.(*logical.Calc)
		if !ok {
			return n
		}
		for {
			in, ok := c.Input.(*logical.Calc)
			if !ok || !mergeable(c, in) {
				break
			}
			m := &logical.Calc{Input: in.Input, Filter: in.Filter, Names: c.Names}
			if c.Filter != nil {
				m.Filter = conj(in.Filter, expr.Substitute(c.Filter, in.Exprs))
			}
			for _, e := range c.Exprs {
				m.Exprs = append(m.Exprs, simplifyFields(expr.Substitute(e, in.Exprs)))
			}
			c = m
		}
		if isIdentity(c) {
			return c.Input
		}
		return c
	})
}

func conj(a, b *expr.Expr) *expr.Expr {
	return expr.And(append(expr.Conjuncts(a), expr.Conjuncts(b)...)...)
}

func isIdentity(c *logical.Calc) bool {
	s := c.Input.Schema()
	if c.Filter != nil || len(c.Exprs) != len(s) {
		return false
	}
	for i, e := range c.Exprs {
		if e.Kind != expr.Column || e.Index != i || !e.Type.Equal(s[i].Type) {
			return false
		}
	}
	return true
}

// trivial expressions cost nothing to repeat.
func trivial(e *expr.Expr) bool {
	for e.Kind == expr.Field {
		e = e.Args[0]
	}
	return e.Kind == expr.Column || e.Kind == expr.Literal
}

// mergeable: every expression of the inner projection that costs something is used at most once, volatile ones never.
func mergeable(outer, inner *logical.Calc) bool {
	uses := map[int]int{}
	count := func(e *expr.Expr) {
		expr.Walk(e, func(x *expr.Expr) bool {
			if x.Kind == expr.Column {
				uses[x.Index]++
			}
			return true
		})
	}
	for _, e := range outer.Exprs {
		count(e)
	}
	if outer.Filter != nil {
		count(outer.Filter)
	}
	for i, e := range inner.Exprs {
		if trivial(e) {
			continue
		}
		if uses[i] > 1 || Volatile(e) && (uses[i] > 0 && !e.IsCall("PROCTIME")) {
			return false
		}
	}
	return true
}

// simplifyFields turns ROW(a, b).x into a.
func simplifyFields(e *expr.Expr) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Kind == expr.Field && x.Args[0].IsCall("ROW") && x.Index < len(x.Args[0].Args) {
			return x.Args[0].Args[x.Index]
		}
		return x
	})
}
