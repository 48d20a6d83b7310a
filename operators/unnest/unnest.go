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
	output  types.Schema
	pool    *vector.Pool
	program *eval.Program

	// Output rows that are not emitted yet.
	rows     []int32 // of the input
	elements []int32 // of the child columns; -1: NULLs
	numbers  []int32 // ordinality
}

// New returns the operator. output is the schema of the node.
func New(spec *plan.Unnest, input, output types.Schema) (*Unnest, error) {
	want := len(input)
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
		return nil, fmt.Errorf("unnest of %s over %d columns: %d output columns, want %d", spec.Collection.Type, len(input), len(output), want)
	}
	return &Unnest{spec: spec, input: input, output: output}, nil
}

// Open compiles the collection.
func (u *Unnest) Open(ctx operators.Context) error {
	u.pool = ctx.Pool()
	p, err := eval.Compile([]*expr.Expr{u.spec.Collection}, eval.Env{Zone: ctx.Zone(), Now: operators.ExpressionClock(ctx, u.spec.Batch), RowNow: ctx.Now, InputTypes: u.input.Types()})
	if err != nil {
		return fmt.Errorf("unnest: %w", err)
	}
	u.program = p
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
					if err := u.add(row, e, number, b, c, out); err != nil {
						return err
					}
				}
			}
		}
		if !some && u.spec.Outer {
			if err := u.add(row, -1, 0, b, c, out); err != nil {
				return err
			}
		}
	}
	return u.flush(b, c, out)
}

func (u *Unnest) add(row, element, number int32, b *operators.Batch, c *vector.Vector, out operators.Output) error {
	u.rows, u.elements = append(u.rows, row), append(u.elements, element)
	if u.spec.Ordinality {
		u.numbers = append(u.numbers, number)
	}
	if len(u.rows) < vector.MaxRows {
		return nil
	}
	return u.flush(b, c, out)
}

func (u *Unnest) flush(b *operators.Batch, c *vector.Vector, out operators.Output) error {
	n := len(u.rows)
	if n == 0 {
		return nil
	}
	cols := make([]*vector.Vector, 0, len(u.output))
	for _, v := range b.Columns {
		cols = append(cols, vector.Gather(u.pool, v, u.rows))
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
		e := vector.Gather(u.pool, v, u.elements)
		e.Type = u.output[len(cols)].Type // an outer row makes it nullable
		cols = append(cols, e)
	}
	if u.spec.Ordinality {
		v := vector.New(u.pool, u.output[len(cols)].Type, n, 0)
		copy(vector.Values[int32](v), u.numbers)
		for i, x := range u.numbers {
			if x == 0 {
				v.SetNull(i)
			}
		}
		cols = append(cols, v)
	}
	r := vector.NewBatch(n, cols...)
	if b.Kinds != nil {
		r.Kinds = make([]vector.RowKind, n)
		for i, row := range u.rows {
			r.Kinds[i] = b.Kinds[row]
		}
	}
	u.rows, u.elements, u.numbers = u.rows[:0], u.elements[:0], u.numbers[:0]
	err := out.Emit(r)
	r.Release()
	return err
}
