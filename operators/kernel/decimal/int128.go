package decimal

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// Int128 is a 128-bit two's complement integer: the low word first, as in
// Arrow's decimal128 buffers. The zero value is 0; values compare with ==.
type Int128 struct {
	Lo uint64
	Hi int64
}

// mag is an unsigned 128-bit magnitude.
type mag struct{ hi, lo uint64 }

// FromInt64 widens v.
func FromInt64(v int64) Int128 { return Int128{Lo: uint64(v), Hi: v >> 63} }

// FromUint64 widens v.
func FromUint64(v uint64) Int128 { return Int128{Lo: v} }

// FromLE reads the 16 little endian bytes at the start of b.
func FromLE(b []byte) Int128 {
	_ = b[15]
	return Int128{Lo: binary.LittleEndian.Uint64(b), Hi: int64(binary.LittleEndian.Uint64(b[8:]))}
}

// PutLE writes x as 16 little endian bytes at the start of b.
func (x Int128) PutLE(b []byte) {
	_ = b[15]
	binary.LittleEndian.PutUint64(b, x.Lo)
	binary.LittleEndian.PutUint64(b[8:], uint64(x.Hi))
}

// IsInt64 reports whether x fits an int64.
func (x Int128) IsInt64() bool { return x.Hi == int64(x.Lo)>>63 }

// Int64 returns the low 64 bits of x, which are its value if ok is true.
func (x Int128) Int64() (v int64, ok bool) { return int64(x.Lo), x.IsInt64() }

// Sign returns -1, 0 or 1.
func (x Int128) Sign() int {
	if x.Hi < 0 {
		return -1
	}
	if x.Hi == 0 && x.Lo == 0 {
		return 0
	}
	return 1
}

