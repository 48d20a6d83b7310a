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

// exactVariance keeps count, sum and sum of squares of decimals of 64 bits, as integers of their scale. The sums are exact, so nothing is left
// behind by rows that were taken back.
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

// one is a row of value x, or minus one.
func (m *squareSums) one(x int64, minus bool) {
	a := uint64(x)
	if x < 0 {
		a = -a
	}
	hi, lo := bits.Mul64(a, a)
	o := squareSums{n: 1, sum: decimal.FromInt64(x), squares: decimal.Int128{Lo: lo, Hi: int64(hi)}}
	if minus {
		o.n, o.sum, o.squares = -1, o.sum.Neg(), o.squares.Neg()
		if x != 0 {
			o.top = -1
		}
	}
	m.add(o)
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
	x, off := vector.Values[int64](u.batch.Columns[p.arg]), u.state.payload+p.off
	each(s, u.n, func(i int) { table.At[squareSums](u.rows[i], off).one(x[i], u.signs != nil && u.signs[i] < 0) })
	return nil
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

// result divides once, so that the sums are rounded once.
func (p *exactVariance) result(r *Reader, rows []table.Row, o *output) *vector.Vector {
	v, dev := vector.New(r.pool, o.typ, len(rows), 0), deviationOf(o.function)
	unit := math.Pow(10, float64(2*p.typ.Scale))
	for i, row := range rows {
		m := table.At[squareSums](row, r.payload+p.off)
		n := dev.divisor(m.n)
		if n == 0 {
			v.SetNull(i)
			putFloat(v, i, 0)
			continue
		}
		x, wide := m.distances()
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
