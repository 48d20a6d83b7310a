package sort

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

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
	entries   []entry
	keys      []byte
	waste     int   // bytes of keys that no entry refers to
	accounted int64 // bytes of entries and keys that the pool knows of
	soonest   int64 // Temporal: the earliest event time held
	passed    int64 // Temporal: event time of the last row emitted, ms
	mark      int64 // Temporal: the highest watermark seen
	arrived   int   // rows held so far
	due       []entry
	rows      []int32
	ids       []rowstore.ID
}

type entry struct {
	prefix   uint64 // the first bytes of the key, in its order
	time     int64
	from, to int // of keys
	arrival  int
	id       rowstore.ID
}

const entryBytes = int64(unsafe.Sizeof(entry{}))

// New returns the operator for input of that schema.
func New(spec *plan.Sort, schema types.Schema) *Sort {
	return &Sort{spec: spec, schema: schema, passed: operators.MinWatermark, mark: operators.MinWatermark, soonest: operators.MaxWatermark}
}

// Open prepares the state.
func (s *Sort) Open(ctx operators.Context) error {
	if s.spec.Temporal {
		if len(s.spec.Order) == 0 || s.spec.Order[0].Descending {
			return errors.New("sort by event time: the first key is not an ascending time")
		}
		if t := s.schema[s.spec.Order[0].Column].Type; !t.IsTimestamp() || t.Storage() != types.StoreI64 {
			return fmt.Errorf("sort by event time: the first key is %s", t)
		}
	}
	s.ctx, s.late = ctx, ctx.Counter("numLateRecordsDropped")
	s.store = rowstore.New(ctx.Pool(), s.schema.Types())
	return nil
}

// Close frees the state.
func (s *Sort) Close() error {
	if s.store != nil {
		s.store.Close()
		s.ctx.Pool().Account(-s.accounted)
		s.store, s.accounted = nil, 0
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
	s.rows = s.rows[:0]
	for i := range b.Len {
		if s.spec.Temporal && s.isLate(b, i) {
			s.late.Add(1)
			continue
		}
		s.rows = append(s.rows, int32(i))
	}
	s.ids = slices.Grow(s.ids[:0], len(s.rows))[:len(s.rows)]
	add(b, s.rows, s.ids)
	order := rowkey.Order(s.spec.Order)
	for k, i := range s.rows {
		e := entry{id: s.ids[k], from: len(s.keys), arrival: s.arrived}
		s.arrived++
		if s.spec.Temporal {
			e.time = s.time(b, int(i))
			s.soonest = min(s.soonest, e.time)
		}
		s.keys = order.AppendSortKey(s.keys, b, int(i))
		e.to = len(s.keys)
		e.prefix = prefix(s.keys[e.from:])
		s.entries = append(s.entries, e)
	}
	s.account()
}

// prefix is the first eight bytes of a key as a number; shorter keys are filled with zeros, so that equal prefixes decide nothing.
func prefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// account tells the pool how much entries and keys take.
func (s *Sort) account() {
	n := int64(cap(s.keys)) + entryBytes*int64(cap(s.entries)+cap(s.due))
	s.ctx.Pool().Account(n - s.accounted)
	s.accounted = n
}

// isLate tells whether a row is not after the last emitted one, or has no time.
func (s *Sort) isLate(b *operators.Batch, i int) bool {
	return b.Columns[s.spec.Order[0].Column].IsNull(i) || s.time(b, i) <= s.passed
}

// time is the event time of a row in ms, rounded up: the row may go when the watermark has reached it.
func (s *Sort) time(b *operators.Batch, i int) int64 {
	c := b.Columns[s.spec.Order[0].Column]
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

func (s *Sort) sort(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(s.keys[a.from:a.to], s.keys[b.from:b.to]); c != 0 {
			return c
		}
		return a.arrival - b.arrival
	})
}

// Watermark emits, with Temporal, the rows that it passes. A watermark that was there before, as comes after a restore, passes none: rows that
// came behind it wait for the next, so that earlier ones can still go before them.
func (s *Sort) Watermark(t int64, out operators.Output) error {
	advances := t > s.mark
	s.mark = max(s.mark, t)
	if s.spec.Temporal && advances && s.soonest <= t {
		s.due = s.due[:0]
		rest := s.entries[:0]
		s.soonest = operators.MaxWatermark
		for _, e := range s.entries {
			if e.time <= t {
				s.due = append(s.due, e)
				continue
			}
			rest = append(rest, e)
			s.soonest = min(s.soonest, e.time)
		}
		s.entries = rest
		if len(s.due) > 0 {
			s.sort(s.due)
			s.passed = s.due[len(s.due)-1].time
			if err := s.emit(s.due, out); err != nil {
				return err
			}
			s.compact()
		}
	}
	return out.Watermark(t)
}

