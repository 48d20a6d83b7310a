package normalize

import (
	"slices"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

const (
	rowsTable = "rows"
	listed    = 1 // the row is one of its key
	known     = 2 // consumers know the row
)

// snapshot is all rows, by key group and in the order of their keys' lists.
type snapshot struct {
	pool    *vector.Pool
	schema  types.Schema // of the state
	rows    *rowstore.Frozen
	ids     [][]rowstore.ID // by key group, from NoKeyGroup on
	states  [][]int32
	written [][]int64
}

func (k *Keyed) stateSchema() types.Schema {
	return append(slices.Clone(k.schema), types.Field{Name: "$state", Type: types.IntType().AsNotNull()},
		types.Field{Name: "$written", Type: types.BigIntType().AsNotNull()})
}

// Snapshot freezes the lists: ids are copied, rows are not.
func (k *Keyed) Snapshot() (operators.Snapshot, error) {
	n := k.ctx.Keys().Max + 1
	s := &snapshot{
		pool: k.ctx.Pool(), schema: k.stateSchema(), rows: k.store.Freeze(), ids: make([][]rowstore.ID, n), states: make([][]int32, n),
		written: make([][]int64, n),
	}
	for id := range int32(k.table.Limit()) {
		if !k.table.Live(id) {
			continue
		}
		g := 0
		if len(k.keys) > 0 {
			g = rowkey.GroupOf(table.Hash(k.table.Row(id)), n-1) - operators.NoKeyGroup
		}
		e := k.at(id)
		add := func(row rowstore.ID, state int32) {
			s.ids[g], s.states[g], s.written[g] = append(s.ids[g], row), append(s.states[g], state), append(s.written[g], e.written)
		}
		met := e.emitted == 0
		for _, row := range k.lists.Of(&e.rows) {
			if e.emitted == row+1 {
				met = true
				add(row, listed|known)
			} else {
				add(row, listed)
			}
		}
		if !met {
			add(e.emitted-1, known)
		}
	}
	return s, nil
}

// Write writes the rows.
func (s *snapshot) Write(w operators.StateWriter) error {
	t, err := w.Table(rowsTable, s.schema)
	if err != nil {
		return err
	}
	for g, ids := range s.ids {
		for at := 0; at < len(ids); {
			n := min(len(ids)-at, vector.MaxRows)
			b := s.rows.Batch(ids[at : at+n])
			state := vector.New(s.pool, types.IntType().AsNotNull(), n, 0)
			copy(vector.Values[int32](state), s.states[g][at:])
			written := vector.New(s.pool, types.BigIntType().AsNotNull(), n, 0)
			copy(vector.Values[int64](written), s.written[g][at:])
			b.Columns = append(b.Columns, state, written)
			err := t.Append(g+operators.NoKeyGroup, b)
			b.Release()
			if err != nil {
				return err
			}
			at += n
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *snapshot) Release() { s.rows.Release() }

// Restore reads the rows. Keys with changes that have not been emitted go on waiting for the next watermark.
func (k *Keyed) Restore(r operators.StateReader) error {
	if len(k.keys) == 0 && k.ctx.Subtask() != 0 {
		return nil
	}
	return r.Table(rowsTable, k.stateSchema(), func(_ int, b *operators.Batch) error {
		states, written := vector.Values[int32](b.Columns[len(k.schema)]), vector.Values[int64](b.Columns[len(k.schema)+1])
		rows, ids := make([]int32, b.Len), make([]rowstore.ID, b.Len)
		for i := range rows {
			rows[i] = int32(i)
		}
		k.store.AppendCopy(b, rows, ids)
		k.ids = slices.Grow(k.ids[:0], b.Len)[:b.Len]
		k.table.FindBatch(b, k.keys, k.ids, true)
		for i, id := range k.ids {
			e := k.at(id)
			if k.waits() {
				k.touchRestored(id)
			}
			e.written = written[i]
			if states[i]&listed != 0 {
				k.lists.Insert(&e.rows, e.rows.Len(), ids[i])
			}
			if states[i]&known != 0 {
				e.emitted = ids[i] + 1
			}
		}
		return nil
	})
}

func (k *Keyed) touchRestored(id int32) {
	if m := table.Mark(k.table.Row(id)); *m != k.batch {
		*m = k.batch
		k.touched = append(k.touched, id)
	}
}
