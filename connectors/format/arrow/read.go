package arrow

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// reader implements format.FileReader. Its places are numbers of record batches.
type reader struct {
	f    *ipc.FileReader
	set  *column.Set
	cols types.Schema
	from []int // column of the file for each column, or -1
	at   int
}

func newReader(c format.Config, f io.ReaderAt, size int64) (r *reader, err error) {
	defer guard(&err)
	r = &reader{cols: c.Columns}
	if err := verify(f, size); err != nil {
		return nil, fmt.Errorf("this is no arrow file, or it is not complete: %w", err)
	}
	if r.f, err = ipc.NewFileReader(io.NewSectionReader(f, 0, size), ipc.WithAllocator(bounded{memory.NewGoAllocator()})); err != nil {
		return nil, fmt.Errorf("this is no arrow file, or it is not complete: %w", err)
	}
	for _, k := range c.Columns {
		at := r.f.Schema().FieldIndices(k.Name)
		if len(at) == 0 {
			if k.Type.NotNull {
				return nil, fmt.Errorf("column '%s': the file has no such column, and it is NOT NULL", k.Name)
			}
			r.from = append(r.from, -1)
			continue
		}
		r.from = append(r.from, at[0])
	}
	r.set = column.NewSet(c.Pool, c.Columns.Types())
	return r, nil
}

// guard turns panics of the library, which trusts files, into errors.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the file is damaged: %v", p)
	}
}

// Place is the number of the next record batch.
func (r *reader) Place() int64 { return int64(r.at) }

// MoveTo goes to a record batch.
func (r *reader) MoveTo(place int64) error {
	if place < 0 || place > int64(r.f.NumRecords()) {
		return fmt.Errorf("there is no record batch %d", place)
	}
	r.at = int(place)
	return nil
}

// Next returns the rows of the next record batch.
func (r *reader) Next() (b *vector.Batch, err error) {
	if r.at >= r.f.NumRecords() {
		return nil, io.EOF
	}
	r.set.Begin()
	err = r.read()
	if err != nil {
		r.set.Rollback(0)
		return nil, fmt.Errorf("record batch %d: %w", r.at, err)
	}
	r.at++
	return r.set.Take(), nil
}

func (r *reader) read() (err error) {
	defer guard(&err)
	record, err := r.f.Record(r.at)
	if err != nil {
		return err
	}
	n := int(record.NumRows())
	for k, at := range r.from {
		c := r.set.Columns[k]
		if at < 0 {
			for range n {
				c.AppendNull()
			}
			continue
		}
		if err := Fill(c, record.Column(at), 0, n); err != nil {
			return fmt.Errorf("column '%s': %w", r.cols[k].Name, err)
		}
	}
	r.set.Rows = n
	return nil
}

// Close gives memory back.
func (r *reader) Close() {
	r.set.Close()
	_ = r.f.Close()
}

var errNull = errors.New("it is NOT NULL, but the file has null")

// Fill appends values from to to of an array to a column.
func Fill(c *column.Column, a arrow.Array, from, to int) error {
	put, err := filler(c, a)
	if err != nil {
		return err
	}
	nulls := a.NullN() > 0
	for i := from; i < to; i++ {
		if nulls && a.IsNull(i) {
			if c.Type.NotNull {
				return errNull
			}
			c.AppendNull()
			continue
		}
		if err := put(i); err != nil {
			return err
		}
	}
	return nil
}

// mismatch says that an array does not become a column.
func mismatch(c *column.Column, a arrow.Array) error {
	return fmt.Errorf("the file has %s, which does not become %s", a.DataType(), c.Type)
}

