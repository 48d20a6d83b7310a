package window

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Function is the operator of plan.WindowTVF but for sessions: it appends the window columns, and repeats rows that are in several windows.
type Function struct {
	operators.Stateless
	w       *plan.Window
	ctx     operators.Context
	clock   clock
	colType []types.Type
	times   []int64
}

func windowColumns() []plan.WindowColumn {
	return []plan.WindowColumn{plan.WindowStart, plan.WindowEnd, plan.WindowTime}
}

// NewFunction returns the operator of a window table function: a Function or a SessionFunction. output is the schema of the node; it gives the
// window columns their types, and may be nil.
func NewFunction(spec *plan.WindowTVF, input, output types.Schema) (operators.Operator, error) {
	w := &spec.Window
	timeType := types.TimestampLTZType(3)
	if !w.ProcTime {
		if w.Column < 0 || w.Column >= len(input) {
			return nil, fmt.Errorf("window function: time column %d of %d", w.Column, len(input))
		}
		if timeType = input[w.Column].Type; !timeType.IsTimestamp() {
			return nil, fmt.Errorf("window function: time column of type %s", timeType)
		}
	}
	var declared []types.Type
	if output != nil {
		if len(output) != len(input)+3 {
			return nil, fmt.Errorf("window function: %d output columns for %d input columns", len(output), len(input))
		}
		declared = output[len(input):].Types()
	}
	if w.Kind == plan.Session {
		return newSessionFunction(spec, input, columnTypes(w, windowColumns(), timeType, declared))
	}
	if w.Size <= 0 || w.Kind != plan.Tumble && w.Slide <= 0 {
		return nil, fmt.Errorf("window %s: size %d ms, slide %d ms", w.Kind, w.Size, w.Slide)
	}
	c, err := newClock(w)
	if err != nil {
		return nil, fmt.Errorf("window function: %w", err)
	}
	return &Function{w: w, clock: c, colType: columnTypes(w, windowColumns(), timeType, declared)}, nil
}

// Open implements operators.Operator.
func (f *Function) Open(ctx operators.Context) error {
	f.ctx = ctx
	return nil
}

// Process implements operators.Operator.
func (f *Function) Process(_ int, in *operators.Batch, out operators.Output) error {
	pool := f.ctx.Pool()
	b := in.Dense(pool)
	defer b.Release()
	f.times = f.times[:0]
	if f.w.ProcTime {
		now := f.clock.local(f.ctx.Now())
		for range b.Len {
			f.times = append(f.times, now)
		}
	} else {
		var err error
		if f.times, err = f.clock.times(b.Columns[f.w.Column], f.times); err != nil {
			return err
		}
	}
	if f.w.Kind == plan.Tumble {
		windows := make([]bounds, len(f.times))
		for i, t := range f.times {
			s := floorTo(t, f.w.Offset, f.w.Size)
			windows[i] = bounds{s, s + f.w.Size}
		}
		return f.emit(b.Retain(), windows, out)
	}
	var index []int32
	var windows []bounds
	for i, t := range f.times {
		for w := f.first(t); ; w = f.after(w) {
			if w.start > t || f.w.Kind == plan.Cumulate && w.end > floorTo(t, f.w.Offset, f.w.Size)+f.w.Size {
				break
			}
			index, windows = append(index, int32(i)), append(windows, w)
		}
	}
	for len(index) > 0 {
		n := min(len(index), vector.MaxRows)
		if err := f.emit(repeat(pool, b, index[:n]), windows[:n], out); err != nil {
			return err
		}
		index, windows = index[n:], windows[n:]
	}
	return nil
}

// first returns the first window of a time: for HOP the earliest that has not ended, for CUMULATE the step that contains it.
func (f *Function) first(t int64) bounds {
	if f.w.Kind == plan.Cumulate {
		s := floorTo(t, f.w.Offset, f.w.Size)
		end := min(floorTo(t, s, f.w.Slide)+f.w.Slide, s+f.w.Size)
		return bounds{s, end}
	}
	s := floorTo(t-f.w.Size, f.w.Offset, f.w.Slide) + f.w.Slide
	return bounds{s, s + f.w.Size}
}

