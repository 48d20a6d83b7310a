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
	out := New(pool, v.Type, n, gatherBytes(v, index))
	if v.Valid != nil && st != types.StoreNone {
		gatherValid(out, v, index)
	} else {
		for i, r := range index {
			if int32(r) < 0 {
				out.SetNull(i)
			}
		}
	}
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
		gatherVar(out, v, index)
	case types.StoreList, types.StoreMap:
		gatherLists(pool, out, v, index)
	case types.StoreStruct:
		for i, c := range v.Children {
			out.Children[i].Release()
			out.Children[i] = Gather(pool, c, index)
		}
	}
	return out
}

func gatherBytes[I Index](v *Vector, index []I) int {
	if v.Type.Storage() != types.StoreBytes {
		return 0
	}
	n := 0
	for _, r := range index {
		if int32(r) >= 0 {
			n += int(v.Offsets[int(r)+1] - v.Offsets[int(r)])
		}
	}
	return n
}

func gatherValid[I Index](out, v *Vector, index []I) {
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
func gatherVar[I Index](out, v *Vector, index []I) {
	total := gatherBytes(v, index)
	out.Data = out.Data[:total]
	at, src := 0, v.Data
	for i, r := range index {
		if int32(r) >= 0 {
			from, to := int(v.Offsets[r]), int(v.Offsets[int(r)+1])
			n := to - from
			if n <= 16 && from+16 <= len(src) {
				*(*[16]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(out.Data)), at)) = *(*[16]byte)(unsafe.Pointer(&src[from]))
			} else {
				copy(out.Data[at:], src[from:to])
			}
			at += n
		}
		out.Offsets[i+1] = int32(at)
	}
}

func gatherLists[I Index](pool *Pool, out, v *Vector, index []I) {
	var rows []int32
	for i, r := range index {
		if int32(r) >= 0 && !v.IsNull(int(r)) {
			for j := v.Offsets[r]; j < v.Offsets[int(r)+1]; j++ {
				rows = append(rows, j)
			}
		}
		out.Offsets[i+1] = int32(len(rows))
	}
	for i, c := range v.Children {
		out.Children[i].Release()
		out.Children[i] = Gather(pool, c, rows)
	}
}
