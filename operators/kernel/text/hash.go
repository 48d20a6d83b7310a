package text

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Murmur is the hash that Flink gives its own text type: Murmur3 of 32 bits with the seed 42, whose last bytes are mixed in one by one.
func Murmur(s []byte) int32 {
	mix := func(h, k uint32) uint32 {
		k = bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
		return bits.RotateLeft32(h^k, 13)*5 + 0xe6546b64
	}
	h, n := uint32(42), len(s)
	for ; len(s) >= 4; s = s[4:] {
		h = mix(h, binary.LittleEndian.Uint32(s))
	}
	for _, b := range s {
		h = mix(h, uint32(int32(int8(b))))
	}
	h ^= uint32(n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int32(h ^ h>>16)
}

// Units is the length of a text in UTF-16 units, as Java counts.
func Units(s []byte) int {
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		if n++; r > 0xffff {
			n++
		}
		i += size
	}
	return n
}