// Neg returns -x, which wraps for the smallest value.
func (x Int128) Neg() Int128 {
	lo, b := bits.Sub64(0, x.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(x.Hi), b)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Abs returns |x|, which wraps for the smallest value.
func (x Int128) Abs() Int128 {
	if x.Hi < 0 {
		return x.Neg()
	}
	return x
}

// Cmp returns -1, 0 or 1 as x is less than, equal to or greater than y.
func (x Int128) Cmp(y Int128) int {
	switch {
	case x.Hi < y.Hi:
		return -1
	case x.Hi > y.Hi:
		return 1
	case x.Lo < y.Lo:
		return -1
	case x.Lo > y.Lo:
		return 1
	}
	return 0
}

// Less reports x < y.
func (x Int128) Less(y Int128) bool {
	return x.Hi < y.Hi || x.Hi == y.Hi && x.Lo < y.Lo
}

// Add returns x + y, wrapping around.
func (x Int128) Add(y Int128) Int128 {
	lo, c := bits.Add64(x.Lo, y.Lo, 0)
	hi, _ := bits.Add64(uint64(x.Hi), uint64(y.Hi), c)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Sub returns x - y, wrapping around.
func (x Int128) Sub(y Int128) Int128 {
	lo, b := bits.Sub64(x.Lo, y.Lo, 0)
	hi, _ := bits.Sub64(uint64(x.Hi), uint64(y.Hi), b)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// AddChecked returns x + y; ok is false if the sum does not fit 128 bits.
func (x Int128) AddChecked(y Int128) (z Int128, ok bool) {
	z = x.Add(y)
	return z, (x.Hi^z.Hi)&(y.Hi^z.Hi) >= 0
}

// SubChecked returns x - y; ok is false if the difference does not fit 128
// bits.
func (x Int128) SubChecked(y Int128) (z Int128, ok bool) {
	z = x.Sub(y)
	return z, (x.Hi^y.Hi)&(x.Hi^z.Hi) >= 0
}

// MulChecked returns x * y; ok is false if the product does not fit 128 bits.
func (x Int128) MulChecked(y Int128) (z Int128, ok bool) {
	m, ok := mulMag(x.magnitude(), y.magnitude())
	if !ok {
		return Int128{}, false
	}
	return m.signed((x.Hi ^ y.Hi) < 0)
}

// QuoRem returns the quotient cut toward zero and the remainder, which has the
// sign of x. It panics if y is 0.
func (x Int128) QuoRem(y Int128) (q, r Int128) {
	qm, rm := divMag(x.magnitude(), y.magnitude())
	q, r = Int128{Lo: qm.lo, Hi: int64(qm.hi)}, Int128{Lo: rm.lo, Hi: int64(rm.hi)}
	if (x.Hi ^ y.Hi) < 0 {
		q = q.Neg()
	}
	if x.Hi < 0 {
		r = r.Neg()
	}
	return q, r
}

// Float64 returns the float64 nearest to x.
func (x Int128) Float64() float64 {
	if x.IsInt64() {
		return float64(int64(x.Lo))
	}
	m := x.magnitude()
	var f float64
	if m.hi == 0 {
		f = float64(m.lo)
	} else {
		// Keep 64 leading bits and a sticky bit, so that one rounding happens.
		n := bits.LeadingZeros64(m.hi)
		top := m.hi << n
		rest := m.lo
		if n > 0 {
			top |= m.lo >> (64 - n)
			rest = m.lo << n
		}
		if rest != 0 {
			top |= 1
		}
		f = float64(top) * float64(uint64(1)<<(63-n)) * 2
	}
	if x.Hi < 0 {
		f = -f
	}
	return f
}

// Big returns x as a new big.Int.
func (x Int128) Big() *big.Int {
	m := x.magnitude()
	var buf [16]byte
	binary.BigEndian.PutUint64(buf[:], m.hi)
	binary.BigEndian.PutUint64(buf[8:], m.lo)
	b := new(big.Int).SetBytes(buf[:])
	if x.Hi < 0 {
		b.Neg(b)
	}
	return b
}

// FromBig narrows b; ok is false if it does not fit 128 bits.
func FromBig(b *big.Int) (x Int128, ok bool) {
	if b.BitLen() > 128 {
		return Int128{}, false
	}
	var buf [16]byte
	b.FillBytes(buf[:])
	m := mag{hi: binary.BigEndian.Uint64(buf[:]), lo: binary.BigEndian.Uint64(buf[8:])}
	return m.signed(b.Sign() < 0)
}

func (x Int128) magnitude() mag {
	a := x.Abs()
	return mag{hi: uint64(a.Hi), lo: a.Lo}
}

// signed gives m the sign; ok is false if the result does not fit.
func (m mag) signed(negative bool) (Int128, bool) {
	x := Int128{Lo: m.lo, Hi: int64(m.hi)}
	if negative {
		x = x.Neg()
		return x, x.Hi < 0 || m == mag{}
	}
	return x, x.Hi >= 0
}

func (m mag) less(n mag) bool { return m.hi < n.hi || m.hi == n.hi && m.lo < n.lo }

func mulMag(a, b mag) (mag, bool) {
	if a.hi != 0 && b.hi != 0 {
		return mag{}, false
	}
	hi, lo := bits.Mul64(a.lo, b.lo)
	h1, l1 := bits.Mul64(a.hi, b.lo)
	h2, l2 := bits.Mul64(a.lo, b.hi)
	cross, c1 := bits.Add64(l1, l2, 0)
	hi, c2 := bits.Add64(hi, cross, 0)
	return mag{hi: hi, lo: lo}, h1 == 0 && h2 == 0 && c1 == 0 && c2 == 0
}

// divMag divides magnitudes; the divisor must not be 0.
func divMag(a, b mag) (q, r mag) {
	if b.hi == 0 {
		if a.hi == 0 {
			return mag{lo: a.lo / b.lo}, mag{lo: a.lo % b.lo}
		}
		var rem uint64
		q.hi, rem = a.hi/b.lo, a.hi%b.lo
		q.lo, rem = bits.Div64(rem, a.lo, b.lo)
		return q, mag{lo: rem}
	}
	if a.less(b) {
		return mag{}, a
	}
	// The quotient fits one word: estimate it with the normalised divisor's
	// top word, which is at most one too large after the shift.
	n := uint(bits.LeadingZeros64(b.hi))
	top := b.hi << n
	if n > 0 {
		top |= b.lo >> (64 - n)
	}
	est, _ := bits.Div64(a.hi>>1, a.hi<<63|a.lo>>1, top)
	est >>= 63 - n
	if est != 0 {
		est--
	}
	p, _ := mulMag(b, mag{lo: est})
	lo, c := bits.Sub64(a.lo, p.lo, 0)
	hi, _ := bits.Sub64(a.hi, p.hi, c)
	r = mag{hi: hi, lo: lo}
	if !r.less(b) {
		est++
		lo, c = bits.Sub64(r.lo, b.lo, 0)
		hi, _ = bits.Sub64(r.hi, b.hi, c)
		r = mag{hi: hi, lo: lo}
	}
	return mag{lo: est}, r
}
