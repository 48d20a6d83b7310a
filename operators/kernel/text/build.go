package text

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// AppendUpper appends s in upper case; one letter may become two.
func AppendUpper(dst, s []byte) []byte {
	start := len(dst)
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return append(dst[:start], cases.Upper(language.Und).Bytes(s)...)
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendLower appends s in lower case; a sigma at the end of a word becomes the
// final one.
func AppendLower(dst, s []byte) []byte {
	start := len(dst)
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return append(dst[:start], cases.Lower(language.Und).Bytes(s)...)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendInitcap appends s with the first letter of each word in upper and the
// others in lower case. Words are runs of ASCII letters and digits; other
// characters stay as they are.
func AppendInitcap(dst, s []byte) []byte {
	inside := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			inside = true
		case c >= 'a' && c <= 'z':
			if !inside {
				c -= 'a' - 'A'
			}
			inside = true
		case c >= 'A' && c <= 'Z':
			if inside {
				c += 'a' - 'A'
			}
			inside = true
		default:
			inside = false
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendReverse appends the code points of s from the last to the first.
func AppendReverse(dst, s []byte) []byte {
	for len(s) > 0 {
		_, size := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return dst
}

// AppendRepeat appends s n times, nothing for n below 1.
func AppendRepeat(dst, s []byte, n int) []byte {
	for range n {
		dst = append(dst, s...)
	}
	return dst
}

// AppendReplace appends s with every occurrence of search replaced, from left to
// right. An empty search changes nothing.
func AppendReplace(dst, s, search, by []byte) []byte {
	if len(search) == 0 {
		return append(dst, s...)
	}
	for {
		i := bytes.Index(s, search)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, by...)
		s = s[i+len(search):]
	}
}

// AppendTranslate appends s with each code point of from replaced by the one at
// the same place in to; those without a counterpart are dropped. Of a repeated
// code point the first counts.
func AppendTranslate(dst, s, from, to []byte) []byte {
	for len(s) > 0 {
		_, size := utf8.DecodeRune(s)
		c := s[:size]
		s = s[size:]
		i := indexRune(from, c)
		if i < 0 {
			dst = append(dst, c...)
			continue
		}
		at := offset(to, utf8.RuneCount(from[:i]))
		if at < len(to) {
			_, n := utf8.DecodeRune(to[at:])
			dst = append(dst, to[at:at+n]...)
		}
	}
	return dst
}

// indexRune finds the encoded code point c in s; UTF-8 is self-synchronising, so
// a byte search is right.
func indexRune(s, c []byte) int {
	if len(c) == 1 {
		return bytes.IndexByte(s, c[0])
	}
	return bytes.Index(s, c)
}

// AppendOverlay appends s with n code points from a position on replaced by r: a
// position outside s changes nothing, an n below 1 drops everything behind r.
// This is OVERLAY with FOR.
func AppendOverlay(dst, s, r []byte, pos, n int) []byte {
	length := utf8.RuneCount(s)
	if pos < 1 || pos > length {
		return append(dst, s...)
	}
	head := offset(s, pos-1)
	dst = append(dst, s[:head]...)
	dst = append(dst, r...)
	if n > 0 && pos <= length-n {
		dst = append(dst, s[head+offset(s[head:], n):]...)
	}
	return dst
}

// AppendOverlayAll is OVERLAY without FOR: it replaces as many UTF-16 units as r
// has, and counts the position in UTF-16 units too. Halves of a pair become '?'.
func AppendOverlayAll(dst, s, r []byte, pos int) []byte {
	if isASCII(s) && isASCII(r) {
		return AppendOverlay(dst, s, r, pos, len(r))
	}
	u, v := utf16.Encode([]rune(string(s))), utf16.Encode([]rune(string(r)))
	if pos < 1 || pos > len(u) {
		return append(dst, s...)
	}
	out := append(append([]uint16(nil), u[:pos-1]...), v...)
	if len(v) > 0 && pos+len(v) <= len(u) {
		out = append(out, u[pos-1+len(v):]...)
	}
	return appendUTF16(dst, out)
}

// appendUTF16 appends UTF-16 as UTF-8; half a pair becomes '?', as in Java.
func appendUTF16(dst []byte, u []uint16) []byte {
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(u) {
				if full := utf16.DecodeRune(r, rune(u[i+1])); full != utf8.RuneError {
					dst = utf8.AppendRune(dst, full)
					i++
					continue
				}
			}
			r = '?'
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// AppendPadLeft appends s cut or padded on the left to n UTF-16 units. ok is
// false for a negative n and for an empty pad.
func AppendPadLeft(dst, s []byte, n int, pad []byte) (out []byte, ok bool) {
	return appendPad(dst, s, n, pad, true)
}

// AppendPadRight appends s cut or padded on the right to n UTF-16 units; see
// AppendPadLeft.
func AppendPadRight(dst, s []byte, n int, pad []byte) (out []byte, ok bool) {
	return appendPad(dst, s, n, pad, false)
}

func appendPad(dst, s []byte, n int, pad []byte, left bool) ([]byte, bool) {
	if n < 0 || len(pad) == 0 {
		return dst, false
	}
	if isASCII(s) && isASCII(pad) {
		if n <= len(s) {
			return append(dst, s[:n]...), true
		}
		if !left {
			dst = append(dst, s...)
		}
		for i := range n - len(s) {
			dst = append(dst, pad[i%len(pad)])
		}
		if left {
			dst = append(dst, s...)
		}
		return dst, true
	}
	u, p := utf16.Encode([]rune(string(s))), utf16.Encode([]rune(string(pad)))
	if n <= len(u) {
		return appendUTF16(dst, u[:n]), true
	}
	out := make([]uint16, 0, n)
	if !left {
		out = append(out, u...)
	}
	for i := range n - len(u) {
		out = append(out, p[i%len(p)])
	}
	if left {
		out = append(out, u...)
	}
	return appendUTF16(dst, out), true
}

// ASCII returns the first byte as a signed number, 0 for the empty text.
func ASCII(s []byte) int32 {
	if len(s) == 0 {
		return 0
	}
	return int32(int8(s[0]))
}

// AppendChr appends the character of the low eight bits of n, nothing for a
// negative n.
func AppendChr(dst []byte, n int64) []byte {
	if n < 0 {
		return dst
	}
	return utf8.AppendRune(dst, rune(n&0xff))
}

// HashCode returns the hash that Java gives the text.
func HashCode(s []byte) int32 {
	var h int32
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		if r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			h = h*31 + hi
			r = lo
		}
		h = h*31 + r
	}
	return h
}
