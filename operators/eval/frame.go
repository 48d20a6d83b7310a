package eval

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// frame is a set of rows on which nodes are evaluated: all rows of a batch, or rows of another frame.
type frame struct {
	*engine
	pool   *vector.Pool
	n      int              // rows
	cols   []*vector.Vector // of the batch; nil in a child
	memo   []*vector.Vector // results of shared nodes and gathered columns, by slot
	parent *frame
	sel    []uint16 // rows of parent
}

// eval returns the value of a node: n rows, or one if the node is constant. The caller owns the reference.
func (f *frame) eval(n *node) (*vector.Vector, error) {
	if n.konst != nil {
		return n.konst.Retain(), nil
	}
	if n.slot >= 0 && f.memo[n.slot] != nil {
		return f.memo[n.slot].Retain(), nil
	}
	if f.parent != nil {
		if from := f.parent.known(n); from != nil {
			v := vector.Gather(f.pool, from, f.sel)
			if n.slot >= 0 {
				f.memo[n.slot] = v.Retain()
			}
			from.Release()
			return v, nil
		}
	} else if n.column >= 0 {
		return f.cols[n.column].Retain(), nil
	}
	v, err := n.run(f)
	if err != nil {
		return nil, wrapError(n.expr, err)
	}
	if n.slot >= 0 && n.column < 0 {
		f.memo[n.slot] = v.Retain()
	}
	return v, nil
}

// has tells whether the value of a node is there already for all rows of f.
func (f *frame) has(n *node) bool { return n.slot >= 0 && f.memo[n.slot] != nil }

// known returns the value of a node that is a column or has been computed already for at least the rows of f, or nil. The caller owns it.
func (f *frame) known(n *node) *vector.Vector {
	if n.slot < 0 {
		return nil
	}
	if v := f.memo[n.slot]; v != nil {
		return v.Retain()
	}
	if n.column >= 0 && f.parent == nil {
		return f.cols[n.column].Retain()
	}
	if f.parent == nil {
		return nil
	}
	from := f.parent.known(n)
	if from == nil {
		return nil
	}
	v := vector.Gather(f.pool, from, f.sel)
	from.Release()
	f.memo[n.slot] = v.Retain()
	return v
}

// full is eval with constants repeated for every row.
func (f *frame) full(n *node) (*vector.Vector, error) {
	if n.konst == nil {
		return f.eval(n)
	}
	return repeat(f.pool, n.konst, f.n), nil
}

// new returns a vector of the frame's rows for the results of a kernel.
func (f *frame) new(t types.Type) *vector.Vector { return vector.New(f.pool, t, f.n, 0) }

// newBytes is new for a variable-length type with room for about size bytes.
func (f *frame) newBytes(t types.Type, size int) *vector.Vector {
	return vector.New(f.pool, t, f.n, size)
}

// repeat returns n copies of the one value of k.
func repeat(pool *vector.Pool, k *vector.Vector, n int) *vector.Vector {
	switch k.Type.Storage() {
	case types.StoreI8, types.StoreI16, types.StoreI32, types.StoreI64, types.StoreF32, types.StoreF64, types.StoreI128, types.StoreBool, types.StoreBytes:
	default:
		return vector.Gather(pool, k, make([]int32, n))
	}
	if k.IsNull(0) {
		out := vector.New(pool, k.Type, n, 0)
		if k.Type.Storage() != types.StoreBool {
			clear(out.Data)
		}
		out.AllNull()
		return out
	}
	switch k.Type.Storage() {
	case types.StoreBool:
		out := vector.New(pool, k.Type, n, 0)
		vector.FillBits(out.Data, n, k.Bool(0))
		return out
	case types.StoreBytes:
		b := k.Bytes(0)
		out := vector.New(pool, k.Type, n, len(b)*n)
		out.Data = out.Data[:len(b)*n]
		for i := range n {
			copy(out.Data[i*len(b):], b)
			out.Offsets[i+1] = int32((i + 1) * len(b))
		}
		return out
	case types.StoreI8:
		return repeatFixed[uint8](pool, k, n)
	case types.StoreI16:
		return repeatFixed[uint16](pool, k, n)
	case types.StoreI32, types.StoreF32:
		return repeatFixed[uint32](pool, k, n)
	case types.StoreI64, types.StoreF64:
		return repeatFixed[uint64](pool, k, n)
	default:
		return repeatFixed[[2]uint64](pool, k, n)
	}
}

func repeatFixed[T any](pool *vector.Pool, k *vector.Vector, n int) *vector.Vector {
	out := vector.New(pool, k.Type, n, 0)
	x, dst := vector.Values[T](k)[0], vector.Values[T](out)
	for i := range dst {
		dst[i] = x
	}
	return out
}

// scatter puts the values of v at the rows sel of a column of n rows. The other rows are NULL.
func scatter(pool *vector.Pool, v *vector.Vector, sel []uint16, n int) *vector.Vector {
	index := make([]int32, n)
	for i := range index {
		index[i] = -1
	}
	for i, r := range sel {
		index[r] = int32(i)
	}
	return vector.Gather(pool, v, index)
}

// sameTyped gives v, which is used up, the type t of the same storage.
func sameTyped(v *vector.Vector, t types.Type) *vector.Vector {
	if v.Type.Equal(t) || v.Type.Storage() != t.Storage() {
		return v
	}
	return retype(v, t)
}

// retype returns v, which is used up, under another type of the same storage.
func retype(v *vector.Vector, t types.Type) *vector.Vector {
	s := v.Slice(nil, 0, v.Len)
	v.Release()
	setType(s, t)
	return s
}

// setType changes the type of a column and, where the shape is the same, of its children.
func setType(v *vector.Vector, t types.Type) {
	v.Type = t
	for i, c := range t.Children() {
		if i < len(v.Children) && !v.Children[i].Type.Equal(c) && v.Children[i].Type.Storage() == c.Storage() {
			v.Children[i] = retype(v.Children[i], c)
		}
	}
}
