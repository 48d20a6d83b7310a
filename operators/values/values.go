package values

import (
	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Values emits its rows once.
type Values struct {
	operators.Stateless
	spec   *plan.Values
	schema types.Schema
	ctx    operators.Context
	done   bool
}

// New returns the operator of rows of that schema.
func New(spec *plan.Values, schema types.Schema) *Values { return &Values{spec: spec, schema: schema} }

// Open keeps the context.
func (v *Values) Open(ctx operators.Context) error {
	v.ctx = ctx
	return nil
}

// Process is called once, without a batch: it emits the rows, before the last watermark.
func (v *Values) Process(_ int, _ *operators.Batch, out operators.Output) error { return v.Finish(out) }

// Finish emits the rows if they have not been; those of a stream one by one, so that what is computed of them changes with each. The expressions of a row are evaluated over an input of one row without columns.
func (v *Values) Finish(out operators.Output) error {
	if v.ctx.Subtask() != 0 || v.done {
		return nil
	}
	v.done = true
	together := 1
	if v.spec.Batch {
		together = len(v.spec.Rows)
	}
	rows := vector.NewRows(v.ctx.Pool(), v.schema.Types(), together)
	defer rows.Release()
	start := operators.ExpressionClock(v.ctx, v.spec.Batch)()
	env := eval.Env{Zone: v.ctx.Zone(), Now: func() int64 { return start }, RowNow: v.ctx.Now}
	one := vector.NewBatch(1)
	defer one.Release()
	for _, exprs := range v.spec.Rows {
		p, err := eval.Compile(exprs, env)
		if err != nil {
			return err
		}
		cols, err := p.Eval(v.ctx.Pool(), one)
		if err != nil {
			return err
		}
		for i, c := range cols {
			rows.Columns[i].AppendFrom(c, 0)
			c.Release()
		}
		rows.EndRow(vector.Insert)
		if rows.Full() || rows.Len() == together {
			if err := emit(rows, out); err != nil {
				return err
			}
		}
	}
	return emit(rows, out)
}

func emit(rows *vector.Rows, out operators.Output) error {
	if rows.Len() == 0 {
		return nil
	}
	b := rows.Finish()
	defer b.Release()
	return out.Emit(b)
}

func stateSchema() types.Schema {
	return types.Schema{{Name: "done", Type: types.BooleanType().AsNotNull()}}
}

type snapshot struct {
	done bool
	pool *vector.Pool
}

// Snapshot freezes whether the rows were emitted.
func (v *Values) Snapshot() (operators.Snapshot, error) { return snapshot{v.done, v.ctx.Pool()}, nil }

// Write writes one row.
func (s snapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("values", stateSchema())
	if err != nil {
		return err
	}
	c := vector.New(s.pool, stateSchema()[0].Type, 1, 0)
	vector.PutBit(c.Data, 0, s.done)
	b := vector.NewBatch(1, c)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// Release does nothing.
func (snapshot) Release() {}

// Restore reads whether the rows were emitted.
func (v *Values) Restore(r operators.StateReader) error {
	return r.Table("values", stateSchema(), func(_ int, b *operators.Batch) error {
		for i := range b.Len {
			v.done = v.done || b.Columns[0].Bool(i)
		}
		return nil
	})
}