func (f *Function) after(w bounds) bounds {
	if f.w.Kind == plan.Cumulate {
		return bounds{w.start, w.end + f.w.Slide}
	}
	return bounds{w.start + f.w.Slide, w.end + f.w.Slide}
}

// repeat gathers rows of a batch, with their kinds.
func repeat(pool *vector.Pool, b *vector.Batch, index []int32) *vector.Batch {
	cols := make([]*vector.Vector, len(b.Columns))
	for i, c := range b.Columns {
		cols[i] = vector.Gather(pool, c, index)
	}
	r := vector.NewBatch(len(index), cols...)
	if b.Kinds != nil {
		r.Kinds = make([]vector.RowKind, len(index))
		for i, x := range index {
			r.Kinds[i] = b.Kinds[x]
		}
	}
	return r
}

// emit emits a batch, which it takes over, with its windows.
func (f *Function) emit(b *vector.Batch, windows []bounds, out operators.Output) error {
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	cols := make([]*vector.Vector, 0, len(b.Columns)+3)
	for _, c := range b.Columns {
		cols = append(cols, c.Retain())
	}
	for i, what := range windowColumns() {
		cols = append(cols, f.clock.column(f.ctx.Pool(), what, f.colType[i], b.Len, func(i int) bounds { return windows[i] }))
	}
	r := vector.NewBatch(b.Len, cols...)
	r.Kinds = b.Kinds
	defer r.Release()
	return out.Emit(r)
}

// SessionFunction is the operator of plan.WindowTVF over SESSION: it holds rows until their session ends.
type SessionFunction struct{ Sessions }

func newSessionFunction(spec *plan.WindowTVF, input types.Schema, colType []types.Type) (*SessionFunction, error) {
	agg := plan.Agg{Func: accum.Entries, Filter: -1, Type: types.ArrayType(types.IntType())}
	for i := range input {
		agg.Args = append(agg.Args, i)
	}
	s, err := NewSessions(&plan.WindowAggregate{Window: spec.Window, Keys: spec.Keys, Aggs: []plan.Agg{agg}}, input, nil)
	if err != nil {
		return nil, err
	}
	s.colType = colType
	return &SessionFunction{Sessions: *s}, nil
}

// Open implements operators.Operator.
func (f *SessionFunction) Open(ctx operators.Context) error {
	if err := f.Sessions.Open(ctx); err != nil {
		return err
	}
	f.emitRow = f.emitRows
	return nil
}

// emitRows emits the rows of sessions.
func (f *SessionFunction) emitRows(ids []int32, out operators.Output) error {
	// The columns are kept in the order in which they are read.
	ts := f.input.Types()
	rows := vector.NewRows(f.pool, ts, 64)
	defer rows.Release()
	var windows []bounds
	flush := func() error {
		if len(windows) == 0 {
			return nil
		}
		b := rows.Finish()
		for i, what := range windowColumns() {
			b.Columns = append(b.Columns, f.clock.column(f.pool, what, f.colType[i], len(windows), func(i int) bounds { return windows[i] }))
		}
		windows = windows[:0]
		defer b.Release()
		return out.Emit(b)
	}
	r := f.state.Reader()
	for _, id := range ids {
		var err error
		f.set.Entries(r, f.state.Table.Row(id), func(x []byte) {
			if err != nil {
				return
			}
			if _, err = rowkey.Decode(x, rows.Columns); err != nil {
				return
			}
			rows.EndRow(vector.Insert)
			windows = append(windows, f.boundsOf(id))
			if rows.Full() {
				err = flush()
			}
		})
		if err != nil {
			return err
		}
	}
	return flush()
}
