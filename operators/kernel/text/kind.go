package text

import (
	"unicode"
	"unicode/utf8"

	"millrace/operators/kernel/number"
)

// IsAlpha reports whether s is not empty and all letters of the basic plane.
func IsAlpha(s []byte) bool {
	return all(s, func(r rune) bool { return r <= 0xffff && unicode.IsLetter(r) })
}

// IsDigit reports whether s is not empty and all decimal digits of any script of
// the basic plane.
func IsDigit(s []byte) bool {
	return all(s, func(r rune) bool { return r <= 0xffff && unicode.IsDigit(r) })
}

func all(s []byte, is func(rune) bool) bool {
	if len(s) == 0 {
		return false
	}
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if !is(r) {
			return false
		}
		s = s[size:]
	}
	return true
}

// IsDecimal reports whether Java reads s as an integer or a double.
func IsDecimal(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if _, ok := number.ParseDouble(s); ok {
		return true
	}
	// Integers may use the digits of any script.
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	return IsDigit(s) && utf8.RuneCount(s) <= 19
}
