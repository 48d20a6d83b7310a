package aggregate

import (
	"bytes"
	"encoding/binary"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/rowkey"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// emission makes the changes of the touched groups. It is kept for its buffers.
type emission struct {
	g     *Group
	old   []*vector.Vector // results before; nil: not needed or no group was there
	kinds []vector.RowKind
	index []int32 // for each change: 2 * position, plus 1 for the old result
	rows  []table.Row
	gone  []int32
	same  []bool // nil: not compared
	flags []bool // memory of same
	out   []table.Row
}

// run emits, in pieces that a batch can hold, and deletes groups that have no rows left.
func (e *emission) run(out operators.Output) error {
	g := e.g
	e.rows = g.state.Table.Pointers(g.touched, e.rows)
	e.gone, e.same = e.gone[:0], nil
	cols, err := g.set.Results(g.state.Reader(), e.rows)
	if err != nil {
		return err
	}
	defer func() {
		for _, v := range cols {
			v.Release()
		}
		for _, id := range e.gone {
			g.state.Delete(id)
		}
	}()
	e.compare(cols)
	for from := 0; from < len(g.touched); {
		from = e.plan(from)
		if len(e.index) == 0 {
			continue
		}
		if err := e.emit(cols, out); err != nil {
			return err
		}
	}
	return nil
}

// compare finds the groups whose results are as before.
func (e *emission) compare(cols []*vector.Vector) {
	if e.old == nil || e.g.always || e.g.stamped {
		return
	}
	e.flags = e.flags[:0]
	for range e.g.touched {
		e.flags = append(e.flags, true)
	}
	e.same = e.flags
	for i, v := range cols {
		markDifferent(v, e.old[i], e.same)
	}
}

// markDifferent clears same where two columns differ.
func markDifferent(a, b *vector.Vector, same []bool) {
	if a.Valid == nil && b.Valid == nil {
		switch a.Type.Storage() {
		case types.StoreI64:
			x, y := vector.Values[int64](a), vector.Values[int64](b)
			for i := range same {
				if x[i] != y[i] {
					same[i] = false
				}
			}
			return
		case types.StoreI32:
			x, y := vector.Values[int32](a), vector.Values[int32](b)
			for i := range same {
				if x[i] != y[i] {
					same[i] = false
				}
			}
			return
		}
	}
	nested := a.Type.IsNested()
	for i := range same {
		if !same[i] {
			continue
		}
		if nested {
			same[i] = bytes.Equal(rowkey.AppendValue(nil, a, i), rowkey.AppendValue(nil, b, i))
		} else {
			same[i] = rowkey.EqualValues(a, i, b, i)
		}
	}
}

// plan lists changes from touched group from on, as many as fit into a batch, and returns where it stopped.
func (e *emission) plan(from int) int {
	g := e.g
	e.index, e.kinds = e.index[:0], nil
	kinds := make([]vector.RowKind, 0, min(2*(len(g.touched)-from), vector.MaxRows))
	i := from
	for ; i < len(g.touched) && len(e.index)+2 <= vector.MaxRows; i++ {
		fresh := g.fresh[i]
		if g.spec.InputUpdating && g.set.Rows(g.state, e.rows[i]) <= 0 {
			e.gone = append(e.gone, g.touched[i])
			if !fresh {
				e.index, kinds = append(e.index, int32(2*i+1)), append(kinds, vector.Delete)
			}
			continue
		}
		switch {
		case fresh:
			e.index, kinds = append(e.index, int32(2*i)), append(kinds, vector.Insert)
		case e.same != nil && e.same[i]:
		case g.spec.UpdateBefore:
			e.index, kinds = append(e.index, int32(2*i+1), int32(2*i)), append(kinds, vector.UpdateBefore, vector.UpdateAfter)
		default:
			e.index, kinds = append(e.index, int32(2*i)), append(kinds, vector.UpdateAfter)
		}
	}
	for _, k := range kinds {
		if k != vector.Insert {
			e.kinds = kinds
			break
		}
	}
	return i
}

func (e *emission) emit(cols []*vector.Vector, out operators.Output) error {
	g := e.g
	e.out = e.out[:0]
	for _, x := range e.index {
		e.out = append(e.out, e.rows[x>>1])
	}
	result := g.state.Table.Keys(g.pool, e.out)
	for i, v := range cols {
		if e.old == nil {
			result = append(result, choose(g.pool, v, v, e.index))
		} else {
			result = append(result, choose(g.pool, v, e.old[i], e.index))
		}
	}
	b := vector.NewBatch(len(e.index), result...)
	b.Kinds = e.kinds
	defer b.Release()
	return out.Emit(b)
}

// choose gathers from two columns: value x>>1 of a if x is even, of b if it is odd.
func choose(pool *vector.Pool, a, b *vector.Vector, index []int32) *vector.Vector {
	n := len(index)
	switch s := a.Type.Storage(); s {
	case types.StoreI64, types.StoreF64:
		v := vector.New(pool, a.Type, n, 0)
		chooseFixed[uint64](v, a, b, index)
		return v
	case types.StoreI32, types.StoreF32:
		v := vector.New(pool, a.Type, n, 0)
		chooseFixed[uint32](v, a, b, index)
		return v
	default:
		out := vector.NewBuilder(pool, a.Type, n)
		defer out.Release()
		for _, x := range index {
			if x&1 == 0 {
				out.AppendFrom(a, int(x>>1))
			} else {
				out.AppendFrom(b, int(x>>1))
			}
		}
		return out.Finish()
	}
}

func chooseFixed[T any](out, a, b *vector.Vector, index []int32) {
	src := [2][]T{vector.Values[T](a), vector.Values[T](b)}
	dst := vector.Values[T](out)
	for i, x := range index {
		dst[i] = src[x&1][x>>1]
	}
	if a.Valid == nil && b.Valid == nil {
		return
	}
	for i, x := range index {
		if x&1 == 0 && a.IsNull(int(x>>1)) || x&1 != 0 && b.IsNull(int(x>>1)) {
			out.SetNull(i)
		}
	}
}

// stampOf reads the time of the last write of a row, plus 1 so that 0 is "never".
func stampOf(t *table.Table, r table.Row) *uint64 { return table.At[uint64](r, t.Payload()) }

// expired tells whether the group of a row has outlived its time.
func (g *Group) expired(r table.Row, now int64) bool {
	if !g.stamped {
		return false
	}
	s := *stampOf(g.state.Table, r)
	return s != 0 && int64(s-1)+g.spec.TTLMillis <= now
}

// stamp begins expired groups of the batch anew, writes the time to all, and sweeps a part of the table.
func (g *Group) stamp() {
	now := g.ctx.Now()
	t := g.state.Table
	for i, r := range g.rows {
		if s := stampOf(t, r); *s != uint64(now)+1 {
			if g.expired(r, now) {
				g.state.Reset(g.ids[i])
				*table.Mark(r) = 0
			}
			*s = uint64(now) + 1
		}
	}
	for range min(2*len(g.rows), t.Limit()) {
		if g.sweep++; g.sweep >= t.Limit() {
			g.sweep = 0
		}
		id := int32(g.sweep)
		if r := t.Row(id); t.Live(id) && g.expired(r, now) {
			g.state.Delete(id)
		}
	}
}

// stateColumns are the columns between keys and accumulators.
func (g *Group) stateColumns() types.Schema {
	if !g.stamped {
		return nil
	}
	return types.Schema{{Name: "written", Type: types.BigIntType().AsNotNull()}}
}

// Snapshot implements operators.Snapshotter.
func (g *Group) Snapshot() (operators.Snapshot, error) {
	return &snapshot{g: g, reader: g.state.Freeze(), max: g.ctx.Keys().Max}, nil
}

type snapshot struct {
	g      *Group
	reader *accum.Reader
	max    int
}

// Write implements operators.Snapshot.
func (s *snapshot) Write(w operators.StateWriter) error {
	saved := accum.Saved{Reader: s.reader}
	if s.g.stamped {
		payload := s.reader.View().Payload()
		saved.Extra = func(rows []table.Row) []*vector.Vector {
			v := vector.New(s.g.pool, types.BigIntType().AsNotNull(), len(rows), 0)
			for i, r := range rows {
				binary.LittleEndian.PutUint64(v.Data[8*i:], *table.At[uint64](r, payload)-1)
			}
			return []*vector.Vector{v}
		}
	}
	return s.g.set.Save(w, s.g.keySchema(), s.g.stateColumns(), []accum.Saved{saved}, s.max)
}

// Release implements operators.Snapshot.
func (s *snapshot) Release() { s.reader.Release() }

// Restore implements operators.Snapshotter.
func (g *Group) Restore(r operators.StateReader) error {
	keys := make([]int, len(g.keys))
	for i := range keys {
		keys[i] = i
	}
	return g.set.Load(r, g.keySchema(), g.stateColumns(), func(b *vector.Batch, _ int, groups bool, ids []int32) (*accum.State, int, error) {
		g.state.Table.FindBatch(b, keys, ids, true)
		if groups {
			for i, row := range g.state.Table.Rows(ids[:b.Len], nil) {
				*table.Mark(row) = 1
				if g.stamped {
					*stampOf(g.state.Table, row) = vector.Values[uint64](b.Columns[len(keys)])[i] + 1
				}
			}
		}
		return g.state, b.Len, nil
	})
}
