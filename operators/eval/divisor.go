package eval

import "math/bits"

// divisor divides by a constant with a multiplication: |x|/d is the high half of |x|*m, shifted. With 2^(s-1) < d <= 2^s and
// m = floor(2^(63+s)/d) + 1, which is less than 2^64, the result is exact for all |x| < 2^63.
type divisor struct {
	d     int64
	m     uint64
	shift uint
	neg   bool
}

// newDivisor returns ok = false for 0, 1, -1 and the smallest number, for which the plain division must be used.
func newDivisor(d int64) (divisor, bool) {
	if d >= -1 && d <= 1 || d == -1<<63 {
		return divisor{}, false
	}
	u := uint64(max(d, -d))
	s := uint(bits.Len64(u - 1))
	hi, lo := uint64(0), uint64(0) // 2^(63+s)
	if s >= 1 {
		hi = 1 << (s - 1)
	}
	q, _ := bits.Div64(hi%u, lo, u)
	return divisor{d: d, m: q + 1, shift: s - 1, neg: d < 0}, true
}

// quotient returns x / d cut toward zero.
func (v *divisor) quotient(x int64) int64 {
	sign := x >> 63
	u := uint64((x ^ sign) - sign)
	hi, _ := bits.Mul64(u, v.m)
	if u == 1<<63 {
		return x / v.d
	}
	q := int64(hi >> v.shift)
	if v.neg {
		sign = ^sign
	}
	return (q ^ sign) - sign
}
