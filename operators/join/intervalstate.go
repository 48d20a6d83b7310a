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

func markSchema() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

// intervalSnapshot is the frozen rows of both sides, with the marks of those that found a partner.
type intervalSnapshot struct {
	j     *Interval
	rows  [2]*rowstore.Frozen
	count [2]*rowstore.Side[int32]
	times [2]*rowstore.Side[int64] // in processing time
	mark  int64
}

// Snapshot freezes the state.
func (j *Interval) Snapshot() (operators.Snapshot, error) {
	s := &intervalSnapshot{j: j, mark: j.mark}
	for i, side := range j.sides {
		s.rows[i] = side.store.Freeze()
		if side.counted {
			s.count[i] = side.count.Freeze()
		}
		if side.time < 0 {
			s.times[i] = side.times.Freeze()
		}
	}
	return s, nil
}

// heldSchema is that of the rows, and what is known of them: in processing time also when they came.
func (s *near) heldSchema() types.Schema {
	held := append(append(types.Schema{}, s.schema...), types.Field{Name: "$partners", Type: types.IntType().AsNotNull()})
	if s.time < 0 {
		held = append(held, types.Field{Name: "$time", Type: types.BigIntType().AsNotNull()})
	}
	return held
}

// Write writes the watermark and both sides.
func (s *intervalSnapshot) Write(w operators.StateWriter) error {
	pool := s.j.ctx.Pool()
	if err := writeMark(pool, w, s.mark); err != nil {
		return err
	}
	groupCount := s.j.ctx.Keys().Max
	for i, side := range s.j.sides {
		groups := func(b *vector.Batch) []int { return rowstore.Groups(b, side.keys, groupCount) }
		extra := func(ids []rowstore.ID) []*vector.Vector {
			n := vector.New(pool, types.IntType().AsNotNull(), len(ids), 0)
			partners := vector.Values[int32](n)
			clear(partners)
			if s.count[i] != nil {
				for k, id := range ids {
					partners[k] = s.count[i].Get(id)
				}
			}
			if s.times[i] == nil {
				return []*vector.Vector{n}
			}
			at := vector.New(pool, types.BigIntType().AsNotNull(), len(ids), 0)
			for k, id := range ids {
				vector.Values[int64](at)[k] = s.times[i].Get(id)
			}
			return []*vector.Vector{n, at}
		}
		if err := s.rows[i].Write(w, tableName(i), side.heldSchema(), groupCount, groups, extra); err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *intervalSnapshot) Release() {
	for _, f := range s.rows {
		f.Release()
	}
}

// Restore reads both sides. The watermark is the lowest of those that were saved.
func (j *Interval) Restore(r operators.StateReader) error {
	mark, err := readMark(r)
	if err != nil {
		return err
	}
	j.mark = mark
	for i, s := range j.sides {
		if len(s.keys) == 0 && j.ctx.Subtask() != 0 {
			continue // all rows live in the first instance
		}
		err := r.Table(tableName(i), s.heldSchema(), func(_ int, b *operators.Batch) error {
			s.restoreHeld(b)
			return nil
		})
		if err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
		}
	}
	j.wake()
	return nil
}

func (s *near) restoreHeld(b *operators.Batch) {
	s.hashes = slices.Grow(s.hashes[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, s.keys, s.hashes)
	at := s.time
	if at < 0 {
		at = len(s.types) + 1
	}
	s.millis = append(s.millis[:0], vector.Values[int64](b.Columns[at])[:b.Len]...)
	rows := make([]int32, b.Len)
	for k := range rows {
		rows[k] = int32(k)
	}
	partners := vector.Values[int32](b.Columns[len(s.types)])
	s.hold(b, rows, s.store.AppendCopy, func(k int) int32 { return partners[k] })
}

// writeMark saves the watermark.
func writeMark(pool *vector.Pool, w operators.StateWriter, mark int64) error {
	t, err := w.Table("watermark", markSchema())
	if err != nil {
		return err
	}
	v := vector.New(pool, markSchema()[0].Type, 1, 0)
	vector.Values[int64](v)[0] = mark
	b := vector.NewBatch(1, v)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// readMark returns the lowest watermark that was saved.
func readMark(r operators.StateReader) (int64, error) {
	mark, some := int64(operators.MinWatermark), false
	err := r.Table("watermark", markSchema(), func(_ int, b *operators.Batch) error {
		for _, x := range vector.Values[int64](b.Columns[0]) {
			if !some || x < mark {
				mark, some = x, true
			}
		}
		return nil
	})
	return mark, err
}
