package number

import (
	"math"

	"millrace/operators/kernel/decimal"
)

// RoundDouble rounds v half up (by its decimal text, away from zero) to digits
// decimals. Infinities and NaN have no decimal form: ok is false for them.
func RoundDouble(v float64, digits int) (r float64, ok bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	t := toText(v)
	return t.roundTo(digits, decimal.HalfUp), true
}

// RoundFloat is RoundDouble for FLOAT.
func RoundFloat(v float32, digits int) (r float32, ok bool) {
	f, ok := RoundDouble(float64(v), digits)
	return float32(f), ok
}

// TruncateDouble cuts v toward zero to digits decimals. Flink goes through
// DECIMAL(38, 18), so more than 18 decimals are rounded away first. Infinities
// and NaN: ok is false. (Values from 1E20, which fail in Flink, are cut as the
// others.)
func TruncateDouble(v float64, digits int) (r float64, ok bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	if math.Abs(v) < 1e20 {
		t := toText(v)
		if t.n-t.exp > 18 {
			v = t.roundTo(18, decimal.HalfUp)
		}
	}
	t := toText(v)
	return t.roundTo(digits, decimal.Down), true
}

// TruncateFloat is TruncateDouble for FLOAT.
func TruncateFloat(v float32, digits int) (r float32, ok bool) {
	f, ok := TruncateDouble(float64(v), digits)
	return float32(f), ok
}

// signedDigits are the digits of a double as Java prints them.
type signedDigits struct {
	digits
	negative bool
}

func toText(v float64) (t signedDigits) {
	if v == 0 {
		return t
	}
	t.negative = v < 0
	var buf [32]byte
	text := AppendDouble(buf[:0], math.Abs(v))
	exp := 0
	seenPoint := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '.':
			seenPoint = true
		case 'E':
			e, _ := ParseInt(text[i+1:], 32)
			exp += int(e)
			i = len(text)
		default:
			if !seenPoint {
				t.exp++
			}
			if c == '0' && t.n == 0 {
				t.exp--
				continue
			}
			t.d[t.n] = c
			t.n++
		}
	}
	t.exp += exp
	for t.n > 0 && t.d[t.n-1] == '0' {
		t.n--
	}
	return t
}

// roundTo keeps the given decimals and reads the digits back. A result of zero
// has no sign.
func (t *signedDigits) roundTo(decimals int, how decimal.Rounding) float64 {
	keep := t.exp + decimals
	up := false
	switch {
	case keep >= t.n:
		keep = t.n
	case keep < 0:
		return 0
	default:
		up = how == decimal.HalfUp && t.d[keep] >= '5'
	}
	var buf [48]byte
	b := buf[:0]
	if t.negative {
		b = append(b, '-')
	}
	b = append(b, '0')
	start := len(b)
	b = append(b, t.d[:keep]...)
	if up {
		i := len(b) - 1
		for b[i] == '9' {
			b[i] = '0'
			i--
		}
		b[i]++
	}
	zero := true
	for _, c := range b[start-1:] {
		if c != '0' && c != '-' {
			zero = false
		}
	}
	if zero {
		return 0
	}
	b = append(b, 'e')
	b = appendInt(b, t.exp-keep)
	f, _ := ParseDouble(b)
	return f
}

// RoundInt64 rounds v half up to the power of ten that digits (negative) names
// and wraps to 64 bits; narrower types wrap the result further.
func RoundInt64(v int64, digits int) int64 {
	if digits >= 0 {
		return v
	}
	r, _ := decimal.Round(decimal.FromInt64(v), 0, digits, decimal.HalfUp, 39, 0)
	return int64(r.Lo)
}

// TruncateInt64 cuts v toward zero to the power of ten that digits (negative)
// names.
func TruncateInt64(v int64, digits int) int64 {
	if digits >= 0 {
		return v
	}
	r, _ := decimal.Round(decimal.FromInt64(v), 0, digits, decimal.Down, 39, 0)
	return int64(r.Lo)
}

// DoubleToDecimal converts by the decimal text of v, half up. ok is false if
// the result does not fit DECIMAL(p, s), and for infinities and NaN (an error
// in Flink, see IsFinite).
func DoubleToDecimal(v float64, p, s int) (r decimal.Int128, ok bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return decimal.Int128{}, false
	}
	var buf [32]byte
	return decimal.ParseBig(AppendDouble(buf[:0], v), p, s)
}

// IsFinite reports whether v is neither an infinity nor NaN.
func IsFinite(v float64) bool { return v-v == 0 }
