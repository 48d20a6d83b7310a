package vector

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"millrace/sql/types"
)

// Vector is one column. Its fields may be written only by the goroutine that creates it, before it is emitted.
type Vector struct {
	Type     types.Type
	Len      int
	Valid    []byte    // validity bitmap, bit set: not NULL; nil: nothing is NULL
	Data     []byte    // bits of BOOLEAN, fixed-width values, or the bytes of variable-length values
	Offsets  []int32   // variable-length, lists and maps: Len+1 offsets into Data or the children
	Children []*Vector // see types.Type.Children

	refs   atomic.Int32
	pool   *Pool // owner of the buffers that follow; nil: foreign memory
	ownV   []byte
	ownD   []byte
	ownO   []byte
	parent *Vector // a slice keeps its whole alive
}

// New returns a vector of n values with undefined content and no NULLs. Fixed-width values have their space; for variable length there
// are n+1 offsets, all zero only at index 0, and room for sizeHint bytes in Data (whose length is 0). Nested types have empty children of
// capacity n (ROW: of length n).
func New(pool *Pool, t types.Type, n, sizeHint int) *Vector {
	v := &Vector{Type: t, Len: n, pool: pool}
	v.refs.Store(1)
	switch s := t.Storage(); s {
	case types.StoreNone:
	case types.StoreBool:
		v.ownD = pool.Alloc(BitmapLen(n))
		v.Data = v.ownD
		clear(v.Data)
	case types.StoreBytes:
		v.allocOffsets(n)
		v.ownD = pool.Alloc(sizeHint)
		v.Data = v.ownD[:0]
	case types.StoreList, types.StoreMap:
		v.allocOffsets(n)
		for _, c := range t.Children() {
			v.Children = append(v.Children, New(pool, c, 0, 0))
		}
	case types.StoreStruct:
		for _, c := range t.Children() {
			v.Children = append(v.Children, New(pool, c, n, 0))
		}
	default:
		v.ownD = pool.Alloc(n * s.Width())
		v.Data = v.ownD
	}
	if t.Kind == types.Null {
		v.AllNull()
	}
	return v
}

func (v *Vector) allocOffsets(n int) {
	v.ownO = v.pool.Alloc(4 * (n + 1))
	v.Offsets = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(v.ownO))), n+1)
	v.Offsets[0] = 0
}

// Foreign returns a vector over memory that no pool owns (an Arrow buffer, a constant table). It takes over one reference of each child.
func Foreign(t types.Type, n int, valid, data []byte, offsets []int32, children ...*Vector) *Vector {
	v := &Vector{Type: t, Len: n, Valid: valid, Data: data, Offsets: offsets, Children: children}
	v.refs.Store(1)
	return v
}

// Retain adds a reference.
func (v *Vector) Retain() *Vector {
	v.refs.Add(1)
	return v
}

// Release drops a reference; with the last one the memory goes back to its pool.
func (v *Vector) Release() {
	switch n := v.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("vector: released more often than retained")
	}
	for _, c := range v.Children {
		c.Release()
	}
	if v.pool != nil {
		v.pool.Free(v.ownV)
		v.pool.Free(v.ownD)
		v.pool.Free(v.ownO)
	}
	if v.parent != nil {
		v.parent.Release()
	}
	v.Valid, v.Data, v.Offsets, v.Children, v.ownV, v.ownD, v.ownO, v.parent = nil, nil, nil, nil, nil, nil, nil, nil
}

// Values returns the fixed-width values as a slice. T must have the width of the vector's storage.
func Values[T any](v *Vector) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.Data))), v.Len)
}

// IsNull tells whether value i is NULL.
func (v *Vector) IsNull(i int) bool { return v.Valid != nil && v.Valid[i>>3]>>(i&7)&1 == 0 }

// HasNulls tells whether a validity bitmap is there. (All its bits may be set.)
func (v *Vector) HasNulls() bool { return v.Valid != nil }

// NullCount counts the NULLs.
func (v *Vector) NullCount() int {
	if v.Valid == nil {
		return 0
	}
	return v.Len - CountBits(v.Valid, v.Len)
}

// Bytes returns value i of a variable-length column. It points into the column.
func (v *Vector) Bytes(i int) []byte { return v.Data[v.Offsets[i]:v.Offsets[i+1]] }

// Bool returns value i of a BOOLEAN column.
func (v *Vector) Bool(i int) bool { return v.Data[i>>3]>>(i&7)&1 != 0 }

// EnsureValid makes the validity bitmap writable, all bits set, if there is none.
func (v *Vector) EnsureValid() []byte {
	if v.Valid == nil {
		v.ownV = v.pool.Alloc(BitmapLen(max(v.Len, 1)))
		v.Valid = v.ownV
		FillBits(v.Valid, v.Len, true)
	}
	return v.Valid
}

