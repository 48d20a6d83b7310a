package table

import (
	"math"
	"unsafe"

	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// The header of a row.
const (
	offHash  = 0
	offMark  = 8
	offFlags = 12
	offKey   = 16

	flagLive  = 1 << 31 // the row is in use
	flagPlain = 1 << 30 // the row is not in the index: see Table.NewRow
	maskNulls = 1<<maxInline - 1

	maxInline = 24 // key columns with a bit each in the flags
	maxWords  = 8  // 8-byte words of a key in the row
)

// Row is the address of a row. It is valid until the next call of Find, NewRow, Delete or Freeze.
type Row = unsafe.Pointer

// At returns the T at byte off of a row.
func At[T any](r Row, off int) *T { return (*T)(unsafe.Add(r, off)) }

// Mark is four bytes of the header that belong to the caller. They are 0 in a new row and not kept in snapshots.
func Mark(r Row) *uint32 { return At[uint32](r, offMark) }

// Hash returns the hash of the row's key.
func Hash(r Row) uint64 { return *At[uint64](r, offHash) }

// keyColumn is where a key column of fixed width lies.
type keyColumn struct {
	typ   types.Type
	store types.Storage
	off   int // bytes from the start of the key
}

// layout is what a table and its views share; it never changes.
type layout struct {
	keys    []keyColumn
	inline  bool // the key is in the row, else a Ref
	words   int  // 8-byte words of an inline key
	payload int  // offset of the payload
	size    int  // of a row
	shift   uint // rows of a chunk, as a power of two
	types   []types.Type
}

func newLayout(keys []types.Type, payload int) *layout {
	l := &layout{types: keys, inline: len(keys) <= maxInline}
	bytes := 0
	for _, t := range keys {
		s := t.Storage()
		w := s.Width()
		if s == types.StoreBool {
			w = 1
		}
		if w == 0 && s != types.StoreNone {
			l.inline = false
		}
		if w > 0 {
			a := min(w, 8)
			bytes = (bytes + a - 1) &^ (a - 1)
		}
		l.keys = append(l.keys, keyColumn{typ: t, store: s, off: bytes})
		bytes += w
	}
	if l.words = (bytes + 7) / 8; l.words > maxWords {
		l.inline = false
	}
	l.payload = offKey + 8*l.words
	if !l.inline {
		l.words = 0
		l.payload = offKey + int(unsafe.Sizeof(Ref{}))
	}
	l.size = l.payload + (payload+7)&^7
	for l.size<<(l.shift+1) <= 64<<10-vector.Slack && l.shift < 12 {
		l.shift++
	}
	return l
}

// View is rows to read: those of a table, or those that a snapshot froze.
type View struct {
	*layout
	base []unsafe.Pointer // the chunks
	n    int              // ids are below n
	data *Bytes           // variable-length values
}

// Payload is the offset of the caller's part of a row.
func (v *View) Payload() int { return v.payload }

// Limit is a number that all ids are below.
func (v *View) Limit() int { return v.n }

// Data is the variable-length values that rows refer to.
func (v *View) Data() *Bytes { return v.data }

// Row returns the row of an id, to be read only.
func (v *View) Row(id int32) Row {
	return unsafe.Add(v.base[uint32(id)>>v.shift], int(uint32(id)&(1<<v.shift-1))*v.size)
}

// Live tells whether the row of an id is in use.
func (v *View) Live(id int32) bool { return *At[uint32](v.Row(id), offFlags)&flagLive != 0 }

// Pointers writes the addresses of rows, to be read only.
func (v *View) Pointers(ids []int32, rows []Row) []Row {
	rows = rows[:0]
	shift, mask, size := v.shift, uint32(1)<<v.shift-1, v.size
	for _, id := range ids {
		rows = append(rows, unsafe.Add(v.base[uint32(id)>>shift], int(uint32(id)&mask)*size))
	}
	return rows
}

// ByGroup returns the ids of all live rows, those of NewRow included, ordered by key group, and for each group where it ends.
func (v *View) ByGroup(maxParallelism int) (ids []int32, ends []int) {
	ends = make([]int, maxParallelism+1)
	groups := make([]uint16, v.n)
	live := 0
	for i := range v.n {
		if !v.Live(int32(i)) {
			groups[i] = math.MaxUint16
			continue
		}
		g := rowkey.GroupOf(Hash(v.Row(int32(i))), maxParallelism)
		groups[i] = uint16(g)
		ends[g+1]++
		live++
	}
	for g := range maxParallelism {
		ends[g+1] += ends[g]
	}
	ids = make([]int32, live)
	for i, g := range groups {
		if g != math.MaxUint16 {
			ids[ends[g]] = int32(i)
			ends[g]++
		}
	}
	return ids, ends[:maxParallelism]
}

// Keys returns the key columns of rows.
func (v *View) Keys(pool *vector.Pool, rows []Row) []*vector.Vector {
	cols := make([]*vector.Vector, len(v.keys))
	if !v.inline {
		bs := make([]*vector.Builder, len(v.keys))
		for i, k := range v.keys {
			bs[i] = vector.NewBuilder(pool, k.typ, len(rows))
		}
		for _, r := range rows {
			// The bytes were written by the encoder: they are whole.
			if _, err := rowkey.Decode(v.data.Get(*At[Ref](r, offKey)), bs); err != nil {
				panic(err)
			}
		}
		for i, b := range bs {
			cols[i] = b.Finish()
			b.Release()
		}
		return cols
	}
	for i := range v.keys {
		cols[i] = v.Key(pool, rows, i)
	}
	return cols
}

// Key returns one key column of rows. The key must be inline, as that of any one column of fixed width is.
func (v *View) Key(pool *vector.Pool, rows []Row, i int) *vector.Vector {
	k := v.keys[i]
	out := vector.New(pool, k.typ, len(rows), 0)
	off := offKey + k.off
	switch k.store {
	case types.StoreBool:
		for j, r := range rows {
			if *At[byte](r, off) != 0 {
				vector.SetBit(out.Data, j)
			}
		}
	case types.StoreI8:
		copyKey[uint8](out, rows, off)
	case types.StoreI16:
		copyKey[uint16](out, rows, off)
	case types.StoreI32, types.StoreF32:
		copyKey[uint32](out, rows, off)
	case types.StoreI64, types.StoreF64:
		copyKey[uint64](out, rows, off)
	case types.StoreI128:
		copyKey[[2]uint64](out, rows, off)
	}
	bit := uint32(1) << i
	for j, r := range rows {
		if *At[uint32](r, offFlags)&bit != 0 {
			out.SetNull(j)
		}
	}
	return out
}

func copyKey[T any](out *vector.Vector, rows []Row, off int) {
	dst := vector.Values[T](out)
	for j, r := range rows {
		dst[j] = *At[T](r, off)
	}
}

// KeyBytes returns the key of a row in canonical form; ok is false if the key is inline.
func (v *View) KeyBytes(r Row) (key []byte, ok bool) {
	if v.inline {
		return nil, false
	}
	return v.data.Get(*At[Ref](r, offKey)), true
}

// KeyValue returns where an inline key column lies in a row.
func (v *View) KeyValue(r Row, i int) unsafe.Pointer { return unsafe.Add(r, offKey+v.keys[i].off) }

// KeyNull tells whether an inline key column is NULL.
func (v *View) KeyNull(r Row, i int) bool { return *At[uint32](r, offFlags)>>i&1 != 0 }
