package setop

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

const table = "rows"

type snapshot struct {
	s      *SetOp
	rows   *rowstore.Frozen
	counts *rowstore.Side[[2]int32]
}

func (s *SetOp) stateSchema() types.Schema {
	n := types.IntType().AsNotNull()
	return append(append(types.Schema{}, s.schema...), types.Field{Name: "$left", Type: n}, types.Field{Name: "$right", Type: n})
}

// Snapshot freezes the state.
func (s *SetOp) Snapshot() (operators.Snapshot, error) {
	return &snapshot{s: s, rows: s.store.Freeze(), counts: s.counts.Freeze()}, nil
}

// Write writes the distinct rows with their counts.
func (f *snapshot) Write(w operators.StateWriter) error {
	keys := f.s.ctx.Keys()
	groups := func(b *vector.Batch) []int {
		hashes, out := make([]uint64, b.Len), make([]int, b.Len)
		rowkey.HashColumns(b, f.s.all, hashes)
		for i, h := range hashes {
			out[i] = rowkey.GroupOf(h, keys.Max)
		}
		return out
	}
	counts := func(ids []rowstore.ID) []*vector.Vector {
		var cols []*vector.Vector
		for side := range 2 {
			v := vector.New(f.s.ctx.Pool(), types.IntType().AsNotNull(), len(ids), 0)
			n := vector.Values[int32](v)
			for i, id := range ids {
				n[i] = f.counts.At(id)[side]
			}
			cols = append(cols, v)
		}
		return cols
	}
	return f.rows.Write(w, table, f.s.stateSchema(), keys.Max, groups, counts)
}

// Release frees the snapshot.
func (f *snapshot) Release() { f.rows.Release() }

// Restore reads the rows and counts.
func (s *SetOp) Restore(r operators.StateReader) error {
	return r.Table(table, s.stateSchema(), func(_ int, b *operators.Batch) error {
		p := b.Project(s.all)
		defer p.Release()
		left, right := vector.Values[int32](b.Columns[len(s.all)]), vector.Values[int32](b.Columns[len(s.all)+1])
		hashes := make([]uint64, b.Len)
		rowkey.HashColumns(p, s.all, hashes)
		s.hashes = hashes
		for i := range b.Len {
			*s.counts.At(s.find(p, i)) = [2]int32{left[i], right[i]}
		}
		return nil
	})
}
