package vector

import (
	"unsafe"

	"millrace/sql/types"
)

// Builder appends values to a column whose final length is not known beforehand. It is for writers that meet values one by one (decoders,
// firing windows, nested values); kernels that know their length write slices of a Vector. Not for concurrent use.
type Builder struct {
	Type     types.Type
	Children []*Builder // see types.Type.Children
	pool     *Pool
	store    types.Storage
	n        int
	valid    []byte // nil until the first NULL
	data     []byte // pool buffer, len = bytes used
	offsets  []byte // pool buffer of int32
}

// NewBuilder returns an empty builder with room for hint values.
func NewBuilder(pool *Pool, t types.Type, hint int) *Builder {
	b := &Builder{Type: t, pool: pool, store: t.Storage()}
	switch b.store {
	case types.StoreNone, types.StoreStruct:
	case types.StoreBool:
		b.data = pool.Alloc(BitmapLen(hint))[:0]
	case types.StoreBytes:
		b.data = pool.Alloc(8 * hint)[:0]
	case types.StoreList, types.StoreMap:
	default:
		b.data = pool.Alloc(hint * b.store.Width())[:0]
	}
	if b.store == types.StoreBytes || b.store == types.StoreList || b.store == types.StoreMap {
		b.offsets = pool.Alloc(4 * (hint + 1))[:4]
		clear(b.offsets)
	}
	for _, c := range t.Children() {
		b.Children = append(b.Children, NewBuilder(pool, c, hint))
	}
	return b
}

// Len is the number of values appended.
func (b *Builder) Len() int { return b.n }

// Size is the number of bytes of variable-length data and fixed-width values so far.
func (b *Builder) Size() int {
	n := len(b.data) + len(b.offsets)
	for _, c := range b.Children {
		n += c.Size()
	}
	return n
}

// mark records the validity of the value that is being appended and counts it.
func (b *Builder) mark(valid bool) {
	if !valid && b.valid == nil {
		b.valid = b.pool.Alloc(BitmapLen(b.n + 64))
		FillBits(b.valid, b.n, true)
	}
	if b.valid != nil {
		if need := BitmapLen(b.n + 1); need > len(b.valid) {
			b.valid = b.pool.Grow(b.valid, need)
		}
		PutBit(b.valid, b.n, valid)
	}
	b.n++
}

func (b *Builder) endOffset(end int) {
	l := len(b.offsets)
	b.offsets = b.pool.Grow(b.offsets, l+4)
	*at[int32](b.offsets, l) = int32(end)
}

// AppendFixed appends a fixed-width value. T must have the width of the builder's storage.
func AppendFixed[T any](b *Builder, x T) {
	l, w := len(b.data), b.store.Width()
	if l+w+Slack > cap(b.data) {
		b.data = b.pool.Grow(b.data, l+w)
	}
	b.data = b.data[:l+w]
	*at[T](b.data, l) = x
	b.mark(true)
}

// AppendBool appends a BOOLEAN.
func (b *Builder) AppendBool(x bool) {
	if need := BitmapLen(b.n + 1); need > len(b.data) {
		b.data = b.pool.Grow(b.data, need)
		b.data[need-1] = 0
	}
	PutBit(b.data, b.n, x)
	b.mark(true)
}

// AppendBytes appends a variable-length value.
func (b *Builder) AppendBytes(x []byte) {
	l := len(b.data)
	b.data = b.pool.Grow(b.data, l+len(x))
	copy(b.data[l:], x)
	b.endOffset(l + len(x))
	b.mark(true)
}

// EndList ends an ARRAY, MAP or MULTISET value: its elements are what was appended to the children since the value before.
func (b *Builder) EndList() {
	b.endOffset(b.Children[0].n)
	b.mark(true)
}

// EndRow ends a ROW value whose fields have been appended, one to each child.
func (b *Builder) EndRow() { b.mark(true) }

