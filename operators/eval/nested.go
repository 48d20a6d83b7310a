package eval

import (
	"bytes"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// sameValue tells whether two values of one type are the same, NULL being the same as NULL: the equality of elements of collections.
func sameValue(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if x, y := a.IsNull(i), b.IsNull(j); x || y {
		return x && y
	}
	switch a.Type.Storage() {
	case types.StoreNone:
		return true
	case types.StoreBool:
		return a.Bool(i) == b.Bool(j)
	case types.StoreI8:
		return vector.Values[int8](a)[i] == vector.Values[int8](b)[j]
	case types.StoreI16:
		return vector.Values[int16](a)[i] == vector.Values[int16](b)[j]
	case types.StoreI32:
		return vector.Values[int32](a)[i] == vector.Values[int32](b)[j]
	case types.StoreI64:
		return vector.Values[int64](a)[i] == vector.Values[int64](b)[j]
	case types.StoreF32:
		return vector.Values[float32](a)[i] == vector.Values[float32](b)[j]
	case types.StoreF64:
		return vector.Values[float64](a)[i] == vector.Values[float64](b)[j]
	case types.StoreI128:
		return vector.Values[[2]uint64](a)[i] == vector.Values[[2]uint64](b)[j]
	case types.StoreBytes:
		return bytes.Equal(a.Bytes(i), b.Bytes(j))
	case types.StoreList:
		return sameList(a, i, b, j)
	case types.StoreMap:
		return sameMap(a, i, b, j)
	default:
		for k := range a.Children {
			if !sameValue(a.Children[k], i, b.Children[k], j) {
				return false
			}
		}
		return true
	}
}

func sameList(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	n := a.Offsets[i+1] - a.Offsets[i]
	if n != b.Offsets[j+1]-b.Offsets[j] {
		return false
	}
	for k := range n {
		if !sameValue(a.Children[0], int(a.Offsets[i]+k), b.Children[0], int(b.Offsets[j]+k)) {
			return false
		}
	}
	return true
}

// sameMap compares as sets of entries.
func sameMap(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if a.Offsets[i+1]-a.Offsets[i] != b.Offsets[j+1]-b.Offsets[j] {
		return false
	}
	for k := a.Offsets[i]; k < a.Offsets[i+1]; k++ {
		at := findKey(b, j, a.Children[0], int(k))
		if at < 0 || !sameValue(a.Children[1], int(k), b.Children[1], at) {
			return false
		}
	}
	return true
}

// findKey returns the position in the children of map i of m of the last entry with the key that is value k of keys, or -1.
func findKey(m *vector.Vector, i int, keys *vector.Vector, k int) int {
	for e := int(m.Offsets[i+1]) - 1; e >= int(m.Offsets[i]); e-- {
		if sameValue(m.Children[0], e, keys, k) {
			return e
		}
	}
	return -1
}

// compareNested compares ROWs field by field, where the first field that differs or is NULL decides (= is NULL then, <> TRUE), and
// collections as values.
func compareNested(op comparison, t types.Type) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		sa, sb := step(f, a), step(f, b)
		for i := range f.n {
			if isNull(f, a, i) || isNull(f, b, i) {
				continue
			}
			if t.Kind != types.Row {
				vector.PutBit(out.Data, i, sameValue(a, i*sa, b, i*sb) == (op == equal))
				continue
			}
			res, known := compareRows(op, a, i*sa, b, i*sb)
			if !known {
				out.SetNull(i)
			}
			vector.PutBit(out.Data, i, res)
		}
	}
}

func compareRows(op comparison, a *vector.Vector, i int, b *vector.Vector, j int) (res, known bool) {
	if op == notEqual {
		eq, ok := compareRows(equal, a, i, b, j)
		return !eq || !ok, true
	}
	if op == equal {
		for k, x := range a.Children {
			y := b.Children[k]
			switch {
			case x.IsNull(i) || y.IsNull(j):
				return false, false
			case x.Type.Kind == types.Row:
				if eq, ok := compareRows(equal, x, i, y, j); !eq || !ok {
					return eq, ok
				}
			case !sameValue(x, i, y, j):
				return false, true
			}
		}
		return true, true
	}
	for k, x := range a.Children {
		y := b.Children[k]
		if x.IsNull(i) || y.IsNull(j) {
			return false, false
		}
		if c := compareAt(x, i, y, j); c != 0 {
			return op.accepts(c), true
		}
	}
	return op.accepts(0), true
}

// compareAt orders two values of one type, NULL first, as ORDER BY does.
func compareAt(a *vector.Vector, i int, b *vector.Vector, j int) int {
	if x, y := a.IsNull(i), b.IsNull(j); x || y {
		return int(b2u(y)) - int(b2u(x))
	}
	switch a.Type.Storage() {
	case types.StoreBool:
		return int(b2u(a.Bool(i))) - int(b2u(b.Bool(j)))
	case types.StoreI8:
		return threeWay(vector.Values[int8](a)[i], vector.Values[int8](b)[j])
	case types.StoreI16:
		return threeWay(vector.Values[int16](a)[i], vector.Values[int16](b)[j])
	case types.StoreI32:
		return threeWay(vector.Values[int32](a)[i], vector.Values[int32](b)[j])
	case types.StoreI64:
		return threeWay(vector.Values[int64](a)[i], vector.Values[int64](b)[j])
	case types.StoreF32:
		return number.CompareDouble(float64(vector.Values[float32](a)[i]), float64(vector.Values[float32](b)[j]))
	case types.StoreF64:
		return number.CompareDouble(vector.Values[float64](a)[i], vector.Values[float64](b)[j])
	case types.StoreI128:
		return vector.Values[decimal.Int128](a)[i].Cmp(vector.Values[decimal.Int128](b)[j])
	case types.StoreBytes:
		return bytes.Compare(a.Bytes(i), b.Bytes(j))
	case types.StoreList:
		return compareLists(a, i, b, j)
	default:
		for k := range a.Children {
			if c := compareAt(a.Children[k], i, b.Children[k], j); c != 0 {
				return c
			}
		}
		return 0
	}
}

func compareLists(a *vector.Vector, i int, b *vector.Vector, j int) int {
	n, m := a.Offsets[i+1]-a.Offsets[i], b.Offsets[j+1]-b.Offsets[j]
	for k := range min(n, m) {
		if c := compareAt(a.Children[0], int(a.Offsets[i]+k), b.Children[0], int(b.Offsets[j]+k)); c != 0 {
			return c
		}
	}
	return threeWay(n, m)
}

func threeWay[T ordered](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}
