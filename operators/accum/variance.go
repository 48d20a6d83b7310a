package accum

import (
	"fmt"

	"millrace/operators/kernel/decimal"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

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