// Finish emits everything in order.
func (s *Sort) Finish(out operators.Output) error {
	s.sort(s.entries)
	err := s.emit(s.entries, out)
	s.entries, s.keys, s.waste = s.entries[:0], s.keys[:0], 0
	return err
}

// emit emits entries and deletes their rows.
func (s *Sort) emit(entries []entry, out operators.Output) error {
	for len(entries) > 0 {
		n := min(len(entries), vector.MaxRows)
		s.ids = s.ids[:0]
		for _, e := range entries[:n] {
			s.ids = append(s.ids, e.id)
			s.waste += e.to - e.from
		}
		b := s.store.Batch(s.ids)
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
		entries = entries[n:]
		if s.spec.Temporal { // else all of it goes at the end
			for _, id := range s.ids {
				s.store.Delete(id)
			}
		}
	}
	return nil
}

// compact rewrites the keys if most of them are waste, and moves rows of chunks that are nearly empty.
func (s *Sort) compact() {
	if 2*s.waste > len(s.keys) {
		keys := make([]byte, 0, max(2*(len(s.keys)-s.waste), 1024))
		for i := range s.entries {
			e := &s.entries[i]
			from := len(keys)
			keys = append(keys, s.keys[e.from:e.to]...)
			e.from, e.to = from, len(keys)
		}
		s.keys, s.waste = keys, 0
	}
	moved := map[rowstore.ID]rowstore.ID{}
	if s.store.Compact(func(from, to rowstore.ID) { moved[from] = to }) {
		for i := range s.entries {
			if to, ok := moved[s.entries[i].id]; ok {
				s.entries[i].id = to
			}
		}
	}
	s.account()
}

// snapshot is the rows in order of arrival.
type snapshot struct {
	s            *Sort
	rows         *rowstore.Frozen
	ids          []rowstore.ID
	passed, mark int64
}

func markSchema() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

func passedSchema() types.Schema {
	return types.Schema{{Name: "passed", Type: types.BigIntType().AsNotNull()}}
}

// Snapshot freezes the rows held.
func (s *Sort) Snapshot() (operators.Snapshot, error) {
	f := &snapshot{s: s, rows: s.store.Freeze(), passed: s.passed, mark: s.mark}
	for _, e := range s.entries {
		f.ids = append(f.ids, e.id)
	}
	return f, nil
}

// Write writes the time of the last row emitted, the watermark and the rows.
func (f *snapshot) Write(w operators.StateWriter) error {
	if err := f.writeTime(w, "passed", passedSchema(), f.passed); err != nil {
		return err
	}
	if err := f.writeTime(w, "watermark", markSchema(), f.mark); err != nil {
		return err
	}
	t, err := w.Table("rows", f.s.schema)
	if err != nil {
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

// writeTime writes a table of one number.
func (f *snapshot) writeTime(w operators.StateWriter, name string, schema types.Schema, x int64) error {
	t, err := w.Table(name, schema)
	if err != nil {
		return err
	}
	c := vector.New(f.s.ctx.Pool(), schema[0].Type, 1, 0)
	vector.Values[int64](c)[0] = x
	b := vector.NewBatch(1, c)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// Release frees the snapshot.
func (f *snapshot) Release() { f.rows.Release() }

// Restore reads the rows into the first instance.
func (s *Sort) Restore(r operators.StateReader) error {
	if s.ctx.Subtask() != 0 {
		return nil
	}
	passed, mark := int64(operators.MinWatermark), int64(operators.MinWatermark)
	highest := func(to *int64) func(int, *operators.Batch) error {
		return func(_ int, b *operators.Batch) error {
			*to = max(*to, slices.Max(vector.Values[int64](b.Columns[0])))
			return nil
		}
	}
	if err := r.Table("passed", passedSchema(), highest(&passed)); err != nil {
		return err
	}
	if err := r.Table("watermark", markSchema(), highest(&mark)); err != nil {
		return err
	}
	err := r.Table("rows", s.schema, func(_ int, b *operators.Batch) error {
		s.add(b, s.store.AppendCopy)
		return nil
	})
	s.passed, s.mark = passed, mark
	return err
}
