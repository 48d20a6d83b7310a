package vector

import (
	"sync/atomic"

	"millrace/sql/types"
)

// MaxRows is the largest number of rows of a batch that flows between operators.
const MaxRows = 4096

// MaxBytes is about the size at which writers of wide rows end a batch early, so that it stays in the second-level cache.
const MaxBytes = 1 << 20

// RowKind says what a row does to the result that a changelog stands for.
type RowKind uint8

// The row kinds, numbered as in Flink.
const (
	Insert       RowKind = 0 // +I
	UpdateBefore RowKind = 1 // -U
	UpdateAfter  RowKind = 2 // +U
	Delete       RowKind = 3 // -D
)

// String is "+I", "-U", "+U" or "-D".
func (k RowKind) String() string { return [4]string{"+I", "-U", "+U", "-D"}[k&3] }

// IsAdd tells whether the row adds to the result (+I, +U) rather than taking away (-U, -D).
func (k RowKind) IsAdd() bool { return k == Insert || k == UpdateAfter }

// Batch is a set of columns of Len physical rows.
type Batch struct {
	Columns []*Vector
	Len     int       // physical rows of each column
	Sel     []uint16  // the rows that count, ascending; nil: all
	Kinds   []RowKind // one for each physical row; nil: all are Insert
	refs    atomic.Int32
}

// NewBatch returns a batch with one reference. It takes over one reference of each column.
func NewBatch(n int, columns ...*Vector) *Batch {
	b := &Batch{Columns: columns, Len: n}
	b.refs.Store(1)
	return b
}

// Retain adds a reference.
func (b *Batch) Retain() *Batch {
	b.refs.Add(1)
	return b
}

// Release drops a reference; the last one releases the columns.
func (b *Batch) Release() {
	switch n := b.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("vector: batch released more often than retained")
	}
	for _, c := range b.Columns {
		c.Release()
	}
	b.Columns = nil
}

// Rows is the number of rows that count.
func (b *Batch) Rows() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.Len
}

// Kind returns the kind of physical row i.
func (b *Batch) Kind(i int) RowKind {
	if b.Kinds == nil {
		return Insert
	}
	return b.Kinds[i]
}

// Project returns a new batch of the columns at the given positions, with the same selection and kinds.
func (b *Batch) Project(columns []int) *Batch {
	out := make([]*Vector, len(columns))
	for i, c := range columns {
		out[i] = b.Columns[c].Retain()
	}
	p := NewBatch(b.Len, out...)
	p.Sel, p.Kinds = b.Sel, b.Kinds
	return p
}

// Dense returns a batch without selection: b itself, retained, if it has none, else a copy of the selected rows.
func (b *Batch) Dense(pool *Pool) *Batch {
	if b.Sel == nil {
		return b.Retain()
	}
	out := make([]*Vector, len(b.Columns))
	for i, c := range b.Columns {
		out[i] = Gather(pool, c, b.Sel)
	}
	d := NewBatch(len(b.Sel), out...)
	if b.Kinds != nil {
		d.Kinds = make([]RowKind, len(b.Sel))
		for i, r := range b.Sel {
			d.Kinds[i] = b.Kinds[r]
		}
	}
	return d
}

// Slice returns physical rows [from, to) of a batch without selection, without copying values.
func (b *Batch) Slice(pool *Pool, from, to int) *Batch {
	if b.Sel != nil {
		panic("vector: slice of a batch with a selection")
	}
	out := make([]*Vector, len(b.Columns))
	for i, c := range b.Columns {
		out[i] = c.Slice(pool, from, to)
	}
	s := NewBatch(to-from, out...)
	if b.Kinds != nil {
		s.Kinds = b.Kinds[from:to]
	}
	return s
}

// Types returns the types of the columns.
func (b *Batch) Types() []types.Type {
	ts := make([]types.Type, len(b.Columns))
	for i, c := range b.Columns {
		ts[i] = c.Type
	}
	return ts
}

// Bytes estimates the memory that the values of the batch take.
func (b *Batch) Bytes() int {
	n := 0
	for _, c := range b.Columns {
		n += c.Bytesize()
	}
	return n + len(b.Kinds)
}

// Bytesize estimates the memory that the values of the column take.
func (v *Vector) Bytesize() int {
	n := len(v.Valid)
	switch v.Type.Storage() {
	case types.StoreBytes:
		if v.Len > 0 {
			n += int(v.Offsets[v.Len]-v.Offsets[0]) + 4*v.Len
		}
	default:
		n += len(v.Data) + 4*len(v.Offsets)
	}
	for _, c := range v.Children {
		n += c.Bytesize()
	}
	return n
}
