package rowkey

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Order compares rows by sort keys. Text and binary compare by unsigned bytes; FLOAT and DOUBLE in the total order of Java (-0.0 before
// 0.0, NaN last); ARRAY and ROW by their parts, a NULL part first.
type Order []plan.SortKey

// Compare returns -1, 0 or 1 for physical row i of a against physical row j of b.
func (o Order) Compare(a *vector.Batch, i int, b *vector.Batch, j int) int {
	for _, k := range o {
		x, y := a.Columns[k.Column], b.Columns[k.Column]
		xn, yn := x.IsNull(i), y.IsNull(j)
		switch {
		case xn && yn:
			continue
		case xn || yn:
			if xn == k.NullsLast {
				return 1
			}
			return -1
		}
		if c := CompareValues(x, i, y, j); c != 0 {
			if k.Descending {
				return -c
			}
			return c
		}
	}
	return 0
}

// CompareValues compares value i of x with value j of y, both of the same type and not NULL.
func CompareValues(x *vector.Vector, i int, y *vector.Vector, j int) int {
	//exhaustive:enforce
	switch x.Type.Storage() {
	case types.StoreBool:
		return cmp.Compare(bit(x.Bool(i)), bit(y.Bool(j)))
	case types.StoreI8:
		return cmp.Compare(vector.Values[int8](x)[i], vector.Values[int8](y)[j])
	case types.StoreI16:
		return cmp.Compare(vector.Values[int16](x)[i], vector.Values[int16](y)[j])
	case types.StoreI32:
		return cmp.Compare(vector.Values[int32](x)[i], vector.Values[int32](y)[j])
	case types.StoreI64:
		return cmp.Compare(vector.Values[int64](x)[i], vector.Values[int64](y)[j])
	case types.StoreF32:
		return cmp.Compare(sortable32(vector.Values[float32](x)[i]), sortable32(vector.Values[float32](y)[j]))
	case types.StoreF64:
		return cmp.Compare(sortable64(vector.Values[float64](x)[i]), sortable64(vector.Values[float64](y)[j]))
	case types.StoreI128:
		p, q := vector.Values[[2]uint64](x)[i], vector.Values[[2]uint64](y)[j]
		if c := cmp.Compare(int64(p[1]), int64(q[1])); c != 0 {
			return c
		}
		return cmp.Compare(p[0], q[0])
	case types.StoreBytes:
		return bytes.Compare(x.Bytes(i), y.Bytes(j))
	case types.StoreList, types.StoreMap:
		return compareLists(x, i, y, j)
	case types.StoreStruct:
		for k := range x.Children {
			if c := compareNullable(x.Children[k], i, y.Children[k], j); c != 0 {
				return c
			}
		}
	}
	return 0
}

func compareLists(x *vector.Vector, i int, y *vector.Vector, j int) int {
	p, pEnd, q, qEnd := int(x.Offsets[i]), int(x.Offsets[i+1]), int(y.Offsets[j]), int(y.Offsets[j+1])
	for ; p < pEnd && q < qEnd; p, q = p+1, q+1 {
		for k := range x.Children {
			if c := compareNullable(x.Children[k], p, y.Children[k], q); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(pEnd-p, qEnd-q)
}

func compareNullable(x *vector.Vector, i int, y *vector.Vector, j int) int {
	xn, yn := x.IsNull(i), y.IsNull(j)
	switch {
	case xn && yn:
		return 0
	case xn:
		return -1
	case yn:
		return 1
	default:
		return CompareValues(x, i, y, j)
	}
}

// EqualValues tells whether value i of x and value j of y are the same key (invariant 2): NULL equals NULL.
func EqualValues(x *vector.Vector, i int, y *vector.Vector, j int) bool {
	if xn, yn := x.IsNull(i), y.IsNull(j); xn || yn {
		return xn && yn
	}
	switch x.Type.Storage() {
	case types.StoreMap:
		return bytes.Equal(AppendValue(nil, x, i), AppendValue(nil, y, j))
	default:
		return CompareValues(x, i, y, j) == 0
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sortable64 maps a DOUBLE to an integer of the same order; all NaNs to one.
func sortable64(f float64) uint64 {
	b := canonical64(math.Float64bits(f))
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func sortable32(f float32) uint32 {
	b := canonical32(math.Float32bits(f))
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

// AppendSortKey appends bytes for physical row i of b whose unsigned order is the order of rows: bytes.Compare of two keys gives what
// Compare gives.
func (o Order) AppendSortKey(dst []byte, b *vector.Batch, i int) []byte {
	for _, k := range o {
		v := b.Columns[k.Column]
		if v.IsNull(i) {
			if k.NullsLast {
				dst = append(dst, 2)
			} else {
				dst = append(dst, 0)
			}
			continue
		}
		dst = append(dst, 1)
		from := len(dst)
		dst = appendSortable(dst, v, i)
		if k.Descending {
			for j := from; j < len(dst); j++ {
				dst[j] = ^dst[j]
			}
		}
	}
	return dst
}

func appendSortable(dst []byte, v *vector.Vector, i int) []byte {
	switch v.Type.Storage() {
	case types.StoreBool:
		return append(dst, byte(bit(v.Bool(i))))
	case types.StoreI8:
		return append(dst, uint8(vector.Values[int8](v)[i])^0x80)
	case types.StoreI16:
		return binary.BigEndian.AppendUint16(dst, uint16(vector.Values[int16](v)[i])^1<<15)
	case types.StoreI32:
		return binary.BigEndian.AppendUint32(dst, uint32(vector.Values[int32](v)[i])^1<<31)
	case types.StoreI64:
		return binary.BigEndian.AppendUint64(dst, uint64(vector.Values[int64](v)[i])^1<<63)
	case types.StoreF32:
		return binary.BigEndian.AppendUint32(dst, sortable32(vector.Values[float32](v)[i]))
	case types.StoreF64:
		return binary.BigEndian.AppendUint64(dst, sortable64(vector.Values[float64](v)[i]))
	case types.StoreI128:
		x := vector.Values[[2]uint64](v)[i]
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, x[1]^1<<63), x[0])
	case types.StoreBytes:
		// A zero byte is written as 0, 255; the end as 0, 0.
		for _, c := range v.Bytes(i) {
			dst = append(dst, c)
			if c == 0 {
				dst = append(dst, 255)
			}
		}
		return append(dst, 0, 0)
	case types.StoreList, types.StoreMap:
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			dst = append(dst, 1)
			for _, c := range v.Children {
				dst = appendSortableNullable(dst, c, int(j))
			}
		}
		return append(dst, 0)
	case types.StoreStruct:
		for _, c := range v.Children {
			dst = appendSortableNullable(dst, c, i)
		}
		return dst
	default:
		return dst
	}
}

func appendSortableNullable(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, 0)
	}
	return appendSortable(append(dst, 1), v, i)
}
