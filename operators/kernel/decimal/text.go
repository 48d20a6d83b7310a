package decimal

import "strconv"

// AppendInt appends v in decimal digits.
func AppendInt(dst []byte, v Int128) []byte {
	if v.IsInt64() {
		return strconv.AppendInt(dst, int64(v.Lo), 10)
	}
	if v.Hi < 0 {
		dst = append(dst, '-')
	}
	return appendMag(dst, v.magnitude())
}

// appendMag appends m in decimal digits.
func appendMag(dst []byte, m mag) []byte {
	if m.hi == 0 {
		return strconv.AppendUint(dst, m.lo, 10)
	}
	const group = 1e19
	q, r := divMag(m, mag{lo: group})
	dst = appendMag(dst, q)
	return appendPadded(dst, r.lo, 19)
}

// appendPadded appends v with leading zeros up to width digits.
func appendPadded(dst []byte, v uint64, width int) []byte {
	var buf [20]byte
	for i := width - 1; i >= 0; i-- {
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, buf[:width]...)
}

// String returns v in decimal digits.
func (x Int128) String() string { return string(AppendInt(nil, x)) }

// AppendFixed appends v of scale s with exactly s fraction digits and no
// exponent, which is what CAST(v AS STRING) gives: 9.870, -0.05.
func AppendFixed(dst []byte, v Int128, s int) []byte {
	if v.IsInt64() && s <= MaxCompact {
		return AppendFixed64(dst, int64(v.Lo), s)
	}
	if s == 0 {
		return AppendInt(dst, v)
	}
	if v.Hi < 0 {
		dst = append(dst, '-')
	}
	q, r := divMag(v.magnitude(), pow10x128[s])
	dst = appendMag(dst, q)
	dst = append(dst, '.')
	if s <= 19 {
		return appendPadded(dst, r.lo, s)
	}
	q, r = divMag(r, mag{lo: 1e19})
	dst = appendPadded(dst, q.lo, s-19)
	return appendPadded(dst, r.lo, 19)
}

// AppendFixed64 is AppendFixed for a compact value.
func AppendFixed64(dst []byte, v int64, s int) []byte {
	if s == 0 {
		return strconv.AppendInt(dst, v, 10)
	}
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	d := uint64(pow10x64[s])
	dst = strconv.AppendUint(dst, u/d, 10)
	dst = append(dst, '.')
	return appendPadded(dst, u%d, s)
}

// AppendStripped appends v of scale s as Java's BigDecimal prints it after
// stripTrailingZeros: 1.5, 0, 1E+1, 1E-8. Result rows in JSON use this form.
func AppendStripped(dst []byte, v Int128, s int) []byte {
	if v == (Int128{}) {
		return append(dst, '0')
	}
	m := v.magnitude()
	for {
		q, r := divMag(m, mag{lo: 10})
		if r != (mag{}) {
			break
		}
		m = q
		s--
	}
	return appendJava(dst, m, v.Hi < 0, s)
}

// AppendPlain appends v of scale s as Java's BigDecimal.toString does, without
// stripping: an exponent appears where the scale is negative or the value is
// below 1E-6.
func AppendPlain(dst []byte, v Int128, s int) []byte {
	return appendJava(dst, v.magnitude(), v.Hi < 0, s)
}

func appendJava(dst []byte, m mag, negative bool, s int) []byte {
	if negative {
		dst = append(dst, '-')
	}
	var buf [40]byte
	digits := appendMag(buf[:0], m)
	if s == 0 {
		return append(dst, digits...)
	}
	adjusted := len(digits) - 1 - s
	if s > 0 && adjusted >= -6 {
		if point := len(digits) - s; point > 0 {
			dst = append(dst, digits[:point]...)
			dst = append(dst, '.')
			return append(dst, digits[point:]...)
		}
		dst = append(dst, '0', '.')
		for range s - len(digits) {
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
