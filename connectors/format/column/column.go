package column

import (
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Column takes the values of one field. The slices are those of its storage (see sql/types); decoders on the hot path may write them
// directly after Room, then count N up.
type Column struct {
	Type     types.Type
	Store    types.Storage
	N        int // values so far
	I8       []int8
	I16      []int16
	I32      []int32
	I64      []int64
	F32      []float32
	F64      []float64
	I128     []decimal.Int128
	Bits     []byte
	Data     []byte  // bytes so far; room for vector.Slack more is always there
	Off      []int32 // offsets; Off[N] is where the next value begins
	Children []*Column

	pool   *vector.Pool
	v      *vector.Vector // nil: scratch
	direct bool
	limit  int // values that fit
	valid  []byte
	hint   int // bytes a batch took lately
}

// New returns a column that is not ready before Begin.
func newColumn(pool *vector.Pool, t types.Type, direct bool) *Column {
	c := &Column{Type: t, Store: t.Storage(), pool: pool, direct: direct}
	inner := direct && c.Store == types.StoreStruct
	for _, ct := range t.Children() {
		c.Children = append(c.Children, newColumn(pool, ct, inner))
	}
	return c
}

// begin makes room for n values.
func (c *Column) begin(n int) {
	c.N, c.limit, c.valid = 0, n, nil
	for _, ch := range c.Children {
		ch.begin(n)
	}
	if !c.direct {
		c.scratch(n)
		return
	}
	c.attach(c.vector(n, max(c.hint, 8*n)))
}

// vector makes a vector for n values, its children still missing.
func (c *Column) vector(n, bytes int) *vector.Vector {
	if c.Store != types.StoreBytes {
		bytes = 0
	}
	v := vector.New(c.pool, c.Type, n, bytes)
	for i := range v.Children {
		v.Children[i].Release()
		v.Children[i] = nil
	}
	return v
}

// attach makes the memory of v the column's.
func (c *Column) attach(v *vector.Vector) {
	c.v, c.limit = v, v.Len
	switch c.Store {
	case types.StoreBool:
		c.Bits = v.Data
	case types.StoreI8:
		c.I8 = vector.Values[int8](v)
	case types.StoreI16:
		c.I16 = vector.Values[int16](v)
	case types.StoreI32:
		c.I32 = vector.Values[int32](v)
	case types.StoreI64:
		c.I64 = vector.Values[int64](v)
	case types.StoreF32:
		c.F32 = vector.Values[float32](v)
	case types.StoreF64:
		c.F64 = vector.Values[float64](v)
	case types.StoreI128:
		c.I128 = vector.Values[decimal.Int128](v)
	case types.StoreBytes:
		c.Data, c.Off = v.Data, v.Offsets
	case types.StoreList, types.StoreMap:
		c.Off = v.Offsets
	}
}

// scratch makes room for n values in memory of the column's own, which is kept from batch to batch.
func (c *Column) scratch(n int) {
	switch c.Store {
	case types.StoreBool:
		c.Bits = extend(c.Bits, vector.BitmapLen(n))
	case types.StoreI8:
		c.I8 = extend(c.I8, n)
	case types.StoreI16:
		c.I16 = extend(c.I16, n)
	case types.StoreI32:
		c.I32 = extend(c.I32, n)
	case types.StoreI64:
		c.I64 = extend(c.I64, n)
	case types.StoreF32:
		c.F32 = extend(c.F32, n)
	case types.StoreF64:
		c.F64 = extend(c.F64, n)
	case types.StoreI128:
		c.I128 = extend(c.I128, n)
	case types.StoreBytes, types.StoreList, types.StoreMap:
		c.Off = extend(c.Off, n+1)
		c.Off[0] = 0
		if c.Store == types.StoreBytes {
			c.Data = extend(c.Data, vector.Slack)[:0]
		}
	}
}

// extend returns s with a length of at least n and its content kept.
func extend[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		return s[:n]
	}
	bigger := make([]T, n, n+n/4+64)
	copy(bigger, s)
	return bigger
}

// Room makes sure that one more value fits.
func (c *Column) Room() {
	if c.N >= c.limit {
		c.grow()
	}
}

