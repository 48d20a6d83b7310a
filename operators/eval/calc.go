package eval

import (
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// Calc is a filter and a program over the same input that share their common parts: what the condition has computed for all rows is not
// computed again for the results. It belongs to one goroutine.
type Calc struct {
	filter Filter
	roots  []*node
}

// CompileCalc compiles a condition (nil: none) and expressions.
func CompileCalc(condition *expr.Expr, exprs []*expr.Expr, env Env) (*Calc, error) {
	c := newCompiler(env)
	k := &Calc{}
	for _, part := range expr.Conjuncts(condition) {
		n, err := c.compile(part)
		if err != nil {
			return nil, err
		}
		k.filter.conjuncts = append(k.filter.conjuncts, n)
	}
	for _, e := range exprs {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		k.roots = append(k.roots, n)
	}
	c.markShared(k.filter.conjuncts)
	c.markShared(k.roots)
	k.filter.engine = engine{env: c.env, slots: c.slots}
	return k, nil
}

// Types returns the types of the results.
func (k *Calc) Types() []types.Type {
	ts := make([]types.Type, len(k.roots))
	for i, r := range k.roots {
		ts[i] = r.typ
	}
	return ts
}

// denseBelow is the share of selected rows, one in so many, below which results are computed and returned for these alone.
const denseBelow = 4

// Eval returns the rows of b for which the condition is TRUE and the results. Where dense is false the results have b.Len physical rows and
// go with the selection sel, as those of Program.Eval; where it is true they have one value for each row of sel. sel is nil for all rows of
// a batch without selection, empty (and the results nil) for none; it is valid until the next call.
func (k *Calc) Eval(pool *vector.Pool, b *vector.Batch) (sel []uint16, dense bool, out []*vector.Vector, err error) {
	g := &k.filter
	f := g.begin(pool, b)
	defer g.end(f)
	sel = b.Sel
	if len(g.conjuncts) > 0 {
		if sel, err = g.rows(f, b.Sel); err != nil {
			return nil, false, nil, err
		}
		if len(sel) == 0 {
			return sel, false, nil, nil
		}
		if len(sel) == b.Len {
			sel = nil
		}
	}
	if sel == nil || len(sel)*denseBelow > b.Len {
		out, err = g.evalSelected(f, k.roots, sel)
		return sel, false, out, err
	}
	sub := g.child(f, sel)
	defer g.end(sub)
	out, err = evalAll(sub, k.roots)
	return sel, true, out, err
}
