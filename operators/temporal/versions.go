package temporal

import (
	"slices"
	"unsafe"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// versions are the rows of the right side that somebody can still meet, by key and time.
type versions struct {
	spec  *plan.TemporalJoin
	pool  *vector.Pool
	types []types.Type
	table *table.Table // keys; the payload is a rowstore.List of rows, by time
	lists rowstore.Lists
	store *rowstore.Store
	info  rowstore.Side[version]
	// old says when the first versions of a key are no longer met.
	old agenda[int32]
	ids []int32
}

// version is what is known of a row, beside its columns.
type version struct {
	time int64
	key  int32 // row in table
	dead bool  // the key has no row from this time on
}

func (v *versions) open(pool *vector.Pool, spec *plan.TemporalJoin, schema types.Schema) {
	v.spec, v.pool, v.types = spec, pool, schema.Types()
	v.table = table.New(pool, schema.Project(spec.RightKeys).Types(), int(unsafe.Sizeof(rowstore.List{})))
	v.store = rowstore.New(pool, v.types)
	v.lists.Open(pool)
	v.info.Open(pool)
}

func (v *versions) close() {
	v.store.Close()
	v.info.Close()
	v.lists.Close()
	v.table.Close()
}

// list is read by row id; it may be changed.
func (v *versions) list(key int32) *rowstore.List {
	return table.At[rowstore.List](v.table.Writable(key), v.table.Payload())
}

// add takes the versions of a dense batch. -U says nothing: the version that replaces it does.
func (v *versions) add(b *operators.Batch) {
	times := b.Columns[v.spec.RightTime]
	rows := make([]uint16, 0, b.Len)
	for i := range b.Len {
		if b.Kind(i) != vector.UpdateBefore && !times.IsNull(i) && !v.nullKey(b, i) {
			rows = append(rows, uint16(i))
		}
	}
	if len(rows) == 0 {
		return
	}
	if len(rows) < b.Len {
		c := vector.NewBatch(b.Len, retained(b.Columns)...)
		c.Kinds, c.Sel = b.Kinds, rows
		b = c.Dense(v.pool)
		c.Release()
		defer b.Release()
	}
	v.insert(b, v.store.Append, func(i int) bool {
		if !b.Kind(i).IsAdd() {
			return true
		}
		if v.spec.Alive < 0 {
			return false
		}
		alive := b.Columns[v.spec.Alive]
		return alive.IsNull(i) || !alive.Bool(i)
	})
	v.compact()
}

func retained(cols []*vector.Vector) []*vector.Vector {
	out := make([]*vector.Vector, len(cols))
	for i, c := range cols {
		out[i] = c.Retain()
	}
	return out
}

// nullKey tells whether a row has a NULL or NaN where it equals nothing.
func (v *versions) nullKey(b *operators.Batch, i int) bool {
	for k, c := range v.spec.RightKeys {
		if (k >= len(v.spec.NullSafe) || !v.spec.NullSafe[k]) && (b.Columns[c].IsNull(i) || isNaN(b.Columns[c], i)) {
			return true
		}
	}
	return false
}

func isNaN(v *vector.Vector, i int) bool {
	switch v.Type.Storage() {
	case types.StoreF32:
		x := vector.Values[float32](v)[i]
		return x != x
	case types.StoreF64:
		x := vector.Values[float64](v)[i]
		return x != x
	default:
		return false
	}
}

// insert puts the rows of a dense batch into the lists of their keys.
func (v *versions) insert(b *operators.Batch, store func(*vector.Batch, []int32, []rowstore.ID), dead func(i int) bool) {
	v.ids = slices.Grow(v.ids[:0], b.Len)[:b.Len]
	v.table.FindBatch(b, v.spec.RightKeys, v.ids, true)
	rows, ids := make([]int32, b.Len), make([]rowstore.ID, b.Len)
	for i := range rows {
		rows[i] = int32(i)
	}
	store(b, rows, ids)
	times := vector.Values[int64](b.Columns[v.spec.RightTime])
	for i, key := range v.ids {
		*v.info.At(ids[i]) = version{times[i], key, dead(i)}
		v.place(key, ids[i])
	}
}

// place puts a version where its time belongs; it replaces one of the same time.
func (v *versions) place(key int32, id rowstore.ID) {
	x := v.info.Get(id)
	l := v.list(key)
	p := v.after(l, x.time)
	if p > 0 {
		if same := v.lists.Of(l)[p-1]; v.info.Get(same).time == x.time {
			v.store.Delete(same)
			v.lists.Of(l)[p-1] = id
			if x.dead {
				v.old.add(x.time, key)
			}
			return
		}
	}
	v.lists.Insert(l, p, id)
	if p > 0 || x.dead {
		v.old.add(x.time, key)
	}
	if p+1 < l.Len() {
		v.old.add(v.info.Get(v.lists.Of(l)[p+1]).time, key)
	}
}

// after is the number of versions of a list that begin at t or before.
func (v *versions) after(l *rowstore.List, t int64) int {
	ids := v.lists.Of(l)
	if n := len(ids); n == 0 || v.info.Get(ids[n-1]).time <= t {
		return n
	}
	p, _ := slices.BinarySearchFunc(ids, t, func(id rowstore.ID, t int64) int {
		if v.info.Get(id).time <= t {
			return -1
		}
		return 1
	})
	return p
}

// at returns the version of a key (-1: there is none) that is valid at t, or None.
func (v *versions) at(key int32, t int64) rowstore.ID {
	if key < 0 {
		return rowstore.None
	}
	l := table.At[rowstore.List](v.table.Row(key), v.table.Payload())
	p := v.after(l, t)
	if p == 0 {
		return rowstore.None
	}
	if id := v.lists.Of(l)[p-1]; !v.info.Get(id).dead {
		return id
	}
	return rowstore.None
}

// clean forgets, of the versions that begin at mark or before, all but the last one, and that one too if it says that there is no row.
func (v *versions) clean(mark int64) {
	for _, key := range v.old.take(mark) {
		if !v.table.Live(key) {
			continue // its last version has gone
		}
		l := v.list(key)
		n := v.after(l, mark)
		if n > 0 && !v.info.Get(v.lists.Of(l)[n-1]).dead {
			n--
		}
		ids := v.lists.Of(l)
		for _, id := range ids[:n] {
			v.store.Delete(id)
		}
		copy(ids, ids[n:])
		for range n {
			v.lists.Pop(l)
		}
		if l.Len() == 0 {
			v.lists.Drop(l)
			v.table.Delete(key)
		}
	}
	v.compact()
}

// compact gives sparse chunks free and follows the rows that move.
func (v *versions) compact() {
	v.store.Compact(func(from, to rowstore.ID) {
		x := v.info.Get(from)
		*v.info.At(to) = x
		l := v.list(x.key)
		ids := v.lists.Of(l)
		ids[slices.Index(ids, from)] = to
	})
}
