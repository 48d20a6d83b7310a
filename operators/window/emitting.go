package window

import (
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Emitting is the operator of plan.WindowAggregate with Emit: TUMBLE and HOP windows that emit early, and again for rows that come late. Each
// group of each window has a row of state; what it has emitted is kept beside. One goroutine uses it.
type Emitting struct {
	core
	state   *accum.State // keys, then start and end of the window
	emitted *rowstore.Store
	waiting map[bounds][]int32 // groups by window
	pending []pending          // groups to be emitted at a time, in the order of times for each kind of delay
	out     *vector.Rows
	touched []int32
	batch   uint32
	hashes  []uint64
}

// emitHead is what is known of a group.
type emitHead struct {
	emitted uint32 // id in emitted plus 1
	pending uint32 // 1: a time is set
	batch   uint64 // the last that touched it
}

const emitHeadBytes = 16

type pending struct {
	at int64
	id int32
}

// NewEmitting returns the operator. See NewAggregate.
func NewEmitting(spec *plan.WindowAggregate, input, output types.Schema) (*Emitting, error) {
	e := &Emitting{waiting: map[bounds][]int32{}}
	if spec.Attached || spec.InputUpdating || spec.Window.ProcTime || spec.Window.Kind != plan.Tumble && spec.Window.Kind != plan.Hop {
		return nil, fmt.Errorf("window aggregate: early and late results of %s windows are not supported yet", spec.Window.Kind)
	}
	if _, err := paneWidth(&spec.Window); err != nil {
		return nil, err
	}
	return e, e.prepare(spec, input, output)
}

func (e *Emitting) head(id int32) *emitHead {
	return table.At[emitHead](e.state.Table.Writable(id), e.state.Table.Payload())
}

// stateKeys are the columns that name a group: the keys and the window.
func (e *Emitting) stateKeys() types.Schema {
	big := types.BigIntType().AsNotNull()
	return append(append(types.Schema{}, e.keySchema()...), types.Field{Name: "$start", Type: big}, types.Field{Name: "$end", Type: big})
}

func (e *Emitting) resultTypes() []types.Type {
	var ts []types.Type
	for _, a := range e.spec.Aggs {
		ts = append(ts, a.Type)
	}
	return ts
}

// Open implements operators.Operator.
func (e *Emitting) Open(ctx operators.Context) error {
	e.ctx, e.pool = ctx, ctx.Pool()
	e.late = ctx.Counter("numLateRecordsDropped")
	big := types.BigIntType().AsNotNull()
	read := append(e.input.Project(e.columns).Types(), big, big)
	var err error
	if e.set, err = accum.New(e.pool, e.reduced, read, accum.Options{WrapAverage: true}); err != nil {
		return err
	}
	e.state = e.set.NewState(e.stateKeys().Types(), emitHeadBytes)
	e.emitted = rowstore.New(e.pool, e.resultTypes())
	e.out = vector.NewRows(e.pool, append(append(e.keySchema().Types(), e.resultTypes()...), e.colType...), 16)
	return nil
}

// Close implements operators.Operator.
func (e *Emitting) Close() error {
	if e.state != nil {
		e.state.Close()
		e.emitted.Close()
		e.out.Release()
		e.state = nil
	}
	return nil
}

// gone tells whether a window with that end takes no rows any more.
func (e *Emitting) gone(end int64) bool { return e.clock.trigger(end)+e.spec.Emit.Lateness <= e.mark }

// Process implements operators.Operator.
func (e *Emitting) Process(_ int, in *operators.Batch, out operators.Output) error {
	if in.Rows() == 0 {
		return nil
	}
	b := e.dense(in)
	defer b.Release()
	if err := e.rowTimes(b); err != nil {
		return err
	}
	var rows []int32
	var in2 []bounds
	w := &e.spec.Window
	step := w.Size
	if w.Kind == plan.Hop {
		step = w.Slide
	}
	for i, t := range e.times {
		n := len(rows)
		for start := floorTo(t, w.Offset, step); start > t-w.Size; start -= step {
			if x := (bounds{start, start + w.Size}); !e.gone(x.end) {
				rows, in2 = append(rows, int32(i)), append(in2, x)
			}
		}
		if len(rows) == n {
			e.late.Add(1)
		}
	}
	for len(rows) > 0 {
		n := min(len(rows), vector.MaxRows)
		if err := e.update(b, rows[:n], in2[:n], out); err != nil {
			return err
		}
		rows, in2 = rows[n:], in2[n:]
	}
	return e.flush(out)
}

// update adds rows to their windows and emits what is due at once.
func (e *Emitting) update(b *vector.Batch, rows []int32, in []bounds, out operators.Output) error {
	cols := make([]*vector.Vector, 0, len(b.Columns)+2)
	for _, c := range b.Columns {
		cols = append(cols, vector.Gather(e.pool, c, rows))
	}
	big := types.BigIntType().AsNotNull()
	start, end := vector.New(e.pool, big, len(rows), 0), vector.New(e.pool, big, len(rows), 0)
	for i, x := range in {
		vector.Values[int64](start)[i], vector.Values[int64](end)[i] = x.start, x.end
	}
	x := vector.NewBatch(len(rows), append(cols, start, end)...)
	defer x.Release()
	e.ids = slices.Grow(e.ids[:0], x.Len)[:x.Len]
	e.find(x, append(slices.Clone(e.keys), len(b.Columns), len(b.Columns)+1), e.ids)
	e.rows = e.state.Table.Rows(e.ids, e.rows)
	if err := e.set.Update(e.state, x, nil, e.ids, e.rows, false); err != nil {
		return err
	}
	e.batch++
	e.touched = e.touched[:0]
	for i, id := range e.ids {
		h := e.head(id)
		if h.batch == 0 {
			e.waiting[in[i]] = append(e.waiting[in[i]], id)
		}
		if h.batch != uint64(e.batch) {
			h.batch = uint64(e.batch)
			if e.due(id, h, in[i].end) {
				e.touched = append(e.touched, id)
			}
		}
	}
	e.state.Compact()
	return e.show(e.touched, out)
}

// find finds the groups of rows, by their keys and, in the last two columns, windows. The key group of a row of state is that of its keys
// alone.
func (e *Emitting) find(b *vector.Batch, cols []int, ids []int32) {
	n := len(cols) - 2
	e.hashes = slices.Grow(e.hashes[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, cols[:n], e.hashes)
	groups := e.ctx.Keys().Max
	for i, start := range vector.Values[int64](b.Columns[cols[n]])[:b.Len] {
		h := e.hashes[i]
		if mixed := h ^ rowkey.HashInt64(start)>>32; rowkey.GroupOf(mixed, groups) == rowkey.GroupOf(h, groups) {
			e.hashes[i] = mixed
		}
	}
	e.state.Table.Find(b, cols, e.hashes, ids, true)
}

// due tells whether a group with a new row is emitted at once; if later, it sets the time.
func (e *Emitting) due(id int32, h *emitHead, end int64) bool {
	var delay int64
	switch {
	case e.fired(end):
		delay = e.spec.Emit.Late
	case e.spec.Emit.Early:
		delay = e.spec.Emit.Delay
	default:
		return false
	}
	if delay <= 0 {
		return true
	}
	if h.pending == 0 {
		h.pending = 1
		at := e.ctx.Now() + delay
		e.pending = append(e.pending, pending{at, id})
		e.ctx.WakeAt(at)
	}
	return false
}

// show emits groups whose results differ from what they have emitted.
func (e *Emitting) show(ids []int32, out operators.Output) error {
	for from := 0; from < len(ids); from += vector.MaxRows {
		if err := e.showSome(ids[from:min(len(ids), from+vector.MaxRows)], out); err != nil {
			return err
		}
	}
	return nil
}

func (e *Emitting) showSome(ids []int32, out operators.Output) error {
	e.rows = e.state.Table.Pointers(ids, e.rows)
	cols, err := e.set.Results(e.state.Reader(), e.rows)
	if err != nil {
		return err
	}
	b := vector.NewBatch(len(ids), cols...)
	defer b.Release()
	keys := vector.NewBatch(len(ids), e.state.Table.Keys(e.pool, e.rows)...)
	defer keys.Release()
	n := len(e.keys)
	start, end := vector.Values[int64](keys.Columns[n]), vector.Values[int64](keys.Columns[n+1])
	var times []*vector.Vector
	for i, what := range e.spec.Columns {
		times = append(times, e.clock.column(e.pool, what, e.colType[i], len(ids), func(i int) bounds { return bounds{start[i], end[i]} }))
	}
	defer func() {
		for _, v := range times {
			v.Release()
		}
	}()
	row := func(i int, kind vector.RowKind, results []*vector.Vector, at int) error {
		for c := range n {
			e.out.Columns[c].AppendFrom(keys.Columns[c], i)
		}
		for c, v := range results {
			e.out.Columns[n+c].AppendFrom(v, at)
		}
		for c, v := range times {
			e.out.Columns[n+len(results)+c].AppendFrom(v, i)
		}
		e.out.EndRow(kind)
		if e.out.Full() {
			return e.flush(out)
		}
		return nil
	}
	var fresh [1]rowstore.ID
	for i, id := range ids {
		h := e.head(id)
		kind := vector.Insert
		if h.emitted != 0 {
			if e.emitted.RowEquals(h.emitted-1, b.Columns, i) {
				continue
			}
			kind = vector.UpdateAfter
			if e.spec.UpdateBefore {
				old := e.emitted.Batch([]rowstore.ID{h.emitted - 1})
				err := row(i, vector.UpdateBefore, old.Columns, 0)
				old.Release()
				if err != nil {
					return err
				}
			}
			e.emitted.Delete(h.emitted - 1)
		}
		if err := row(i, kind, b.Columns, i); err != nil {
			return err
		}
		e.emitted.AppendCopy(b, []int32{int32(i)}, fresh[:])
		h.emitted = fresh[0] + 1
	}
	return nil
}

func (e *Emitting) flush(out operators.Output) error {
	if e.out.Len() == 0 {
		return nil
	}
	b := e.out.Finish()
	defer b.Release()
	return out.Emit(b)
}

// ProcessingTime implements operators.Timed.
func (e *Emitting) ProcessingTime(now int64, out operators.Output) error {
	var due []int32
	e.pending = slices.DeleteFunc(e.pending, func(p pending) bool {
		if p.at > now {
			return false
		}
		if e.state.Table.Live(p.id) {
			if h := e.head(p.id); h.pending == 1 {
				h.pending = 0
				due = append(due, p.id)
			}
		}
		return true
	})
	if err := e.show(due, out); err != nil {
		return err
	}
	return e.flush(out)
}

// Watermark implements operators.Operator.
func (e *Emitting) Watermark(t int64, out operators.Output) error {
	before := e.mark
	e.mark = max(e.mark, t)
	var ends []bounds
	for w := range e.waiting {
		if e.fired(w.end) {
			ends = append(ends, w)
		}
	}
	slices.SortFunc(ends, func(a, b bounds) int { return int(min(max(a.end-b.end, -1), 1)) })
	for _, w := range ends {
		ids := e.waiting[w]
		gone := e.gone(w.end)
		if e.clock.trigger(w.end) > before || gone {
			if err := e.show(ids, out); err != nil {
				return err
			}
		}
		if !gone {
			continue
		}
		for _, id := range ids {
			if h := e.head(id); h.emitted != 0 {
				e.emitted.Delete(h.emitted - 1)
			}
			e.state.Delete(id)
		}
		delete(e.waiting, w)
	}
	e.pending = slices.DeleteFunc(e.pending, func(p pending) bool { return !e.state.Table.Live(p.id) })
	if err := e.flush(out); err != nil {
		return err
	}
	return out.Watermark(t)
}
