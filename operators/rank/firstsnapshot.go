package rank

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// firstSnapshot is the keys that have been emitted and the rows that wait.
type firstSnapshot struct {
	pool      *vector.Pool
	keys      *table.Frozen
	rows      *rowstore.Frozen
	schema    types.Schema
	columns   []int // the keys in schema
	groups    int
	watermark int64
}

// Snapshot freezes the state.
func (f *FirstRow) Snapshot() (operators.Snapshot, error) {
	return &firstSnapshot{
		pool: f.ctx.Pool(), keys: f.parts.table.Freeze(), rows: f.store.Freeze(), schema: f.schema, columns: f.spec.Keys,
		groups: f.ctx.Keys().Max, watermark: f.watermark,
	}, nil
}

// emittedSchema is keys and when their row was emitted.
func emittedSchema(input types.Schema, keys []int) types.Schema {
	return append(input.Project(keys), types.Field{Name: "$emitted", Type: types.BigIntType().AsNotNull()})
}

// Write writes keys, waiting rows, and the watermark.
func (s *firstSnapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("keys", emittedSchema(s.schema, s.columns))
	if err != nil {
		return err
	}
	byGroup := make([][]int32, s.groups+1)
	for id := range int32(s.keys.Limit()) {
		if !s.keys.Live(id) {
			continue
		}
		r := s.keys.Row(id)
		if table.At[first](r, s.keys.Payload()).state != emitted {
			continue
		}
		g := 0
		if len(s.columns) > 0 {
			g = rowkey.GroupOf(table.Hash(r), s.groups) - operators.NoKeyGroup
		}
		byGroup[g] = append(byGroup[g], id)
	}
	for g, ids := range byGroup {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			if err := s.writeKeys(t, g+operators.NoKeyGroup, ids[:n]); err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	groups := func(b *vector.Batch) []int { return rowstore.Groups(b, s.columns, s.groups) }
	if err := s.rows.Write(w, rowsTable, s.schema, s.groups, groups, nil); err != nil {
		return err
	}
	return writeWatermark(w, s.pool, s.watermark)
}

func (s *firstSnapshot) writeKeys(t operators.TableWriter, group int, ids []int32) error {
	rows := s.keys.Pointers(ids, nil)
	v := vector.New(s.pool, types.BigIntType().AsNotNull(), len(rows), 0)
	x := vector.Values[int64](v)
	for i, r := range rows {
		x[i] = table.At[first](r, s.keys.Payload()).written
	}
	b := vector.NewBatch(len(rows), append(s.keys.Keys(s.pool, rows), v)...)
	defer b.Release()
	return t.Append(group, b)
}

// Release frees the snapshot.
func (s *firstSnapshot) Release() {
	s.keys.Release()
	s.rows.Release()
}

// Restore reads the state.
func (f *FirstRow) Restore(r operators.StateReader) error {
	if len(f.spec.Keys) == 0 && f.ctx.Subtask() != 0 {
		return nil
	}
	err := r.Table("keys", emittedSchema(f.schema, f.spec.Keys), func(_ int, b *operators.Batch) error {
		written := vector.Values[int64](b.Columns[len(f.spec.Keys)])
		ids := make([]int32, b.Len)
		f.parts.table.FindBatch(b, f.parts.own, ids, true)
		for i, id := range ids {
			k := f.key(id)
			k.state, k.written = emitted, written[i]
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Table(rowsTable, f.schema, func(_ int, b *operators.Batch) error {
		f.parts.find(b)
		for i, id := range f.parts.ids {
			f.keep(b, i, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.watermark, err = readWatermark(r)
	return err
}