// AppendNull appends NULL.
func (b *Builder) AppendNull() {
	switch b.store {
	case types.StoreNone:
	case types.StoreBool:
		if need := BitmapLen(b.n + 1); need > len(b.data) {
			b.data = b.pool.Grow(b.data, need)
			b.data[need-1] = 0
		}
	case types.StoreBytes:
		b.endOffset(len(b.data))
	case types.StoreList, types.StoreMap:
		b.endOffset(b.Children[0].n)
	case types.StoreStruct:
		for _, c := range b.Children {
			c.AppendNull()
		}
	default:
		l, w := len(b.data), b.store.Width()
		b.data = b.pool.Grow(b.data, l+w)
		clear(b.data[l:])
	}
	b.mark(false)
}

// AppendFrom appends value i of v, which has the same storage (and, if nested, the same shape).
func (b *Builder) AppendFrom(v *Vector, i int) {
	if v.IsNull(i) || b.store == types.StoreNone {
		b.AppendNull()
		return
	}
	//exhaustive:enforce
	switch b.store {
	case types.StoreBool:
		b.AppendBool(v.Bool(i))
	case types.StoreI8:
		AppendFixed(b, Values[int8](v)[i])
	case types.StoreI16:
		AppendFixed(b, Values[int16](v)[i])
	case types.StoreI32, types.StoreF32:
		AppendFixed(b, Values[int32](v)[i])
	case types.StoreI64, types.StoreF64:
		AppendFixed(b, Values[int64](v)[i])
	case types.StoreI128:
		AppendFixed(b, Values[[2]uint64](v)[i])
	case types.StoreBytes:
		b.AppendBytes(v.Bytes(i))
	case types.StoreList, types.StoreMap:
		for c, child := range v.Children {
			for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
				b.Children[c].AppendFrom(child, int(j))
			}
		}
		b.EndList()
	case types.StoreStruct:
		for c, child := range v.Children {
			b.Children[c].AppendFrom(child, i)
		}
		b.EndRow()
	}
}

// AppendRows appends the values of v at the given rows, as AppendFrom does.
func (b *Builder) AppendRows(v *Vector, rows []int32) {
	if v.Valid == nil {
		switch b.store {
		case types.StoreI8:
			appendFixedRows[int8](b, v, rows)
			return
		case types.StoreI16:
			appendFixedRows[int16](b, v, rows)
			return
		case types.StoreI32, types.StoreF32:
			appendFixedRows[int32](b, v, rows)
			return
		case types.StoreI64, types.StoreF64:
			appendFixedRows[int64](b, v, rows)
			return
		case types.StoreI128:
			appendFixedRows[[2]uint64](b, v, rows)
			return
		case types.StoreBytes:
			b.appendBytesRows(v, rows)
			return
		}
	}
	for _, r := range rows {
		b.AppendFrom(v, int(r))
	}
}

func appendFixedRows[T any](b *Builder, v *Vector, rows []int32) {
	l, n := len(b.data), len(rows)*b.store.Width()
	b.data = b.pool.Grow(b.data, l+n)
	src := Values[T](v)
	if len(rows) > 0 {
		dst := unsafe.Slice(at[T](b.data, l), len(rows))
		for i, r := range rows {
			dst[i] = src[r]
		}
	}
	b.markRows(len(rows))
}

func (b *Builder) appendBytesRows(v *Vector, rows []int32) {
	total := gatherBytes(v, rows)
	l, o := len(b.data), len(b.offsets)
	b.data = b.pool.Grow(b.data, l+total)
	b.offsets = b.pool.Grow(b.offsets, o+4*len(rows))
	ends := offsetsOf(b.offsets)[o/4:]
	for i, r := range rows {
		l += copy(b.data[l:], v.Data[v.Offsets[r]:v.Offsets[r+1]])
		ends[i] = int32(l)
	}
	b.markRows(len(rows))
}