func (c *Column) grow() {
	limit := max(2*c.limit, 64)
	if c.valid != nil && !c.direct {
		c.valid = extend(c.valid, vector.BitmapLen(limit))
		for i := c.limit; i < limit; i++ {
			vector.SetBit(c.valid, i)
		}
	}
	if !c.direct {
		data := c.Data
		c.scratch(limit)
		c.Data, c.limit = data, limit
		return
	}
	old := *c
	c.attach(c.vector(limit, max(cap(old.Data)-vector.Slack, 0)))
	n := c.N
	copy(c.Bits, old.Bits)
	copy(c.I8, old.I8[:min(n, len(old.I8))])
	copy(c.I16, old.I16[:min(n, len(old.I16))])
	copy(c.I32, old.I32[:min(n, len(old.I32))])
	copy(c.I64, old.I64[:min(n, len(old.I64))])
	copy(c.F32, old.F32[:min(n, len(old.F32))])
	copy(c.F64, old.F64[:min(n, len(old.F64))])
	copy(c.I128, old.I128[:min(n, len(old.I128))])
	copy(c.Off, old.Off[:min(n+1, len(old.Off))])
	c.Data = append(c.Data, old.Data...)
	if old.valid != nil {
		c.valid = c.v.EnsureValid()
		copy(c.valid, old.valid[:vector.BitmapLen(n)])
		for i := n; i < min((n+7)&^7, limit); i++ {
			vector.SetBit(c.valid, i)
		}
	}
	old.v.Children = nil // they hang below the column
	old.v.Release()
}

// Reserve makes room for n more bytes in Data, and slack behind them.
func (c *Column) Reserve(n int) {
	if len(c.Data)+n+vector.Slack <= cap(c.Data) {
		return
	}
	l := len(c.Data)
	if c.direct {
		c.v.Data = c.Data
		c.v.Reserve(n)
		c.Data = c.v.Data
		return
	}
	c.Data = extend(c.Data, max(l+n, 2*l)+vector.Slack)[:l]
}

// AppendI64 appends to a column of 64-bit integers.
func (c *Column) AppendI64(x int64) {
	c.Room()
	c.I64[c.N] = x
	c.N++
}

// AppendI32 appends to a column of 32-bit integers.
func (c *Column) AppendI32(x int32) {
	c.Room()
	c.I32[c.N] = x
	c.N++
}

// AppendI16 appends to a column of 16-bit integers.
func (c *Column) AppendI16(x int16) {
	c.Room()
	c.I16[c.N] = x
	c.N++
}

// AppendI8 appends to a column of 8-bit integers.
func (c *Column) AppendI8(x int8) {
	c.Room()
	c.I8[c.N] = x
	c.N++
}

// AppendF64 appends to a DOUBLE column.
func (c *Column) AppendF64(x float64) {
	c.Room()
	c.F64[c.N] = x
	c.N++
}

// AppendF32 appends to a FLOAT column.
func (c *Column) AppendF32(x float32) {
	c.Room()
	c.F32[c.N] = x
	c.N++
}

// AppendI128 appends to a column of 128-bit integers.
func (c *Column) AppendI128(x decimal.Int128) {
	c.Room()
	c.I128[c.N] = x
	c.N++
}

// AppendBool appends to a BOOLEAN column.
func (c *Column) AppendBool(x bool) {
	c.Room()
	vector.PutBit(c.Bits, c.N, x)
	c.N++
}

// AppendBytes appends to a column of text or bytes.
func (c *Column) AppendBytes(b []byte) {
	c.Room()
	c.Reserve(len(b))
	c.Data = append(c.Data, b...)
	c.EndBytes()
}

// EndBytes ends a value of text or bytes whose bytes were appended to Data by the caller, after Room and Reserve.
func (c *Column) EndBytes() {
	c.N++
	c.Off[c.N] = int32(len(c.Data))
}

// EndList ends an ARRAY, MAP or MULTISET whose elements were appended to the children.
func (c *Column) EndList() {
	c.Room()
	c.N++
	c.Off[c.N] = int32(c.Children[0].N)
}

// EndRow ends a ROW whose fields were appended to the children.
func (c *Column) EndRow() {
	c.Room()
	c.N++
}

