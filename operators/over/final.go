package over

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

// Final is the operator of plan.Over with Final set: it evaluates at the end of input.
type Final struct {
	operators.Stateless
	spec  *plan.Over
	input types.Schema
	ctx   operators.Context
	store *rowstore.Store
	eval  evaluator
	// entries are the rows in order of arrival; their sort keys, partition first, are in keys.
	entries []entry
	keys    []byte
	id      []rowstore.ID
}

// entry is a row with its sort key in two parts: the partition keys[from:mid] and the order keys[mid:to].
type entry struct {
	id            rowstore.ID
	from, mid, to int
}

// New returns the operator of plan.Over.
func New(spec *plan.Over, input types.Schema) (operators.Operator, error) {
	if err := check(spec, input); err != nil {
		return nil, err
	}
	switch {
	case spec.Final:
		return &Final{spec: spec, input: input}, nil
	case spec.Time == plan.OverByValue:
		return newValued(spec, input), nil
	default:
		return newTimed(spec, input)
	}
}

// Open prepares the state.
func (f *Final) Open(ctx operators.Context) error {
	f.ctx = ctx
	f.store = rowstore.New(ctx.Pool(), f.input.Types())
	return f.eval.open(ctx.Pool(), f.store, f.spec, f.input, nil)
}

// Close frees the state.
func (f *Final) Close() error {
	if f.store != nil {
		f.eval.close()
		f.store.Close()
	}
	return nil
}

// Process holds the rows.
func (f *Final) Process(_ int, b *operators.Batch, _ operators.Output) error {
	b = b.Dense(f.ctx.Pool())
	defer b.Release()
	f.add(b, f.store.Append)
	return nil
}

func (f *Final) add(b *operators.Batch, add func(*vector.Batch, []int32, []rowstore.ID)) {
	if cap(f.id) < b.Len {
		f.id = make([]rowstore.ID, max(b.Len, vector.MaxRows))
	}
	ids := f.id[:b.Len]
	add(b, f.eval.sequence(b.Len), ids)
	keys, order := partition(f.spec.Keys), rowkey.Order(f.spec.Order)
	for i, id := range ids {
		e := entry{id: id, from: len(f.keys)}
		f.keys = keys.AppendSortKey(f.keys, b, i)
		e.mid = len(f.keys)
		f.keys = order.AppendSortKey(f.keys, b, i)
		e.to = len(f.keys)
		f.entries = append(f.entries, e)
	}
}

// together is about how many rows are evaluated at once.
const together = 1 << 16

// partition is the order by the keys, in which partitions are one after another.
func partition(keys []int) rowkey.Order {
	var o rowkey.Order
	for _, k := range keys {
		o = append(o, plan.SortKey{Column: k})
	}
	return o
}

// Finish evaluates and emits, some partitions at a time.
func (f *Final) Finish(out operators.Output) error {
	slices.SortFunc(f.entries, func(a, b entry) int {
		if c := bytes.Compare(f.keys[a.from:a.mid], f.keys[b.from:b.mid]); c != 0 {
			return c
		}
		if c := bytes.Compare(f.keys[a.mid:a.to], f.keys[b.mid:b.to]); c != 0 {
			return c
		}
		return a.from - b.from // the order of arrival
	})
	var ids []rowstore.ID
	var parts []part
	o := &order{}
	flush := func() error {
		if len(ids) == 0 {
			return nil
		}
		err := f.emit(ids, parts, o, out)
		ids, parts, o.first = ids[:0], parts[:0], o.first[:0]
		return err
	}
	for k, e := range f.entries {
		fresh := k == 0 || !bytes.Equal(f.keys[e.from:e.mid], f.before(k, 0))
		if fresh {
			if len(ids) >= together {
				if err := flush(); err != nil {
					return err
				}
			}
			parts = append(parts, part{start: len(ids), from: len(ids), id: -1})
		}
		o.first = append(o.first, fresh || !bytes.Equal(f.keys[e.mid:e.to], f.before(k, 1)))
		ids = append(ids, e.id)
		parts[len(parts)-1].end = len(ids)
	}
	return flush()
}

// before is a part of the sort key of the row before row k.
func (f *Final) before(k, part int) []byte {
	e := f.entries[k-1]
	if part == 0 {
		return f.keys[e.from:e.mid]
	}
	return f.keys[e.mid:e.to]
}

// emit emits the rows of some partitions with their results.
func (f *Final) emit(ids []rowstore.ID, parts []part, o *order, out operators.Output) error {
	o.keys = f.eval.orderKeys(ids, f.spec.Order)
	cols, err := f.eval.results(ids, parts, o)
	if err != nil {
		return err
	}
	return f.eval.emit(ids, cols, nil, out)
}

// orderKeys reads the values of the first order key of rows, if frames need them.
func (e *evaluator) orderKeys(ids []rowstore.ID, by []plan.SortKey) *keys {
	if !e.ranged || len(by) == 0 {
		return nil
	}
	v := e.store.Gather(by[0].Column, ids)
	k := newKeys(v, by[0].Descending)
	v.Release()
	return k
}

// emit emits rows with the columns of results, which it takes over. perm, if not nil, is the order in which they go.
func (e *evaluator) emit(ids []rowstore.ID, results []*vector.Vector, perm []int32, out operators.Output) error {
	defer func() {
		for _, v := range results {
			v.Release()
		}
	}()
	if perm == nil {
		perm = e.sequence(len(ids))
	}
	row := make([]rowstore.ID, 0, min(len(ids), vector.MaxRows))
	for len(perm) > 0 {
		n := min(len(perm), vector.MaxRows)
		row = row[:0]
		for _, p := range perm[:n] {
			row = append(row, ids[p])
		}
		b := e.store.Batch(row)
		for _, v := range results {
			b.Columns = append(b.Columns, vector.Gather(e.pool, v, perm[:n]))
		}
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
		perm = perm[n:]
	}
	return nil
}

type finalSnapshot struct {
	f    *Final
	rows *rowstore.Frozen
	ids  []rowstore.ID
}

// Snapshot freezes the rows held.
func (f *Final) Snapshot() (operators.Snapshot, error) {
	s := &finalSnapshot{f: f, rows: f.store.Freeze()}
	for _, e := range f.entries {
		s.ids = append(s.ids, e.id)
	}
	return s, nil
}

// Write writes the rows by key group, in order of arrival.
func (s *finalSnapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("rows", s.f.input)
	if err != nil {
		return err
	}
	groups := s.f.ctx.Keys().Max
	by := make([][]rowstore.ID, groups+1)
	for from := 0; from < len(s.ids); from += vector.MaxRows {
		part := s.ids[from:min(len(s.ids), from+vector.MaxRows)]
		b := s.rows.Batch(part)
		for i, g := range rowstore.Groups(b, s.f.spec.Keys, groups) {
			by[g+1] = append(by[g+1], part[i])
		}
		b.Release()
	}
	for g, ids := range by {
		for from := 0; from < len(ids); from += vector.MaxRows {
			b := s.rows.Batch(ids[from:min(len(ids), from+vector.MaxRows)])
			err := t.Append(g-1, b)
			b.Release()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *finalSnapshot) Release() { s.rows.Release() }

// Restore reads the rows.
func (f *Final) Restore(r operators.StateReader) error {
	if len(f.spec.Keys) == 0 && f.ctx.Subtask() != 0 {
		return nil
	}
	return r.Table("rows", f.input, func(_ int, b *operators.Batch) error {
		f.add(b, f.store.AppendCopy)
		return nil
	})
}
