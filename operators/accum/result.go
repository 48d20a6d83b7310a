package accum

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/rowkey"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// outputKind is how a result is made from parts.
type outputKind uint8

const (
	outCount outputKind = iota
	outSum
	outAvg
	outVariance
	outCell       // the value of a cell
	outBest       // the best of values
	outEnd        // the first or last entry of a list
	outSingle     // the only entry of a list
	outJoin       // text entries, joined
	outArray      // entries as ARRAY
	outCollect    // values as MULTISET
	outJSONArray  // entries as JSON array
	outJSONObject // pairs as JSON object
	outPercentile
	outBitmap // values as BITMAP, or their number
)

// output is the result of one aggregate call.
type output struct {
	kind     outputKind
	typ      types.Type
	part     int
	count    int // part that counts the values; -1: none
	function string
	zero     bool // 0 instead of NULL for no values
	absent   bool // JSON: NULL values are left out
	wraps    bool // AVG: the sum has the type of the result
}

// ErrManyRows is the error of a scalar sub-query (SINGLE_VALUE) with more than one row.
var ErrManyRows = errors.New("the sub-query of a single value has more than one row")

// Results makes the result columns of rows.
func (s *Set) Results(r *Reader, rows []table.Row) ([]*vector.Vector, error) {
	cols := make([]*vector.Vector, 0, len(s.outputs))
	for i := range s.outputs {
		v, err := s.result(r, rows, &s.outputs[i])
		if err != nil {
			for _, c := range cols {
				c.Release()
			}
			return nil, err
		}
		cols = append(cols, v)
	}
	return cols, nil
}

func (s *Set) result(r *Reader, rows []table.Row, o *output) (*vector.Vector, error) {
	switch p := s.parts[o.part].(type) {
	case *count:
		return copyOut[int64](r.pool, o.typ, rows, r.payload+p.off), nil
	case *sumInt:
		return s.intResult(r, rows, o, p), nil
	case *sumFloat:
		return s.floatResult(r, rows, o, p), nil
	case *sumDecimal:
		return s.decimalResult(r, rows, o, p), nil
	case *pairVariance:
		return p.result(r, rows, o), nil
	case *exactVariance:
		return p.result(r, rows, o), nil
	case *pick:
		return p.values(r, rows, o.typ), nil
	case *extreme:
		return p.values(r, rows, o.typ), nil
	case *values:
		if o.kind == outBest {
			return p.bestResult(r, rows, o.typ), nil
		}
		if o.kind == outBitmap {
			return p.bitmapResult(r, rows, o), nil
		}
		return p.collectResult(r, rows, o.typ), nil
	case *list:
		return p.result(r, rows, o)
	}
	panic("accum: part without result")
}

// counts returns the number of values behind a sum.
func (s *Set) counts(o *output) int { return s.parts[o.count].(*count).off }

// intResult is SUM or AVG of integers.
func (s *Set) intResult(r *Reader, rows []table.Row, o *output, p *sumInt) *vector.Vector {
	v := vector.New(r.pool, o.typ, len(rows), 0)
	off, counts := r.payload+p.off, r.payload+s.counts(o)
	put := putInt(v)
	for i, row := range rows {
		x, n := *table.At[int64](row, off), *table.At[int64](row, counts)
		switch {
		case n == 0 && o.zero:
			x = 0
		case n == 0:
			v.SetNull(i)
			x = 0
		case o.kind == outAvg && o.wraps:
			x = wrap(x, o.typ) / n
		case o.kind == outAvg:
			x /= n
		}
		put(i, x)
	}
	return v
}

// wrap cuts an integer to the width of a type.
func wrap(x int64, t types.Type) int64 {
	switch t.Kind {
	case types.TinyInt:
		return int64(int8(x))
	case types.SmallInt:
		return int64(int16(x))
	case types.Int:
		return int64(int32(x))
	default:
		return x
	}
}

// putInt returns a function that writes an integer, narrowed, to a column.
func putInt(v *vector.Vector) func(i int, x int64) {
	switch v.Type.Storage() {
	case types.StoreI8:
		d := vector.Values[int8](v)
		return func(i int, x int64) { d[i] = int8(x) }
	case types.StoreI16:
		d := vector.Values[int16](v)
		return func(i int, x int64) { d[i] = int16(x) }
	case types.StoreI32:
		d := vector.Values[int32](v)
		return func(i int, x int64) { d[i] = int32(x) }
	case types.StoreF64:
		d := vector.Values[float64](v)
		return func(i int, x int64) { d[i] = float64(x) }
	case types.StoreI128:
		d := vector.Values[decimal.Int128](v)
		return func(i int, x int64) { d[i] = decimal.FromInt64(x) }
	default:
		d := vector.Values[int64](v)
		return func(i int, x int64) { d[i] = x }
	}
}

