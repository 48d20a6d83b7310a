package decimal

import "math/big"

// Add returns a + b: a of scale as, b of scale bs, the sum at scale s. ok is
// false if it does not fit precision p.
func Add(a Int128, as int, b Int128, bs int, p, s int) (r Int128, ok bool) {
	common := max(as, bs)
	x, okx := scaleUp(a, common-as)
	y, oky := scaleUp(b, common-bs)
	if okx && oky {
		if z, okz := x.AddChecked(y); okz {
			return Rescale(z, common, s, p)
		}
	}
	x2, y2 := alignBig(a, as, b, bs, common)
	return fitBig(x2.Add(x2, y2), common, s, p)
}

// Sub returns a - b; see Add.
func Sub(a Int128, as int, b Int128, bs int, p, s int) (r Int128, ok bool) {
	return Add(a, as, b.Neg(), bs, p, s)
}

// Mul returns a * b at scale s. ok is false if it does not fit precision p.
func Mul(a Int128, as int, b Int128, bs int, p, s int) (r Int128, ok bool) {
	if z, okz := a.MulChecked(b); okz {
		return Rescale(z, as+bs, s, p)
	}
	x := a.Big()
	return fitBig(x.Mul(x, b.Big()), as+bs, s, p)
}

// Div returns a / b at scale s. Flink rounds twice, half up both times: to 38
// significant digits and then to the scale. ok is false if the quotient does
// not fit precision p, or if b is 0.
func Div(a Int128, as int, b Int128, bs int, p, s int) (r Int128, ok bool) {
	if b == (Int128{}) {
		return Int128{}, false
	}
	if shift := s + bs - as; shift >= 0 && shift <= 38 {
		if n, okn := scaleUp(a, shift); okn {
			num, den := n.magnitude(), b.magnitude()
			q, rem := divMag(num, den)
			if !rem.less(subMag(den, rem)) {
				q = addOne(q)
			} else if rem != (mag{}) && digitsOf(q)+digitsOf(den) >= 38 {
				// So close below a half that the first rounding may decide.
				return divBig(a, as, b, bs, p, s)
			}
			r, ok = q.signed((a.Hi ^ b.Hi) < 0)
			return r, ok && Fits(r, p)
		}
	}
	return divBig(a, as, b, bs, p, s)
}

func addOne(m mag) mag {
	m.lo++
	if m.lo == 0 {
		m.hi++
	}
	return m
}

// divBig divides as BigDecimal does: to 38 significant digits first.
func divBig(a Int128, as int, b Int128, bs int, p, s int) (Int128, bool) {
	if a == (Int128{}) {
		return a, true
	}
	num, den := a.Big(), b.Big()
	negative := num.Sign()*den.Sign() < 0
	num.Abs(num)
	den.Abs(den)
	// Bring the quotient to 38 or 39 digits; its scale is as - bs + k.
	k := MaxPrecision + Digits(b) - Digits(a)
	if k >= 0 {
		num.Mul(num, bigPow10(k))
	} else {
		den.Mul(den, bigPow10(-k))
	}
	scale := as - bs + k
	q, rem := new(big.Int).QuoRem(num, den, new(big.Int))
	if q.Cmp(bigPow10(MaxPrecision)) >= 0 {
		// One digit too many: divide once more by ten, keeping the remainder.
		den.Mul(den, big.NewInt(10))
		q.QuoRem(num, den, rem)
		scale--
	}
	if rem.Lsh(rem, 1).Cmp(den) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	if negative {
		q.Neg(q)
	}
	return fitBig(q, scale, s, p)
}

// Mod returns the remainder of a / b, which has the sign of a, at scale s. ok is
// false if it does not fit precision p, or if b is 0.
func Mod(a Int128, as int, b Int128, bs int, p, s int) (r Int128, ok bool) {
	if b == (Int128{}) {
		return Int128{}, false
	}
	common := max(as, bs)
	x, okx := scaleUp(a, common-as)
	y, oky := scaleUp(b, common-bs)
	if okx && oky {
		_, m := x.QuoRem(y)
		return Rescale(m, common, s, p)
	}
	x2, y2 := alignBig(a, as, b, bs, common)
	return fitBig(x2.Rem(x2, y2), common, s, p)
}

func alignBig(a Int128, as int, b Int128, bs, common int) (x, y *big.Int) {
	x, y = a.Big(), b.Big()
	return x.Mul(x, bigPow10(common-as)), y.Mul(y, bigPow10(common-bs))
}

// Add64 is Add for compact operands and a compact result (p <= MaxCompact).
func Add64(a int64, as int, b int64, bs int, p, s int) (r int64, ok bool) {
	if as == bs {
		// Two 18 digit values cannot overflow an int64.
		return Rescale64(a+b, as, s, p)
	}
	w, ok := Add(FromInt64(a), as, FromInt64(b), bs, p, s)
	return int64(w.Lo), ok
}

// Sub64 is Sub for compact operands and a compact result.
func Sub64(a int64, as int, b int64, bs int, p, s int) (r int64, ok bool) {
	return Add64(a, as, -b, bs, p, s)
}

// Mul64 is Mul for compact operands and a compact result.
func Mul64(a int64, as int, b int64, bs int, p, s int) (r int64, ok bool) {
	const small = 1 << 31
	if a < small && a > -small && b < small && b > -small {
		return Rescale64(a*b, as+bs, s, p)
	}
	w, ok := Mul(FromInt64(a), as, FromInt64(b), bs, p, s)
	return int64(w.Lo), ok
}

// Div64 is Div for compact operands and a compact result.
func Div64(a int64, as int, b int64, bs int, p, s int) (r int64, ok bool) {
	w, ok := Div(FromInt64(a), as, FromInt64(b), bs, p, s)
	return int64(w.Lo), ok
}

// Mod64 is Mod for compact operands and a compact result.
func Mod64(a int64, as int, b int64, bs int, p, s int) (r int64, ok bool) {
	if as == s && bs == s && b != 0 {
		r = a % b
		return r, Fits64(r, p)
	}
	w, ok := Mod(FromInt64(a), as, FromInt64(b), bs, p, s)
	return int64(w.Lo), ok
}

// Compare compares a of scale as with b of scale bs by value: -1, 0 or 1.
func Compare(a Int128, as int, b Int128, bs int) int {
	common := max(as, bs)
	x, okx := scaleUp(a, common-as)
	y, oky := scaleUp(b, common-bs)
	if okx && oky {
		return x.Cmp(y)
	}
	x2, y2 := alignBig(a, as, b, bs, common)
	return x2.Cmp(y2)
}

// Signum returns SIGN(v): -1, 0 or 1 at scale s.
func Signum(v Int128, s int) Int128 {
	switch v.Sign() {
	case -1:
		return Pow10Int128(s).Neg()
	case 1:
		return Pow10Int128(s)
	}
	return Int128{}
}