// filler returns what appends value i.
func filler(c *column.Column, a arrow.Array) (func(i int) error, error) {
	switch c.Type.Kind {
	case types.Boolean:
		if a, ok := a.(*array.Boolean); ok {
			return func(i int) error { c.AppendBool(a.Value(i)); return nil }, nil
		}
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return integer(c, a)
	case types.Float, types.Double:
		return float(c, a)
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return bytes(c, a)
	case types.Decimal:
		return number(c, a)
	case types.Date:
		switch a := a.(type) {
		case *array.Date32:
			return func(i int) error { c.AppendI32(int32(a.Value(i))); return nil }, nil
		case *array.Date64:
			return func(i int) error { c.AppendI32(int32(int64(a.Value(i)) / civil.MillisPerDay)); return nil }, nil
		}
	case types.Time:
		return clock(c, a)
	case types.Timestamp, types.TimestampLTZ:
		return timestamp(c, a)
	case types.Array:
		return list(c, a)
	case types.Map, types.Multiset:
		return dict(c, a)
	case types.Row:
		return row(c, a)
	}
	return nil, mismatch(c, a)
}

// whole returns what reads integers.
func whole(a arrow.Array) func(i int) int64 {
	switch a := a.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int64:
		return a.Value
	case *array.Uint8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint32:
		return func(i int) int64 { return int64(a.Value(i)) }
	default:
		return nil
	}
}

func integer(c *column.Column, a arrow.Array) (func(i int) error, error) {
	get := whole(a)
	if get == nil {
		return nil, mismatch(c, a)
	}
	bits := 8 * c.Store.Width()
	return func(i int) error {
		x := get(i)
		if x<<(64-bits)>>(64-bits) != x {
			return fmt.Errorf("%d does not fit %s", x, c.Type)
		}
		switch c.Store {
		case types.StoreI8:
			c.AppendI8(int8(x))
		case types.StoreI16:
			c.AppendI16(int16(x))
		case types.StoreI32:
			c.AppendI32(int32(x))
		default:
			c.AppendI64(x)
		}
		return nil
	}, nil
}

func float(c *column.Column, a arrow.Array) (func(i int) error, error) {
	var get func(i int) float64
	switch a := a.(type) {
	case *array.Float32:
		get = func(i int) float64 { return float64(a.Value(i)) }
	case *array.Float64:
		get = a.Value
	default:
		if w := whole(a); w != nil {
			get = func(i int) float64 { return float64(w(i)) }
		}
	}
	switch {
	case get == nil:
		return nil, mismatch(c, a)
	case c.Store == types.StoreF32:
		return func(i int) error { c.AppendF32(float32(get(i))); return nil }, nil
	}
	return func(i int) error { c.AppendF64(get(i)); return nil }, nil
}

func bytes(c *column.Column, a arrow.Array) (func(i int) error, error) {
	switch a := a.(type) {
	case *array.String:
		return func(i int) error { c.AppendBytes([]byte(a.Value(i))); return nil }, nil
	case *array.LargeString:
		return func(i int) error { c.AppendBytes([]byte(a.Value(i))); return nil }, nil
	case *array.Binary:
		return func(i int) error { c.AppendBytes(a.Value(i)); return nil }, nil
	case *array.LargeBinary:
		return func(i int) error { c.AppendBytes(a.Value(i)); return nil }, nil
	case *array.FixedSizeBinary:
		return func(i int) error { c.AppendBytes(a.Value(i)); return nil }, nil
	case *array.Dictionary:
		put, err := bytes(c, a.Dictionary())
		return func(i int) error { return put(a.GetValueIndex(i)) }, err
	}
	return nil, mismatch(c, a)
}

// number reads decimals and integers.
func number(c *column.Column, a arrow.Array) (func(i int) error, error) {
	scale := 0
	var get func(i int) decimal.Int128
	if d, ok := a.(*array.Decimal128); ok {
		scale = int(a.DataType().(*arrow.Decimal128Type).Scale)
		get = func(i int) decimal.Int128 {
			x := d.Value(i)
			return decimal.Int128{Lo: x.LowBits(), Hi: x.HighBits()}
		}
	} else if w := whole(a); w != nil {
		get = func(i int) decimal.Int128 { return decimal.FromInt64(w(i)) }
	}
	if get == nil || scale < 0 {
		return nil, mismatch(c, a)
	}
	return func(i int) error { return PutDecimal(c, get(i), scale) }, nil
}

