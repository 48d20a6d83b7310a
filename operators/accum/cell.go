package accum

import (
	"bytes"
	"cmp"
	"fmt"
	"unsafe"

	"millrace/operators/kernel/decimal"
	"millrace/operators/rowkey"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// cell is one value in a row, or none: a fixed-width value in place, or a Ref to bytes (text) or to the canonical form (nested types).
type cell struct {
	base
	arg   int
	typ   types.Type
	width int    // of the value in place; 0: a Ref
	flag  int    // offset of the flag word
	bit   uint64 // set: there is a value, which may be NULL
	null  uint64 // set: the value is NULL
}

func (c *cell) place(s *Set) {
	c.width = c.typ.Storage().Width()
	switch {
	case c.typ.Kind == types.Boolean:
		c.width = 1
		c.off = s.reserve(8)
	case c.width > 0:
		c.off = s.reserve(c.width)
	default:
		c.off = s.reserve(16)
		s.refs = append(s.refs, c.off)
	}
	// Flags are taken in pairs, of which a word holds a whole number.
	c.flag, c.bit = s.flag()
	_, c.null = s.flag()
}

// has tells whether there is a value that is not NULL.
func (c *cell) has(r table.Row, payload int) bool {
	return *table.At[uint64](r, payload+c.flag)&(c.bit|c.null) == c.bit
}

// set makes value i of a column the value.
func (c *cell) set(st *State, r table.Row, v *vector.Vector, i int) {
	f := table.At[uint64](r, st.payload+c.flag)
	if v.IsNull(i) {
		*f |= c.bit | c.null
		return
	}
	*f = *f&^c.null | c.bit
	at := unsafe.Add(r, st.payload+c.off)
	if c.typ.Kind == types.Boolean {
		*(*byte)(at) = 0
		if v.Bool(i) {
			*(*byte)(at) = 1
		}
		return
	}
	switch c.width {
	case 1:
		*(*uint8)(at) = v.Data[i]
	case 2:
		*(*uint16)(at) = vector.Values[uint16](v)[i]
	case 4:
		*(*uint32)(at) = vector.Values[uint32](v)[i]
	case 8:
		*(*uint64)(at) = vector.Values[uint64](v)[i]
	case 16:
		*(*[2]uint64)(at) = vector.Values[[2]uint64](v)[i]
	default:
		ref := (*table.Ref)(at)
		st.Table.Arena().Drop(*ref)
		if c.typ.Storage() == types.StoreBytes {
			*ref = st.Table.Arena().Put(v.Bytes(i))
		} else {
			st.scratch = rowkey.AppendValue(st.scratch[:0], v, i)
			*ref = st.Table.Arena().Put(st.scratch)
		}
	}
}

// copy makes the value of a row of another state the value.
func (c *cell) copy(dst *State, r table.Row, src *Reader, from table.Row) {
	f, g := table.At[uint64](r, dst.payload+c.flag), *table.At[uint64](from, src.payload+c.flag)
	*f = *f&^(c.bit|c.null) | g&(c.bit|c.null)
	to, at := unsafe.Add(r, dst.payload+c.off), unsafe.Add(from, src.payload+c.off)
	if c.width > 0 {
		copy(unsafe.Slice((*byte)(to), c.width), unsafe.Slice((*byte)(at), c.width))
		return
	}
	ref := (*table.Ref)(to)
	dst.Table.Arena().Drop(*ref)
	if x := *(*table.Ref)(at); x.IsSet() {
		*ref = dst.Table.Arena().Put(src.main.Data().Get(x))
	}
}

func (c *cell) fields() []types.Type {
	return []types.Type{c.typ.AsNullable(), types.BooleanType().AsNotNull()}
}

func (c *cell) save(r *Reader, rows []table.Row) []*vector.Vector {
	there := vector.New(r.pool, types.BooleanType().AsNotNull(), len(rows), 0)
	for i, row := range rows {
		if *table.At[uint64](row, r.payload+c.flag)&c.bit != 0 {
			vector.SetBit(there.Data, i)
		}
	}
	return []*vector.Vector{c.values(r, rows, c.typ.AsNullable()), there}
}

func (c *cell) load(st *State, cols []*vector.Vector, rows []table.Row) {
	for i, r := range rows {
		if cols[1].Bool(i) {
			c.set(st, r, cols[0], i)
		}
	}
}

// values makes a column of the values of rows; NULL where there is none.
func (c *cell) values(r *Reader, rows []table.Row, t types.Type) *vector.Vector {
	off := r.payload + c.off
	var v *vector.Vector
	switch {
	case c.typ.Kind == types.Boolean:
		v = vector.New(r.pool, t, len(rows), 0)
		for i, row := range rows {
			if *table.At[byte](row, off) != 0 {
				vector.SetBit(v.Data, i)
			}
		}
	case c.width == 1:
		v = copyOut[uint8](r.pool, t, rows, off)
	case c.width == 2:
		v = copyOut[uint16](r.pool, t, rows, off)
	case c.width == 4:
		v = copyOut[uint32](r.pool, t, rows, off)
	case c.width == 8:
		v = copyOut[uint64](r.pool, t, rows, off)
	case c.width == 16:
		v = copyOut[[2]uint64](r.pool, t, rows, off)
	default:
		b := vector.NewBuilder(r.pool, t, len(rows))
		defer b.Release()
		for _, row := range rows {
			if !c.has(row, r.payload) {
				b.AppendNull()
				continue
			}
			x := r.main.Data().Get(*table.At[table.Ref](row, off))
			if c.typ.Storage() == types.StoreBytes {
				b.AppendBytes(x)
			} else if _, err := rowkey.DecodeValue(x, b); err != nil {
				panic(err)
			}
		}
		return b.Finish()
	}
	for i, row := range rows {
		if !c.has(row, r.payload) {
			v.SetNull(i)
		}
	}
	return v
}

// pick keeps the first or the last value.
type pick struct {
	cell
	last bool
}

func (p *pick) key() string { return fmt.Sprintf("pick %d %d %v", p.src, p.arg, p.last) }

func (p *pick) add(u *update, s *selection) error {
	v := u.batch.Columns[p.arg]
	flag := u.state.payload + p.flag
	each(s, u.n, func(i int) {
		if r := u.rows[i]; p.last || *table.At[uint64](r, flag)&p.bit == 0 {
			p.set(u.state, r, v, i)
		}
	})
	return nil
}

func (p *pick) merge(m *merging) {
	for i, r := range m.rows {
		to, from := *table.At[uint64](r, m.dst.payload+p.flag)&p.bit != 0, *table.At[uint64](m.from[i], m.src.payload+p.flag)&p.bit != 0
		if from && (p.last || !to) {
			p.copy(m.dst, r, m.src, m.from[i])
		}
	}
}

// extreme keeps the smallest or largest value of rows that are only added.
type extreme struct {
	cell
	max bool
}

func (p *extreme) key() string { return fmt.Sprintf("extreme %d %d %v", p.src, p.arg, p.max) }

func (p *extreme) add(u *update, s *selection) error {
	v := u.batch.Columns[p.arg]
	switch p.typ.Storage() {
	case types.StoreI8:
		addExtreme[int8](u, p, s, v)
	case types.StoreI16:
		addExtreme[int16](u, p, s, v)
	case types.StoreI32:
		addExtreme[int32](u, p, s, v)
	case types.StoreI64:
		addExtreme[int64](u, p, s, v)
	case types.StoreF32:
		addExtreme[float32](u, p, s, v)
	case types.StoreF64:
		addExtreme[float64](u, p, s, v)
	default:
		each(s, u.n, func(i int) {
			if r := u.rows[i]; !p.has(r, u.state.payload) || p.better(u.state, r, v, i) {
				p.set(u.state, r, v, i)
			}
		})
	}
	return nil
}

func addExtreme[T cmp.Ordered](u *update, p *extreme, s *selection, v *vector.Vector) {
	x := vector.Values[T](v)
	off, flag, bit := u.state.payload+p.off, u.state.payload+p.flag, p.bit
	if u.single && s.all && u.n > 1 {
		best := x[0]
		if p.max {
			for _, y := range x[1:u.n] {
				if y > best {
					best = y
				}
			}
		} else {
			for _, y := range x[1:u.n] {
				if y < best {
					best = y
				}
			}
		}
		r := u.rows[0]
		at, f := table.At[T](r, off), table.At[uint64](r, flag)
		if *f&bit == 0 || p.max && best > *at || !p.max && best < *at {
			*at = best
			*f |= bit
		}
		return
	}
	if s.all {
		if p.max {
			for i, r := range u.rows {
				at, f := table.At[T](r, off), table.At[uint64](r, flag)
				if x[i] > *at || *f&bit == 0 {
					*at = x[i]
					*f |= bit
				}
			}
			return
		}
		for i, r := range u.rows {
			at, f := table.At[T](r, off), table.At[uint64](r, flag)
			if x[i] < *at || *f&bit == 0 {
				*at = x[i]
				*f |= bit
			}
		}
		return
	}
	for _, i := range s.rows {
		at, f := table.At[T](u.rows[i], off), table.At[uint64](u.rows[i], flag)
		if *f&bit == 0 || p.max && x[i] > *at || !p.max && x[i] < *at {
			*at = x[i]
			*f |= bit
		}
	}
}

// better tells whether value i of a column beats the value of a row, for storage that addExtreme does not take.
func (p *extreme) better(st *State, r table.Row, v *vector.Vector, i int) bool {
	at := unsafe.Add(r, st.payload+p.off)
	var c int
	switch p.typ.Storage() {
	case types.StoreBool:
		x := byte(0)
		if v.Bool(i) {
			x = 1
		}
		c = cmp.Compare(x, *(*byte)(at))
	case types.StoreI128:
		c = vector.Values[decimal.Int128](v)[i].Cmp(*(*decimal.Int128)(at))
	default:
		c = bytes.Compare(v.Bytes(i), st.Table.Arena().Get(*(*table.Ref)(at)))
	}
	return p.max && c > 0 || !p.max && c < 0
}

func (p *extreme) merge(m *merging) {
	off, from := m.dst.payload+p.off, m.src.payload+p.off
	for i, r := range m.rows {
		f := m.from[i]
		if !p.has(f, m.src.payload) {
			continue
		}
		if !p.has(r, m.dst.payload) {
			p.copy(m.dst, r, m.src, f)
			continue
		}
		if c := p.compare(m, unsafe.Add(f, from), unsafe.Add(r, off)); p.max && c > 0 || !p.max && c < 0 {
			p.copy(m.dst, r, m.src, f)
		}
	}
}

func (p *extreme) compare(m *merging, a, b unsafe.Pointer) int {
	if p.typ.Storage() == types.StoreBytes {
		return bytes.Compare(m.src.main.Data().Get(*(*table.Ref)(a)), m.dst.Table.Data().Get(*(*table.Ref)(b)))
	}
	return compareAt(p.typ, a, b)
}

// compareAt compares two fixed-width values.
func compareAt(t types.Type, a, b unsafe.Pointer) int {
	switch t.Storage() {
	case types.StoreBool:
		return cmp.Compare(*(*byte)(a), *(*byte)(b))
	case types.StoreI8:
		return cmp.Compare(*(*int8)(a), *(*int8)(b))
	case types.StoreI16:
		return cmp.Compare(*(*int16)(a), *(*int16)(b))
	case types.StoreI32:
		return cmp.Compare(*(*int32)(a), *(*int32)(b))
	case types.StoreI64:
		return cmp.Compare(*(*int64)(a), *(*int64)(b))
	case types.StoreF32:
		return cmp.Compare(*(*float32)(a), *(*float32)(b))
	case types.StoreF64:
		return cmp.Compare(*(*float64)(a), *(*float64)(b))
	default:
		return (*decimal.Int128)(a).Cmp(*(*decimal.Int128)(b))
	}
}
