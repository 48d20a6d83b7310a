package rowkey

import (
	"encoding/binary"
	"math"
	"math/bits"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// The constants of the hash: odd numbers with about as many ones as zeros. They must never change (invariant 1).
const (
	seed     = 0x9E6C63D0876A9A35
	mulValue = 0xA0761D6478BD642F
	mulHash  = 0xE7037ED1A0B428DB
	hashNull = 0x8EBC6AF09C88C6E3
	hashList = 0x589965CC75374CC3
	nan64    = 0x7FF8000000000000
	nan32    = 0x7FC00000
)

// mix folds a value into a hash: the two halves of a 128-bit product.
func mix(h, x uint64) uint64 {
	hi, lo := bits.Mul64(x^mulValue, h^mulHash)
	return hi ^ lo
}

// canonical64 returns the bits of a DOUBLE with every NaN made the same.
func canonical64(b uint64) uint64 {
	if b&^(1<<63) > 0x7FF0000000000000 {
		return nan64
	}
	return b
}

// canonical32 is canonical64 for FLOAT.
func canonical32(b uint32) uint32 {
	if b&^(1<<31) > 0x7F800000 {
		return nan32
	}
	return b
}

// HashBytes folds bytes into h.
func HashBytes(h uint64, b []byte) uint64 {
	n := len(b)
	h = mix(h, uint64(n))
	for len(b) > 16 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^mulValue^h, binary.LittleEndian.Uint64(b[8:])^mulHash)
		h = hi ^ lo
		b = b[16:]
	}
	var x, y uint64
	switch n = len(b); {
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x = uint64(b[0])<<16 | uint64(b[n>>1])<<8 | uint64(b[n-1])
	}
	hi, lo := bits.Mul64(x^mulValue^h, y^mulHash)
	return hi ^ lo ^ h
}

// HashInt64 is the hash of a key of one BIGINT (or any type stored as int64), as HashColumns computes it.
func HashInt64(x int64) uint64 { return mix(seed, uint64(x)) }

// HashColumns writes the hash of the key columns of each row that counts (in order; the selection of b is honoured) to dst, which has
// b.Rows() entries. Without columns all rows have the same hash. Integers of different width hash by value.
func HashColumns(b *vector.Batch, cols []int, dst []uint64) {
	dst = dst[:b.Rows()]
	for i := range dst {
		dst[i] = seed
	}
	for _, c := range cols {
		HashColumn(b.Columns[c], b.Sel, dst)
	}
}

// HashColumn folds one column into the hashes: value sel[i], or i if sel is nil, into dst[i].
func HashColumn(v *vector.Vector, sel []uint16, dst []uint64) {
	if v.Valid != nil {
		hashNullable(v, sel, dst)
		return
	}
	switch v.Type.Storage() {
	case types.StoreI8:
		hashFixed[int8](v, sel, dst)
	case types.StoreI16:
		hashFixed[int16](v, sel, dst)
	case types.StoreI32:
		hashFixed[int32](v, sel, dst)
	case types.StoreI64:
		hashFixed[int64](v, sel, dst)
	case types.StoreBytes:
		if sel == nil {
			for i := range dst {
				dst[i] = HashBytes(dst[i], v.Data[v.Offsets[i]:v.Offsets[i+1]])
			}
			return
		}
		for i, r := range sel {
			dst[i] = HashBytes(dst[i], v.Bytes(int(r)))
		}
	default:
		if sel == nil {
			for i := range dst {
				dst[i] = hashValue(dst[i], v, i)
			}
			return
		}
		for i, r := range sel {
			dst[i] = hashValue(dst[i], v, int(r))
		}
	}
}

type integer interface{ int8 | int16 | int32 | int64 }

func hashFixed[T integer](v *vector.Vector, sel []uint16, dst []uint64) {
	x := vector.Values[T](v)
	if sel == nil {
		x = x[:len(dst)]
		for i := range dst {
			dst[i] = mix(dst[i], uint64(int64(x[i])))
		}
		return
	}
	for i, r := range sel {
		dst[i] = mix(dst[i], uint64(int64(x[r])))
	}
}

func hashNullable(v *vector.Vector, sel []uint16, dst []uint64) {
	switch v.Type.Storage() {
	case types.StoreI32:
		hashFixedNullable[int32](v, sel, dst)
	case types.StoreI64:
		hashFixedNullable[int64](v, sel, dst)
	default:
		if sel == nil {
			for i := range dst {
				dst[i] = hashValue(dst[i], v, i)
			}
			return
		}
		for i, r := range sel {
			dst[i] = hashValue(dst[i], v, int(r))
		}
	}
}

func hashFixedNullable[T integer](v *vector.Vector, sel []uint16, dst []uint64) {
	x := vector.Values[T](v)
	for i := range dst {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		k := uint64(int64(x[r]))
		if v.Valid[r>>3]>>(r&7)&1 == 0 {
			k = hashNull
		}
		dst[i] = mix(dst[i], k)
	}
}

// hashValue folds value i of any column into h.
func hashValue(h uint64, v *vector.Vector, i int) uint64 {
	if v.IsNull(i) {
		return mix(h, hashNull)
	}
	switch v.Type.Storage() {
	case types.StoreBool:
		if v.Bool(i) {
			return mix(h, 1)
		}
		return mix(h, 0)
	case types.StoreI8:
		return mix(h, uint64(int64(vector.Values[int8](v)[i])))
	case types.StoreI16:
		return mix(h, uint64(int64(vector.Values[int16](v)[i])))
	case types.StoreI32:
		return mix(h, uint64(int64(vector.Values[int32](v)[i])))
	case types.StoreI64:
		return mix(h, vector.Values[uint64](v)[i])
	case types.StoreF32:
		return mix(h, uint64(canonical32(math.Float32bits(vector.Values[float32](v)[i]))))
	case types.StoreF64:
		return mix(h, canonical64(math.Float64bits(vector.Values[float64](v)[i])))
	case types.StoreI128:
		x := vector.Values[[2]uint64](v)[i]
		return mix(mix(h, x[0]), x[1])
	case types.StoreBytes:
		return HashBytes(h, v.Bytes(i))
	case types.StoreList:
		from, to := v.Offsets[i], v.Offsets[i+1]
		h = mix(h, hashList+uint64(to-from))
		for j := from; j < to; j++ {
			h = hashValue(h, v.Children[0], int(j))
		}
		return h
	case types.StoreMap:
		from, to := v.Offsets[i], v.Offsets[i+1]
		sum := uint64(0)
		for j := from; j < to; j++ {
			sum += hashValue(hashValue(seed, v.Children[0], int(j)), v.Children[1], int(j))
		}
		return mix(mix(h, hashList+uint64(to-from)), sum)
	case types.StoreStruct:
		for _, c := range v.Children {
			h = hashValue(h, c, i)
		}
		return mix(h, hashList)
	default:
		return mix(h, hashNull)
	}
}
