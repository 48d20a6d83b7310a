package jsonpath

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"

	"millrace/operators/kernel/number"
)

// A VARIANT is kept as JSON text in one form for each value: no blanks, members sorted by name, whole numbers of 64 bits as digits, exact
// numbers of up to 38 digits with their point, and everything else as a double that is marked by an exponent. Equal values have equal text.

// ErrDuplicateKey is the error of ParseVariant for an object with a name twice.
var ErrDuplicateKey = errors.New("the JSON object has a name twice")

// beyond is the form of a number that no double holds.
const beyond = "1E999"

// errNoJSON is the error of ParseVariant for text that is no JSON.
var errNoJSON = errors.New("the text is no JSON")

// ParseVariant appends the variant that the first JSON value of text stands for. An object with a name twice is an error unless lastWins.
func ParseVariant(dst, text []byte, lastWins bool) ([]byte, error) {
	k, value := Check(text)
	if k == Invalid {
		return dst, errNoJSON
	}
	return appendVariant(dst, value, lastWins)
}

func appendVariant(dst, value []byte, lastWins bool) ([]byte, error) {
	var err error
	switch KindOf(value) {
	case Object:
		return appendVariantObject(dst, value, lastWins)
	case Array:
		dst = append(dst, '[')
		elements(value, func(i int, e []byte) bool {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, err = appendVariant(dst, e, lastWins)
			return err == nil
		})
		return append(dst, ']'), err
	case String:
		return AppendString(dst, AppendUnescaped(nil, value)), nil
	case Number:
		return appendVariantNumber(dst, value), nil
	default:
		return append(dst, value...), nil
	}
}

func appendVariantObject(dst, value []byte, lastWins bool) ([]byte, error) {
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
			if !lastWins {
				return dst, fmt.Errorf("%w: %q", ErrDuplicateKey, m.name)
			}
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(AppendString(dst, m.name), ':')
		var err error
		if dst, err = appendVariant(dst, m.value, lastWins); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendVariantNumber appends a number in the form of variants.
func appendVariantNumber(dst, raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		if x, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return strconv.AppendInt(dst, x, 10)
		}
	}
	if !bytes.ContainsAny(raw, "eE") {
		digits, scale, zero := exactDigits(raw)
		if digits <= 38 && scale <= 38 {
			if zero && raw[0] == '-' {
				raw = raw[1:]
			}
			return append(dst, raw...)
		}
	}
	x, _ := number.ParseDouble(raw)
	if math.IsInf(x, 0) {
		if x < 0 {
			dst = append(dst, '-')
		}
		return append(dst, beyond...)
	}
	start := len(dst)
	dst = number.AppendDouble(dst, x)
	if !bytes.Contains(dst[start:], []byte("E")) {
		dst = append(dst, 'E', '0')
	}
	return dst
}

// exactDigits counts the digits of a number without exponent from the first one that is not 0, and those behind its point.
func exactDigits(raw []byte) (digits, scale int, zero bool) {
	point := false
	for _, c := range raw {
		switch c {
		case '.':
			point = true
			continue
		case '-':
			continue
		}
		if point {
			scale++
		}
		if digits > 0 || c != '0' {
			digits++
		}
	}
	return digits, scale, digits == 0
}

// AppendVariantText appends the JSON text of a variant: exact numbers without needless zeros, doubles as Java writes them.
func AppendVariantText(dst, v []byte) []byte {
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case c == '"':
			end := skipString(v, i)
			dst = append(dst, v[i:end]...)
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := skip(v, i)
			dst = appendNumberText(dst, v[i:end])
			i = end
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

func appendNumberText(dst, raw []byte) []byte {
	if bytes.Contains(raw, []byte("E")) {
		if sign, ok := bytes.CutSuffix(raw, []byte(beyond)); ok {
			return append(append(dst, sign...), "Infinity"...)
		}
		return append(dst, bytes.TrimSuffix(raw, []byte("E0"))...)
	}
	if bytes.IndexByte(raw, '.') < 0 {
		return append(dst, raw...)
	}
	return append(dst, bytes.TrimSuffix(bytes.TrimRight(raw, "0"), []byte("."))...)
}

// VariantMember returns the member of that name of a variant, nil if there is none. The variant must be an object.
func VariantMember(v, name []byte) ([]byte, error) {
	if KindOf(v) != Object {
		return nil, fmt.Errorf("the member %q of a VARIANT that is no object", name)
	}
	var found []byte
	members(v, func(n, value []byte) bool {
		if bytes.Equal(AppendUnescaped(nil, n), name) {
			found = value
			return false
		}
		return true
	})
	return found, nil
}

// VariantElement returns the i-th element of a variant, counted from 1, nil if there is none. The variant must be an array.
func VariantElement(v []byte, i int64) ([]byte, error) {
	if KindOf(v) != Array {
		return nil, fmt.Errorf("element %d of a VARIANT that is no array", i)
	}
	var found []byte
	elements(v, func(n int, e []byte) bool {
		if int64(n)+1 == i {
			found = e
		}
		return found == nil
	})
	return found, nil
}
