package scalar

import (
	"encoding/binary"

	"millrace/operators/kernel/decimal"
)

// BigEndian reads two's complement, big endian, of any length; ok is false if the number has more than 128 bits.
func BigEndian(b []byte) (x decimal.Int128, ok bool) {
	if len(b) == 0 {
		return x, true
	}
	sign := byte(int8(b[0]) >> 7)
	for len(b) > 16 {
		if b[0] != sign || (b[1]^sign)&0x80 != 0 {
			return x, false
		}
		b = b[1:]
	}
	x.Hi, x.Lo = int64(int8(sign)), uint64(int64(int8(sign)))
	for _, c := range b {
		x.Hi = x.Hi<<8 | int64(x.Lo>>56)
		x.Lo = x.Lo<<8 | uint64(c)
	}
	return x, true
}

// PutBigEndian writes two's complement, big endian, to all of dst, at most 16 bytes; ok is false if the number does not fit.
func PutBigEndian(dst []byte, x decimal.Int128) (ok bool) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(x.Hi))
	binary.BigEndian.PutUint64(b[8:], x.Lo)
	cut := 16 - copy(dst, b[16-len(dst):])
	sign := byte(x.Hi >> 63)
	for _, c := range b[:cut] {
		if c != sign {
			return false
		}
	}
	return len(dst) > 0 && (dst[0]^sign)&0x80 == 0
}
