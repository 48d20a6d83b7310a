package unnest

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Unnest is the operator of plan.Unnest. It has no state.
type Unnest struct {
	operators.Stateless
	spec    *plan.Unnest
	input   types.Schema
	pass    []int // columns of the input
	output  types.Schema
	pool    *vector.Pool
	program *eval.Program
	filter  *eval.Filter // nil: all elements

	pending
	kept   pending
	chosen bool     // with filter: an element of the row was chosen
	sel    []uint16 // of the pending rows, those with an element
}

// pending are output rows that are not emitted yet.
type pending struct {
	rows     []int32 // of the input
	elements []int32 // of the child columns; -1: NULLs
	numbers  []int32 // ordinality, if wanted
}

func (p *pending) reset() { p.rows, p.elements, p.numbers = p.rows[:0], p.elements[:0], p.numbers[:0] }

func (p *pending) add(row, element, number int32) {
	p.rows, p.elements, p.numbers = append(p.rows, row), append(p.elements, element), append(p.numbers, number)
}

// New returns the operator. output is the schema of the node.
func New(spec *plan.Unnest, input, output types.Schema) (*Unnest, error) {
	pass := spec.Pass
	if pass == nil {
		for c := range input {
			pass = append(pass, c)
		}
	}
	for _, c := range pass {
		if c < 0 || c >= len(input) {
			return nil, fmt.Errorf("unnest: column %d of %d", c, len(input))
		}
	}
	want := len(pass)
	switch t := spec.Collection.Type; {
	case t.Kind == types.Map:
		want += 2
	case t.Kind != types.Array && t.Kind != types.Multiset:
		return nil, fmt.Errorf("unnest of %s", t)
	case t.Elem.Kind == types.Row:
		want += len(t.Elem.Fields)
	default:
		want++
	}
	if spec.Ordinality {
		want++
	}
	if len(output) != want {
		return nil, fmt.Errorf("unnest of %s over %d columns: %d output columns, want %d", spec.Collection.Type, len(pass), len(output), want)
	}
	return &Unnest{spec: spec, input: input, output: output, pass: pass}, nil
}

// Open compiles the collection.
func (u *Unnest) Open(ctx operators.Context) error {
	u.pool = ctx.Pool()
	env := eval.Env{Zone: ctx.Zone(), Now: operators.ExpressionClock(ctx, u.spec.Batch), RowNow: ctx.Now, InputTypes: u.input.Types()}
	p, err := eval.Compile([]*expr.Expr{u.spec.Collection}, env)
	if err != nil {
		return fmt.Errorf("unnest: %w", err)
	}
	u.program = p
	if u.spec.Condition != nil {
		env.InputTypes = u.output.Types()
		if u.filter, err = eval.CompileFilter(u.spec.Condition, env); err != nil {
			return fmt.Errorf("unnest: %w", err)
		}
	}
	return nil
}

// Process emits the elements of each row.
func (u *Unnest) Process(_ int, b *operators.Batch, out operators.Output) error {
	cols, err := u.program.EvalDense(u.pool, b)
	if err != nil {
		return err
	}
	c := cols[0]
	defer c.Release()
	skipNull := u.spec.Collection.Type.Kind != types.Map && c.Children[0].Type.Kind == types.Row
	var times []int32
	if u.spec.Collection.Type.Kind == types.Multiset {
		times = vector.Values[int32](c.Children[1])
	}
	for k := range b.Rows() {
		row := int32(k)
		if b.Sel != nil {
			row = int32(b.Sel[k])
		}
		some := false
		if !c.IsNull(k) {
			number := int32(0)
			for e := c.Offsets[k]; e < c.Offsets[k+1]; e++ {
				n := int32(1)
				if times != nil {
					n = times[e]
				}
				if skipNull && c.Children[0].IsNull(int(e)) {
					number += n
					continue
				}
				for range n {
					number++
					some = true
					if err := u.put(row, e, number, b, c, out); err != nil {
						return err
					}
				}
			}
		}
		// With a condition every row ends with one of NULLs, which stays if no element is chosen.
		if u.spec.Outer && (!some || u.filter != nil) {
			if err := u.put(row, -1, 0, b, c, out); err != nil {
				return err
			}
		}
	}
	return u.flush(b, c, out)
}

func (u *Unnest) put(row, element, number int32, b *operators.Batch, c *vector.Vector, out operators.Output) error {
	u.add(row, element, number)
	if len(u.rows) < vector.MaxRows {
		return nil
	}
	return u.flush(b, c, out)
}

// flush emits what is pending.
func (u *Unnest) flush(b *operators.Batch, c *vector.Vector, out operators.Output) error {
	if len(u.rows) == 0 {
		return nil
	}
	defer u.reset()
	r := u.gather(&u.pending, b, c)
	if u.filter != nil {
		err := u.choose(r)
		r.Release()
		if err != nil || len(u.kept.rows) == 0 {
			return err
		}
		r = u.gather(&u.kept, b, c)
	}
	err := out.Emit(r)
	r.Release()
	return err
}

// choose keeps those of the pending rows, which are r, whose elements are chosen, and rows of NULLs where none is.
func (u *Unnest) choose(r *operators.Batch) error {
	u.sel = u.sel[:0]
	for i, e := range u.elements {
		if e >= 0 {
			u.sel = append(u.sel, uint16(i))
		}
	}
	r.Sel = u.sel
	sel, err := u.filter.Eval(u.pool, r)
	r.Sel = nil
	if err != nil {
		return err
	}
	u.kept.reset()
	for i, e := range u.elements {
		switch chosen := len(sel) > 0 && int(sel[0]) == i; {
		case chosen:
			sel, u.chosen = sel[1:], true
		case e >= 0:
			continue
		default:
			some := u.chosen
			if u.chosen = false; some {
				continue
			}
		}
		u.kept.add(u.rows[i], e, u.numbers[i])
	}
	return nil
}

// gather makes a batch of output rows.
func (u *Unnest) gather(p *pending, b *operators.Batch, c *vector.Vector) *operators.Batch {
	n := len(p.rows)
	cols := make([]*vector.Vector, 0, len(u.output))
	for _, k := range u.pass {
		cols = append(cols, vector.Gather(u.pool, b.Columns[k], p.rows))
	}
	parts := c.Children
	switch {
	case u.spec.Collection.Type.Kind == types.Map:
	case parts[0].Type.Kind == types.Row:
		parts = parts[0].Children
	default:
		parts = parts[:1]
	}
	for _, v := range parts {
		e := vector.Gather(u.pool, v, p.elements)
		e.Type = u.output[len(cols)].Type // an outer row makes it nullable
		cols = append(cols, e)
	}
	if u.spec.Ordinality {
		v := vector.New(u.pool, u.output[len(cols)].Type, n, 0)
		copy(vector.Values[int32](v), p.numbers)
		for i, x := range p.numbers {
			if x == 0 {
				v.SetNull(i)
			}
		}
		cols = append(cols, v)
	}
	r := vector.NewBatch(n, cols...)
	if b.Kinds != nil {
		r.Kinds = make([]vector.RowKind, n)
		for i, row := range p.rows {
			r.Kinds[i] = b.Kinds[row]
		}
	}
	return r
}
