package rank

import (
	"fmt"
	"unsafe"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// FirstRow keeps the first row of each key of an insert-only input and emits it once: on arrival (processing time), or when the watermark passes it
// (event time), since an earlier one may still come. Rows behind the watermark are dropped.
type FirstRow struct {
	spec      *plan.Deduplicate
	schema    types.Schema
	ctx       operators.Context
	parts     partitions
	store     *rowstore.Store // rows that wait
	due       dueHeap
	emit      []uint16
	watermark int64
	late      *operators.Counter
	sweep     int32
}

// first is the state of a key: the payload of its row in the table of keys.
type first struct {
	state   uint32 // fresh, emitted, or waiting and the id of the row that waits
	_       uint32
	written int64
}

const (
	fresh      = 0
	emitted    = 1
	waiting    = 2
	firstBytes = int(unsafe.Sizeof(first{}))
)

// NewDeduplicate returns the operator of plan.Deduplicate for input of that schema.
func NewDeduplicate(spec *plan.Deduplicate, input types.Schema) (operators.Operator, error) {
	if c := spec.TimeColumn; c >= len(input) || c >= 0 && !input[c].Type.IsTimestamp() {
		return nil, fmt.Errorf("deduplication: time column %d is no timestamp", c)
	}
	switch {
	case spec.KeepLast:
		return NewLastRow(spec, input)
	case spec.Final || spec.InputUpdating:
		return newDeduplicate(spec, input, false)
	case spec.TimeColumn >= 0 && input[spec.TimeColumn].Type.Precision > 6:
		return nil, fmt.Errorf("deduplication by a time column of type %s is not supported", input[spec.TimeColumn].Type)
	default:
		return &FirstRow{spec: spec, schema: input, watermark: operators.MinWatermark}, nil
	}
}

// Open prepares the state.
func (f *FirstRow) Open(ctx operators.Context) error {
	f.ctx, f.late = ctx, ctx.Counter("numLateRecordsDropped")
	f.parts.open(ctx.Pool(), f.schema, f.spec.Keys, firstBytes)
	f.store = rowstore.New(ctx.Pool(), f.schema.Types())
	return nil
}

// Close frees the state.
func (f *FirstRow) Close() error {
	if f.store != nil {
		f.store.Close()
		f.parts.close()
		f.store = nil
	}
	return nil
}

// key is the state of a key, to be changed until keys are found, deleted or frozen.
func (f *FirstRow) key(id int32) *first {
	return table.At[first](f.parts.table.Writable(id), f.parts.table.Payload())
}

// time is the event time of a row, ms, rounded up.
func (f *FirstRow) time(v *vector.Vector, i int) int64 {
	x, unit := vector.Values[int64](v)[i], v.Type.TimeUnit()/1000
	if unit == 1 {
		return x
	}
	return x/unit + min(1, max(0, x%unit))
}

// Process keeps or emits the rows that are the first of their key.
func (f *FirstRow) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(f.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	if f.spec.TimeColumn >= 0 {
		f.processEvents(b)
		return nil
	}
	return f.processArrival(b, out)
}

// processEvents keeps rows until the watermark passes them.
func (f *FirstRow) processEvents(b *operators.Batch) {
	times := b.Columns[f.spec.TimeColumn]
	f.emit = f.emit[:0]
	for i := range b.Len {
		if times.IsNull(i) || f.time(times, i) < f.watermark {
			f.late.Add(1)
			continue
		}
		f.emit = append(f.emit, uint16(i))
	}
	if len(f.emit) == 0 {
		return
	}
	d := f.selected(b)
	defer d.Release()
	f.parts.find(d)
	f.forgetOld(d.Len)
	times = d.Columns[f.spec.TimeColumn]
	for i, id := range f.parts.ids {
		k := f.key(id)
		switch {
		case k.state == emitted:
			continue
		case k.state >= waiting:
			held := k.state - waiting
			if v, row := f.store.Column(held, f.spec.TimeColumn); f.time(times, i) >= f.time(v, row) {
				continue
			}
			f.store.Delete(held)
		}
		f.keep(d, i, id)
	}
	f.compact()
}

// selected is the rows in f.emit.
func (f *FirstRow) selected(b *operators.Batch) *operators.Batch {
	if len(f.emit) == b.Len {
		return b.Retain()
	}
	v := vector.NewBatch(b.Len, b.Columns...) // borrowed
	v.Sel = f.emit
	return v.Dense(f.ctx.Pool())
}

// keep makes row i the one that waits for its key.
func (f *FirstRow) keep(b *operators.Batch, i int, key int32) {
	var rows [1]int32
	var ids [1]rowstore.ID
	rows[0] = int32(i)
	f.store.AppendCopy(b, rows[:], ids[:])
	f.key(key).state = waiting + ids[0]
	f.due.push(due{f.time(b.Columns[f.spec.TimeColumn], i), key})
}

// processArrival emits the rows of keys not seen before.
func (f *FirstRow) processArrival(b *operators.Batch, out operators.Output) error {
	f.parts.find(b)
	f.forgetOld(b.Len)
	f.emit = f.emit[:0]
	now := f.ctx.Now()
	for i, id := range f.parts.ids {
		k := table.At[first](f.parts.table.Row(id), f.parts.table.Payload())
		if k.state == fresh || f.expired(k, now) {
			k = f.key(id)
			k.state, k.written = emitted, now
			f.emit = append(f.emit, uint16(i))
		}
	}
	if len(f.emit) == 0 {
		return nil
	}
	d := f.selected(b)
	defer d.Release()
	if d.Kinds != nil {
		plain := vector.NewBatch(d.Len, d.Columns...) // borrowed
		return out.Emit(plain)
	}
	return out.Emit(d)
}

// expired tells whether a key was emitted so long ago that it begins anew.
func (f *FirstRow) expired(k *first, now int64) bool {
	return f.spec.TTLMillis > 0 && k.state == emitted && k.written+f.spec.TTLMillis <= now
}

// forgetOld begins keys anew whose time to live has ended: those of the batch, and, a part at a time, all others.
func (f *FirstRow) forgetOld(rows int) {
	if f.spec.TTLMillis <= 0 {
		return
	}
	now := f.ctx.Now()
	for _, id := range f.parts.ids {
		if k := f.key(id); f.expired(k, now) {
			k.state = fresh
		}
	}
	limit := int32(f.parts.table.Limit())
	for range min(2*rows, int(limit)) {
		if f.sweep++; f.sweep >= limit {
			f.sweep = 0
		}
		if f.parts.table.Live(f.sweep) && f.expired(f.key(f.sweep), now) {
			f.parts.table.Delete(f.sweep)
		}
	}
	f.parts.table.Compact(nil)
}

// Watermark emits the rows that it passes, by time.
func (f *FirstRow) Watermark(t int64, out operators.Output) error {
	f.watermark = t
	now := f.ctx.Now()
	var ids []rowstore.ID
	for len(f.due) > 0 && f.due[0].time <= t {
		d := f.due.pop()
		if !f.parts.table.Live(d.key) {
			continue
		}
		k := f.key(d.key)
		if k.state < waiting {
			continue // emitted already
		}
		row := k.state - waiting
		if v, at := f.store.Column(row, f.spec.TimeColumn); f.time(v, at) != d.time {
			continue // an earlier row has taken its place
		}
		k.state, k.written = emitted, now
		if ids = append(ids, row); len(ids) == vector.MaxRows {
			if err := f.emitRows(ids, out); err != nil {
				return err
			}
			ids = ids[:0]
		}
	}
	if err := f.emitRows(ids, out); err != nil {
		return err
	}
	f.compact()
	return out.Watermark(t)
}

func (f *FirstRow) emitRows(ids []rowstore.ID, out operators.Output) error {
	if len(ids) == 0 {
		return nil
	}
	b := f.store.Batch(ids)
	err := out.Emit(b)
	b.Release()
	for _, id := range ids {
		f.store.Delete(id)
	}
	return err
}

// compact moves rows of chunks that are nearly empty.
func (f *FirstRow) compact() {
	var moved []rowstore.ID
	f.store.Compact(func(_, to rowstore.ID) { moved = append(moved, to) })
	keys := make([]int32, min(len(moved), vector.MaxRows))
	for len(moved) > 0 {
		n := min(len(moved), vector.MaxRows)
		f.parts.ofRows(f.store, moved[:n], keys[:n])
		for i, key := range keys[:n] {
			f.key(key).state = waiting + moved[i]
		}
		moved = moved[n:]
	}
}
