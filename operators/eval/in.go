package eval

import (
	"math"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// buildIn compiles value IN (list): a search in a constant table where the list is long, comparisons otherwise.
func buildIn(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if args[0].isNull() {
		return c.null(e.Type), nil
	}
	list := args[1:]
	constants, null := true, false
	for i := range list {
		constants = constants && list[i].konst != nil
		null = null || list[i].isNull()
	}
	value := args[0]
	if constants && value.typ.Storage() == types.StoreI64 || constants && value.typ.Storage() == types.StoreI32 {
		if n := c.intSet(e, value, list, null); n != nil {
			return n, nil
		}
	}
	if constants && value.typ.Storage() == types.StoreBytes {
		return c.bytesSet(e, value, list, null), nil
	}
	var parts []*node
	for _, x := range list {
		if x.isNull() {
			continue
		}
		n, err := c.member(e, value, x)
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
	if null {
		parts = append(parts, c.null(types.BooleanType()))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return buildOr(c, e, parts)
}

// member compares a value with one of the list. DOUBLE members match by bits: a zero only that of its sign, NaN nothing.
func (c *compiler) member(e *expr.Expr, value, x *node) (*node, error) {
	if x.konst == nil || value.typ.Kind != types.Double || x.typ.Kind != types.Double {
		return c.compare(e, "=", value, x)
	}
	k := vector.Values[float64](x.konst)[0]
	if k != 0 {
		return c.compare(e, "=", value, x)
	}
	bits := int64(math.Float64bits(k))
	return c.call(e, types.BooleanType(), func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, a...)
		eqCK(out.Data, vector.Values[int64](a[0]), bits)
		return out, nil
	}, value), nil
}

// compare makes the node of a comparison that the compiler needs itself.
func (c *compiler) compare(e *expr.Expr, fn string, a, b *node) (*node, error) {
	x := &expr.Expr{Kind: expr.Call, Func: fn, Type: types.BooleanType(), Pos: e.Pos}
	if a.expr != nil && b.expr != nil {
		x.Args = []*expr.Expr{a.expr, b.expr}
	}
	n, err := buildCompare(c, x, []*node{a, b})
	if err != nil {
		return nil, err
	}
	n.expr = e
	return c.folded(n), nil
}

// intSet tests membership of integers in an open-addressing table.
func (c *compiler) intSet(e *expr.Expr, value *node, list []*node, null bool) *node {
	var keys []int64
	for _, x := range list {
		if x.isNull() {
			continue
		}
		if x.typ.Storage() != value.typ.Storage() || x.typ.Scale != value.typ.Scale {
			return nil
		}
		k, ok := Value(x.konst, 0).(int64)
		if !ok {
			return nil
		}
		keys = append(keys, k)
	}
	if len(keys) < 4 {
		return nil
	}
	set := newIntSet(keys)
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, a[0])
		if a[0].Type.Storage() == types.StoreI32 {
			searchInts(set, out.Data, vector.Values[int32](a[0]))
		} else {
			searchInts(set, out.Data, vector.Values[int64](a[0]))
		}
		missUnknown(out, null)
		return out, nil
	}, value)
}

// missUnknown makes what is not TRUE unknown if the list has a NULL.
func missUnknown(out *vector.Vector, null bool) {
	if !null {
		return
	}
	valid := out.EnsureValid()
	for i := range out.Data {
		valid[i] &= out.Data[i]
	}
}

type intSet struct {
	slots []int64
	used  []bool
	mask  uint64
}

func hash64(x uint64) uint64 {
	x *= 0x9E3779B97F4A7C15
	return x ^ x>>32
}

func newIntSet(keys []int64) *intSet {
	size := 8
	for size < 2*len(keys) {
		size *= 2
	}
	s := &intSet{slots: make([]int64, size), used: make([]bool, size), mask: uint64(size - 1)}
	for _, k := range keys {
		i := hash64(uint64(k)) & s.mask
		for s.used[i] && s.slots[i] != k {
			i = (i + 1) & s.mask
		}
		s.slots[i], s.used[i] = k, true
	}
	return s
}

func searchInts[T int32 | int64](s *intSet, dst []byte, src []T) {
	for i, x := range src {
		k := int64(x)
		at := hash64(uint64(k)) & s.mask
		for s.used[at] {
			if s.slots[at] == k {
				dst[i>>3] |= 1 << (i & 7)
				break
			}
			at = (at + 1) & s.mask
		}
	}
}

// bytesSet tests membership of text: by length, then by bytes; by a map where the list is long.
func (c *compiler) bytesSet(e *expr.Expr, value *node, list []*node, null bool) *node {
	var keys [][]byte
	set := map[string]struct{}{}
	for _, x := range list {
		if !x.isNull() {
			k := append([]byte{}, x.konst.Bytes(0)...)
			keys = append(keys, k)
			set[string(k)] = struct{}{}
		}
	}
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, a[0])
		if len(keys) <= 8 {
			for _, k := range keys {
				equalBytesConst(out.Data, a[0], k)
			}
		} else {
			for i := range f.n {
				if _, ok := set[string(a[0].Bytes(i))]; ok {
					vector.SetBit(out.Data, i)
				}
			}
		}
		missUnknown(out, null)
		return out, nil
	}, value)
}
