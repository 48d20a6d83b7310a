package accum

import (
	"fmt"

	"millrace/operators/kernel/decimal"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// count counts rows: an int64.
type count struct{ base }

func (p *count) key() string          { return fmt.Sprintf("count %d", p.src) }
func (p *count) place(s *Set)         { p.off = s.reserve(8) }
func (p *count) fields() []types.Type { return []types.Type{types.BigIntType().AsNotNull()} }

func (p *count) add(u *update, s *selection) error {
	off := u.state.payload + p.off
	switch {
	case u.signs != nil && s.all:
		for i, r := range u.rows {
			*table.At[int64](r, off) += u.signs[i]
		}
	case u.signs != nil:
		for _, i := range s.rows {
			*table.At[int64](u.rows[i], off) += u.signs[i]
		}
	case u.single && s.all:
		*table.At[int64](u.rows[0], off) += int64(u.n)
	case u.single:
		*table.At[int64](u.rows[0], off) += int64(len(s.rows))
	case s.all:
		for _, r := range u.rows {
			*table.At[int64](r, off)++
		}
	default:
		for _, i := range s.rows {
			*table.At[int64](u.rows[i], off)++
		}
	}
	return nil
}

func (p *count) merge(m *merging) {
	to, from := m.dst.payload+p.off, m.src.payload+p.off
	for i, r := range m.rows {
		*table.At[int64](r, to) += m.sign * *table.At[int64](m.from[i], from)
	}
}

func (p *count) save(r *Reader, rows []table.Row) []*vector.Vector {
	return []*vector.Vector{copyOut[int64](r.pool, types.BigIntType().AsNotNull(), rows, r.payload+p.off)}
}

func (p *count) load(st *State, cols []*vector.Vector, rows []table.Row) {
	copyIn[int64](cols[0], rows, st.payload+p.off)
}

// copyOut makes a column of fixed-width values that lie in rows.
func copyOut[T any](pool *vector.Pool, t types.Type, rows []table.Row, off int) *vector.Vector {
	v := vector.New(pool, t, len(rows), 0)
	dst := vector.Values[T](v)
	for i, r := range rows {
		dst[i] = *table.At[T](r, off)
	}
	return v
}

// copyIn writes the values of a column without NULLs into rows.
func copyIn[T any](v *vector.Vector, rows []table.Row, off int) {
	src := vector.Values[T](v)
	for i, r := range rows {
		*table.At[T](r, off) = src[i]
	}
}

// newSum returns the sum of a column; inFloat says that a FLOAT is added up in FLOAT.
func newSum(t types.Type, src, arg int, inFloat bool) (part, error) {
	b := base{src: src}
	switch {
	case t.IsInteger():
		return &sumInt{base: b, arg: arg, store: t.Storage()}, nil
	case t.Kind == types.Double:
		return &sumFloat{base: b, arg: arg}, nil
	case t.Kind == types.Float:
		return &sumFloat{base: b, arg: arg, single: true, narrow: inFloat}, nil
	case t.Kind == types.Decimal:
		return &sumDecimal{base: b, arg: arg, typ: t}, nil
	default:
		return nil, fmt.Errorf("argument of type %s is not supported", t)
	}
}

// sumInt adds up integers in 64 bits, which wrap around.
type sumInt struct {
	base
	arg   int
	store types.Storage
}

func (p *sumInt) key() string          { return fmt.Sprintf("sum %d %d", p.src, p.arg) }
func (p *sumInt) place(s *Set)         { p.off = s.reserve(8) }
func (p *sumInt) fields() []types.Type { return []types.Type{types.BigIntType().AsNotNull()} }

func (p *sumInt) add(u *update, s *selection) error {
	switch v, off := u.batch.Columns[p.arg], u.state.payload+p.off; p.store {
	case types.StoreI8:
		addInts[int8](u, s, v, off)
	case types.StoreI16:
		addInts[int16](u, s, v, off)
	case types.StoreI32:
		addInts[int32](u, s, v, off)
	default:
		addInts[int64](u, s, v, off)
	}
	return nil
}

func addInts[T int8 | int16 | int32 | int64](u *update, s *selection, v *vector.Vector, off int) {
	x := vector.Values[T](v)[:u.n]
	switch {
	case u.signs != nil && s.all:
		for i, r := range u.rows {
			*table.At[int64](r, off) += int64(x[i]) * u.signs[i]
		}
	case u.signs != nil:
		for _, i := range s.rows {
			*table.At[int64](u.rows[i], off) += int64(x[i]) * u.signs[i]
		}
	case s.all && u.single:
		sum := int64(0)
		for _, y := range x {
			sum += int64(y)
		}
		*table.At[int64](u.rows[0], off) += sum
	case s.all:
		rows := u.rows[:len(x)]
		for i := range x {
			*table.At[int64](rows[i], off) += int64(x[i])
		}
	default:
		for _, i := range s.rows {
			*table.At[int64](u.rows[i], off) += int64(x[i])
		}
	}
}

func (p *sumInt) merge(m *merging) {
	to, from := m.dst.payload+p.off, m.src.payload+p.off
	for i, r := range m.rows {
		*table.At[int64](r, to) += m.sign * *table.At[int64](m.from[i], from)
	}
}

func (p *sumInt) save(r *Reader, rows []table.Row) []*vector.Vector {
	return []*vector.Vector{copyOut[int64](r.pool, types.BigIntType().AsNotNull(), rows, r.payload+p.off)}
}

func (p *sumInt) load(st *State, cols []*vector.Vector, rows []table.Row) {
	copyIn[int64](cols[0], rows, st.payload+p.off)
}

// sumFloat adds up DOUBLE or FLOAT, in double or (narrow) single precision; it is kept as a double.
type sumFloat struct {
	base
	arg    int
	single bool // the argument is FLOAT
	narrow bool
}

func (p *sumFloat) key() string          { return fmt.Sprintf("sum %d %d %v", p.src, p.arg, p.narrow) }
func (p *sumFloat) place(s *Set)         { p.off = s.reserve(8) }
func (p *sumFloat) fields() []types.Type { return []types.Type{types.DoubleType().AsNotNull()} }

func (p *sumFloat) add(u *update, s *selection) error {
	v, off := u.batch.Columns[p.arg], u.state.payload+p.off
	if !p.single {
		addFloats[float64](u, s, v, off)
		return nil
	}
	if !p.narrow {
		addFloats[float32](u, s, v, off)
		return nil
	}
	x := vector.Values[float32](v)
	each(s, u.n, func(i int) {
		at := table.At[float64](u.rows[i], off)
		if u.signs != nil && u.signs[i] < 0 {
			*at = float64(float32(*at) - x[i])
		} else {
			*at = float64(float32(*at) + x[i])
		}
	})
	return nil
}

// each calls f for the rows of a selection.
func each(s *selection, n int, f func(i int)) {
	if s.all {
		for i := range n {
			f(i)
		}
		return
	}
	for _, i := range s.rows {
		f(int(i))
	}
}

func addFloats[T float32 | float64](u *update, s *selection, v *vector.Vector, off int) {
	x := vector.Values[T](v)[:u.n]
	switch {
	case u.signs != nil:
		each(s, u.n, func(i int) {
			if u.signs[i] < 0 {
				*table.At[float64](u.rows[i], off) -= float64(x[i])
			} else {
				*table.At[float64](u.rows[i], off) += float64(x[i])
			}
		})
	case s.all:
		rows := u.rows[:len(x)]
		for i := range x {
			*table.At[float64](rows[i], off) += float64(x[i])
		}
	default:
		for _, i := range s.rows {
			*table.At[float64](u.rows[i], off) += float64(x[i])
		}
	}
}

func (p *sumFloat) merge(m *merging) {
	to, from := m.dst.payload+p.off, m.src.payload+p.off
	for i, r := range m.rows {
		x := table.At[float64](r, to)
		*x += *table.At[float64](m.from[i], from)
		if p.narrow {
			*x = float64(float32(*x))
		}
	}
}

func (p *sumFloat) save(r *Reader, rows []table.Row) []*vector.Vector {
	return []*vector.Vector{copyOut[float64](r.pool, types.DoubleType().AsNotNull(), rows, r.payload+p.off)}
}

func (p *sumFloat) load(st *State, cols []*vector.Vector, rows []table.Row) {
	copyIn[float64](cols[0], rows, st.payload+p.off)
}

// sumDecimal adds up DECIMAL with 38 digits. A sum that does not fit becomes NULL, and the next value begins anew.
type sumDecimal struct {
	base
	arg int
	typ types.Type
}

// decimalSum is the accumulator: over is 1 after an overflow. An Int128 in a row is two aligned words.
type decimalSum struct {
	sum  decimal.Int128
	over uint64
}

func (p *sumDecimal) key() string  { return fmt.Sprintf("sum %d %d", p.src, p.arg) }
func (p *sumDecimal) place(s *Set) { p.off = s.reserve(24) }
func (p *sumDecimal) fields() []types.Type {
	return []types.Type{types.DecimalType(decimal.MaxPrecision, p.typ.Scale)}
}

func (p *sumDecimal) add(u *update, s *selection) error {
	v, off := u.batch.Columns[p.arg], u.state.payload+p.off
	if p.typ.Storage() == types.StoreI64 {
		x := vector.Values[int64](v)
		each(s, u.n, func(i int) {
			y := x[i]
			if u.signs != nil {
				y *= u.signs[i]
			}
			at := table.At[decimalSum](u.rows[i], off)
			at.sum = at.sum.Add(decimal.FromInt64(y))
		})
		return nil
	}
	x := vector.Values[decimal.Int128](v)
	each(s, u.n, func(i int) {
		y := x[i]
		if u.signs != nil && u.signs[i] < 0 {
			y = y.Neg()
		}
		table.At[decimalSum](u.rows[i], off).add(y)
	})
	return nil
}

func (d *decimalSum) add(y decimal.Int128) {
	if d.over != 0 {
		d.sum, d.over = y, 0
		return
	}
	sum, ok := d.sum.AddChecked(y)
	if !ok || !decimal.Fits(sum, decimal.MaxPrecision) {
		d.sum, d.over = decimal.Int128{}, 1
		return
	}
	d.sum = sum
}

func (p *sumDecimal) merge(m *merging) {
	to, from := m.dst.payload+p.off, m.src.payload+p.off
	for i, r := range m.rows {
		x, y := table.At[decimalSum](r, to), table.At[decimalSum](m.from[i], from)
		if y.over != 0 {
			if *x == (decimalSum{}) {
				x.over = 1
			}
			continue
		}
		x.add(y.sum)
	}
}

func (p *sumDecimal) save(r *Reader, rows []table.Row) []*vector.Vector {
	v := copyOut[decimal.Int128](r.pool, p.fields()[0], rows, r.payload+p.off)
	for i, row := range rows {
		if table.At[decimalSum](row, r.payload+p.off).over != 0 {
			v.SetNull(i)
		}
	}
	return []*vector.Vector{v}
}

func (p *sumDecimal) load(st *State, cols []*vector.Vector, rows []table.Row) {
	x := vector.Values[decimal.Int128](cols[0])
	for i, r := range rows {
		d := table.At[decimalSum](r, st.payload+p.off)
		if cols[0].IsNull(i) {
			d.over = 1
		} else {
			d.sum = x[i]
		}
	}
}
