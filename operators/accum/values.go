package accum

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// values keeps the different values of a column by group, in a table whose keys are the id of the group and the value: for DISTINCT, where
// several filters share it, for COLLECT, and for MIN and MAX over rows that may be taken away.
//
// The row of a value is linked into a list of its group, and has either a bit or a count for each filter. The row of the group has the head
// of the list and, for MIN and MAX, the best value: row ids of values plus 1.
type values struct {
	base
	aux      int
	arg      int
	filters  []int // sources, one for each bit or count
	counting bool  // counts matter (COLLECT, MIN, MAX), not only presence
	counts   bool  // counts are kept, not bits
	double   bool  // the list has links back
	best     int   // 1: MAX, -1: MIN, 0: neither
	typ      types.Type
	changed  [][]uint16 // of the batch: rows that made a value appear or disappear, for each filter
	masks    []uint64
	index    []uint16
	ids      []int32
	groups   []int32
	rows     []table.Row
	fresh    []int32 // positions of the batch with a new value
	gone     []int32 // positions whose value may have no count left
}

// The payload of a value's row.
const (
	valNext  = 0
	valPrev  = 4
	valCount = 8
)

func (s *Set) newValues(arg int, filters []int, counting bool) *values {
	return &values{arg: arg, filters: filters, counting: counting, counts: counting || s.retract, double: s.retract, typ: s.input[arg]}
}

// newExtreme returns the values for MIN or MAX.
func (s *Set) newExtreme(arg, src int, maximum bool) *values {
	v := s.newValues(arg, []int{src}, true)
	v.best = -1
	if maximum {
		v.best = 1
	}
	return v
}

func (p *values) key() string {
	return fmt.Sprintf("values %d %v %v %d", p.arg, p.filters, p.counting, p.best)
}

func (p *values) place(s *Set) {
	p.off = s.reserve(8)
	p.aux = s.aux
	p.src = p.filters[0]
	s.aux++
}

func (p *values) auxIndex() int { return p.aux }

func (p *values) newTable(s *Set) *table.Table {
	n := 1
	if p.counts {
		n = len(p.filters)
	}
	return table.NewShared(s.pool, &s.scratch, []types.Type{types.IntType().AsNotNull(), p.typ}, valCount+8*n)
}

// takeMasks finds the filters that each row passes, and the rows that pass any (nil: all).
func (p *values) takeMasks(u *update) (index []uint16) {
	p.masks = slices.Grow(p.masks[:0], u.n)[:u.n]
	clear(p.masks)
	whole := false
	for j, f := range p.filters {
		sel := u.selection(f)
		bit := uint64(1) << j
		if sel.all {
			whole = true
			for i := range p.masks {
				p.masks[i] |= bit
			}
			continue
		}
		for _, i := range sel.rows {
			p.masks[i] |= bit
		}
	}
	if whole {
		return nil
	}
	p.index = p.index[:0]
	for i, m := range p.masks {
		if m != 0 {
			p.index = append(p.index, uint16(i))
		}
	}
	if len(p.index) == u.n {
		return nil
	}
	if p.index == nil {
		p.index = []uint16{}
	}
	return p.index
}

func (p *values) add(u *update, _ *selection) error {
	p.clearChanged()
	index := p.takeMasks(u)
	n := u.n
	groups, col := u.ids[:u.n], u.batch.Columns[p.arg].Retain()
	if index != nil {
		if n = len(index); n == 0 {
			col.Release()
			return nil
		}
		p.groups = p.groups[:0]
		for _, i := range index {
			p.groups = append(p.groups, u.ids[i])
		}
		groups = p.groups
		col.Release()
		col = vector.Gather(u.set.pool, u.batch.Columns[p.arg], index)
	}
	t := u.state.aux[p.aux]
	rows := p.find(t, groups, col, n)
	col.Release()
	if !p.counts {
		p.addBits(u, t, rows, index)
		return nil
	}
	p.addCounts(u, t, rows, index)
	return nil
}

func (p *values) clearChanged() {
	for len(p.changed) < len(p.filters) {
		p.changed = append(p.changed, nil)
	}
	for j := range p.changed {
		p.changed[j] = p.changed[j][:0]
	}
}

// find finds or inserts the rows of values.
func (p *values) find(t *table.Table, groups []int32, col *vector.Vector, n int) []table.Row {
	g := vector.Foreign(types.IntType().AsNotNull(), n, nil, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(groups))), 4*n), nil)
	b := vector.NewBatch(n, g, col.Retain())
	p.ids = slices.Grow(p.ids[:0], n)[:n]
	t.FindBatch(b, []int{0, 1}, p.ids, true)
	b.Release()
	p.rows = t.Rows(p.ids, p.rows)
	return p.rows
}

func (p *values) addBits(u *update, t *table.Table, rows []table.Row, index []uint16) {
	off := t.Payload() + valCount
	for k, r := range rows {
		i := uint16(k)
		if index != nil {
			i = index[k]
		}
		at := table.At[uint64](r, off)
		fresh := p.masks[i] &^ *at
		if fresh == 0 {
			continue
		}
		*at |= fresh
		p.link(u.state.payload, u.rows[i], t, r, p.ids[k])
		for ; fresh != 0; fresh &= fresh - 1 {
			j := bits.TrailingZeros64(fresh)
			p.changed[j] = append(p.changed[j], i)
		}
	}
}

