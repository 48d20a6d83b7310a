package rowstore

import (
	"bytes"
	"math"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// Equal tells whether row i of a and row j of b hold the same value, by the rules of keys (see rowkey): NULL is the same as NULL, NaN as NaN;
// -0.0 and 0.0 differ.
func Equal(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	an, bn := a.IsNull(i), b.IsNull(j)
	if an || bn {
		return an && bn
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
	case types.StoreI128:
		return vector.Values[[2]uint64](a)[i] == vector.Values[[2]uint64](b)[j]
	case types.StoreF32:
		x, y := vector.Values[float32](a)[i], vector.Values[float32](b)[j]
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	case types.StoreF64:
		x, y := vector.Values[float64](a)[i], vector.Values[float64](b)[j]
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	case types.StoreBytes:
		return bytes.Equal(a.Bytes(i), b.Bytes(j))
	case types.StoreStruct:
		for c := range a.Children {
			if !Equal(a.Children[c], i, b.Children[c], j) {
				return false
			}
		}
		return true
	case types.StoreList:
		return equalLists(a, i, b, j)
	default:
		return equalMaps(a, i, b, j)
	}
}

func equalLists(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	n := int(a.Offsets[i+1] - a.Offsets[i])
	if n != int(b.Offsets[j+1]-b.Offsets[j]) {
		return false
	}
	for k := range n {
		if !Equal(a.Children[0], int(a.Offsets[i])+k, b.Children[0], int(b.Offsets[j])+k) {
			return false
		}
	}
	return true
}

// equalMaps compares without regard to order.
func equalMaps(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if a.Offsets[i+1]-a.Offsets[i] != b.Offsets[j+1]-b.Offsets[j] {
		return false
	}
	for k := int(a.Offsets[i]); k < int(a.Offsets[i+1]); k++ {
		found := false
		for l := int(b.Offsets[j]); l < int(b.Offsets[j+1]) && !found; l++ {
			found = Equal(a.Children[0], k, b.Children[0], l) && Equal(a.Children[1], k, b.Children[1], l)
		}
		if !found {
			return false
		}
	}
	return true
}

func equalRows(a []*vector.Vector, i int, b []*vector.Vector, j int) bool {
	for c := range a {
		if !Equal(a[c], i, b[c], j) {
			return false
		}
	}
	return true
}

// RowEquals tells whether the stored row is equal to row i of cols.
func (s *Store) RowEquals(id ID, cols []*vector.Vector, i int) bool {
	return equalRows(s.chunks[id>>chunkBits].cols, int(id&rowMask), cols, i)
}

// KeyEquals is RowEquals for the given columns of the store, one for each of cols.
func (s *Store) KeyEquals(id ID, columns []int, cols []*vector.Vector, i int) bool {
	c, row := s.chunks[id>>chunkBits], int(id&rowMask)
	for k, col := range columns {
		if !Equal(c.cols[col], row, cols[k], i) {
			return false
		}
	}
	return true
}
