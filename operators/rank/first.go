package rank

import (
	"slices"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
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
	store     *rowstore.Store
	waiting   rowstore.Side[rowstore.ID] // by key: its row + 1 while it waits; 0: emitted
	keys      []rowstore.ID              // keys with a waiting row
	watermark int64
	late      *operators.Counter
}

// NewDeduplicate returns the operator of plan.Deduplicate for input of that schema.
func NewDeduplicate(spec *plan.Deduplicate, input types.Schema) (operators.Operator, error) {
	switch {
	case spec.KeepLast:
		return NewLastRow(spec, input)
	case spec.Final || spec.InputUpdating:
		return newDeduplicate(spec, input, false)
	default:
		return &FirstRow{spec: spec, schema: input, watermark: operators.MinWatermark}, nil
	}
}

// Open prepares the state.
func (f *FirstRow) Open(ctx operators.Context) error {
	f.ctx, f.late = ctx, ctx.Counter("numLateRecordsDropped")
	f.parts.open(ctx.Pool(), f.schema, f.spec.Keys)
	f.store = rowstore.New(ctx.Pool(), f.schema.Types())
	return nil
}

// Close frees the state.
func (f *FirstRow) Close() error {
	if f.store != nil {
		f.store.Close()
		f.parts.store.Close()
	}
	return nil
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
	if f.spec.TimeColumn < 0 {
		return f.processArrival(b, out)
	}
	times := b.Columns[f.spec.TimeColumn]
	onTime := make([]uint16, 0, b.Len)
	for i := range b.Len {
		if f.time(times, i) < f.watermark {
			f.late.Add(1)
			continue
		}
		onTime = append(onTime, uint16(i))
	}
	if len(onTime) == 0 {
		return nil
	}
	v := vector.NewBatch(b.Len, b.Columns...) // borrowed
	v.Sel = onTime
	d := v.Dense(f.ctx.Pool())
	defer d.Release()
	f.parts.find(d)
	times = d.Columns[f.spec.TimeColumn]
	fresh := map[rowstore.ID]bool{}
	for _, id := range f.parts.fresh {
		fresh[id] = true
	}
	for i := range d.Len {
		key := f.parts.ids[i]
		w := f.waiting.At(key)
		switch {
		case fresh[key]:
			delete(fresh, key)
			f.keys = append(f.keys, key)
			*w = f.keep(d, i)
		case *w == 0: // emitted before
		default:
			if o, row := f.store.Column(*w-1, f.spec.TimeColumn); f.time(times, i) < f.time(o, row) {
				f.store.Delete(*w - 1)
				*w = f.keep(d, i)
			}
		}
	}
	return nil
}

func (f *FirstRow) keep(b *operators.Batch, i int) rowstore.ID {
	var ids [1]rowstore.ID
	f.store.AppendCopy(b, []int32{int32(i)}, ids[:])
	return ids[0] + 1
}

// processArrival emits the rows of keys not seen before.
func (f *FirstRow) processArrival(b *operators.Batch, out operators.Output) error {
	f.parts.find(b)
	if len(f.parts.fresh) == 0 {
		return nil
	}
	fresh := map[rowstore.ID]bool{}
	for _, id := range f.parts.fresh {
		fresh[id] = true
		*f.waiting.At(id) = 0
	}
	sel := make([]uint16, 0, len(fresh))
	for i, id := range f.parts.ids {
		if fresh[id] {
			delete(fresh, id)
			sel = append(sel, uint16(i))
		}
	}
	v := vector.NewBatch(b.Len, b.Columns...) // borrowed
	v.Sel = sel
	d := v.Dense(f.ctx.Pool())
	defer d.Release()
	return out.Emit(d)
}