// markRows is mark for n values that are not NULL.
func (b *Builder) markRows(n int) {
	if b.valid == nil {
		b.n += n
		return
	}
	for range n {
		b.mark(true)
	}
}

// Finish returns the column and empties the builder, which may be used again.
func (b *Builder) Finish() *Vector {
	v := &Vector{Type: b.Type, Len: b.n, pool: b.pool, Valid: b.valid, ownV: b.valid, Data: b.data, ownD: b.data, ownO: b.offsets}
	v.refs.Store(1)
	if b.offsets != nil {
		v.Offsets = offsetsOf(b.offsets)
	}
	for _, c := range b.Children {
		v.Children = append(v.Children, c.Finish())
	}
	b.n, b.valid, b.data, b.offsets = 0, nil, nil, nil
	if b.store == types.StoreBytes || b.store == types.StoreList || b.store == types.StoreMap {
		b.offsets = b.pool.Alloc(4 * 64)[:4]
		clear(b.offsets)
	}
	return v
}

// View returns the values so far as a vector over the builder's memory. It is valid until the next append, is never released, and its
// values must not be changed.
func (b *Builder) View() *Vector {
	v := &Vector{}
	b.ViewInto(v)
	return v
}

// ViewInto makes v, a former result of View or a zero Vector, the view of the values so far.
func (b *Builder) ViewInto(v *Vector) {
	v.Type, v.Len, v.Valid, v.Data, v.Offsets = b.Type, b.n, b.valid, b.data, nil
	v.refs.Store(1)
	if b.offsets != nil {
		v.Offsets = offsetsOf(b.offsets)
	}
	if len(v.Children) != len(b.Children) {
		v.Children = make([]*Vector, len(b.Children))
		for i := range v.Children {
			v.Children[i] = &Vector{}
		}
	}
	for i, c := range b.Children {
		c.ViewInto(v.Children[i])
	}
}

// Release drops what was appended and the builder's memory.
func (b *Builder) Release() {
	b.pool.Free(b.valid)
	b.pool.Free(b.data)
	b.pool.Free(b.offsets)
	b.valid, b.data, b.offsets, b.n = nil, nil, nil, 0
	for _, c := range b.Children {
		c.Release()
	}
}

// Rows builds batches row by row: a Builder for each column, and kinds.
type Rows struct {
	Columns []*Builder
	kinds   []RowKind
	update  bool // some kind is not Insert
}

// NewRows returns an empty builder of batches of the given types.
func NewRows(pool *Pool, ts []types.Type, hint int) *Rows {
	r := &Rows{}
	for _, t := range ts {
		r.Columns = append(r.Columns, NewBuilder(pool, t, hint))
	}
	return r
}

// EndRow ends a row whose values have been appended, one to each column.
func (r *Rows) EndRow(kind RowKind) {
	r.kinds = append(r.kinds, kind)
	r.update = r.update || kind != Insert
}

// Len is the number of rows ended.
func (r *Rows) Len() int { return len(r.kinds) }

// Full tells whether the batch has its size and should be emitted.
func (r *Rows) Full() bool {
	if len(r.kinds) >= MaxRows {
		return true
	}
	if len(r.kinds)&63 != 0 {
		return false
	}
	n := 0
	for _, c := range r.Columns {
		n += c.Size()
	}
	return n >= MaxBytes
}

// Finish returns the batch and empties the builder.
func (r *Rows) Finish() *Batch {
	cols := make([]*Vector, len(r.Columns))
	for i, c := range r.Columns {
		cols[i] = c.Finish()
	}
	b := NewBatch(len(r.kinds), cols...)
	if r.update {
		b.Kinds = r.kinds
		r.kinds = make([]RowKind, 0, cap(r.kinds))
	} else {
		r.kinds = r.kinds[:0]
	}
	r.update = false
	return b
}

// Release drops what was appended and the builder's memory.
func (r *Rows) Release() {
	for _, c := range r.Columns {
		c.Release()
	}
	r.kinds, r.update = nil, false
}
