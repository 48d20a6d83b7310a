package accum

import (
	"fmt"
	"math"

	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// pairVariance keeps count, sum and sum of squares, both sums as pairs of DOUBLE, so that taking rows back leaves nothing of them behind.
type pairVariance struct {
	base
	arg    int
	typ    types.Type
	values []float64
}

type pairSums struct {
	n            int64
	sum, squares pair
}

// pair is the number hi + lo, with |lo| at most half a unit in the last place of hi.
type pair struct{ hi, lo float64 }

// twoSum is a + b without loss.
func twoSum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

// twoMul is a * b without loss.
func twoMul(a, b float64) pair {
	p := a * b
	return pair{p, math.FMA(a, b, -p)}
}

func (p pair) add(q pair) pair {
	s, t := twoSum(p.hi, q.hi), twoSum(p.lo, q.lo)
	s = twoSum(s.hi, s.lo+t.hi)
	return twoSum(s.hi, s.lo+t.lo)
}

func (p pair) neg() pair { return pair{-p.hi, -p.lo} }

func (p pair) square() pair {
	s := twoMul(p.hi, p.hi)
	return twoSum(s.hi, s.lo+2*p.hi*p.lo)
}

func (p pair) over(d float64) pair {
	q := p.hi / d
	r := p.add(twoMul(q, d).neg())
	return twoSum(q, (r.hi+r.lo)/d)
}

func (p *pairVariance) key() string  { return fmt.Sprintf("pair variance %d %d", p.src, p.arg) }
func (p *pairVariance) place(s *Set) { p.off = s.reserve(40) }
func (p *pairVariance) fields() []types.Type {
	double := types.DoubleType().AsNotNull()
	return []types.Type{types.BigIntType().AsNotNull(), double, double, double, double}
}

func (p *pairVariance) add(u *update, s *selection) error {
	p.values = toFloats(u.batch.Columns[p.arg], u.n, p.values[:0])
	off := u.state.payload + p.off
	each(s, u.n, func(i int) {
		m, x := table.At[pairSums](u.rows[i], off), p.values[i]
		y := twoMul(x, x)
		if u.signs != nil && u.signs[i] < 0 {
			m.add(pairSums{-1, pair{-x, 0}, y.neg()})
		} else {
			m.add(pairSums{1, pair{x, 0}, y})
		}
	})
	return nil
}

func (m *pairSums) add(o pairSums) {
	if m.n += o.n; m.n == 0 { // nor are NaN and infinities that are gone
		*m = pairSums{}
		return
	}
	m.sum, m.squares = m.sum.add(o.sum), m.squares.add(o.squares)
}

// over is the sum of the squared distances from the mean, divided by d. What is within the error of the sums counts as nothing.
func (m *pairSums) over(d float64) float64 {
	if m.n == 1 && !math.IsInf(m.sum.hi, 0) && !math.IsNaN(m.sum.hi) {
		return 0
	}
	const unit = 1.0 / (1 << 52) / (1 << 51)
	x := m.squares.add(m.sum.square().over(float64(m.n)).neg())
	if x.hi <= m.squares.hi*float64(m.n)*unit {
		return 0
	}
	x = x.over(d)
	return x.hi + x.lo
}

func (p *pairVariance) merge(g *merging) {
	for i, r := range g.rows {
		table.At[pairSums](r, g.dst.payload+p.off).add(*table.At[pairSums](g.from[i], g.src.payload+p.off))
	}
}

func (p *pairVariance) save(r *Reader, rows []table.Row) []*vector.Vector {
	off := r.payload + p.off
	cols := []*vector.Vector{copyOut[int64](r.pool, types.BigIntType().AsNotNull(), rows, off)}
	for i := range 4 {
		cols = append(cols, copyOut[float64](r.pool, types.DoubleType().AsNotNull(), rows, off+8+8*i))
	}
	return cols
}

func (p *pairVariance) load(st *State, cols []*vector.Vector, rows []table.Row) {
	copyIn[int64](cols[0], rows, st.payload+p.off)
	for i := range 4 {
		copyIn[float64](cols[1+i], rows, st.payload+p.off+8+8*i)
	}
}

func (p *pairVariance) result(r *Reader, rows []table.Row, o *output) *vector.Vector {
	v, dev := vector.New(r.pool, o.typ, len(rows), 0), deviationOf(o.function)
	for i, row := range rows {
		m := table.At[pairSums](row, r.payload+p.off)
		n := dev.divisor(m.n)
		if n == 0 {
			v.SetNull(i)
			putFloat(v, i, 0)
			continue
		}
		x := m.over(float64(n))
		if dev.root {
			x = math.Sqrt(x)
		}
		putFloat(v, i, x)
	}
	return v
}
