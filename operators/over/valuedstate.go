package over

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
)

type valuedSnapshot struct {
	v    *Valued
	rows *rowstore.Frozen
	ids  [][]rowstore.ID // by key group, those of a partition in its order
}

// Snapshot freezes the rows; the lists are copied. Results are computed again when they are needed.
func (v *Valued) Snapshot() (operators.Snapshot, error) {
	groups := v.ctx.Keys().Max
	s := &valuedSnapshot{v: v, ids: make([][]rowstore.ID, groups)}
	for id := range int32(v.table.Limit()) {
		if v.table.Live(id) {
			r := v.table.Row(id)
			g := rowkey.GroupOf(table.Hash(r), groups)
			s.ids[g] = append(s.ids[g], v.lists.Of(&v.head(r).rows)...)
		}
	}
	s.rows = v.store.Freeze()
	return s, nil
}

// Write writes the rows.
func (s *valuedSnapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("rows", s.v.input)
	if err != nil {
		return err
	}
	for g, ids := range s.ids {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			cols := make([]*vector.Vector, len(s.v.input))
			for c := range cols {
				cols[c] = s.rows.Gather(c, ids[:n])
			}
			b := vector.NewBatch(n, cols...)
			err := t.Append(g, b)
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
func (s *valuedSnapshot) Release() { s.rows.Release() }

// Restore reads the rows and computes what was emitted for them.
func (v *Valued) Restore(r operators.StateReader) error {
	err := r.Table("rows", v.input, func(_ int, b *operators.Batch) error {
		b = v.withSortKey(b)
		defer b.Release()
		v.batch++
		v.touched = v.touched[:0]
		v.change(b)
		return nil
	})
	if err != nil {
		return err
	}
	var all []int32
	for id := range int32(v.table.Limit()) {
		if v.table.Live(id) {
			all = append(all, id)
		}
	}
	return v.evaluate(all, nil)
}