// Watermark emits the rows that it passes, by time.
func (f *FirstRow) Watermark(t int64, out operators.Output) error {
	f.watermark = t
	type due struct {
		time int64
		id   rowstore.ID
	}
	var ready []due
	rest := f.keys[:0]
	for _, key := range f.keys {
		w := f.waiting.At(key)
		v, row := f.store.Column(*w-1, f.spec.TimeColumn)
		if at := f.time(v, row); at <= t {
			ready = append(ready, due{at, *w - 1})
			*w = 0
		} else {
			rest = append(rest, key)
		}
	}
	f.keys = rest
	slices.SortStableFunc(ready, func(a, b due) int { return int(min(1, max(-1, a.time-b.time))) })
	for len(ready) > 0 {
		n := min(len(ready), vector.MaxRows)
		ids := make([]rowstore.ID, n)
		for i := range ids {
			ids[i] = ready[i].id
		}
		b := f.store.Batch(ids)
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
		for _, id := range ids {
			f.store.Delete(id)
		}
		ready = ready[n:]
	}
	return out.Watermark(t)
}

// firstSnapshot is the keys that have been emitted and the rows that wait.
type firstSnapshot struct {
	f         *FirstRow
	keys      *rowstore.Frozen
	rows      *rowstore.Frozen
	waiting   *rowstore.Side[rowstore.ID]
	watermark int64
}

// Snapshot freezes the state.
func (f *FirstRow) Snapshot() (operators.Snapshot, error) {
	return &firstSnapshot{f: f, keys: f.parts.store.Freeze(), rows: f.store.Freeze(), waiting: f.waiting.Freeze(), watermark: f.watermark}, nil
}

func (f *FirstRow) keySchema() types.Schema {
	return append(f.schema.Project(f.spec.Keys), types.Field{Name: "$emitted", Type: types.BooleanType().AsNotNull()})
}

// Write writes keys, waiting rows, and the watermark.
func (s *firstSnapshot) Write(w operators.StateWriter) error {
	maxGroups := s.f.ctx.Keys().Max
	groups := func(cols []int) func(b *vector.Batch) []int {
		return func(b *vector.Batch) []int {
			hashes, out := make([]uint64, b.Len), make([]int, b.Len)
			rowkey.HashColumns(b, cols, hashes)
			for i, h := range hashes {
				out[i] = rowkey.GroupOf(h, maxGroups)
			}
			return out
		}
	}
	emitted := func(ids []rowstore.ID) []*vector.Vector {
		v := vector.New(s.f.ctx.Pool(), types.BooleanType().AsNotNull(), len(ids), 0)
		for i, id := range ids {
			vector.PutBit(v.Data, i, *s.waiting.At(id) == 0)
		}
		return []*vector.Vector{v}
	}
	if err := s.keys.Write(w, "keys", s.f.keySchema(), maxGroups, groups(s.f.parts.own), emitted); err != nil {
		return err
	}
	if err := s.rows.Write(w, table, s.f.schema, maxGroups, groups(s.f.spec.Keys), nil); err != nil {
		return err
	}
	t, err := w.Table("watermark", watermarkSchema)
	if err != nil {
		return err
	}
	c := vector.New(s.f.ctx.Pool(), watermarkSchema[0].Type, 1, 0)
	vector.Values[int64](c)[0] = s.watermark
	b := vector.NewBatch(1, c)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// Release frees the snapshot.
func (s *firstSnapshot) Release() {
	s.keys.Release()
	s.rows.Release()
}

// Restore reads the state.
func (f *FirstRow) Restore(r operators.StateReader) error {
	err := r.Table("keys", f.keySchema(), func(_ int, b *operators.Batch) error {
		emitted := b.Columns[len(f.spec.Keys)]
		hashes := make([]uint64, b.Len)
		rowkey.HashColumns(b, f.parts.own, hashes)
		f.parts.hashes = hashes
		key := b.Project(f.parts.own)
		defer key.Release()
		for i := range b.Len {
			if emitted.Bool(i) {
				*f.waiting.At(f.parts.lookup(key, i)) = 0
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Table(table, f.schema, func(_ int, b *operators.Batch) error {
		f.parts.find(b)
		for i := range b.Len {
			key := f.parts.ids[i]
			f.keys = append(f.keys, key)
			*f.waiting.At(key) = f.keep(b, i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	first := true
	return r.Table("watermark", watermarkSchema, func(_ int, b *operators.Batch) error {
		for _, w := range vector.Values[int64](b.Columns[0]) {
			if first || w < f.watermark {
				f.watermark, first = w, false
			}
		}
		return nil
	})
}
