package vector

import (
	"unsafe"

	"millrace/sql/types"
)

// Index is the type of a row number in an index list.
type Index interface{ ~uint16 | ~int32 }

// Gather returns the rows of v at the given positions, in that order; positions may repeat. A negative position gives NULL.
func Gather[I Index](pool *Pool, v *Vector, index []I) *Vector {
	n := len(index)
	st := v.Type.Storage()
	if st == types.StoreStruct || st == types.StoreList || st == types.StoreMap {
		return gatherNested(pool, v, index)
	}
	total := 0
	if st == types.StoreBytes {
		total = gatherBytes(v, index)
	}
	out := New(pool, v.Type, n, total)
	gatherValid(out, v, index)
	switch st {
	case types.StoreNone:
	case types.StoreBool:
		for i, r := range index {
			if int32(r) >= 0 && Bit(v.Data, int(r)) {
				SetBit(out.Data, i)
			}
		}
	case types.StoreI8:
		gatherFixed[uint8](out, v, index)
	case types.StoreI16:
		gatherFixed[uint16](out, v, index)
	case types.StoreI32, types.StoreF32:
		gatherFixed[uint32](out, v, index)
	case types.StoreI64, types.StoreF64:
		gatherFixed[uint64](out, v, index)
	case types.StoreI128:
		gatherFixed[[2]uint64](out, v, index)
	case types.StoreBytes:
		gatherVar(out, v, index, total)
	}
	return out
}

// gatherNested is Gather for ARRAY, MAP, MULTISET and ROW.
func gatherNested[I Index](pool *Pool, v *Vector, index []I) *Vector {
	out := &Vector{Type: v.Type, Len: len(index), pool: pool}
	out.refs.Store(1)
	gatherValid(out, v, index)
	if v.Type.Storage() == types.StoreStruct {
		for _, c := range v.Children {
			out.Children = append(out.Children, Gather(pool, c, index))
		}
		return out
	}
	out.allocOffsets(len(index))
	rows := make([]int32, 0, len(index))
	for i, r := range index {
		if int32(r) >= 0 && !v.IsNull(int(r)) {
			for j := v.Offsets[r]; j < v.Offsets[int(r)+1]; j++ {
				rows = append(rows, j)
			}
		}
		out.Offsets[i+1] = int32(len(rows))
	}
	for _, c := range v.Children {
		out.Children = append(out.Children, Gather(pool, c, rows))
	}
	return out
}

// gatherBytes is the size of the values at the positions.
func gatherBytes[I Index](v *Vector, index []I) int {
	n := 0
	for _, r := range index {
		if int32(r) >= 0 {
			n += int(v.Offsets[int(r)+1] - v.Offsets[int(r)])
		}
	}
	return n
}

// canBeNegative tells whether the index type has negative values.
func canBeNegative[I Index]() bool {
	var zero I
	return zero-1 < zero
}

func gatherValid[I Index](out, v *Vector, index []I) {
	if v.Type.Storage() == types.StoreNone {
		return
	}
	if v.Valid == nil {
		if canBeNegative[I]() {
			for i, r := range index {
				if int32(r) < 0 {
					out.SetNull(i)
				}
			}
		}
		return
	}
	dst := out.EnsureValid()
	clear(dst)
	for i, r := range index {
		if int32(r) >= 0 && Bit(v.Valid, int(r)) {
			SetBit(dst, i)
		}
	}
}

func gatherFixed[T any, I Index](out, v *Vector, index []I) {
	src, dst := Values[T](v), Values[T](out)
	if len(src) == 0 {
		return
	}
	for i, r := range index {
		if int32(r) >= 0 {
			dst[i] = src[r]
		}
	}
}

// gatherVar copies in steps of 16 bytes where source and target have the slack.
func gatherVar[I Index](out, v *Vector, index []I, total int) {
	out.Data = out.Data[:total]
	at, src := 0, v.Data
	dst := unsafe.Pointer(unsafe.SliceData(out.Data))
	for i, r := range index {
		if int32(r) >= 0 {
			from, to := int(v.Offsets[r]), int(v.Offsets[int(r)+1])
			n := to - from
			if n <= 16 && from+16 <= len(src) {
				*(*[16]byte)(unsafe.Add(dst, at)) = *(*[16]byte)(unsafe.Pointer(&src[from]))
			} else {
				copy(out.Data[at:], src[from:to])
			}
			at += n
		}
		out.Offsets[i+1] = int32(at)
	}
}
