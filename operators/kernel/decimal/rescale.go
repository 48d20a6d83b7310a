package decimal

import "math/big"

// Rounding says what happens to digits that are dropped.
type Rounding uint8

// The ways to round.
const (
	HalfUp Rounding = iota // to the nearest, halves away from zero
	Down                   // toward zero
	Floor                  // toward minus infinity
	Ceil                   // toward plus infinity
)

// Fits reports |v| < 10^p.
func Fits(v Int128, p int) bool {
	if p >= 39 {
		return true
	}
	return v.magnitude().less(pow10x128[p])
}

// Fits64 reports |v| < 10^p.
func Fits64(v int64, p int) bool {
	if p > MaxCompact {
		return true
	}
	n := pow10x64[p]
	return -n < v && v < n
}

// Digits returns the number of decimal digits of |v|, 1 for 0.
func Digits(v Int128) int { return digitsOf(v.magnitude()) }

func digitsOf(m mag) int {
	lo, hi := 1, 39
	for lo < hi {
		mid := (lo + hi) / 2
		if m.less(pow10x128[mid]) {
			hi = mid
		} else {
			lo = mid + 1
		}
		if mid == 38 {
			break
		}
	}
	return lo
}

// dropDigits divides m by 10^n and rounds. n is positive.
func dropDigits(m mag, negative bool, n int, how Rounding) mag {
	var q, r, d mag
	if n > 38 {
		r, d = m, mag{hi: ^uint64(0), lo: ^uint64(0)}
	} else {
		d = pow10x128[n]
		q, r = divMag(m, d)
	}
	up := false
	switch how {
	case HalfUp:
		// r >= d - r avoids doubling, which could overflow.
		up = n <= 38 && !r.less(subMag(d, r))
	case Floor:
		up = negative && r != mag{}
	case Ceil:
		up = !negative && r != mag{}
	}
	if up {
		q.lo++
		if q.lo == 0 {
			q.hi++
		}
	}
	return q
}

func subMag(a, b mag) mag {
	x := Int128{Lo: a.lo, Hi: int64(a.hi)}.Sub(Int128{Lo: b.lo, Hi: int64(b.hi)})
	return mag{hi: uint64(x.Hi), lo: x.Lo}
}

// Rescale brings v from one scale to another, rounding half up where digits are
// dropped. ok is false if the result does not fit precision p.
func Rescale(v Int128, from, to, p int) (r Int128, ok bool) {
	return rescale(v, from, to, p, HalfUp)
}

func rescale(v Int128, from, to, p int, how Rounding) (Int128, bool) {
	switch {
	case from == to:
		return v, Fits(v, p)
	case from < to:
		r, ok := scaleUp(v, to-from)
		return r, ok && Fits(r, p)
	}
	m := dropDigits(v.magnitude(), v.Hi < 0, from-to, how)
	r, ok := m.signed(v.Hi < 0)
	return r, ok && Fits(r, p)
}

// scaleUp multiplies by 10^n; ok is false if the product does not fit.
func scaleUp(v Int128, n int) (Int128, bool) {
	if v == (Int128{}) || n == 0 {
		return v, true
	}
	if n > 38 {
		return Int128{}, false
	}
	return v.MulChecked(Pow10Int128(n))
}

// Rescale64 is Rescale for compact values; ok is false if the result does not
// fit precision p, which is at most MaxCompact.
func Rescale64(v int64, from, to, p int) (r int64, ok bool) {
	switch {
	case from == to:
		return v, Fits64(v, p)
	case from < to:
		n := to - from
		if n > MaxCompact {
			return 0, v == 0
		}
		// |v| < 10^18 and |v * 10^n| < 10^p is known to fit without multiplying.
		if p < n || !Fits64(v, p-n) {
			return 0, v == 0
		}
		return v * pow10x64[n], true
	}
	r = drop64(v, from-to)
	return r, Fits64(r, p)
}

// drop64 divides by 10^n, rounding half up. n is positive.
func drop64(v int64, n int) int64 {
	if n > MaxCompact {
		return 0
	}
	d := pow10x64[n]
	q, r := v/d, v%d
	switch {
	case r >= d-r && r > 0:
		q++
	case -r >= d+r && r < 0:
		q--
	}
	return q
}

// Round rounds v of scale s to digits decimals (negative: left of the point)
// as how says, and returns the result at scale outS. ok is false if it does not
// fit outP. With digits >= s the value is only rescaled.
func Round(v Int128, s, digits int, how Rounding, outP, outS int) (r Int128, ok bool) {
	if digits >= s {
		return rescale(v, s, outS, outP, how)
	}
	m := dropDigits(v.magnitude(), v.Hi < 0, s-digits, how)
	r, ok = m.signed(v.Hi < 0)
	if !ok {
		return Int128{}, false
	}
	return rescale(r, digits, outS, outP, how)
}

// Round64 is Round for compact values.
func Round64(v int64, s, digits int, how Rounding, outP, outS int) (r int64, ok bool) {
	w, ok := Round(FromInt64(v), s, digits, how, outP, outS)
	return int64(w.Lo), ok
}

// bigPow10 returns 10^n as a new big.Int.
func bigPow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// fitBig brings b of scale from to scale to, half up, and narrows it.
func fitBig(b *big.Int, from, to, p int) (Int128, bool) {
	switch {
	case from < to:
		b.Mul(b, bigPow10(to-from))
	case from > to:
		roundQuoBig(b, bigPow10(from-to))
	}
	r, ok := FromBig(b)
	return r, ok && Fits(r, p)
}

// roundQuoBig sets b to b/d rounded half away from zero; d is positive.
func roundQuoBig(b, d *big.Int) {
	r := new(big.Int)
	sign := b.Sign()
	b.QuoRem(b, d, r)
	r.Abs(r).Lsh(r, 1)
	if r.Cmp(d) >= 0 {
		b.Add(b, big.NewInt(int64(sign)))
	}
}
