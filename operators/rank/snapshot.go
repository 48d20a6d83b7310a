package rank

import (
	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

const rowsTable = "rows"

// snapshot is the rows of all partitions in the order of their lists.
type snapshot struct {
	pool      *vector.Pool
	schema    types.Schema // of the state
	windowed  bool
	rows      *rowstore.Frozen
	written   *rowstore.Side[int64] // nil: there is no time to live
	ids       [][]rowstore.ID       // by key group, from NoKeyGroup on, in list order
	watermark int64
}

// Snapshot freezes the lists: ids are copied, rows are not.
func (t *TopN) Snapshot() (operators.Snapshot, error) {
	groups := t.ctx.Keys().Max
	s := &snapshot{
		pool: t.ctx.Pool(), schema: t.stateSchema(), windowed: t.spec.Window, rows: t.store.Freeze(),
		ids: make([][]rowstore.ID, groups+1), watermark: t.windows.watermark,
	}
	if t.spec.TTLMillis > 0 {
		s.written = t.written.Freeze()
	}
	t.parts.each(func(id int32) {
		g := t.parts.group(id, groups) - operators.NoKeyGroup
		s.ids[g] = append(s.ids[g], t.lists.Of(&t.parts.at(id).rows)...)
	})
	return s, nil
}

// stateSchema is the input columns and when the row was written (0: not known).
func (t *TopN) stateSchema() types.Schema {
	return append(append(types.Schema{}, t.schema...), types.Field{Name: "$written", Type: types.BigIntType().AsNotNull()})
}

func watermarkSchema() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

// writeWatermark writes the watermark before which rows are late.
func writeWatermark(w operators.StateWriter, pool *vector.Pool, watermark int64) error {
	schema := watermarkSchema()
	t, err := w.Table("watermark", schema)
	if err != nil {
		return err
	}
	c := vector.New(pool, schema[0].Type, 1, 0)
	vector.Values[int64](c)[0] = watermark
	b := vector.NewBatch(1, c)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// readWatermark reads the lowest of the watermarks that instances have written.
func readWatermark(r operators.StateReader) (int64, error) {
	lowest, first := int64(operators.MinWatermark), true
	err := r.Table("watermark", watermarkSchema(), func(_ int, b *operators.Batch) error {
		for _, w := range vector.Values[int64](b.Columns[0]) {
			if first || w < lowest {
				lowest, first = w, false
			}
		}
		return nil
	})
	return lowest, err
}

// Write writes the rows, and the watermark of windowed rankings.
func (s *snapshot) Write(w operators.StateWriter) error {
	if s.windowed {
		if err := writeWatermark(w, s.pool, s.watermark); err != nil {
			return err
		}
	}
	t, err := w.Table(rowsTable, s.schema)
	if err != nil {
		return err
	}
	for g, ids := range s.ids {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			cols := make([]*vector.Vector, len(s.schema))
			for c := range len(cols) - 1 {
				cols[c] = s.rows.Gather(c, ids[:n])
			}
			cols[len(cols)-1] = times(s.pool, s.written, ids[:n])
			b := vector.NewBatch(n, cols...)
			err := t.Append(g+operators.NoKeyGroup, b)
			b.Release()
			if err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	return nil
}

// times is when rows were written; 0 if that is not kept.
func times(pool *vector.Pool, written *rowstore.Side[int64], ids []rowstore.ID) *vector.Vector {
	v := vector.New(pool, types.BigIntType().AsNotNull(), len(ids), 0)
	x := vector.Values[int64](v)
	clear(x)
	if written != nil {
		for i, id := range ids {
			x[i] = written.Get(id)
		}
	}
	return v
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
	err := r.Table(rowsTable, t.stateSchema(), func(_ int, b *operators.Batch) error {
		t.restore(b)
		return nil
	})
	if err != nil || !t.spec.Window {
		return err
	}
	t.windows.watermark, err = readWatermark(r)
	return err
}

func (t *TopN) restore(b *operators.Batch) {
	written := vector.Values[int64](b.Columns[len(t.schema)])
	b = t.withSortKey(b)
	defer b.Release()
	t.parts.find(b)
	t.hashRows(b)
	t.begin()
	rows, ids := make([]int32, b.Len), make([]rowstore.ID, b.Len)
	for i := range rows {
		rows[i] = int32(i)
	}
	t.store.AppendCopy(b, rows, ids)
	for i, id := range ids {
		if t.spec.InputUpdating {
			t.rows.Insert(t.rowHash[i], id)
		}
		if t.spec.TTLMillis > 0 {
			*t.written.At(id) = t.now
			if written[i] != 0 {
				*t.written.At(id) = written[i]
			}
		}
		t.insert(t.parts.ids[i], id, b, i)
	}
	t.clean()
}
