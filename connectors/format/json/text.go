package json

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789ABCDEF"

// appendText appends t as a JSON string. With pairs, characters of four bytes are written as two escapes, as Jackson does in UTF-8 output.
func appendText(dst, t []byte, pairs bool) []byte {
	dst = append(dst, '"')
	for len(t) > 0 {
		n := plainLength(t, pairs)
		dst = append(dst, t[:n]...)
		t = t[n:]
		if len(t) == 0 {
			break
		}
		if t[0] >= 0xF0 {
			r, size := utf8.DecodeRune(t)
			if a, b := utf16.EncodeRune(r); r != utf8.RuneError && a != utf8.RuneError {
				dst = appendHex(appendHex(dst, a), b)
			} else {
				dst = append(dst, t[:size]...)
			}
			t = t[size:]
			continue
		}
		dst = appendEscape(dst, t[0])
		t = t[1:]
	}
	return append(dst, '"')
}

// plainLength is how many bytes at the start of t need no escape.
func plainLength(t []byte, pairs bool) int {
	i := 0
	for ; i+8 <= len(t); i += 8 {
		w := binary.LittleEndian.Uint64(t[i:])
		m := special(w)
		if pairs {
			m |= w & (w << 1) & (w << 2) & (w << 3) & highs
		}
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(t); i++ {
		if c := t[i]; c < 0x20 || c == '"' || c == '\\' || pairs && c >= 0xF0 {
			break
		}
	}
	return i
}

func appendHex(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return appendHex(dst, rune(c))
}
