package eval

import (
	"fmt"

	"millrace/operators/vector"
	"millrace/planner/expr"
)

// Filter selects the rows for which a condition is TRUE. It belongs to one goroutine.
type Filter struct {
	engine
	conjuncts []*node
	out       []uint16
	all       []uint16
}

// CompileFilter compiles a BOOLEAN expression. Its conjuncts are evaluated in their order, each one only for the rows that the ones before
// left, unless it is cheap.
func CompileFilter(e *expr.Expr, env Env) (*Filter, error) {
	c := newCompiler(env)
	flt := &Filter{}
	for _, part := range expr.Conjuncts(e) {
		n, err := c.compile(part)
		if err != nil {
			return nil, err
		}
		flt.conjuncts = append(flt.conjuncts, n)
	}
	c.markShared(flt.conjuncts)
	flt.engine = engine{env: c.env, slots: c.slots}
	return flt, nil
}

// CompileCondition compiles what joined rows must fulfil beside equal keys. reads tells which of the input columns it reads: only they need be there.
func CompileCondition(e *expr.Expr, env Env) (f *Filter, reads []bool, err error) {
	if f, err = CompileFilter(e, env); err != nil {
		return nil, nil, fmt.Errorf("join condition: %w", err)
	}
	reads = make([]bool, len(env.InputTypes))
	for c := range expr.Columns(e) {
		reads[c] = true
	}
	return f, reads, nil
}

// Eval returns the rows of b, of those that b selects, for which the condition is TRUE, ascending; never nil. The list belongs to the
// filter, or is b.Sel, and is valid until the next call.
func (flt *Filter) Eval(pool *vector.Pool, b *vector.Batch) ([]uint16, error) {
	f := flt.begin(pool, b)
	defer flt.end(f)
	return flt.rows(f, b.Sel)
}

// rows is Eval in a frame, for the rows sel (nil: all).
func (flt *Filter) rows(f *frame, sel []uint16) ([]uint16, error) {
	for _, n := range flt.conjuncts {
		if sel != nil && len(sel) == 0 {
			break
		}
		next := flt.selection()
		next, err := flt.apply(f, n, sel, next)
		if err != nil {
			flt.unlend(next)
			return nil, err
		}
		if sel == nil && len(next) == f.n {
			flt.unlend(next)
			continue
		}
		sel = flt.keep(next)
	}
	if sel == nil {
		return flt.identity(f.n), nil
	}
	return sel, nil
}

// identity is the list of the first n rows.
func (flt *Filter) identity(n int) []uint16 {
	for i := len(flt.all); i < n; i++ {
		flt.all = append(flt.all, uint16(i))
	}
	return flt.all[:n:n]
}

// keep makes next the filter's result so far.
func (flt *Filter) keep(next []uint16) []uint16 {
	if flt.out != nil {
		flt.unlend(flt.out)
	}
	flt.out = next
	return next
}

// apply appends to next the rows of sel for which n is TRUE.
func (flt *Filter) apply(f *frame, n *node, sel, next []uint16) ([]uint16, error) {
	if n.konst != nil {
		if n.konst.IsNull(0) || !n.konst.Bool(0) {
			return next, nil
		}
		if sel != nil {
			return append(next, sel...), nil
		}
		for i := range f.n {
			next = append(next, uint16(i))
		}
		return next, nil
	}
	if sel == nil || len(sel) == f.n || f.has(n) || n.cheap() && len(sel)*8 > f.n {
		v, err := f.eval(n)
		if err != nil {
			return next, err
		}
		defer v.Release()
		if sel == nil {
			return trueRows(next, v.Data, v.Valid, f.n), nil
		}
		return trueOf(next, v, sel), nil
	}
	sub := flt.child(f, sel)
	defer flt.end(sub)
	v, err := sub.eval(n)
	if err != nil {
		return next, err
	}
	defer v.Release()
	at := len(next)
	next = trueRows(next, v.Data, v.Valid, sub.n)
	for i, r := range next[at:] {
		next[at+i] = sel[r]
	}
	return next, nil
}

// trueOf appends the rows of sel for which v is TRUE.
func trueOf(next []uint16, v *vector.Vector, sel []uint16) []uint16 {
	next = append(next, sel...)[:len(next)]
	out := next[:len(next)+len(sel)]
	k := len(next)
	for _, r := range sel {
		bit := v.Data[r>>3] >> (r & 7) & 1
		if v.Valid != nil {
			bit &= v.Valid[r>>3] >> (r & 7)
		}
		out[k] = r
		k += int(bit)
		if k == len(out) {
			break
		}
	}
	return out[:k]
}
