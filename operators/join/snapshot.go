package join

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

var tableNames = [2]string{"left", "right"}

// snapshot is the frozen state of both sides.
type snapshot struct {
	j     *Regular
	rows  [2]*rowstore.Frozen
	count [2]*rowstore.Side[int32]
}

// Snapshot freezes the state.
func (j *Regular) Snapshot() (operators.Snapshot, error) {
	s := &snapshot{j: j}
	for i, side := range j.sides {
		s.rows[i] = side.store.Freeze()
		if side.counted {
			s.count[i] = side.count.Freeze()
		}
	}
	return s, nil
}

// schemaOf is a side's rows and the number of partners of each.
func (s *side) stateSchema() types.Schema {
	return append(append(types.Schema{}, s.schema...), types.Field{Name: "$partners", Type: types.IntType().AsNotNull()})
}

// Write writes both sides.
func (s *snapshot) Write(w operators.StateWriter) error {
	keys := s.j.ctx.Keys()
	for i, side := range s.j.sides {
		groups := func(b *vector.Batch) []int {
			out := make([]int, b.Len)
			if len(side.keys) == 0 {
				for r := range out {
					out[r] = operators.NoKeyGroup
				}
				return out
			}
			hashes := make([]uint64, b.Len)
			rowkey.HashColumns(b, side.keys, hashes)
			for r, h := range hashes {
				out[r] = rowkey.GroupOf(h, keys.Max)
			}
			return out
		}
		partners := func(ids []rowstore.ID) []*vector.Vector {
			v := vector.New(s.j.ctx.Pool(), types.IntType().AsNotNull(), len(ids), 0)
			n := vector.Values[int32](v)
			for k, id := range ids {
				n[k] = 0
				if s.count[i] != nil {
					n[k] = *s.count[i].At(id)
				}
			}
			return []*vector.Vector{v}
		}
		if err := s.rows[i].Write(w, tableNames[i], side.stateSchema(), keys.Max, groups, partners); err != nil {
			return err
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *snapshot) Release() {
	for _, f := range s.rows {
		f.Release()
	}
}

// Restore reads both sides.
func (j *Regular) Restore(r operators.StateReader) error {
	for i, s := range j.sides {
		if len(s.keys) == 0 && j.ctx.Subtask() != 0 {
			continue // all rows live in the first instance
		}
		err := r.Table(tableNames[i], s.stateSchema(), func(_ int, b *operators.Batch) error {
			s.hash(b)
			counts := vector.Values[int32](b.Columns[len(s.types)])
			rows := make([]int32, b.Len)
			for k := range rows {
				rows[k] = int32(k)
			}
			plain := make([]int, len(s.types))
			for k := range plain {
				plain[k] = k
			}
			p := b.Project(plain)
			defer p.Release()
			ids := make([]rowstore.ID, b.Len)
			s.store.AppendCopy(p, rows, ids)
			for k, id := range ids {
				s.index.Insert(s.hashes[k], id)
				if s.counted {
					*s.count.At(id) = counts[k]
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
