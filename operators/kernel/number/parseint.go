package number

import (
	"errors"
	"math"
)

// The ways in which text is no number. A caller adds the text itself.
var (
	ErrEmpty    = errors.New("input is empty")
	ErrInvalid  = errors.New("invalid character found")
	ErrOverflow = errors.New("overflow")
)

// ParseInt reads text as CAST(text AS TINYINT .. BIGINT) does: blanks around are
// ignored, one sign is allowed, a fraction of digits is cut, and a lone point is
// 0. bitSize is 8, 16, 32 or 64. The error is ErrEmpty, ErrInvalid or
// ErrOverflow.
func ParseInt(text []byte, bitSize int) (int64, error) {
	t := trimBlanks(text)
	if len(t) == 0 {
		return 0, ErrEmpty
	}
	negative := t[0] == '-'
	if negative || t[0] == '+' {
		t = t[1:]
		if len(t) == 0 {
			return 0, ErrInvalid
		}
	}
	limit := uint64(1)<<(bitSize-1) - 1
	if negative {
		limit++
	}
	var v uint64
	i := 0
	for ; i < len(t); i++ {
		c := t[i]
		if c == '.' {
			i++
			break
		}
		if c < '0' || c > '9' {
			return 0, ErrInvalid
		}
		if v > math.MaxInt64/10+1 {
			return 0, ErrOverflow
		}
		v = v*10 + uint64(c-'0')
		if v > limit {
			return 0, ErrOverflow
		}
	}
	for ; i < len(t); i++ {
		if t[i] < '0' || t[i] > '9' {
			return 0, ErrInvalid
		}
	}
	if negative {
		return int64(-v), nil
	}
	return int64(v), nil
}

func trimBlanks(t []byte) []byte {
	for len(t) > 0 && t[0] == ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] == ' ' {
		t = t[:len(t)-1]
	}
	return t
}

// ParseBool reads text as CAST(text AS BOOLEAN) does: t, true, y, yes, 1 and
// f, false, n, no, 0 in any case, without trimming.
func ParseBool(t []byte) (v, ok bool) {
	switch len(t) {
	case 1:
		switch t[0] {
		case 't', 'T', 'y', 'Y', '1':
			return true, true
		case 'f', 'F', 'n', 'N', '0':
			return false, true
		}
	case 2:
		return false, foldEqual(t, "no")
	case 3:
		return foldEqual(t, "yes"), foldEqual(t, "yes")
	case 4:
		return foldEqual(t, "true"), foldEqual(t, "true")
	case 5:
		return false, foldEqual(t, "false")
	}
	return false, false
}

// foldEqual compares ASCII without case; word is lower case and of t's length.
func foldEqual(t []byte, word string) bool {
	for i, c := range t {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

// ToInt32 narrows a double as Java does: the fraction is cut, values beyond the
// type saturate, NaN is 0. TINYINT and SMALLINT wrap this result further.
func ToInt32(v float64) int32 {
	switch {
	case v != v:
		return 0
	case v >= math.MaxInt32:
		return math.MaxInt32
	case v <= math.MinInt32:
		return math.MinInt32
	}
	return int32(v)
}

// ToInt64 narrows a double to 64 bits; see ToInt32.
func ToInt64(v float64) int64 {
	switch {
	case v != v:
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}
