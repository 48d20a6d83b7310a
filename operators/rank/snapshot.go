package rank

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

const table = "rows"

// snapshot is the rows of all partitions in the order of their lists.
type snapshot struct {
	t         *TopN
	rows      *rowstore.Frozen
	ids       [][]rowstore.ID // by key group, in list order
	watermark int64
}

// Snapshot freezes the lists: ids are copied, rows are not.
func (t *TopN) Snapshot() (operators.Snapshot, error) {
	max := t.ctx.Keys().Max
	s := &snapshot{t: t, rows: t.store.Freeze(), ids: make([][]rowstore.ID, max+1), watermark: t.windows.watermark}
	hash := make([]uint64, 1)
	t.parts.store.Each(func(part rowstore.ID) {
		group := operators.NoKeyGroup
		if len(t.spec.Keys) > 0 {
			key := t.parts.store.Batch([]rowstore.ID{part})
			rowkey.HashColumns(key, t.parts.own, hash)
			key.Release()
			group = rowkey.GroupOf(hash[0], max)
		}
		s.ids[group+1] = append(s.ids[group+1], t.lists.of(t.list.At(part))...)
	})
	return s, nil
}

var watermarkSchema = types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}

// Write writes the rows, and the watermark of windowed rankings, before which rows are late.
func (s *snapshot) Write(w operators.StateWriter) error {
	if s.t.spec.Window {
		t, err := w.Table("watermark", watermarkSchema)
		if err != nil {
			return err
		}
		c := vector.New(s.t.ctx.Pool(), watermarkSchema[0].Type, 1, 0)
		vector.Values[int64](c)[0] = s.watermark
		b := vector.NewBatch(1, c)
		err = t.Append(operators.NoKeyGroup, b)
		b.Release()
		if err != nil {
			return err
		}
	}
	t, err := w.Table(table, s.t.schema)
	if err != nil {
		return err
	}
	for g, ids := range s.ids {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			cols := make([]*vector.Vector, len(s.t.schema))
			for c := range cols {
				cols[c] = s.rows.Gather(c, ids[:n])
			}
			b := vector.NewBatch(n, cols...)
			err := t.Append(g-1, b)
			b.Release()
			if err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *snapshot) Release() { s.rows.Release() }

// Restore ranks the rows again; ties keep their order.
func (t *TopN) Restore(r operators.StateReader) error {
	if len(t.spec.Keys) == 0 && t.ctx.Subtask() != 0 {
		return nil
	}
	newest := t.newestFirst
	t.newestFirst = false // rows come in list order
	defer func() { t.newestFirst = newest }()
	err := r.Table(table, t.schema, func(_ int, b *operators.Batch) error {
		return t.restore(b)
	})
	if err != nil || !t.spec.Window {
		return err
	}
	first := true
	return r.Table("watermark", watermarkSchema, func(_ int, b *operators.Batch) error {
		for _, w := range vector.Values[int64](b.Columns[0]) {
			if first || w < t.windows.watermark {
				t.windows.watermark, first = w, false
			}
		}
		return nil
	})
}

func (t *TopN) restore(b *operators.Batch) error {
	b = t.withSortKey(b)
	defer b.Release()
	t.parts.find(b)
	t.begin()
	rows, ids := make([]int32, b.Len), make([]rowstore.ID, b.Len)
	for i := range rows {
		rows[i] = int32(i)
	}
	t.store.AppendCopy(b, rows, ids)
	if t.spec.InputUpdating {
		t.rowHash = make([]uint64, b.Len)
		rowkey.HashColumns(b, t.rowKey, t.rowHash)
	}
	for i, id := range ids {
		if t.spec.InputUpdating {
			t.rows.Insert(t.rowHash[i], id)
		}
		t.insert(t.parts.ids[i], id, b, i)
	}
	return nil
}
