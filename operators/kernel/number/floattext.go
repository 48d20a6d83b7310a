package number

import (
	"math"
	"math/bits"
	"strconv"
)

// AppendDouble appends v as Double.toString of Java 17 does: 1.0, 1.0E10,
// 4.9E-324, NaN, -Infinity. Java before 19 does not always find the shortest
// text (2.0E-3 is fine, 2.2E-322 and 1.0E23 are not), and neither does this.
func AppendDouble(dst []byte, v float64) []byte {
	b := math.Float64bits(v)
	if b>>63 != 0 && v == v {
		dst = append(dst, '-')
	}
	exp := int(b >> 52 & 0x7ff)
	fract := b & (1<<52 - 1)
	if exp == 0x7ff {
		return appendSpecial(dst, fract != 0)
	}
	significant := 53
	if exp == 0 {
		if fract == 0 {
			return append(dst, '0', '.', '0')
		}
		lead := bits.LeadingZeros64(fract)
		shift := lead - 11
		fract <<= shift
		exp = 1 - shift
		significant = 64 - lead
	} else {
		fract |= 1 << 52
	}
	return appendFinite(dst, exp-1023, fract, significant)
}

// AppendFloat appends v as Float.toString of Java 17 does.
func AppendFloat(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	if b>>31 != 0 && v == v {
		dst = append(dst, '-')
	}
	exp := int(b >> 23 & 0xff)
	fract := b & (1<<23 - 1)
	if exp == 0xff {
		return appendSpecial(dst, fract != 0)
	}
	significant := 24
	if exp == 0 {
		if fract == 0 {
			return append(dst, '0', '.', '0')
		}
		lead := bits.LeadingZeros32(fract)
		shift := lead - 8
		fract <<= shift
		exp = 1 - shift
		significant = 32 - lead
	} else {
		fract |= 1 << 23
	}
	return appendFinite(dst, exp-127, uint64(fract)<<29, significant)
}

func appendSpecial(dst []byte, nan bool) []byte {
	if nan {
		return append(dst, "NaN"...)
	}
	return append(dst, "Infinity"...)
}

// digits is the decimal expansion 0.d1d2d3… times 10^exp.
type digits struct {
	d   [26]byte
	n   int
	exp int
}

func appendFinite(dst []byte, binExp int, fract uint64, significant int) []byte {
	var d digits
	d.generate(binExp, fract, significant)
	return d.append(dst)
}