// link puts a value that is new into the list of its group.
func (p *values) link(payload int, group table.Row, t *table.Table, r table.Row, id int32) {
	if *table.Mark(r) != 0 {
		return
	}
	*table.Mark(r) = 1
	head := table.At[int32](group, payload+p.off)
	*table.At[int32](r, t.Payload()+valNext) = *head
	if p.double && *head != 0 {
		*table.At[int32](t.Writable(*head-1), t.Payload()+valPrev) = id + 1
	}
	*head = id + 1
}

func (p *values) addCounts(u *update, t *table.Table, rows []table.Row, index []uint16) {
	off := t.Payload() + valCount
	p.fresh, p.gone = p.fresh[:0], p.gone[:0]
	for k, r := range rows {
		i := uint16(k)
		if index != nil {
			i = index[k]
		}
		if *table.Mark(r) == 0 {
			p.link(u.state.payload, u.rows[i], t, r, p.ids[k])
			p.fresh = append(p.fresh, int32(k))
		}
		for m := p.masks[i]; m != 0; m &= m - 1 {
			j := bits.TrailingZeros64(m)
			c := table.At[int64](r, off+8*j)
			if u.signs == nil || u.signs[i] > 0 {
				if *c++; *c == 1 {
					p.changed[j] = append(p.changed[j], i)
				}
				continue
			}
			if *c > 0 {
				if *c--; *c == 0 {
					p.changed[j] = append(p.changed[j], i)
				}
			}
			if *c == 0 {
				p.gone = append(p.gone, int32(k))
			}
		}
	}
	for _, k := range p.gone {
		i := k
		if index != nil {
			i = int32(index[k])
		}
		p.removeEmpty(u.state, u.rows[i], t, p.ids[k])
	}
	if p.best != 0 {
		for _, k := range p.fresh {
			if !t.Live(p.ids[k]) {
				continue
			}
			i := k
			if index != nil {
				i = int32(index[k])
			}
			p.offer(u.state, u.rows[i], t, p.ids[k])
		}
	}
}

// removeEmpty deletes a value that has no count left.
func (p *values) removeEmpty(st *State, group table.Row, t *table.Table, id int32) {
	if !t.Live(id) {
		return
	}
	r := t.Writable(id)
	for j := range p.filters {
		if *table.At[int64](r, t.Payload()+valCount+8*j) != 0 {
			return
		}
	}
	next, prev := *table.At[int32](r, t.Payload()+valNext), *table.At[int32](r, t.Payload()+valPrev)
	if prev != 0 {
		*table.At[int32](t.Writable(prev-1), t.Payload()+valNext) = next
	} else {
		*table.At[int32](group, st.payload+p.off) = next
	}
	if next != 0 {
		*table.At[int32](t.Writable(next-1), t.Payload()+valPrev) = prev
	}
	t.Delete(id)
	best := table.At[int32](group, st.payload+p.off+4)
	if p.best == 0 || *best != id+1 {
		return
	}
	*best = 0
	for e := *table.At[int32](group, st.payload+p.off); e != 0; e = *table.At[int32](t.Row(e-1), t.Payload()+valNext) {
		p.offer(st, group, t, e-1)
	}
}

// offer makes a value the best of its group if it is.
func (p *values) offer(st *State, group table.Row, t *table.Table, id int32) {
	best := table.At[int32](group, st.payload+p.off+4)
	if *best == 0 || p.compare(&t.View, id, *best-1)*p.best > 0 {
		*best = id + 1
	}
}

// compare compares two values that are not NULL.
func (p *values) compare(v *table.View, a, b int32) int {
	x, y := v.Row(a), v.Row(b)
	if p.typ.Storage() == types.StoreBytes {
		k, _ := v.KeyBytes(x)
		l, _ := v.KeyBytes(y)
		return bytes.Compare(k[valueAt+4:], l[valueAt+4:])
	}
	return compareAt(p.typ, v.KeyValue(x, 1), v.KeyValue(y, 1))
}

// valueAt is where the content of a value begins in the bytes of a key: after the group id and the byte that says not NULL.
const valueAt = 6

func (p *values) freeGroup(st *State, group table.Row) {
	t := st.aux[p.aux]
	for e := *table.At[int32](group, st.payload+p.off); e != 0; {
		next := *table.At[int32](t.Row(e-1), t.Payload()+valNext)
		t.Delete(e - 1)
		e = next
	}
	*table.At[uint64](group, st.payload+p.off) = 0
}

// walk lists the values of groups: the position of the group in rows, and the id of the value.
func (p *values) walk(r *Reader, rows []table.Row) (groups, ids []int32) {
	v := r.aux[p.aux]
	for g, row := range rows {
		for e := *table.At[int32](row, r.payload+p.off); e != 0; e = *table.At[int32](v.Row(e-1), v.Payload()+valNext) {
			groups = append(groups, int32(g))
			ids = append(ids, e-1)
		}
	}
	return groups, ids
}