// AppendNull appends NULL.
func (c *Column) AppendNull() {
	c.Room()
	if c.valid == nil {
		if c.direct {
			c.valid = c.v.EnsureValid()
		} else {
			c.valid = make([]byte, vector.BitmapLen(c.limit))
			vector.FillBits(c.valid, c.limit, true)
		}
	}
	vector.ClearBit(c.valid, c.N)
	switch c.Store {
	case types.StoreBool:
		vector.ClearBit(c.Bits, c.N)
	case types.StoreBytes:
		c.Off[c.N+1] = int32(len(c.Data))
	case types.StoreList, types.StoreMap:
		c.Off[c.N+1] = int32(c.Children[0].N)
	case types.StoreStruct:
		for _, ch := range c.Children {
			ch.AppendNull()
		}
	case types.StoreI32:
		c.I32[c.N] = 0
	case types.StoreI64:
		c.I64[c.N] = 0
	}
	c.N++
}

// Rollback takes back all values from the n-th on.
func (c *Column) Rollback(n int) {
	if c.valid != nil {
		for i := n; i < c.N; i++ {
			vector.SetBit(c.valid, i)
		}
	}
	switch c.Store {
	case types.StoreBytes:
		c.Data = c.Data[:c.Off[n]]
	case types.StoreList, types.StoreMap:
		for _, ch := range c.Children {
			ch.Rollback(int(c.Off[n]))
		}
	case types.StoreStruct:
		for _, ch := range c.Children {
			ch.Rollback(n)
		}
	}
	c.N = n
}

// take returns the values as a vector; the column is not ready afterwards.
func (c *Column) take() *vector.Vector {
	if c.Store == types.StoreBytes {
		c.hint = min(len(c.Data)+len(c.Data)/8+64, 4*vector.MaxBytes)
	}
	v := c.v
	if !c.direct {
		v = c.copied()
	}
	v.Len = c.N
	switch c.Store {
	case types.StoreBytes:
		if c.direct {
			v.Data = c.Data
		}
		v.Offsets = v.Offsets[:c.N+1]
	case types.StoreList, types.StoreMap:
		v.Offsets = v.Offsets[:c.N+1]
	case types.StoreNone, types.StoreStruct:
	case types.StoreBool:
		v.Data = v.Data[:vector.BitmapLen(c.N)]
	default:
		v.Data = v.Data[:c.N*c.Store.Width()]
	}
	for i, ch := range c.Children {
		v.Children[i] = ch.take()
	}
	c.v, c.valid, c.limit = nil, nil, 0
	if c.direct {
		c.I8, c.I16, c.I32, c.I64, c.F32, c.F64, c.I128, c.Bits, c.Data, c.Off = nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
	}
	return v
}

// copied makes a vector of what the scratch memory holds.
func (c *Column) copied() *vector.Vector {
	v := c.vector(c.N, len(c.Data))
	switch c.Store {
	case types.StoreBool:
		copy(v.Data, c.Bits)
	case types.StoreI8:
		copy(vector.Values[int8](v), c.I8)
	case types.StoreI16:
		copy(vector.Values[int16](v), c.I16)
	case types.StoreI32:
		copy(vector.Values[int32](v), c.I32)
	case types.StoreI64:
		copy(vector.Values[int64](v), c.I64)
	case types.StoreF32:
		copy(vector.Values[float32](v), c.F32)
	case types.StoreF64:
		copy(vector.Values[float64](v), c.F64)
	case types.StoreI128:
		copy(vector.Values[decimal.Int128](v), c.I128)
	case types.StoreBytes:
		v.Data = append(v.Data, c.Data...)
		copy(v.Offsets, c.Off)
	case types.StoreList, types.StoreMap:
		copy(v.Offsets, c.Off)
	}
	if c.valid != nil && c.N > 0 {
		copy(v.EnsureValid(), c.valid[:vector.BitmapLen(c.N)])
	}
	return v
}

// drop gives back the memory of a batch that was begun.
func (c *Column) drop() {
	if c.v != nil {
		for _, ch := range c.Children {
			ch.drop()
		}
		// The children hang below the column, not below the vector.
		c.v.Children = nil
		c.v.Release()
		c.v = nil
	}
}

// Null tells whether value i is NULL.
func (c *Column) Null(i int) bool { return c.valid != nil && !vector.Bit(c.valid, i) }
