package setop

import (
	"millrace/operators"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

const rowsTable = "rows"

type snapshot struct {
	pool   *vector.Pool
	rows   *table.Frozen
	schema types.Schema
	groups int
}

func (s *SetOp) stateSchema() types.Schema {
	n := types.IntType().AsNotNull()
	return append(append(types.Schema{}, s.schema...), types.Field{Name: "$left", Type: n}, types.Field{Name: "$right", Type: n})
}

// Snapshot freezes the state.
func (s *SetOp) Snapshot() (operators.Snapshot, error) {
	return &snapshot{pool: s.ctx.Pool(), rows: s.table.Freeze(), schema: s.stateSchema(), groups: s.ctx.Keys().Max}, nil
}

// Write writes the distinct rows with their counts.
func (f *snapshot) Write(w operators.StateWriter) error {
	t, err := w.Table(rowsTable, f.schema)
	if err != nil {
		return err
	}
	ids, ends := f.rows.ByGroup(f.groups)
	from := 0
	for g, end := range ends {
		for from < end {
			to := min(end, from+vector.MaxRows)
			if err := f.write(t, g, ids[from:to]); err != nil {
				return err
			}
			from = to
		}
	}
	return nil
}

func (f *snapshot) write(t operators.TableWriter, group int, ids []int32) error {
	rows := f.rows.Pointers(ids, nil)
	cols := f.rows.Keys(f.pool, rows)
	for side := range 2 {
		v := vector.New(f.pool, types.IntType().AsNotNull(), len(rows), 0)
		n := vector.Values[int32](v)
		for i, r := range rows {
			n[i] = table.At[counts](r, f.rows.Payload())[side]
		}
		cols = append(cols, v)
	}
	b := vector.NewBatch(len(rows), cols...)
	defer b.Release()
	return t.Append(group, b)
}

// Release frees the snapshot.
func (f *snapshot) Release() { f.rows.Release() }

// Restore reads the rows and counts.
func (s *SetOp) Restore(r operators.StateReader) error {
	return r.Table(rowsTable, s.stateSchema(), func(_ int, b *operators.Batch) error {
		left, right := vector.Values[int32](b.Columns[len(s.all)]), vector.Values[int32](b.Columns[len(s.all)+1])
		ids := make([]int32, b.Len)
		s.table.FindBatch(b, s.all, ids, true)
		for i, r := range s.table.Rows(ids, nil) {
			*s.counts(r) = counts{left[i], right[i]}
		}
		return nil
	})
}
