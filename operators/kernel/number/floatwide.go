package number

import "math/bits"

// wide is an unsigned integer of n words, the low word first. 1,200 bits hold
// every intermediate of a double.
type wide struct {
	w [20]uint64
	n int
}

func (x *wide) set(v uint64) {
	x.w[0] = v
	x.n = 1
	x.trim()
}

func (x *wide) trim() {
	for x.n > 0 && x.w[x.n-1] == 0 {
		x.n--
	}
}

func (x *wide) mulSmall(m uint64) {
	var carry uint64
	for i := range x.n {
		hi, lo := bits.Mul64(x.w[i], m)
		var c uint64
		x.w[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	if carry != 0 {
		x.w[x.n] = carry
		x.n++
	}
}

func (x *wide) mulPow5(n int) {
	for n > 26 {
		x.mulSmall(uint64(pow5[26]))
		n -= 26
	}
	if n > 0 {
		x.mulSmall(uint64(pow5[n]))
	}
}

func (x *wide) shl(n int) {
	words, s := n/64, uint(n%64)
	if x.n == 0 || n == 0 {
		return
	}
	top := x.w[x.n-1] >> (64 - s) // 0 for s == 0
	for i := x.n - 1; i >= 0; i-- {
		v := x.w[i] << s
		if i > 0 && s > 0 {
			v |= x.w[i-1] >> (64 - s)
		}
		x.w[i+words] = v
	}
	for i := range words {
		x.w[i] = 0
	}
	x.n += words
	if s > 0 && top != 0 {
		x.w[x.n] = top
		x.n++
	}
}

func (x *wide) cmp(y *wide) int {
	if x.n != y.n {
		if x.n < y.n {
			return -1
		}
		return 1
	}
	for i := x.n - 1; i >= 0; i-- {
		if x.w[i] != y.w[i] {
			if x.w[i] < y.w[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// cmpSum compares x with a + b.
func (x *wide) cmpSum(a, b *wide) int {
	var sum wide
	sum.n = max(a.n, b.n)
	var c uint64
	for i := range sum.n {
		var p, q uint64
		if i < a.n {
			p = a.w[i]
		}
		if i < b.n {
			q = b.w[i]
		}
		sum.w[i], c = bits.Add64(p, q, c)
	}
	if c != 0 {
		sum.w[sum.n] = c
		sum.n++
	}
	return x.cmp(&sum)
}

// digit returns x / s, which is below ten, and sets x to 10 * (x mod s). The top
// word of s has its highest bits set so that one word estimates the quotient.
func (x *wide) digit(s *wide) int {
	q := uint64(0)
	switch {
	case x.n < s.n:
	case x.n == s.n:
		q = x.w[x.n-1] / s.w[s.n-1]
	default:
		q, _ = bits.Div64(x.w[x.n-1], x.w[x.n-2], s.w[s.n-1])
	}
	if q > 0 && !x.subMul(s, q) {
		// The estimate was one too large: give one s back.
		q--
		x.addBack(s)
	}
	x.trim()
	x.mulSmall(10)
	return int(q)
}

// subMul sets x to x - q*s and reports whether the result is not negative.
func (x *wide) subMul(s *wide, q uint64) bool {
	var carry, borrow uint64
	for i := range x.n {
		var hi, lo uint64
		if i < s.n {
			hi, lo = bits.Mul64(s.w[i], q)
		}
		var c uint64
		lo, c = bits.Add64(lo, carry, 0)
		carry = hi + c
		x.w[i], borrow = bits.Sub64(x.w[i], lo, borrow)
	}
	return carry == 0 && borrow == 0
}

func (x *wide) addBack(s *wide) {
	var c uint64
	for i := range x.n {
		var p uint64
		if i < s.n {
			p = s.w[i]
		}
		x.w[i], c = bits.Add64(x.w[i], p, c)
	}
}

// wide is the digit loop for numbers beyond machine words.
func (d *digits) wide(fract uint64, decExp, b5, b2, s5, s2, m5, m2 int) {
	var b, s, m, tens wide
	s.set(1)
	s.mulPow5(s5)
	// Shift everything so that the top word of s has its highest bit set.
	bias := bits.LeadingZeros64(s.w[s.n-1])
	bias = ((bias-s2)%64 + 64) % 64
	s.shl(s2 + bias)
	b.set(fract)
	b.mulPow5(b5)
	b.shl(b2 + bias)
	m.set(1)
	m.mulPow5(m5 + 1)
	m.shl(m2 + bias + 1)
	tens = s
	tens.mulSmall(10)

	q := b.digit(&s)
	low := b.cmp(&m) < 0
	high := tens.cmpSum(&b, &m) <= 0
	if q == 0 && !high {
		decExp--
	} else {
		d.push(q)
	}
	if decExp < -3 || decExp >= 8 {
		low, high = false, false
	}
	for !low && !high {
		q = b.digit(&s)
		m.mulSmall(10)
		low = b.cmp(&m) < 0
		high = tens.cmpSum(&b, &m) <= 0
		d.push(q)
	}
	rest := 0
	if high && low {
		b.shl(1)
		rest = b.cmp(&tens)
	}
	d.exp = decExp + 1
	d.finish(low, high, rest)
}
