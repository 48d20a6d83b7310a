package calc

import (
	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Calc is the operator of plan.Calc.
type Calc struct {
	operators.Stateless
	spec      *plan.Calc
	input     types.Schema
	batch     bool
	pool      *vector.Pool
	program   *eval.Calc
	watermark int64
}

// New returns the operator for input of that schema. batch: functions of the clock give one value for the whole job.
func New(spec *plan.Calc, input types.Schema, batch bool) *Calc {
	return &Calc{spec: spec, input: input, batch: batch, watermark: operators.MinWatermark}
}

// Open compiles the expressions.
func (c *Calc) Open(ctx operators.Context) error {
	c.pool = ctx.Pool()
	env := eval.Env{Zone: ctx.Zone(), Now: operators.ExpressionClock(ctx, c.batch), RowNow: ctx.Now, InputTypes: c.input.Types(), Watermark: func() int64 { return c.watermark }}
	var err error
	c.program, err = eval.CompileCalc(c.spec.Filter, c.spec.Exprs, env)
	return err
}

// Process filters and computes.
func (c *Calc) Process(_ int, b *operators.Batch, out operators.Output) error {
	sel, dense, cols, err := c.program.Eval(c.pool, b)
	if err != nil {
		return err
	}
	if sel != nil && len(sel) == 0 {
		return nil
	}
	n := b.Len
	kinds := b.Kinds
	switch {
	case dense:
		n = len(sel)
		if kinds != nil {
			kinds = make([]vector.RowKind, n)
			for i, r := range sel {
				kinds[i] = b.Kinds[r]
			}
		}
		sel = nil
	case sel != nil:
		sel = append([]uint16(nil), sel...) // it is scratch memory of the program
	}
	r := vector.NewBatch(n, cols...)
	r.Sel, r.Kinds = sel, kinds
	err = out.Emit(r)
	r.Release()
	return err
}

// Watermark remembers t for CURRENT_WATERMARK and passes it on.
func (c *Calc) Watermark(t int64, out operators.Output) error {
	c.watermark = t
	return out.Watermark(t)
}