// PutDecimal appends an unscaled number, rounded to the column's scale; NULL if it is too large.
func PutDecimal(c *column.Column, x decimal.Int128, scale int) error {
	x, ok := decimal.Rescale(x, scale, c.Type.Scale, c.Type.Precision)
	switch {
	case !ok && c.Type.NotNull:
		return fmt.Errorf("a number does not fit %s", c.Type)
	case !ok:
		c.AppendNull()
	case c.Store == types.StoreI64:
		c.AppendI64(int64(x.Lo))
	default:
		c.AppendI128(x)
	}
	return nil
}

func clock(c *column.Column, a arrow.Array) (func(i int) error, error) {
	switch a := a.(type) {
	case *array.Time32:
		by := int32(1)
		if a.DataType().(*arrow.Time32Type).Unit == arrow.Second {
			by = 1000
		}
		return func(i int) error { c.AppendI32(int32(a.Value(i)) * by); return nil }, nil
	case *array.Time64:
		by := int64(1000)
		if a.DataType().(*arrow.Time64Type).Unit == arrow.Nanosecond {
			by = 1_000_000
		}
		return func(i int) error { c.AppendI32(int32(int64(a.Value(i)) / by)); return nil }, nil
	}
	return nil, mismatch(c, a)
}

func timestamp(c *column.Column, a arrow.Array) (func(i int) error, error) {
	ts, ok := a.(*array.Timestamp)
	if !ok {
		return nil, mismatch(c, a)
	}
	unit := a.DataType().(*arrow.TimestampType).Unit
	return func(i int) error {
		x := int64(ts.Value(i))
		switch unit {
		case arrow.Second:
			scalar.PutTimestamp(c, civil.Timestamp{Millis: x * 1000})
		case arrow.Millisecond:
			scalar.PutTimestamp(c, civil.Timestamp{Millis: x})
		case arrow.Microsecond:
			scalar.PutTimestamp(c, civil.FromMicros(x))
		default:
			scalar.PutTimestamp(c, civil.FromNanos(decimal.FromInt64(x)))
		}
		return nil
	}, nil
}

func list(c *column.Column, a arrow.Array) (func(i int) error, error) {
	l, ok := a.(array.ListLike)
	if !ok {
		return nil, mismatch(c, a)
	}
	return func(i int) error {
		from, to := l.ValueOffsets(i)
		if err := Fill(c.Children[0], l.ListValues(), int(from), int(to)); err != nil {
			return err
		}
		c.EndList()
		return nil
	}, nil
}

func dict(c *column.Column, a arrow.Array) (func(i int) error, error) {
	m, ok := a.(*array.Map)
	if !ok {
		return nil, mismatch(c, a)
	}
	return func(i int) error {
		from, to := m.ValueOffsets(i)
		if err := Fill(c.Children[0], m.Keys(), int(from), int(to)); err != nil {
			return err
		}
		if err := Fill(c.Children[1], m.Items(), int(from), int(to)); err != nil {
			return err
		}
		c.EndList()
		return nil
	}, nil
}

func row(c *column.Column, a arrow.Array) (func(i int) error, error) {
	s, ok := a.(*array.Struct)
	if !ok {
		return nil, mismatch(c, a)
	}
	st := a.DataType().(*arrow.StructType)
	at := make([]int, len(c.Type.Fields))
	for k, f := range c.Type.Fields {
		j, ok := st.FieldIdx(f.Name)
		if !ok {
			if f.Type.NotNull {
				return nil, fmt.Errorf("field '%s': the file has no such field, and it is NOT NULL", f.Name)
			}
			j = -1
		}
		at[k] = j
	}
	return func(i int) error {
		for k, j := range at {
			if j < 0 {
				c.Children[k].AppendNull()
			} else if err := Fill(c.Children[k], s.Field(j), i, i+1); err != nil {
				return fmt.Errorf("field '%s': %w", c.Type.Fields[k].Name, err)
			}
		}
		c.EndRow()
		return nil
	}, nil
}
