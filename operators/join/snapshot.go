package join

import (
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// tableName names the state of a side.
func tableName(input int) string { return [2]string{"left", "right"}[input] }

// snapshot is the frozen state of both sides.
type snapshot struct {
	sides [2]*side
	pool  *vector.Pool
	max   int // key groups
	rows  [2]*rowstore.Frozen
	count [2]*rowstore.Side[int32]
	times [2]*rowstore.Side[int64]
}

// Snapshot freezes the state.
func (j *Regular) Snapshot() (operators.Snapshot, error) {
	s := &snapshot{sides: j.sides, pool: j.ctx.Pool(), max: j.ctx.Keys().Max}
	for i, side := range j.sides {
		s.rows[i] = side.store.Freeze()
		if side.counted {
			s.count[i] = side.count.Freeze()
		}
		if side.ttl > 0 {
			s.times[i] = side.written.Freeze()
		}
	}
	return s, nil
}

// stateSchema is a side's rows, the number of partners of each, and when it was written (0: not known).
func (s *side) stateSchema() types.Schema {
	return append(append(types.Schema{}, s.schema...), types.Field{Name: "$partners", Type: types.IntType().AsNotNull()},
		types.Field{Name: "$written", Type: types.BigIntType().AsNotNull()})
}

// Write writes both sides.
func (s *snapshot) Write(w operators.StateWriter) error {
	for i, side := range s.sides {
		groups := func(b *vector.Batch) []int { return rowstore.Groups(b, side.keys, s.max) }
		extra := func(ids []rowstore.ID) []*vector.Vector {
			n := vector.New(s.pool, types.IntType().AsNotNull(), len(ids), 0)
			t := vector.New(s.pool, types.BigIntType().AsNotNull(), len(ids), 0)
			partners, written := vector.Values[int32](n), vector.Values[int64](t)
			clear(partners)
			clear(written)
			for k, id := range ids {
				if s.count[i] != nil {
					partners[k] = s.count[i].Get(id)
				}
				if s.times[i] != nil {
					written[k] = s.times[i].Get(id)
				}
			}
			return []*vector.Vector{n, t}
		}
		if err := s.rows[i].Write(w, tableName(i), side.stateSchema(), s.max, groups, extra); err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
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

// Restore reads both sides. Rows without a time of writing count as written now.
func (j *Regular) Restore(r operators.StateReader) error {
	now := j.ctx.Now()
	for i, s := range j.sides {
		if len(s.keys) == 0 && j.ctx.Subtask() != 0 {
			continue // all rows live in the first instance
		}
		err := r.Table(tableName(i), s.stateSchema(), func(_ int, b *operators.Batch) error {
			s.restore(b, now)
			return nil
		})
		if err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
		}
	}
	return nil
}

func (s *side) restore(b *operators.Batch, now int64) {
	counts, written := vector.Values[int32](b.Columns[len(s.types)]), vector.Values[int64](b.Columns[len(s.types)+1])
	rows, ids := make([]int32, b.Len), make([]rowstore.ID, b.Len)
	for k := range rows {
		rows[k] = int32(k)
	}
	s.store.AppendCopy(b, rows, ids)
	s.hashes = slices.Grow(s.hashes[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, s.keys, s.hashes)
	s.hashRows(b)
	for k, id := range ids {
		s.link(k, id)
		if s.counted {
			*s.count.At(id) = counts[k]
		}
		if s.ttl > 0 {
			*s.written.At(id) = now
			if written[k] != 0 {
				*s.written.At(id) = written[k]
			}
		}
	}
}
