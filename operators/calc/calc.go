package calc

import (
	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// denseBelow is the share of rows, one in so many, below which a result is made dense.
const denseBelow = 4

// Calc is the operator of plan.Calc.
type Calc struct {
	operators.Stateless
	spec      *plan.Calc
	input     types.Schema
	batch     bool
	pool      *vector.Pool
	filter    *eval.Filter // nil: all rows
	program   *eval.Program
	watermark int64
}

// New returns the operator for input of that schema. batch: functions of the clock give one value for the whole job.
func New(spec *plan.Calc, input types.Schema, batch bool) *Calc {
	return &Calc{spec: spec, input: input, batch: batch, watermark: operators.MinWatermark}
}

// Open compiles the expressions.
func (c *Calc) Open(ctx operators.Context) error {
	c.pool = ctx.Pool()
	now := ctx.Now
	if c.batch {
		start := ctx.Now()
		now = func() int64 { return start }
	}
	env := eval.Env{Zone: ctx.Zone(), Now: now, InputTypes: c.input.Types(), Watermark: func() int64 { return c.watermark }}
	var err error
	if c.spec.Filter != nil {
		if c.filter, err = eval.CompileFilter(c.spec.Filter, env); err != nil {
			return err
		}
	}
	c.program, err = eval.Compile(c.spec.Exprs, env)
	return err
}

// Process filters and computes.
func (c *Calc) Process(_ int, b *operators.Batch, out operators.Output) error {
	in := b
	if c.filter != nil {
		sel, err := c.filter.Eval(c.pool, b)
		if err != nil {
			return err
		}
		if len(sel) == 0 {
			return nil
		}
		if len(sel) < b.Len {
			in = view(b, append([]uint16(nil), sel...))
			defer in.Release()
		}
	}
	if in.Sel == nil || len(in.Sel)*denseBelow > in.Len {
		return c.emit(in, in.Len, in.Sel, in.Kinds, c.program.Eval, out)
	}
	var kinds []vector.RowKind
	if in.Kinds != nil {
		kinds = make([]vector.RowKind, len(in.Sel))
		for i, r := range in.Sel {
			kinds[i] = in.Kinds[r]
		}
	}
	return c.emit(in, len(in.Sel), nil, kinds, c.program.EvalDense, out)
}

func (c *Calc) emit(in *operators.Batch, n int, sel []uint16, kinds []vector.RowKind,
	eval func(*vector.Pool, *vector.Batch) ([]*vector.Vector, error), out operators.Output) error {
	cols, err := eval(c.pool, in)
	if err != nil {
		return err
	}
	r := vector.NewBatch(n, cols...)
	r.Sel, r.Kinds = sel, kinds
	err = out.Emit(r)
	r.Release()
	return err
}

// view is b with another selection.
func view(b *operators.Batch, sel []uint16) *operators.Batch {
	cols := make([]*vector.Vector, len(b.Columns))
	for i, col := range b.Columns {
		cols[i] = col.Retain()
	}
	v := vector.NewBatch(b.Len, cols...)
	v.Sel, v.Kinds = sel, b.Kinds
	return v
}

// Watermark remembers t for CURRENT_WATERMARK and passes it on.
func (c *Calc) Watermark(t int64, out operators.Output) error {
	c.watermark = t
	return out.Watermark(t)
}
