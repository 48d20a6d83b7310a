package temporal

import (
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// The tables of the state.
const (
	markTable    = "watermark"
	waitingTable = "waiting"
	versionTable = "versions"
)

func markSchema() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

func (j *Join) waitingSchema() types.Schema {
	return append(slices.Clone(j.left), types.Field{Name: "$number", Type: types.BigIntType().AsNotNull()},
		types.Field{Name: "$kind", Type: types.IntType().AsNotNull()})
}

func (j *Join) versionSchema() types.Schema {
	return append(slices.Clone(j.right), types.Field{Name: "$dead", Type: types.IntType().AsNotNull()})
}

// snapshot is the frozen rows of both sides.
type snapshot struct {
	j        *Join
	mark     int64
	waiting  *rowstore.Frozen
	arrivals *rowstore.Side[arrival]
	versions *rowstore.Frozen
	info     *rowstore.Side[version]
}

// Snapshot freezes the state.
func (j *Join) Snapshot() (operators.Snapshot, error) {
	return &snapshot{
		j: j, mark: j.mark, waiting: j.waiting.store.Freeze(), arrivals: j.waiting.info.Freeze(), versions: j.versions.store.Freeze(),
		info: j.versions.info.Freeze(),
	}, nil
}

// Release frees the snapshot.
func (s *snapshot) Release() {
	s.waiting.Release()
	s.versions.Release()
}

// Write writes the watermark, the rows that wait and the versions.
func (s *snapshot) Write(w operators.StateWriter) error {
	j, pool := s.j, s.j.ctx.Pool()
	t, err := w.Table(markTable, markSchema())
	if err != nil {
		return err
	}
	v := vector.New(pool, markSchema()[0].Type, 1, 0)
	vector.Values[int64](v)[0] = s.mark
	b := vector.NewBatch(1, v)
	err = t.Append(operators.NoKeyGroup, b)
	b.Release()
	if err != nil {
		return err
	}
	groups := func(keys []int) func(*vector.Batch) []int {
		return func(b *vector.Batch) []int { return rowstore.Groups(b, keys, j.ctx.Keys().Max) }
	}
	err = s.waiting.Write(w, waitingTable, j.waitingSchema(), j.ctx.Keys().Max, groups(j.spec.LeftKeys), func(ids []rowstore.ID) []*vector.Vector {
		number, kind := vector.New(pool, types.BigIntType().AsNotNull(), len(ids), 0), vector.New(pool, types.IntType().AsNotNull(), len(ids), 0)
		for i, id := range ids {
			a := s.arrivals.Get(id)
			vector.Values[int64](number)[i], vector.Values[int32](kind)[i] = a.number, int32(a.kind)
		}
		return []*vector.Vector{number, kind}
	})
	if err != nil {
		return fmt.Errorf("rows that wait: %w", err)
	}
	err = s.versions.Write(w, versionTable, j.versionSchema(), j.ctx.Keys().Max, groups(j.spec.RightKeys), func(ids []rowstore.ID) []*vector.Vector {
		dead := vector.New(pool, types.IntType().AsNotNull(), len(ids), 0)
		for i, id := range ids {
			vector.Values[int32](dead)[i] = 0
			if s.info.Get(id).dead {
				vector.Values[int32](dead)[i] = 1
			}
		}
		return []*vector.Vector{dead}
	})
	if err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	return nil
}

// Restore reads the state. The watermark is the lowest of those that were saved; rows of one key have come from one instance, so that their numbers
// say in which order they came.
func (j *Join) Restore(r operators.StateReader) error {
	some := false
	err := r.Table(markTable, markSchema(), func(_ int, b *operators.Batch) error {
		for _, x := range vector.Values[int64](b.Columns[0])[:b.Len] {
			if !some || x < j.mark {
				j.mark, some = x, true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w := &j.waiting
	err = r.Table(waitingTable, j.waitingSchema(), func(_ int, b *operators.Batch) error {
		rows := make([]int32, b.Len)
		for i := range rows {
			rows[i] = int32(i)
		}
		number, kind := vector.Values[int64](b.Columns[len(j.left)]), vector.Values[int32](b.Columns[len(j.left)+1])
		w.hold(b, j.spec.LeftTime, rows, w.store.AppendCopy, func(k int) arrival {
			w.next = max(w.next, number[k]+1)
			return arrival{number[k], vector.RowKind(kind[k])}
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("rows that wait: %w", err)
	}
	err = r.Table(versionTable, j.versionSchema(), func(_ int, b *operators.Batch) error {
		dead := vector.Values[int32](b.Columns[len(j.right)])
		j.versions.insert(b, j.versions.store.AppendCopy, func(i int) bool { return dead[i] != 0 })
		return nil
	})
	if err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	return nil
}
