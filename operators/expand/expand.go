package expand

import (
	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Expand emits one batch for each projection.
type Expand struct {
	operators.Stateless
	spec     *plan.Expand
	input    types.Schema
	pool     *vector.Pool
	programs []*eval.Program
}

// New returns the operator for input of that schema.
func New(spec *plan.Expand, input types.Schema) *Expand { return &Expand{spec: spec, input: input} }

// Open compiles the projections.
func (e *Expand) Open(ctx operators.Context) error {
	e.pool = ctx.Pool()
	now := operators.ExpressionClock(ctx, e.spec.Batch)
	for _, exprs := range e.spec.Projections {
		p, err := eval.Compile(exprs, eval.Env{Zone: ctx.Zone(), Now: now, RowNow: ctx.Now, InputTypes: e.input.Types()})
		if err != nil {
			return err
		}
		e.programs = append(e.programs, p)
	}
	return nil
}

// Process emits the projections. Where there are retractions, those of an update stay in order within each projection.
func (e *Expand) Process(_ int, b *operators.Batch, out operators.Output) error {
	for _, p := range e.programs {
		cols, err := p.Eval(e.pool, b)
		if err != nil {
			return err
		}
		r := vector.NewBatch(b.Len, cols...)
		r.Sel, r.Kinds = b.Sel, b.Kinds
		err = out.Emit(r)
		r.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