func (s *Set) floatResult(r *Reader, rows []table.Row, o *output, p *sumFloat) *vector.Vector {
	v := vector.New(r.pool, o.typ, len(rows), 0)
	off, counts := r.payload+p.off, r.payload+s.counts(o)
	for i, row := range rows {
		x, n := *table.At[float64](row, off), *table.At[int64](row, counts)
		switch {
		case n == 0:
			x = 0
			if !o.zero {
				v.SetNull(i)
			}
		case o.kind == outAvg:
			x /= float64(n)
		}
		putFloat(v, i, x)
	}
	return v
}

// putFloat writes a double to a column of any numeric type: integers are cut, decimals rounded (NULL if too large).
func putFloat(v *vector.Vector, i int, x float64) {
	switch v.Type.Kind {
	case types.Float:
		vector.Values[float32](v)[i] = float32(x)
	case types.Double:
		vector.Values[float64](v)[i] = x
	case types.Decimal:
		d, ok := number.DoubleToDecimal(x, v.Type.Precision, v.Type.Scale)
		if !ok {
			v.SetNull(i)
		}
		putDecimal(v, i, d)
	default:
		putInt(v)(i, number.ToInt64(x))
	}
}

func putDecimal(v *vector.Vector, i int, d decimal.Int128) {
	if v.Type.Storage() == types.StoreI64 {
		vector.Values[int64](v)[i] = int64(d.Lo)
		return
	}
	vector.Values[decimal.Int128](v)[i] = d
}

func (s *Set) decimalResult(r *Reader, rows []table.Row, o *output, p *sumDecimal) *vector.Vector {
	v := vector.New(r.pool, o.typ, len(rows), 0)
	counts := r.payload + s.counts(o)
	for i, row := range rows {
		d, n := table.At[decimalSum](row, r.payload+p.off), *table.At[int64](row, counts)
		x, ok := d.sum, d.over == 0
		switch {
		case n == 0:
			x, ok = decimal.Int128{}, o.zero
		case ok && o.kind == outAvg:
			x, ok = decimal.Div(x, p.typ.Scale, decimal.FromInt64(n), 0, o.typ.Precision, o.typ.Scale)
		case ok:
			x, ok = decimal.Rescale(x, p.typ.Scale, o.typ.Scale, o.typ.Precision)
		}
		if !ok {
			v.SetNull(i)
			x = decimal.Int128{}
		}
		putDecimal(v, i, x)
	}
	return v
}

func (p *values) bestResult(r *Reader, rows []table.Row, t types.Type) *vector.Vector {
	v := r.aux[p.aux]
	b := vector.NewBuilder(r.pool, t, len(rows))
	defer b.Release()
	for _, row := range rows {
		best := *table.At[int32](row, r.payload+p.off+4)
		if best == 0 {
			b.AppendNull()
			continue
		}
		e := v.Row(best - 1)
		if key, ok := v.KeyBytes(e); ok {
			decode(key[valueAt-1:], b)
			continue
		}
		at := v.KeyValue(e, 1)
		switch w := p.typ.Storage().Width(); {
		case p.typ.Kind == types.Boolean:
			b.AppendBool(*(*byte)(at) != 0)
		case w == 1:
			vector.AppendFixed(b, *(*uint8)(at))
		case w == 2:
			vector.AppendFixed(b, *(*uint16)(at))
		case w == 4:
			vector.AppendFixed(b, *(*uint32)(at))
		case w == 8:
			vector.AppendFixed(b, *(*uint64)(at))
		default:
			vector.AppendFixed(b, *(*[2]uint64)(at))
		}
	}
	return b.Finish()
}

// decode appends a value in canonical form, which this package wrote.
func decode(x []byte, b *vector.Builder) []byte {
	rest, err := rowkey.DecodeValue(x, b)
	if err != nil {
		panic(err)
	}
	return rest
}

func (p *values) collectResult(r *Reader, rows []table.Row, t types.Type) *vector.Vector {
	b := vector.NewBuilder(r.pool, t, len(rows))
	defer b.Release()
	p.eachGroup(r, rows, func(col *vector.Vector, from, to int, count func(i int) int64) {
		// The list begins with the newest value.
		for i := to - 1; i >= from; i-- {
			if n := count(i); n > 0 {
				b.Children[0].AppendFrom(col, i)
				vector.AppendFixed(b.Children[1], int32(n))
			}
		}
		b.EndList()
	})
	return b.Finish()
}

