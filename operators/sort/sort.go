package sort

import (
	"bytes"
	"slices"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Sort is the operator of plan.Sort. Rows that are equal by the keys keep the order of arrival.
type Sort struct {
	spec   *plan.Sort
	schema types.Schema
	ctx    operators.Context
	store  *rowstore.Store
	late   *operators.Counter
	// entries are the rows held, in order of arrival; their sort keys are in keys.
	entries []entry
	keys    []byte
	passed  int64 // Temporal: event time of the last row emitted, ms
}

type entry struct {
	id       rowstore.ID
	from, to int // of keys
	time     int64
}

// New returns the operator for input of that schema.
func New(spec *plan.Sort, schema types.Schema) *Sort {
	return &Sort{spec: spec, schema: schema, passed: operators.MinWatermark}
}

// Open prepares the state.
func (s *Sort) Open(ctx operators.Context) error {
	s.ctx, s.late = ctx, ctx.Counter("numLateRecordsDropped")
	s.store = rowstore.New(ctx.Pool(), s.schema.Types())
	return nil
}

// Close frees the state.
func (s *Sort) Close() error {
	if s.store != nil {
		s.store.Close()
	}
	return nil
}

// Process holds the rows. With Temporal, rows that are not after the last emitted one are dropped.
func (s *Sort) Process(_ int, b *operators.Batch, _ operators.Output) error {
	b = b.Dense(s.ctx.Pool())
	defer b.Release()
	s.add(b, s.store.Append)
	return nil
}

func (s *Sort) add(b *operators.Batch, add func(*vector.Batch, []int32, []rowstore.ID)) {
	rows := make([]int32, 0, b.Len)
	for i := range b.Len {
		if s.spec.Temporal && s.time(b, i) <= s.passed {
			s.late.Add(1)
			continue
		}
		rows = append(rows, int32(i))
	}
	ids := make([]rowstore.ID, len(rows))
	add(b, rows, ids)
	order := rowkey.Order(s.spec.Order)
	for k, i := range rows {
		e := entry{id: ids[k], from: len(s.keys)}
		if s.spec.Temporal {
			e.time = s.time(b, int(i))
		}
		s.keys = order.AppendSortKey(s.keys, b, int(i))
		e.to = len(s.keys)
		s.entries = append(s.entries, e)
	}
}

// time is the event time of a row in ms, rounded up: the row may go when the watermark has reached it.
func (s *Sort) time(b *operators.Batch, i int) int64 {
	c := b.Columns[s.spec.Order[0].Column]
	if c.Type.Storage() != types.StoreI64 {
		return 0
	}
	x, unit := vector.Values[int64](c)[i], c.Type.TimeUnit()/1000
	if unit == 1 {
		return x
	}
	q := x / unit
	if x%unit > 0 {
		q++
	}
	return q
}

func (s *Sort) sort() {
	slices.SortStableFunc(s.entries, func(a, b entry) int {
		return bytes.Compare(s.keys[a.from:a.to], s.keys[b.from:b.to])
	})
}

// Watermark emits, with Temporal, the rows that it passes.
func (s *Sort) Watermark(t int64, out operators.Output) error {
	if s.spec.Temporal && len(s.entries) > 0 {
		s.sort()
		n := 0
		for n < len(s.entries) && s.entries[n].time <= t {
			n++
		}
		if n > 0 {
			s.passed = s.entries[n-1].time
			if err := s.emit(n, out); err != nil {
				return err
			}
		}
	}
	return out.Watermark(t)
}

// Finish emits everything in order.
func (s *Sort) Finish(out operators.Output) error {
	s.sort()
	return s.emit(len(s.entries), out)
}

// emit emits the first n entries and forgets them.
func (s *Sort) emit(n int, out operators.Output) error {
	var ids []rowstore.ID
	for from := 0; from < n; from += len(ids) {
		ids = ids[:0]
		for _, e := range s.entries[from:min(n, from+vector.MaxRows)] {
			ids = append(ids, e.id)
		}
		b := s.store.Batch(ids)
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
	}
	for _, e := range s.entries[:n] {
		s.store.Delete(e.id)
	}
	rest := append([]entry(nil), s.entries[n:]...)
	var keys []byte
	for i := range rest {
		e := &rest[i]
		from := len(keys)
		keys = append(keys, s.keys[e.from:e.to]...)
		e.from, e.to = from, len(keys)
	}
	s.entries, s.keys = rest, keys
	return nil
}

// snapshot is the rows in order of arrival or of sorting, either of which restores the same order of ties.
type snapshot struct {
	s      *Sort
	rows   *rowstore.Frozen
	ids    []rowstore.ID
	passed int64
}

var passedSchema = types.Schema{{Name: "passed", Type: types.BigIntType().AsNotNull()}}

// Snapshot freezes the rows held.
func (s *Sort) Snapshot() (operators.Snapshot, error) {
	f := &snapshot{s: s, rows: s.store.Freeze(), passed: s.passed}
	for _, e := range s.entries {
		f.ids = append(f.ids, e.id)
	}
	return f, nil
}

// Write writes the rows and the time of the last row emitted.
func (f *snapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("passed", passedSchema)
	if err != nil {
		return err
	}
	c := vector.New(f.s.ctx.Pool(), passedSchema[0].Type, 1, 0)
	vector.Values[int64](c)[0] = f.passed
	b := vector.NewBatch(1, c)
	err = t.Append(operators.NoKeyGroup, b)
	b.Release()
	if err != nil {
		return err
	}
	if t, err = w.Table("rows", f.s.schema); err != nil {
		return err
	}
	for ids := f.ids; len(ids) > 0; {
		n := min(len(ids), vector.MaxRows)
		b := f.rows.Batch(ids[:n])
		err := t.Append(operators.NoKeyGroup, b)
		b.Release()
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// Release frees the snapshot.
func (f *snapshot) Release() { f.rows.Release() }

// Restore reads the rows into the first instance.
func (s *Sort) Restore(r operators.StateReader) error {
	if s.ctx.Subtask() != 0 {
		return nil
	}
	passed := int64(operators.MinWatermark)
	err := r.Table("passed", passedSchema, func(_ int, b *operators.Batch) error {
		for _, t := range vector.Values[int64](b.Columns[0]) {
			passed = max(passed, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Table("rows", s.schema, func(_ int, b *operators.Batch) error {
		s.add(b, s.store.AppendCopy)
		return nil
	})
	s.passed = passed
	return err
}
