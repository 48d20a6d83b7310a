package text

import (
	"bytes"
	"unicode/utf8"
)

// Length returns the number of code points.
func Length(s []byte) int { return utf8.RuneCount(s) }

// isASCII reports whether all bytes are below 0x80.
func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// offset returns the byte offset of the n-th code point (from 0), or len(s).
func offset(s []byte, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

// fromEnd returns the byte offset of the n-th code point from the end, and false
// if there are fewer.
func fromEnd(s []byte, n int) (int, bool) {
	i := len(s)
	for ; n > 0; n-- {
		if i == 0 {
			return 0, false
		}
		_, size := utf8.DecodeLastRune(s[:i])
		i -= size
	}
	return i, true
}

// Substring returns the text from a position on: 0 acts as 1, negative positions
// count from the end, positions outside give the empty text.
func Substring(s []byte, pos int) []byte {
	if pos < 0 {
		i, ok := fromEnd(s, -pos)
		if !ok {
			return s[:0]
		}
		return s[i:]
	}
	return s[offset(s, max(pos-1, 0)):]
}

// SubstringLen returns n code points from a position on; ok is false for a
// negative n.
func SubstringLen(s []byte, pos, n int) (part []byte, ok bool) {
	if n < 0 {
		return nil, false
	}
	return Left(Substring(s, pos), n), true
}

// Left returns the first n code points, none for a negative n.
func Left(s []byte, n int) []byte {
	if n >= len(s) {
		return s
	}
	return s[:offset(s, n)]
}

// Right returns the last n code points, none for a negative n.
func Right(s []byte, n int) []byte {
	if n <= 0 {
		return s[:0]
	}
	i, _ := fromEnd(s, n)
	return s[i:]
}

// Position returns the position of the needle in s, 0 if there is none, 1 for an
// empty needle.
func Position(needle, s []byte) int {
	before, _, ok := bytes.Cut(s, needle)
	if !ok {
		return 0
	}
	return utf8.RuneCount(before) + 1
}

// PositionFrom is Position at or after a position; below 1 it acts as 1. An
// empty needle is at 1 wherever the search starts.
func PositionFrom(needle, s []byte, from int) int {
	if len(needle) == 0 {
		return 1
	}
	start := offset(s, max(from-1, 0))
	i := bytes.Index(s[start:], needle)
	if i < 0 {
		return 0
	}
	return utf8.RuneCount(s[:start+i]) + 1
}

// Instr returns the position of the nth (from 1) occurrence of the needle at or
// after start; a negative start counts from the end and searches toward the
// front. Occurrences may overlap; 0 means none, and start 0 finds none.
func Instr(s, needle []byte, start, nth int) int {
	switch {
	case start == 0 || nth < 1:
		return 0
	case len(needle) == 0 && start > 0 && nth == 1:
		return 1
	case len(needle) == 0 && nth == 1:
		return utf8.RuneCount(s) + 1
	}
	if start > 0 {
		i := offset(s, start-1)
		if start > 1 && i == len(s) {
			return 0
		}
		for {
			j := bytes.Index(s[i:], needle)
			if j < 0 {
				return 0
			}
			i += j
			if nth--; nth == 0 {
				return utf8.RuneCount(s[:i]) + 1
			}
			if i == len(s) {
				return 0
			}
			_, size := utf8.DecodeRune(s[i:])
			i += size
		}
	}
	i, ok := fromEnd(s, -start)
	if !ok {
		return 0
	}
	for {
		if bytes.HasPrefix(s[i:], needle) {
			if nth--; nth == 0 {
				return utf8.RuneCount(s[:i]) + 1
			}
		}
		if i == 0 {
			return 0
		}
		_, size := utf8.DecodeLastRune(s[:i])
		i -= size
	}
}

// TrimLeft drops leading code points that occur in chars.
func TrimLeft(s, chars []byte) []byte {
	for len(s) > 0 {
		n := leadIn(s, chars)
		if n == 0 {
			break
		}
		s = s[n:]
	}
	return s
}

// TrimRight drops trailing code points that occur in chars.
func TrimRight(s, chars []byte) []byte {
	for len(s) > 0 {
		_, size := utf8.DecodeLastRune(s)
		if leadIn(s[len(s)-size:], chars) == 0 {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

// Trim drops code points that occur in chars from both ends.
func Trim(s, chars []byte) []byte { return TrimRight(TrimLeft(s, chars), chars) }

// leadIn returns the size of the first code point if chars holds it, else 0.
func leadIn(s, chars []byte) int {
	size := 1
	if s[0] >= utf8.RuneSelf {
		_, size = utf8.DecodeRune(s)
	}
	if bytes.Contains(chars, s[:size]) {
		return size
	}
	return 0
}

// SplitIndex returns the piece of s with an index from 0, split by the whole
// delimiter; pieces may be empty. ok is false if there is no such piece, and for
// an empty s. An empty delimiter splits nothing.
func SplitIndex(s, delimiter []byte, index int) (piece []byte, ok bool) {
	if index < 0 || len(s) == 0 {
		return nil, false
	}
	if len(delimiter) == 0 {
		return s, index == 0
	}
	for ; ; index-- {
		i := bytes.Index(s, delimiter)
		if index == 0 {
			if i < 0 {
				return s, true
			}
			return s[:i], true
		}
		if i < 0 {
			return nil, false
		}
		s = s[i+len(delimiter):]
	}
}

// SplitIndexCode is SplitIndex with the delimiter given as a character code, 1
// to 255.
func SplitIndexCode(s []byte, code, index int) (piece []byte, ok bool) {
	if code < 1 || code > 255 {
		return nil, false
	}
	var buf [4]byte
	return SplitIndex(s, utf8.AppendRune(buf[:0], rune(code)), index)
}

// CutTo returns at most n code points: the cast to VARCHAR(n).
func CutTo(s []byte, n int) []byte { return Left(s, n) }

// AppendChar appends s cut or padded with blanks to n code points: the cast to
// CHAR(n).
func AppendChar(dst, s []byte, n int) []byte {
	s = Left(s, n)
	dst = append(dst, s...)
	for range n - utf8.RuneCount(s) {
		dst = append(dst, ' ')
	}
	return dst
}
