package accum

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"millrace/operators/kernel/decimal"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// exactVariance keeps count, sum and sum of squares of integers, or of decimals of 64 bits as integers of their scale. The sums are exact, so
// nothing is left behind by rows that were taken back.
type exactVariance struct {
	base
	arg int
	typ types.Type
}

// squareSums are the sums: that of the squares has 192 bits in two's complement, enough for as many rows as a count can count.
type squareSums struct {
	n       int64
	sum     decimal.Int128
	squares decimal.Int128 // the low bits
	top     int64
}

func (m *squareSums) add(o squareSums) {
	m.n += o.n
	m.sum = m.sum.Add(o.sum)
	lo, c := bits.Add64(m.squares.Lo, o.squares.Lo, 0)
	hi, c := bits.Add64(uint64(m.squares.Hi), uint64(o.squares.Hi), c)
	top, _ := bits.Add64(uint64(m.top), uint64(o.top), c)
	m.squares, m.top = decimal.Int128{Lo: lo, Hi: int64(hi)}, int64(top)
}

// plus adds a row of value x.
func (m *squareSums) plus(x int64) {
	m.n++
	lo, c := bits.Add64(m.sum.Lo, uint64(x), 0)
	hi, _ := bits.Add64(uint64(m.sum.Hi), uint64(x>>63), c)
	m.sum = decimal.Int128{Lo: lo, Hi: int64(hi)}
	h, l := square(x)
	lo, c = bits.Add64(m.squares.Lo, l, 0)
	hi, c = bits.Add64(uint64(m.squares.Hi), h, c)
	m.squares = decimal.Int128{Lo: lo, Hi: int64(hi)}
	m.top += int64(c)
}

// minus takes a row of value x back.
func (m *squareSums) minus(x int64) {
	m.n--
	lo, c := bits.Sub64(m.sum.Lo, uint64(x), 0)
	hi, _ := bits.Sub64(uint64(m.sum.Hi), uint64(x>>63), c)
	m.sum = decimal.Int128{Lo: lo, Hi: int64(hi)}
	h, l := square(x)
	lo, c = bits.Sub64(m.squares.Lo, l, 0)
	hi, c = bits.Sub64(uint64(m.squares.Hi), h, c)
	m.squares = decimal.Int128{Lo: lo, Hi: int64(hi)}
	m.top -= int64(c)
}

// square is x * x, in 128 bits.
func square(x int64) (hi, lo uint64) {
	a := uint64((x ^ x>>63) - x>>63)
	return bits.Mul64(a, a)
}

// distances is n times the sum of the squared distances from the mean: n * squares - sum * sum. wide is nil if x holds it.
func (m *squareSums) distances() (x decimal.Int128, wide *big.Int) {
	if n := decimal.FromInt64(m.n); m.top == 0 && m.squares.Hi >= 0 {
		a, aok := n.MulChecked(m.squares)
		b, bok := m.sum.MulChecked(m.sum)
		if aok && bok {
			return a.Sub(b), nil
		}
	}
	squares := new(big.Int).Lsh(big.NewInt(m.top), 64)
	squares.Add(squares, new(big.Int).SetUint64(uint64(m.squares.Hi))).Lsh(squares, 64)
	squares.Add(squares, new(big.Int).SetUint64(m.squares.Lo))
	sum := m.sum.Big()
	return decimal.Int128{}, squares.Sub(squares.Mul(squares, big.NewInt(m.n)), sum.Mul(sum, sum))
}

func (p *exactVariance) key() string  { return fmt.Sprintf("exact variance %d %d", p.src, p.arg) }
func (p *exactVariance) place(s *Set) { p.off = s.reserve(48) }
func (p *exactVariance) fields() []types.Type {
	number, wide := types.BigIntType().AsNotNull(), types.DecimalType(decimal.MaxPrecision, 0).AsNotNull()
	return []types.Type{number, wide, wide, number}
}

func (p *exactVariance) add(u *update, s *selection) error {
	switch v, off := u.batch.Columns[p.arg], u.state.payload+p.off; p.typ.Storage() {
	case types.StoreI8:
		addSquares(u, s, off, vector.Values[int8](v))
	case types.StoreI16:
		addSquares(u, s, off, vector.Values[int16](v))
	case types.StoreI32:
		addSquares(u, s, off, vector.Values[int32](v))
	default:
		addSquares(u, s, off, vector.Values[int64](v))
	}
	return nil
}

