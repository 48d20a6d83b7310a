package watermark

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Assigner is the operator of plan.Watermark.
type Assigner struct {
	spec    *plan.Watermark
	input   types.Schema
	ctx     operators.Context
	program *eval.Program // nil: the watermark is a column less a constant
	column  int
	delay   int64 // milliseconds
	unit    int64 // values of the column in a millisecond; 0: 128-bit nanoseconds

	max      int64 // of the expression, ms
	last     int64 // emitted
	restored bool  // last was restored and is not emitted yet
	idle     bool
	active   int64 // time of the last row
}

// New returns the operator for input of that schema.
func New(spec *plan.Watermark, input types.Schema) *Assigner {
	return &Assigner{spec: spec, input: input, max: operators.MinWatermark, last: operators.MinWatermark}
}

// Open compiles the expression.
func (a *Assigner) Open(ctx operators.Context) error {
	a.ctx = ctx
	e := a.spec.Expr
	a.column = -1
	switch {
	case e.Kind == expr.Column:
		a.column = e.Index
	case e.IsCall("-") && e.Args[0].Kind == expr.Column && e.Args[1].Kind == expr.Literal && e.Args[1].Type.Kind == types.IntervalDayTime &&
		e.Args[1].Value != nil:
		a.column, a.delay = e.Args[0].Index, e.Args[1].Value.(int64)
	}
	if a.column >= 0 && a.input[a.column].Type.Storage() == types.StoreI64 && a.input[a.column].Type.IsTimestamp() {
		a.unit = a.input[a.column].Type.TimeUnit() / 1000
	} else {
		a.column, a.delay = -1, 0
		p, err := eval.Compile([]*expr.Expr{e}, eval.Env{Zone: ctx.Zone(), Now: operators.ExpressionClock(ctx, a.spec.Batch), RowNow: ctx.Now, InputTypes: a.input.Types()})
		if err != nil {
			return fmt.Errorf("watermark: %w", err)
		}
		a.program = p
		if t := e.Type; t.Storage() == types.StoreI64 {
			a.unit = t.TimeUnit() / 1000
		}
	}
	a.active = ctx.Now()
	a.wake()
	return nil
}

// wake asks for the next look at the clock.
func (a *Assigner) wake() {
	wait := a.spec.IntervalMillis
	if idle := a.spec.IdleMillis; wait <= 0 || idle > 0 && idle < wait {
		wait = idle
	}
	if wait > 0 {
		a.ctx.WakeAt(a.ctx.Now() + wait)
	}
}

// nullTime is the error for NULL in the time attribute; it begins as Flink's does.
func nullTime(column string) error {
	return fmt.Errorf("rowtime field should not be null: a row has NULL in its time attribute %q; filter such rows before the watermark is defined, "+
		"or use COALESCE in a computed column", column)
}

// Process emits the rows, with watermarks between them where they advance.
func (a *Assigner) Process(_ int, b *operators.Batch, out operators.Output) error {
	if err := a.begin(out); err != nil {
		return err
	}
	if c := b.Columns[a.spec.Column]; c.Valid != nil {
		for k := range b.Rows() {
			if c.IsNull(row(b, k)) {
				return nullTime(a.input[a.spec.Column].Name)
			}
		}
	}
	v, err := a.values(b)
	if err != nil {
		return err
	}
	defer v.Release()
	from := 0
	for k := range b.Rows() {
		r := row(b, k)
		if v.IsNull(r) {
			continue
		}
		if w := a.millis(v, r) - a.delay; w > a.max {
			a.max = w
		}
		if a.advances() {
			if err := a.emit(b, from, k+1, out); err != nil {
				return err
			}
			from = k + 1
			if err := a.advance(out); err != nil {
				return err
			}
		}
	}
	return a.emit(b, from, b.Rows(), out)
}

// begin handles what has to come before rows: the watermark of a restored checkpoint, the end of idleness.
func (a *Assigner) begin(out operators.Output) error {
	a.active = a.ctx.Now()
	if a.idle {
		a.idle = false
		if o, ok := out.(operators.IdleOutput); ok {
			if err := o.Idle(false); err != nil {
				return err
			}
		}
	}
	if a.restored {
		a.restored = false
		return out.Watermark(a.last)
	}
	return nil
}

func row(b *operators.Batch, k int) int {
	if b.Sel != nil {
		return int(b.Sel[k])
	}
	return k
}

func (a *Assigner) values(b *operators.Batch) (*vector.Vector, error) {
	if a.column >= 0 {
		return b.Columns[a.column].Retain(), nil
	}
	vs, err := a.program.Eval(a.ctx.Pool(), b)
	if err != nil {
		return nil, err
	}
	return vs[0], nil
}

// millis is value r in milliseconds, rounded down.
func (a *Assigner) millis(v *vector.Vector, r int) int64 {
	if a.unit == 0 {
		x := vector.Values[[2]uint64](v)[r]
		return nanosToMillis(x[0], int64(x[1]))
	}
	x := vector.Values[int64](v)[r]
	if a.unit == 1 {
		return x
	}
	q := x / a.unit
	if x%a.unit < 0 {
		q--
	}
	return q
}

// advances tells whether the watermark has moved far enough. The subtraction is safe: the first watermark always counts.
func (a *Assigner) advances() bool {
	return a.max > a.last && (a.last == operators.MinWatermark || a.max-a.last > max(a.spec.IntervalMillis, 0))
}

func (a *Assigner) advance(out operators.Output) error {
	a.last = a.max
	return out.Watermark(a.last)
}

// emit emits rows [from, to) of those that count.
func (a *Assigner) emit(b *operators.Batch, from, to int, out operators.Output) error {
	switch {
	case from == to:
		return nil
	case from == 0 && to == b.Rows():
		return out.Emit(b)
	case b.Sel == nil:
		s := b.Slice(a.ctx.Pool(), from, to)
		defer s.Release()
		return out.Emit(s)
	}
	cols := make([]*vector.Vector, len(b.Columns))
	for i, c := range b.Columns {
		cols[i] = c.Retain()
	}
	s := vector.NewBatch(b.Len, cols...)
	s.Sel, s.Kinds = b.Sel[from:to], b.Kinds
	defer s.Release()
	return out.Emit(s)
}

// ProcessingTime emits the watermark that the rows since the last one have reached, and notices that none come.
func (a *Assigner) ProcessingTime(now int64, out operators.Output) error {
	a.wake()
	if a.restored || a.max > a.last {
		a.restored = false
		if err := a.advance(out); err != nil {
			return err
		}
	}
	if a.spec.IdleMillis > 0 && !a.idle && now-a.active >= a.spec.IdleMillis {
		a.idle = true
		if o, ok := out.(operators.IdleOutput); ok {
			return o.Idle(true)
		}
	}
	return nil
}

// Watermark passes on only the end of input: watermarks from before are replaced by this operator's.
func (a *Assigner) Watermark(t int64, out operators.Output) error {
	if t != operators.MaxWatermark {
		return nil
	}
	a.max, a.last = t, t
	return out.Watermark(t)
}

// Close does nothing.
func (a *Assigner) Close() error { return nil }
