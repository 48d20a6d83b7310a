package accum

import (
	"bytes"
	"fmt"

	"millrace/operators/rowkey"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// list keeps the arguments of all rows of a group in the order of arrival: for LISTAGG, ARRAY_AGG and others, and for FIRST_VALUE and
// LAST_VALUE over rows that may be taken away. Its table has a row for each entry; the row of the group has the first and the last entry:
// row ids plus 1.
type list struct {
	base
	aux  int
	args []int
	ts   []types.Type
	buf  []byte
}

// The payload of an entry.
const (
	listNext = 0
	listRef  = 8
)

func (s *Set) newList(src int, args []int) *list {
	l := &list{base: base{src: src}, args: args}
	for _, a := range args {
		l.ts = append(l.ts, s.input[a])
	}
	return l
}

func (p *list) key() string { return fmt.Sprintf("list %d %v", p.src, p.args) }

func (p *list) place(s *Set) {
	p.off = s.reserve(8)
	p.aux = s.aux
	s.aux++
}

func (p *list) auxIndex() int { return p.aux }

func (p *list) newTable(s *Set) *table.Table {
	return table.NewShared(s.pool, &s.scratch, nil, listRef+16)
}

func (p *list) add(u *update, s *selection) error {
	each(s, u.n, func(i int) {
		p.buf = rowkey.AppendRow(p.buf[:0], u.batch, p.args, i)
		if u.signs != nil && u.signs[i] < 0 {
			p.remove(u.state, u.rows[i], p.buf)
		} else {
			p.append(u.state, u.rows[i], p.buf)
		}
	})
	return nil
}

func (p *list) append(st *State, group table.Row, x []byte) {
	t := st.aux[p.aux]
	id := t.NewRow()
	*table.At[table.Ref](t.Writable(id), t.Payload()+listRef) = t.Arena().Put(x)
	head, tail := table.At[int32](group, st.payload+p.off), table.At[int32](group, st.payload+p.off+4)
	if *tail != 0 {
		*table.At[int32](t.Writable(*tail-1), t.Payload()+listNext) = id + 1
	} else {
		*head = id + 1
	}
	*tail = id + 1
}

// remove drops the first entry that is equal.
func (p *list) remove(st *State, group table.Row, x []byte) {
	t := st.aux[p.aux]
	head, tail := table.At[int32](group, st.payload+p.off), table.At[int32](group, st.payload+p.off+4)
	prev := int32(0)
	for e := *head; e != 0; {
		r := t.Row(e - 1)
		next := *table.At[int32](r, t.Payload()+listNext)
		if ref := *table.At[table.Ref](r, t.Payload()+listRef); bytes.Equal(t.Data().Get(ref), x) {
			t.Arena().Drop(ref)
			t.Delete(e - 1)
			if prev != 0 {
				*table.At[int32](t.Writable(prev-1), t.Payload()+listNext) = next
			} else {
				*head = next
			}
			if next == 0 {
				*tail = prev
			}
			return
		}
		prev, e = e, next
	}
}

// entries calls f with each entry of a group, in canonical form.
func (p *list) entries(r *Reader, group table.Row, f func(x []byte)) {
	v := r.aux[p.aux]
	for e := *table.At[int32](group, r.payload+p.off); e != 0; {
		row := v.Row(e - 1)
		f(v.Data().Get(*table.At[table.Ref](row, v.Payload()+listRef)))
		e = *table.At[int32](row, v.Payload()+listNext)
	}
}

// end returns the first or last entry of a group.
func (p *list) end(r *Reader, group table.Row, last bool) (x []byte, ok bool) {
	off := r.payload + p.off
	if last {
		off += 4
	}
	e := *table.At[int32](group, off)
	if e == 0 {
		return nil, false
	}
	v := r.aux[p.aux]
	return v.Data().Get(*table.At[table.Ref](v.Row(e-1), v.Payload()+listRef)), true
}

func (p *list) merge(m *merging) {
	once := m.dst.Set.sources[p.src].distinct >= 0
	for i, group := range m.rows {
		var xs [][]byte
		p.entries(m.src, m.from[i], func(x []byte) { xs = append(xs, bytes.Clone(x)) })
		for _, x := range xs {
			there := false
			if once {
				p.entries(m.dst.Reader(), group, func(y []byte) { there = there || bytes.Equal(x, y) })
			}
			if !there {
				p.append(m.dst, group, x)
			}
		}
	}
}

func (p *list) freeGroup(st *State, group table.Row) {
	t := st.aux[p.aux]
	for e := *table.At[int32](group, st.payload+p.off); e != 0; {
		r := t.Row(e - 1)
		next := *table.At[int32](r, t.Payload()+listNext)
		t.Arena().Drop(*table.At[table.Ref](r, t.Payload()+listRef))
		t.Delete(e - 1)
		e = next
	}
	*table.At[uint64](group, st.payload+p.off) = 0
}

func (p *list) fields() []types.Type                       { return nil }
func (p *list) save(*Reader, []table.Row) []*vector.Vector { return nil }
func (p *list) load(*State, []*vector.Vector, []table.Row) {}
func (p *list) auxFields(*Set) []types.Type                { return p.ts }

func (p *list) saveAux(r *Reader, rows []table.Row, emit func([]int32, []*vector.Vector) error) error {
	out := vector.NewRows(r.pool, p.ts, 64)
	defer out.Release()
	var groups []int32
	flush := func() error {
		if len(groups) == 0 {
			return nil
		}
		b := out.Finish()
		err := emit(groups, b.Columns)
		groups = groups[:0]
		return err
	}
	for g, row := range rows {
		var err error
		p.entries(r, row, func(x []byte) {
			if err != nil {
				return
			}
			if _, err = rowkey.Decode(x, out.Columns); err != nil {
				return
			}
			out.EndRow(vector.Insert)
			groups = append(groups, int32(g))
			if out.Full() {
				err = flush()
			}
		})
		if err != nil {
			return err
		}
	}
	return flush()
}

func (p *list) loadAux(st *State, cols []*vector.Vector, n int, ids []int32) {
	b := &vector.Batch{Columns: cols, Len: n}
	all := make([]int, len(cols))
	for i := range all {
		all[i] = i
	}
	groups := st.Table.Rows(ids[:n], nil)
	for i := range n {
		p.buf = rowkey.AppendRow(p.buf[:0], b, all, i)
		p.append(st, groups[i], p.buf)
	}
}