// eachGroup calls f for each group with a column of values and the span of its own; count tells how often a value is there, perhaps never.
func (p *values) eachGroup(r *Reader, rows []table.Row, f func(col *vector.Vector, from, to int, count func(i int) int64)) {
	groups, ids := p.walk(r, rows)
	v := r.aux[p.aux]
	entries := v.Pointers(ids, nil)
	col := p.column(r.pool, v, entries)
	defer col.Release()
	count := func(i int) int64 { return *table.At[int64](entries[i], v.Payload()+valCount) }
	at := 0
	for g := range rows {
		from := at
		for at < len(groups) && int(groups[at]) == g {
			at++
		}
		f(col, from, at, count)
	}
}

func (p *list) result(r *Reader, rows []table.Row, o *output) (*vector.Vector, error) {
	b := vector.NewBuilder(r.pool, o.typ, len(rows))
	defer b.Release()
	var buf []byte
	for _, row := range rows {
		switch o.kind {
		case outEnd:
			if x, ok := p.end(r, row, o.function == "LAST_VALUE"); ok {
				decode(x, b)
			} else {
				b.AppendNull()
			}
		case outSingle:
			n := 0
			var only []byte
			p.entries(r, row, func(x []byte) { n, only = n+1, x })
			switch n {
			case 0:
				b.AppendNull()
			case 1:
				decode(only, b)
			default:
				return nil, ErrManyRows
			}
		case outArray:
			n := 0
			p.entries(r, row, func(x []byte) {
				decode(x, b.Children[0])
				n++
			})
			if n == 0 {
				b.AppendNull()
			} else {
				b.EndList()
			}
		case outJoin:
			n := 0
			buf = buf[:0]
			p.entries(r, row, func(x []byte) {
				text, rest := canonicalText(x)
				if n++; n > 1 {
					buf = appendSeparator(buf, rest)
				}
				buf = append(buf, text...)
			})
			if n == 0 {
				b.AppendNull()
			} else {
				b.AppendBytes(buf)
			}
		case outPercentile:
			p.percentile(r, row, b)
		default:
			var err error
			if buf, err = p.json(r, row, o, buf[:0]); err != nil {
				return nil, err
			}
			b.AppendBytes(buf)
		}
	}
	return b.Finish(), nil
}

// canonicalText splits text in canonical form from what follows. NULL is empty.
func canonicalText(x []byte) (text, rest []byte) {
	if x[0] == 0 {
		return nil, x[1:]
	}
	n := 5 + int(binary.LittleEndian.Uint32(x[1:]))
	return x[5:n], x[n:]
}

func appendSeparator(buf, rest []byte) []byte {
	if len(rest) == 0 {
		return append(buf, ',')
	}
	sep, _ := canonicalText(rest)
	return append(buf, sep...)
}

// percentile interpolates between the two values next to the position, as Flink does; the arguments are the value, the fraction or an
// ARRAY of fractions, and perhaps how often the value counts.
func (p *list) percentile(r *Reader, row table.Row, b *vector.Builder) {
	bs := make([]*vector.Builder, len(p.ts))
	for i, t := range p.ts {
		bs[i] = vector.NewBuilder(r.pool, t, 16)
		defer bs[i].Release()
	}
	n := 0
	p.entries(r, row, func(x []byte) {
		if _, err := rowkey.Decode(x, bs); err != nil {
			panic(err)
		}
		n++
	})
	cols := make([]*vector.Vector, len(bs))
	for i := range bs {
		cols[i] = bs[i].Finish()
		defer cols[i].Release()
	}
	type weighted struct {
		x float64
		n int64
	}
	var xs []weighted
	vals := toFloats(cols[0], n, nil)
	total := int64(0)
	for i, x := range vals {
		w := int64(1)
		if len(cols) > 2 {
			w = 0
			if !cols[2].IsNull(i) {
				w = int64(toFloats(cols[2], n, nil)[i])
			}
		}
		if w > 0 {
			xs = append(xs, weighted{x, w})
			total += w
		}
	}
	if total == 0 {
		b.AppendNull()
		return
	}
	slices.SortFunc(xs, func(a, b weighted) int { return number.CompareDouble(a.x, b.x) })
	at := func(k int64) float64 {
		for _, w := range xs {
			if k -= w.n; k < 0 {
				return w.x
			}
		}
		return xs[len(xs)-1].x
	}
	value := func(fraction float64) float64 {
		pos := fraction * float64(total-1)
		low := math.Floor(pos)
		x := at(int64(low))
		if pos == low {
			return x
		}
		y := at(int64(low) + 1)
		return x + (pos-low)*(y-x)
	}
	if cols[1].Type.Kind != types.Array {
		vector.AppendFixed(b, value(toFloats(cols[1], n, nil)[n-1]))
		return
	}
	list := cols[1]
	fractions := toFloats(list.Children[0], list.Children[0].Len, nil)
	for j := list.Offsets[n-1]; j < list.Offsets[n]; j++ {
		vector.AppendFixed(b.Children[0], value(fractions[j]))
	}
	b.EndList()
}