func addSquares[T int8 | int16 | int32 | int64](u *update, s *selection, off int, x []T) {
	if u.signs == nil {
		each(s, u.n, func(i int) { table.At[squareSums](u.rows[i], off).plus(int64(x[i])) })
		return
	}
	each(s, u.n, func(i int) {
		if m := table.At[squareSums](u.rows[i], off); u.signs[i] < 0 {
			m.minus(int64(x[i]))
		} else {
			m.plus(int64(x[i]))
		}
	})
}

func (p *exactVariance) merge(g *merging) {
	for i, r := range g.rows {
		table.At[squareSums](r, g.dst.payload+p.off).add(*table.At[squareSums](g.from[i], g.src.payload+p.off))
	}
}

func (p *exactVariance) save(r *Reader, rows []table.Row) []*vector.Vector {
	off, t := r.payload+p.off, p.fields()
	return []*vector.Vector{
		copyOut[int64](r.pool, t[0], rows, off), copyOut[decimal.Int128](r.pool, t[1], rows, off+8),
		copyOut[decimal.Int128](r.pool, t[2], rows, off+24), copyOut[int64](r.pool, t[3], rows, off+40),
	}
}

func (p *exactVariance) load(st *State, cols []*vector.Vector, rows []table.Row) {
	off := st.payload + p.off
	copyIn[int64](cols[0], rows, off)
	copyIn[decimal.Int128](cols[1], rows, off+8)
	copyIn[decimal.Int128](cols[2], rows, off+24)
	copyIn[int64](cols[3], rows, off+40)
}

// result computes in whole numbers where the result is one; else it divides once, so that the sums are rounded once.
func (p *exactVariance) result(r *Reader, rows []table.Row, o *output) *vector.Vector {
	v, dev := vector.New(r.pool, o.typ, len(rows), 0), deviationOf(o.function)
	whole, put := o.typ.IsInteger() && p.typ.IsInteger(), putInt(v)
	unit := 1.0
	if p.typ.Kind == types.Decimal {
		unit = math.Pow(10, float64(2*p.typ.Scale))
	}
	for i, row := range rows {
		m := table.At[squareSums](row, r.payload+p.off)
		n := dev.divisor(m.n)
		if n == 0 {
			v.SetNull(i)
			putFloat(v, i, 0)
			continue
		}
		x, wide := m.distances()
		d, _ := decimal.FromInt64(m.n).MulChecked(decimal.FromInt64(n))
		if whole {
			put(i, min(wholeDeviation(x, wide, d, dev.root), largest(o.typ)))
			continue
		}
		var f float64
		if wide != nil {
			f, _ = new(big.Float).SetInt(wide).Float64()
		} else {
			f = x.Float64()
		}
		f /= float64(m.n) * float64(n) * unit
		if dev.root {
			f = math.Sqrt(f)
		}
		putFloat(v, i, f)
	}
	return v
}

// largest is the largest value of an integer type.
func largest(t types.Type) int64 {
	switch t.Kind {
	case types.TinyInt:
		return math.MaxInt8
	case types.SmallInt:
		return math.MaxInt16
	case types.Int:
		return math.MaxInt32
	default:
		return math.MaxInt64
	}
}

// wholeDeviation is x / d, or its root, cut to an integer; what no BIGINT holds becomes the largest, as in a cast of a DOUBLE.
func wholeDeviation(x decimal.Int128, wide *big.Int, d decimal.Int128, root bool) int64 {
	if wide == nil {
		q, _ := x.QuoRem(d)
		if y, ok := q.Int64(); ok {
			if root {
				y = wholeRoot(y)
			}
			return y
		}
		wide = q.Big()
	} else {
		wide = wide.Quo(wide, d.Big())
	}
	if root {
		wide.Sqrt(wide)
	}
	if !wide.IsInt64() {
		return math.MaxInt64
	}
	return wide.Int64()
}

// wholeRoot is the root of a number that is not negative, cut to an integer.
func wholeRoot(x int64) int64 {
	r := int64(math.Sqrt(float64(x)))
	for r > 0 && r > x/r {
		r--
	}
	for r+1 <= x/(r+1) {
		r++
	}
	return r
}