// SetNull makes value i NULL. Variable-length offsets are the caller's.
func (v *Vector) SetNull(i int) { ClearBit(v.EnsureValid(), i) }

// AllNull makes every value NULL.
func (v *Vector) AllNull() {
	FillBits(v.EnsureValid(), v.Len, false)
	if v.Offsets != nil {
		clear(v.Offsets)
	}
	if v.Type.Storage() == types.StoreStruct {
		for _, c := range v.Children {
			c.AllNull()
		}
	}
}

// AppendBytes writes value i of a variable-length column whose values are written in order, i counting from 0.
func (v *Vector) AppendBytes(i int, b []byte) {
	n := len(v.Data)
	v.Reserve(len(b))
	v.Data = v.Data[:n+len(b)]
	copy(v.Data[n:], b)
	v.Offsets[i+1] = int32(n + len(b))
}

// Reserve makes room for n more bytes of variable-length data (and Slack behind them).
func (v *Vector) Reserve(n int) {
	if len(v.Data)+n+Slack > cap(v.Data) {
		l := len(v.Data)
		v.ownD = v.pool.Grow(v.Data, max(l+n, 2*l))
		v.Data = v.ownD[:l]
	}
}

// EndValue records that value i of a variable-length column ends where Data ends now: for writers that append to Data themselves.
func (v *Vector) EndValue(i int) { v.Offsets[i+1] = int32(len(v.Data)) }

// SetData replaces Data after it was grown by append-style functions that may have moved it out of the pool's buffer.
// The new slice must begin with what Data held.
func (v *Vector) SetData(b []byte) {
	if cap(b) > 0 && cap(v.Data) > 0 && unsafe.SliceData(b[:1]) == unsafe.SliceData(v.Data[:1]) {
		v.Data = b
		return
	}
	v.ownD = v.pool.Grow(v.Data, len(b))
	copy(v.ownD, b)
	v.Data = v.ownD[:len(b)]
}

// Slice returns rows [from, to) without copying values. A bitmap that does not start at a byte is copied.
func (v *Vector) Slice(pool *Pool, from, to int) *Vector {
	n := to - from
	s := &Vector{Type: v.Type, Len: n, pool: pool, parent: v.Retain()}
	s.refs.Store(1)
	if v.Valid != nil {
		s.Valid, s.ownV = sliceBits(pool, v.Valid, from, n)
	}
	switch st := v.Type.Storage(); st {
	case types.StoreNone:
	case types.StoreBool:
		s.Data, s.ownD = sliceBits(pool, v.Data, from, n)
	case types.StoreBytes:
		s.Offsets, s.Data = v.Offsets[from:to+1], v.Data
	case types.StoreList, types.StoreMap:
		s.Offsets = v.Offsets[from : to+1]
		for _, c := range v.Children {
			s.Children = append(s.Children, c.Retain())
		}
	case types.StoreStruct:
		for _, c := range v.Children {
			s.Children = append(s.Children, c.Slice(pool, from, to))
		}
	default:
		w := st.Width()
		s.Data = v.Data[from*w : to*w]
	}
	return s
}

func sliceBits(pool *Pool, b []byte, from, n int) (bits, own []byte) {
	if from&7 == 0 {
		return b[from>>3:], nil
	}
	own = pool.Alloc(BitmapLen(max(n, 1)))
	CopyBits(own, 0, b, from, n)
	return own, own
}

// Check reports a violation of the layout invariants. For tests and for data from outside.
func (v *Vector) Check() error {
	st := v.Type.Storage()
	switch {
	case v.Valid != nil && len(v.Valid) < BitmapLen(v.Len):
		return fmt.Errorf("column of %s: validity of %d bytes for %d rows", v.Type, len(v.Valid), v.Len)
	case st.Width() > 0 && len(v.Data) < v.Len*st.Width():
		return fmt.Errorf("column of %s: %d bytes for %d rows", v.Type, len(v.Data), v.Len)
	case (st == types.StoreBytes || st == types.StoreList || st == types.StoreMap) && len(v.Offsets) < v.Len+1:
		return fmt.Errorf("column of %s: %d offsets for %d rows", v.Type, len(v.Offsets), v.Len)
	}
	end := -1
	switch st {
	case types.StoreBytes:
		end = len(v.Data)
	case types.StoreList, types.StoreMap:
		end = v.Children[0].Len
	}
	if end >= 0 {
		for i := range v.Len {
			if v.Offsets[i] < 0 || v.Offsets[i+1] < v.Offsets[i] || int(v.Offsets[i+1]) > end {
				return fmt.Errorf("column of %s: offsets %d and %d of row %d, end %d", v.Type, v.Offsets[i], v.Offsets[i+1], i, end)
			}
		}
	}
	for _, c := range v.Children {
		if err := c.Check(); err != nil {
			return err
		}
	}
	return nil
}
