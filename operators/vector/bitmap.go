package vector

import (
	"encoding/binary"
	"math/bits"
)

// BitmapLen is the size in bytes of a bitmap of n bits.
func BitmapLen(n int) int { return (n + 7) >> 3 }

// Bit returns bit i of a bitmap.
func Bit(b []byte, i int) bool { return b[i>>3]>>(i&7)&1 != 0 }

// SetBit sets bit i.
func SetBit(b []byte, i int) { b[i>>3] |= 1 << (i & 7) }

// ClearBit clears bit i.
func ClearBit(b []byte, i int) { b[i>>3] &^= 1 << (i & 7) }

// PutBit writes bit i.
func PutBit(b []byte, i int, v bool) {
	if v {
		SetBit(b, i)
	} else {
		ClearBit(b, i)
	}
}

// FillBits sets the first n bits (and those up to the end of the last byte) to v.
func FillBits(b []byte, n int, v bool) {
	var x byte
	if v {
		x = 0xFF
	}
	b = b[:BitmapLen(n)]
	for i := range b {
		b[i] = x
	}
}

// CountBits returns how many of the first n bits are set.
func CountBits(b []byte, n int) int {
	count, i := 0, 0
	for ; i+64 <= n; i += 64 {
		count += bits.OnesCount64(binary.LittleEndian.Uint64(b[i>>3:]))
	}
	for ; i < n; i++ {
		count += int(b[i>>3] >> (i & 7) & 1)
	}
	return count
}

// AndBits writes a AND b into dst for n bits. dst may be a or b.
func AndBits(dst, a, b []byte, n int) {
	k := BitmapLen(n)
	dst, a, b = dst[:k], a[:k], b[:k]
	i := 0
	for ; i+8 <= k; i += 8 {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(a[i:])&binary.LittleEndian.Uint64(b[i:]))
	}
	for ; i < k; i++ {
		dst[i] = a[i] & b[i]
	}
}

// CopyBits copies n bits from bit position from of src to bit position to of dst.
func CopyBits(dst []byte, to int, src []byte, from, n int) {
	if to&7 == 0 && from&7 == 0 {
		whole := n >> 3
		copy(dst[to>>3:to>>3+whole], src[from>>3:from>>3+whole])
		to, from, n = to+whole<<3, from+whole<<3, n&7
	}
	for i := range n {
		PutBit(dst, to+i, Bit(src, from+i))
	}
}
