package text

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"
)

// AppendHex appends two upper case digits per byte.
func AppendHex(dst, b []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

// AppendUnhex decodes hexadecimal text. Of an odd number of digits the first
// gives a byte of zero. ok is false if there is anything but digits.
func AppendUnhex(dst, s []byte) (out []byte, ok bool) {
	if len(s)%2 == 1 {
		if nibble(s[0]) < 0 {
			return dst, false
		}
		dst = append(dst, 0)
		s = s[1:]
	}
	for i := 0; i < len(s); i += 2 {
		a, b := nibble(s[i]), nibble(s[i+1])
		if a < 0 || b < 0 {
			return dst, false
		}
		dst = append(dst, byte(a<<4|b))
	}
	return dst, true
}

func nibble(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// AppendBase64 encodes with padding.
func AppendBase64(dst, b []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

// AppendUnbase64 decodes base64 with or without padding, as Java's basic decoder
// does; the errors are Java's.
func AppendUnbase64(dst, s []byte) ([]byte, error) {
	n := len(s)
	if n > 0 && n < 2 {
		return dst, errors.New("input byte[] should at least have 2 bytes for base64 bytes")
	}
	data := n
	for data > 0 && s[data-1] == '=' && n-data < 2 {
		data--
	}
	for i, c := range s[:data] {
		switch {
		case c == '=':
			if i%4 < 2 {
				return dst, errors.New("input byte array has wrong 4-byte ending unit")
			}
			return dst, fmt.Errorf("input byte array has incorrect ending byte at %d", i+1)
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
		default:
			return dst, fmt.Errorf("illegal base64 character %x", c)
		}
	}
	if data != n && n%4 != 0 {
		return dst, errors.New("input byte array has wrong 4-byte ending unit")
	}
	if data%4 == 1 {
		return dst, errors.New("last unit does not have enough valid bits")
	}
	return base64.RawStdEncoding.AppendDecode(dst, s[:data])
}

// AppendURLEncode encodes as an HTML form does: blanks become plus signs.
func AppendURLEncode(dst, s []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '*':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

// AppendURLDecode decodes what an HTML form encodes. ok is false for a percent
// sign without two digits; bytes that are no UTF-8 are replaced.
func AppendURLDecode(dst, s []byte) (out []byte, ok bool) {
	start := len(dst)
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			dst = append(dst, ' ')
		case '%':
			if i+2 >= len(s) {
				return dst[:start], false
			}
			a, b := nibble(s[i+1]), nibble(s[i+2])
			if a < 0 || b < 0 {
				return dst[:start], false
			}
			dst = append(dst, byte(a<<4|b))
			i += 2
		default:
			dst = append(dst, s[i])
		}
	}
	if utf8.Valid(dst[start:]) {
		return dst, true
	}
	raw := append([]byte(nil), dst[start:]...)
	return AppendValid(dst[:start], raw), true
}

// AppendValid appends s as Java decodes it: each malformed sequence, as long as
// it could have become a character, is one U+FFFD.
func AppendValid(dst, s []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			size = malformed(s)
		}
		dst = utf8.AppendRune(dst, r)
		s = s[size:]
	}
	return dst
}

// malformed returns how many bytes at the start of s are one broken character.
func malformed(s []byte) int {
	lo, hi, n := byte(0x80), byte(0xbf), 0
	switch c := s[0]; {
	case c >= 0xc2 && c <= 0xdf:
		n = 1
	case c == 0xe0:
		lo, n = 0xa0, 2
	case c == 0xed:
		hi, n = 0x9f, 2
	case c >= 0xe1 && c <= 0xef:
		n = 2
	case c == 0xf0:
		lo, n = 0x90, 3
	case c == 0xf4:
		hi, n = 0x8f, 3
	case c >= 0xf1 && c <= 0xf3:
		n = 3
	}
	size := 1
	for ; n > 0 && size < len(s) && s[size] >= lo && s[size] <= hi; n-- {
		lo, hi = 0x80, 0xbf
		size++
	}
	return size
}

// AppendMD5 appends the digest in lower case hexadecimal digits.
func AppendMD5(dst, b []byte) []byte {
	h := md5.Sum(b)
	return hex.AppendEncode(dst, h[:])
}

// AppendSHA1 appends the digest in lower case hexadecimal digits.
func AppendSHA1(dst, b []byte) []byte {
	h := sha1.Sum(b)
	return hex.AppendEncode(dst, h[:])
}

// AppendSHA2 appends the digest of 224, 256, 384 or 512 bits in lower case
// hexadecimal digits; ok is false for other lengths.
func AppendSHA2(dst, b []byte, bits int) (out []byte, ok bool) {
	switch bits {
	case 224:
		h := sha256.Sum224(b)
		return hex.AppendEncode(dst, h[:]), true
	case 256:
		h := sha256.Sum256(b)
		return hex.AppendEncode(dst, h[:]), true
	case 384:
		h := sha512.Sum384(b)
		return hex.AppendEncode(dst, h[:]), true
	case 512:
		h := sha512.Sum512(b)
		return hex.AppendEncode(dst, h[:]), true
	}
	return dst, false
}