// column makes a column of values.
func (p *values) column(pool *vector.Pool, v *table.View, rows []table.Row) *vector.Vector {
	cols := v.Keys(pool, rows)
	cols[0].Release()
	return cols[1]
}

func (p *values) merge(m *merging) {
	groups, ids := p.walk(m.src, m.from)
	v, t := m.src.aux[p.aux], m.dst.aux[p.aux]
	s := m.dst.Set
	for len(groups) > 0 {
		n := min(len(groups), vector.MaxRows)
		src := v.Pointers(ids[:n], nil)
		u := &update{set: s, state: m.dst, n: n, selections: make([]selection, len(s.sources))}
		columns := make([]*vector.Vector, len(s.input))
		columns[p.arg] = p.column(s.pool, v, src)
		u.batch = &vector.Batch{Columns: columns, Len: n}
		counts := make([][]int64, n)
		for i, g := range groups[:n] {
			u.ids = append(u.ids, m.ids[g])
			u.rows = append(u.rows, m.rows[g])
			c := make([]int64, max(1, len(p.filters)))
			for j := range c {
				if p.counts || j == 0 {
					c[j] = *table.At[int64](src[i], v.Payload()+valCount+8*j)
				}
			}
			counts[i] = c
		}
		p.clearChanged()
		rows := p.find(t, u.ids, columns[p.arg], n)
		p.mergeRows(m, u, t, rows, counts)
		p.addDependents(u)
		columns[p.arg].Release()
		groups, ids = groups[n:], ids[n:]
	}
}

// mergeRows adds counts or bits to values.
func (p *values) mergeRows(m *merging, u *update, t *table.Table, rows []table.Row, counts [][]int64) {
	once := m.dst.Set.sources[p.src].distinct >= 0
	off := t.Payload() + valCount
	for i, r := range rows {
		p.link(m.dst.payload, u.rows[i], t, r, p.ids[i])
		if !p.counts {
			at := table.At[uint64](r, off)
			fresh := uint64(counts[i][0]) &^ *at
			*at |= fresh
			for ; fresh != 0; fresh &= fresh - 1 {
				j := bits.TrailingZeros64(fresh)
				p.changed[j] = append(p.changed[j], uint16(i))
			}
			continue
		}
		for j := range p.filters {
			c := table.At[int64](r, off+8*j)
			if *c == 0 && counts[i][j] > 0 {
				p.changed[j] = append(p.changed[j], uint16(i))
			}
			if *c += counts[i][j]; once && *c > 1 {
				*c = 1
			}
		}
	}
	if p.best != 0 {
		for i := range rows {
			p.offer(m.dst, u.rows[i], t, p.ids[i])
		}
	}
}

// addDependents adds values that are new to the parts that count them once.
func (p *values) addDependents(u *update) {
	for _, q := range u.set.parts {
		src := u.set.sources[q.source()]
		if src.distinct < 0 || u.set.parts[src.distinct>>8] != part(p) {
			continue
		}
		switch q.(type) {
		case *list, *values:
			continue
		}
		// The only argument is the value itself.
		if sel := u.selection(q.source()); len(sel.rows) > 0 {
			if err := q.add(u, sel); err != nil {
				panic(err)
			}
		}
	}
}

func (p *values) fields() []types.Type                       { return nil }
func (p *values) save(*Reader, []table.Row) []*vector.Vector { return nil }
func (p *values) load(*State, []*vector.Vector, []table.Row) {}
func (p *values) auxFields(*Set) []types.Type {
	ts := []types.Type{p.typ}
	n := 1
	if p.counts {
		n = len(p.filters)
	}
	for range n {
		ts = append(ts, types.BigIntType().AsNotNull())
	}
	return ts
}

func (p *values) saveAux(r *Reader, rows []table.Row, emit func([]int32, []*vector.Vector) error) error {
	groups, ids := p.walk(r, rows)
	v := r.aux[p.aux]
	for len(groups) > 0 {
		n := min(len(groups), vector.MaxRows)
		src := v.Pointers(ids[:n], nil)
		cols := []*vector.Vector{p.column(r.pool, v, src)}
		for j := range len(p.auxFields(r.set)) - 1 {
			cols = append(cols, copyOut[int64](r.pool, types.BigIntType().AsNotNull(), src, v.Payload()+valCount+8*j))
		}
		if err := emit(groups[:n], cols); err != nil {
			return err
		}
		groups, ids = groups[n:], ids[n:]
	}
	return nil
}

func (p *values) loadAux(st *State, cols []*vector.Vector, n int, ids []int32) {
	t := st.aux[p.aux]
	rows := p.find(t, ids[:n], cols[0], n)
	groups := st.Table.Rows(ids[:n], nil)
	for i, r := range rows {
		p.link(st.payload, groups[i], t, r, p.ids[i])
		for j, c := range cols[1:] {
			*table.At[int64](r, t.Payload()+valCount+8*j) = vector.Values[int64](c)[i]
		}
		if p.best != 0 {
			p.offer(st, groups[i], t, p.ids[i])
		}
	}
}
