package accum

import (
	"fmt"
	"math"

	"millrace/operators/kernel/decimal"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// newVariance returns the part of VAR_* and STDDEV_* of a column. Sums forget rows that are taken back: exactly for decimals of 64 bits, within
// doubled precision for floating point and wider decimals. Integers go by Welford's method as in Flink, whose results are cut to integers after
// the error that rows taken back leave.
func newVariance(t types.Type, src, arg int) part {
	b := base{src: src}
	switch {
	case t.IsInteger():
		return &variance{base: b, arg: arg, typ: t}
	case t.Kind == types.Decimal && t.Storage() == types.StoreI64:
		return &exactVariance{base: b, arg: arg, typ: t}
	default:
		return &pairVariance{base: b, arg: arg, typ: t}
	}
}

// variance keeps count, mean and the sum of squared distances from the mean (Welford's method), in DOUBLE.
type variance struct {
	base
	arg    int
	typ    types.Type
	values []float64
}

type moments struct {
	n        int64
	mean, m2 float64
}

func (p *variance) key() string  { return fmt.Sprintf("variance %d %d", p.src, p.arg) }
func (p *variance) place(s *Set) { p.off = s.reserve(24) }
func (p *variance) fields() []types.Type {
	return []types.Type{types.BigIntType().AsNotNull(), types.DoubleType().AsNotNull(), types.DoubleType().AsNotNull()}
}

func (p *variance) add(u *update, s *selection) error {
	p.values = toFloats(u.batch.Columns[p.arg], u.n, p.values[:0])
	off := u.state.payload + p.off
	each(s, u.n, func(i int) {
		m := table.At[moments](u.rows[i], off)
		if u.signs != nil && u.signs[i] < 0 {
			m.remove(p.values[i])
		} else {
			m.add(p.values[i])
		}
	})
	return nil
}

func (m *moments) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / float64(m.n)
	m.m2 += d * (x - m.mean)
}

func (m *moments) remove(x float64) {
	if m.n <= 1 {
		*m = moments{}
		return
	}
	d := x - m.mean
	m.mean -= d / float64(m.n-1)
	m.m2 = max(0, m.m2-d*(x-m.mean))
	if m.n--; m.n == 1 {
		m.m2 = 0
	}
}

func (p *variance) merge(g *merging) {
	for i, r := range g.rows {
		a, b := table.At[moments](r, g.dst.payload+p.off), *table.At[moments](g.from[i], g.src.payload+p.off)
		switch {
		case b.n == 0:
		case a.n == 0:
			*a = b
		default:
			n := a.n + b.n
			d := b.mean - a.mean
			a.mean += d * float64(b.n) / float64(n)
			a.m2 += b.m2 + d*d*float64(a.n)*float64(b.n)/float64(n)
			a.n = n
		}
	}
}

func (p *variance) save(r *Reader, rows []table.Row) []*vector.Vector {
	off := r.payload + p.off
	double := types.DoubleType().AsNotNull()
	return []*vector.Vector{
		copyOut[int64](r.pool, types.BigIntType().AsNotNull(), rows, off), copyOut[float64](r.pool, double, rows, off+8),
		copyOut[float64](r.pool, double, rows, off+16),
	}
}

func (p *variance) load(st *State, cols []*vector.Vector, rows []table.Row) {
	for i := range 3 {
		copyIn[int64](cols[i], rows, st.payload+p.off+8*i)
	}
}

// deviation is what a function of the family makes of the squared distances.
type deviation struct{ sample, root bool }

func deviationOf(function string) deviation {
	d := deviation{}
	switch function {
	case "STDDEV_SAMP", "STDDEV":
		d.sample, d.root = true, true
	case "VAR_SAMP", "VARIANCE":
		d.sample = true
	case "STDDEV_POP":
		d.root = true
	}
	return d
}

// divisor is what the squared distances of n rows are divided by; 0: the result is NULL.
func (d deviation) divisor(n int64) int64 {
	if d.sample {
		n--
	}
	return max(n, 0)
}

func (p *variance) result(r *Reader, rows []table.Row, o *output) *vector.Vector {
	v, dev := vector.New(r.pool, o.typ, len(rows), 0), deviationOf(o.function)
	for i, row := range rows {
		m := *table.At[moments](row, r.payload+p.off)
		n := dev.divisor(m.n)
		if n == 0 {
			v.SetNull(i)
			putFloat(v, i, 0)
			continue
		}
		x := m.m2 / float64(n)
		if dev.root {
			x = math.Sqrt(x)
		}
		putFloat(v, i, x)
	}
	return v
}

// toFloats converts the first n values of a numeric column.
func toFloats(v *vector.Vector, n int, dst []float64) []float64 {
	switch v.Type.Storage() {
	case types.StoreI8:
		return widen[int8](v, n, dst)
	case types.StoreI16:
		return widen[int16](v, n, dst)
	case types.StoreI32:
		return widen[int32](v, n, dst)
	case types.StoreF32:
		return widen[float32](v, n, dst)
	case types.StoreF64:
		return widen[float64](v, n, dst)
	case types.StoreI128:
		for _, x := range vector.Values[decimal.Int128](v)[:n] {
			dst = append(dst, decimal.ToFloat64(x, v.Type.Scale))
		}
		return dst
	default:
		if v.Type.Kind != types.Decimal {
			return widen[int64](v, n, dst)
		}
		for _, x := range vector.Values[int64](v)[:n] {
			dst = append(dst, decimal.ToFloat64Compact(x, v.Type.Scale))
		}
		return dst
	}
}

func widen[T int8 | int16 | int32 | int64 | float32 | float64](v *vector.Vector, n int, dst []float64) []float64 {
	for _, x := range vector.Values[T](v)[:n] {
		dst = append(dst, float64(x))
	}
	return dst
}