// append writes the digits in Java's form: plain from 1E-3 up to 1E7, else with
// an exponent.
func (d *digits) append(dst []byte) []byte {
	ds := d.d[:d.n]
	switch {
	case d.exp > 0 && d.exp < 8:
		n := min(d.n, d.exp)
		dst = append(dst, ds[:n]...)
		for i := n; i < d.exp; i++ {
			dst = append(dst, '0')
		}
		dst = append(dst, '.')
		if n < d.n {
			return append(dst, ds[n:]...)
		}
		return append(dst, '0')
	case d.exp <= 0 && d.exp > -3:
		dst = append(dst, '0', '.')
		for range -d.exp {
			dst = append(dst, '0')
		}
		return append(dst, ds...)
	}
	dst = append(dst, ds[0], '.')
	if d.n > 1 {
		dst = append(dst, ds[1:]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(d.exp-1), 10)
}

// generate computes the digits of fract * 2^(binExp-52), where fract has its
// top bit at position 52 and significant says how many of its bits count. The
// steps are those of Java before 19: small integers digit by digit, everything
// else by the digit generation of Steele and White with the stopping rule that
// asks for one digit more than needed in exponent form.
func (d *digits) generate(binExp int, fract uint64, significant int) {
	tail := bits.TrailingZeros64(fract)
	nFract := 53 - tail
	tiny := max(0, nFract-binExp-1)
	if binExp <= 62 && binExp >= -21 && tiny == 0 {
		drop := 0
		if binExp > significant {
			drop = digitsBelow(binExp - significant - 1)
		}
		if binExp >= 52 {
			fract <<= binExp - 52
		} else {
			fract >>= 52 - binExp
		}
		d.integer(fract, drop)
		return
	}
	decExp := estimateExponent(fract, binExp)
	b5 := max(0, -decExp)
	b2 := b5 + tiny + binExp
	s5 := max(0, decExp)
	s2 := s5 + tiny
	m5 := b5
	m2 := b2 - significant
	fract >>= tail
	b2 -= nFract - 1
	common := min(b2, s2)
	b2 -= common
	s2 -= common
	m2 -= common
	if nFract == 1 {
		m2-- // half the gap below a power of two
	}
	if m2 < 0 {
		b2 -= m2
		s2 -= m2
		m2 = 0
	}
	bBits := nFract + b2 + bitsOfPow5(b5)
	tensBits := s2 + 1 + bitsOfPow5(s5+1)
	switch {
	case bBits < 32 && tensBits < 32:
		b := int32(fract) * int32(pow5[b5]) << b2
		s := int32(pow5[s5]) << s2
		m := int32(pow5[m5]) << m2
		stepDigits(d, b, s, m, decExp)
	case bBits < 64 && tensBits < 64:
		b := int64(fract) * pow5[b5] << b2
		s := pow5[s5] << s2
		m := pow5[m5] << m2
		stepDigits(d, b, s, m, decExp)
	default:
		d.wide(fract, decExp, b5, b2, s5, s2, m5, m2)
	}
}

// digitsBelow returns how many decimal digits 2^n has for certain beyond the
// first: those digits carry no information.
func digitsBelow(n int) int {
	if n <= 1 || n >= 64 {
		return 0
	}
	return n * 1233 >> 12
}

// integer takes the digits of v after rounding away its last drop digits.
func (d *digits) integer(v uint64, drop int) {
	if drop > 0 {
		p := uint64(1)
		for range drop {
			p *= 10
		}
		r := v % p
		v /= p
		d.exp += drop
		if r >= p>>1 {
			v++
		}
	}
	var buf [20]byte
	i := len(buf)
	for v%10 == 0 {
		d.exp++
		v /= 10
	}
	for v != 0 {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	d.n = copy(d.d[:], buf[i:])
	d.exp += d.n
}

// estimateExponent returns the decimal exponent or one too much.
func estimateExponent(fract uint64, binExp int) int {
	f := math.Float64frombits(0x3ff<<52 | fract&(1<<52-1))
	x := float64((f-1.5)*0.289529654) + 0.176091259
	x += float64(float64(binExp) * 0.301029995663981)
	return int(math.Floor(x))
}

// pow5 holds 5^0 to 5^26.
//
//nolint:gochecknoglobals // never written, and read per value
var pow5 = [27]int64{
	1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125,
	6103515625, 30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125, 95367431640625,
	476837158203125, 2384185791015625, 11920928955078125, 59604644775390625, 298023223876953125, 1490116119384765625,
}

func bitsOfPow5(n int) int {
	if n < len(pow5) {
		return bits.Len64(uint64(pow5[n]))
	}
	return 3 * n
}

// stepDigits is the digit loop in machine words, where wrapping around is part
// of the rule. b/s is the number scaled to one leading digit, m half the gap to
// its neighbours.
func stepDigits[T int32 | int64](d *digits, b, s, m T, decExp int) {
	tens := s * 10
	q := b / s
	b = 10 * (b % s)
	m *= 10
	low := b < m
	high := b+m > tens
	if q == 0 && !high {
		decExp--
	} else {
		d.push(int(q))
	}
	if decExp < -3 || decExp >= 8 {
		low, high = false, false
	}
	for !low && !high {
		q = b / s
		b = 10 * (b % s)
		m *= 10
		if m > 0 {
			low = b < m
			high = b+m > tens
		} else {
			low, high = true, true
		}
		d.push(int(q))
	}
	d.exp = decExp + 1
	rest := b<<1 - tens
	d.finish(low, high, cmpZero(rest))
}

func cmpZero[T int32 | int64](v T) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

func (d *digits) push(q int) {
	d.d[d.n] = byte('0' + q)
	d.n++
}

// finish rounds the last digit: up if only the upper neighbour is close, by the
// remainder (even on a tie) if both are.
func (d *digits) finish(low, high bool, rest int) {
	if !high {
		return
	}
	if low {
		if rest < 0 || rest == 0 && d.d[d.n-1]&1 == 0 {
			return
		}
	}
	i := d.n - 1
	for d.d[i] == '9' && i > 0 {
		d.d[i] = '0'
		i--
	}
	if d.d[i] == '9' {
		d.exp++
		d.d[0] = '1'
		return
	}
	d.d[i]++
}
