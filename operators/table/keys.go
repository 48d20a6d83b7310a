package table

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Scratch is memory for the keys of a batch while they are being found, in the form in which rows keep them. The zero value is ready. Tables
// that are used one after another, by one goroutine, may share one.
type Scratch struct {
	hashes []uint64
	words  []uint64 // layout.words for each row; may be a column of the batch
	packed []uint64 // memory of words when it is not
	nulls  []uint32 // NULL bits of each row; nil: none
	bits   []uint32 // memory of nulls
	enc    rowkey.Encoder
	slot   []uint64 // the slots that the hashes lead to
	miss   []int32  // rows that are still to be found
	refs   []Ref    // keys in the arena that may be equal
}

// pack takes the key columns of a dense batch.
func (t *Table) pack(b *vector.Batch, cols []int) {
	s := t.scratch
	if !t.inline {
		s.enc.Encode(b, cols)
		return
	}
	n := b.Len
	s.nulls = nil
	for i, c := range cols {
		if v := b.Columns[c]; v.Valid != nil {
			s.addNulls(v, i, n)
		}
	}
	if t.words == 1 && len(cols) == 1 && t.keys[0].store == types.StoreI64 && s.nulls == nil {
		s.words = vector.Values[uint64](b.Columns[cols[0]])
		return
	}
	s.packed = slices.Grow(s.packed[:0], n*t.words)[:n*t.words]
	s.words = s.packed
	clear(s.words)
	if n == 0 || t.words == 0 {
		return
	}
	for i, c := range cols {
		k := t.keys[i]
		at := unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.words)), k.off)
		packColumn(b.Columns[c], k.store, n, at, 8*t.words)
	}
}

func (s *Scratch) addNulls(v *vector.Vector, i, n int) {
	if s.nulls == nil {
		s.bits = slices.Grow(s.bits[:0], n)[:n]
		clear(s.bits)
	}
	found := false
	for r := range n {
		if v.Valid[r>>3]>>(r&7)&1 == 0 {
			s.bits[r] |= 1 << i
			found = true
		}
	}
	if found || s.nulls != nil {
		s.nulls = s.bits
	}
}

// packColumn writes the values of a column, canonical, at a stride; NULL stays 0.
func packColumn(v *vector.Vector, store types.Storage, n int, at unsafe.Pointer, stride int) {
	switch store {
	case types.StoreBool:
		for r := range n {
			if !v.IsNull(r) && v.Bool(r) {
				*(*byte)(unsafe.Add(at, r*stride)) = 1
			}
		}
	case types.StoreI8:
		packFixed[uint8](v, n, at, stride)
	case types.StoreI16:
		packFixed[uint16](v, n, at, stride)
	case types.StoreI32:
		packFixed[uint32](v, n, at, stride)
	case types.StoreI64:
		packFixed[uint64](v, n, at, stride)
	case types.StoreI128:
		packFixed[[2]uint64](v, n, at, stride)
	case types.StoreF32:
		packFixed[uint32](v, n, at, stride)
		for r := range n {
			if p := (*float32)(unsafe.Add(at, r*stride)); *p != *p {
				*p = math.Float32frombits(0x7FC00000)
			}
		}
	case types.StoreF64:
		packFixed[uint64](v, n, at, stride)
		for r := range n {
			if p := (*float64)(unsafe.Add(at, r*stride)); *p != *p {
				*p = math.Float64frombits(0x7FF8000000000000)
			}
		}
	}
}

func packFixed[T any](v *vector.Vector, n int, at unsafe.Pointer, stride int) {
	x := vector.Values[T](v)[:n]
	if v.Valid == nil {
		for r := range x {
			*(*T)(unsafe.Add(at, r*stride)) = x[r]
		}
		return
	}
	for r := range x {
		if v.Valid[r>>3]>>(r&7)&1 != 0 {
			*(*T)(unsafe.Add(at, r*stride)) = x[r]
		}
	}
}

// packRows takes the keys of rows of another table of the same key types.
func (t *Table) packRows(v *View, rows []Row) {
	s := t.scratch
	n := len(rows)
	s.hashes = slices.Grow(s.hashes[:0], n)[:n]
	for i, r := range rows {
		s.hashes[i] = Hash(r)
	}
	if !t.inline {
		s.enc.Data = s.enc.Data[:0]
		s.enc.Offsets = append(s.enc.Offsets[:0], 0)
		for _, r := range rows {
			s.enc.Data = append(s.enc.Data, v.data.Get(*At[Ref](r, offKey))...)
			s.enc.Offsets = append(s.enc.Offsets, int32(len(s.enc.Data)))
		}
		return
	}
	s.packed = slices.Grow(s.packed[:0], n*t.words)[:n*t.words]
	s.words = s.packed
	s.bits = slices.Grow(s.bits[:0], n)[:n]
	s.nulls = s.bits
	for i, r := range rows {
		s.bits[i] = *At[uint32](r, offFlags) & maskNulls
		copy(s.packed[i*t.words:(i+1)*t.words], unsafe.Slice(At[uint64](r, offKey), t.words))
	}
}

// same tells whether a row has key i of the scratch.
func (t *Table) same(r Row, i int) bool {
	s := t.scratch
	if !t.inline {
		ref := At[Ref](r, offKey)
		key := s.enc.Key(i)
		if int(ref.len) != len(key) || *At[uint64](r, offHash) != s.hashes[i] {
			return false
		}
		return equalBytes(t.arena.Get(*ref), key)
	}
	nulls := uint32(0)
	if s.nulls != nil {
		nulls = s.nulls[i]
	}
	if *At[uint32](r, offFlags)&maskNulls != nulls {
		return false
	}
	k := unsafe.Slice(At[uint64](r, offKey), t.words)
	w := s.words[i*t.words : (i+1)*t.words]
	for j := range k {
		if k[j] != w[j] {
			return false
		}
	}
	return true
}

func equalBytes(a, b []byte) bool {
	for len(a) >= 8 {
		if binary.LittleEndian.Uint64(a) != binary.LittleEndian.Uint64(b) {
			return false
		}
		a, b = a[8:], b[8:]
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// store writes key i of the scratch into a new row.
func (t *Table) store(r Row, i int) {
	s := t.scratch
	*At[uint64](r, offHash) = s.hashes[i]
	flags := uint32(flagLive)
	if !t.inline {
		*At[Ref](r, offKey) = t.arena.Put(s.enc.Key(i))
	} else {
		if s.nulls != nil {
			flags |= s.nulls[i]
		}
		copy(unsafe.Slice(At[uint64](r, offKey), t.words), s.words[i*t.words:(i+1)*t.words])
	}
	*At[uint32](r, offFlags) = flags
}
