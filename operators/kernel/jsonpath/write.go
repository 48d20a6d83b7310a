package jsonpath

import (
	"bytes"
	"sort"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"millrace/operators/kernel/number"
)

// AppendString appends s as a JSON string: quotes, backslashes and control
// characters are escaped, everything else stays.
func AppendString(dst, s []byte) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, '"')
}

// AppendNumber appends a JSON number as Java writes it: integers as they are,
// others as a BigDecimal (1e3 is 1E+3, 1.50 stays).
func AppendNumber(dst, raw []byte) []byte {
	if len(raw) > 0 && raw[0] == '-' {
		start := len(dst)
		dst = appendUnsigned(append(dst, '-'), raw[1:])
		for _, c := range dst[start+1:] {
			if c >= '1' && c <= '9' {
				return dst
			}
			if c == 'E' {
				break
			}
		}
		// Zero has no sign.
		return append(dst[:start], dst[start+1:]...)
	}
	return appendUnsigned(dst, raw)
}

func appendUnsigned(dst, raw []byte) []byte {
	mantissa, exp := raw, 0
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		mantissa = raw[:i]
		exp, _ = strconv.Atoi(string(raw[i+1:]))
	} else if bytes.IndexByte(raw, '.') < 0 {
		return append(dst, raw...)
	}
	digits := make([]byte, 0, len(mantissa))
	scale := -exp
	for i, c := range mantissa {
		if c == '.' {
			scale += len(mantissa) - i - 1
			continue
		}
		digits = append(digits, c)
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	adjusted := len(digits) - 1 - scale
	switch {
	case scale == 0:
		return append(dst, digits...)
	case scale > 0 && adjusted >= -6:
		if point := len(digits) - scale; point > 0 {
			dst = append(dst, digits[:point]...)
			dst = append(dst, '.')
			return append(dst, digits[point:]...)
		}
		dst = append(dst, '0', '.')
		for range scale - len(digits) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	if adjusted == 0 {
		return dst
	}
	dst = append(dst, 'E')
	if adjusted > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(adjusted), 10)
}

// AppendDouble appends a double as JSON_STRING does: 1.5, 1.0E+10, 0.0. The
// value must be finite.
func AppendDouble(dst []byte, v float64) []byte {
	var buf [32]byte
	return AppendNumber(dst, number.AppendDouble(buf[:0], v))
}

// AppendScalar appends the text that JSON_VALUE gives for a scalar: strings
// without quotes, numbers as AppendNumber.
func AppendScalar(dst, value []byte) []byte {
	switch KindOf(value) {
	case String:
		return AppendUnescaped(dst, value)
	case Number:
		return AppendNumber(dst, value)
	}
	return append(dst, value...)
}

// AppendCanonical appends a value as JSON_QUERY writes it: no blanks, members
// sorted by name and the last of equal names kept, numbers as AppendNumber.
func AppendCanonical(dst, value []byte) []byte {
	switch KindOf(value) {
	case Object:
		return appendObject(dst, value)
	case Array:
		dst = append(dst, '[')
		elements(value, func(i int, e []byte) bool {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendCanonical(dst, e)
			return true
		})
		return append(dst, ']')
	case String:
		return AppendString(dst, AppendUnescaped(nil, value))
	case Number:
		return AppendNumber(dst, value)
	}
	return append(dst, value...)
}

func appendObject(dst, value []byte) []byte {
	type member struct{ name, value []byte }
	var all []member
	members(value, func(name, v []byte) bool {
		all = append(all, member{AppendUnescaped(nil, name), v})
		return true
	})
	sort.SliceStable(all, func(i, j int) bool { return bytes.Compare(all[i].name, all[j].name) < 0 })
	dst = append(dst, '{')
	first := true
	for i, m := range all {
		if i+1 < len(all) && bytes.Equal(all[i+1].name, m.name) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = AppendString(dst, m.name)
		dst = append(dst, ':')
		dst = AppendCanonical(dst, m.value)
	}
	return append(dst, '}')
}

// AppendQuoted is JSON_QUOTE: quotes, backslashes, slashes and the named control
// characters are escaped, characters beyond ASCII become \uXXXX. As in Flink a
// character beyond U+FFFF comes out as its code point and the second half of its
// pair.
func AppendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		switch r {
		case '"', '\\', '/':
			dst = append(dst, '\\', byte(r))
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			if r < utf8.RuneSelf {
				dst = append(dst, byte(r))
				continue
			}
			dst = appendCode(dst, r)
			if _, lo := utf16.EncodeRune(r); r > 0xffff {
				dst = appendCode(dst, lo)
			}
		}
	}
	return append(dst, '"')
}

func appendCode(dst []byte, r rune) []byte {
	dst = append(dst, '\\', 'u')
	for limit := rune(0x1000); limit > r; limit >>= 4 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(r), 16)
}

// AppendUnquoted is JSON_UNQUOTE: a valid JSON string without its quotes and
// escapes, other text as it is.
func AppendUnquoted(dst, s []byte) []byte {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' || checkString(s, 0) < 0 || !escapesFit(s[1:len(s)-1]) {
		return append(dst, s...)
	}
	return appendUnescaped(dst, s[1:len(s)-1])
}

// escapesFit reports whether every escape in s is whole.
func escapesFit(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; i == len(s) {
			return false
		}
		if s[i] == 'u' {
			if _, ok := hex4(s, i+1); !ok {
				return false
			}
		}
	}
	return true
}
