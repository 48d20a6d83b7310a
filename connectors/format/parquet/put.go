package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"millrace/connectors/format/arrow"
	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/sql/types"
)

// putter returns what appends the value at a cursor to a column, or nil if values of the leaf do not become values of the column.
func putter(s *settings, c *column.Column, n *schema.PrimitiveNode) func(*cursor) error {
	p := n.PhysicalType()
	whole := integers(p)
	switch c.Type.Kind {
	case types.Boolean:
		if p == parquet.Types.Boolean {
			return func(k *cursor) error { c.AppendBool(k.b[k.value]); return nil }
		}
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Date:
		if whole != nil {
			return putInteger(c, whole)
		}
	case types.Float, types.Double:
		return putFloat(c, p, whole)
	case types.Char, types.VarChar:
		if p == parquet.Types.ByteArray {
			return func(k *cursor) error {
				b := []byte(k.bytes[k.value])
				if !utf8.Valid(b) {
					b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
				}
				c.AppendBytes(b)
				return nil
			}
		}
	case types.Binary, types.VarBinary:
		switch p {
		case parquet.Types.ByteArray:
			return func(k *cursor) error { c.AppendBytes(k.bytes[k.value]); return nil }
		case parquet.Types.FixedLenByteArray:
			return func(k *cursor) error { c.AppendBytes(k.fixed[k.value]); return nil }
		}
	case types.Decimal:
		return putDecimal(c, n, whole)
	case types.Time:
		return putTime(c, n, whole)
	case types.Timestamp, types.TimestampLTZ:
		return putTimestamp(s, c, n)
	}
	return nil
}

// integers returns what reads whole numbers, or nil.
func integers(p parquet.Type) func(*cursor) int64 {
	switch p {
	case parquet.Types.Int32:
		return func(k *cursor) int64 { return int64(k.i32[k.value]) }
	case parquet.Types.Int64:
		return func(k *cursor) int64 { return k.i64[k.value] }
	default:
		return nil
	}
}

func putInteger(c *column.Column, get func(*cursor) int64) func(*cursor) error {
	fits := func(x int64, bits int) error {
		if x<<(64-bits)>>(64-bits) != x {
			return fmt.Errorf("%d does not fit %s", x, c.Type)
		}
		return nil
	}
	switch c.Store {
	case types.StoreI8:
		return func(k *cursor) error { x := get(k); c.AppendI8(int8(x)); return fits(x, 8) }
	case types.StoreI16:
		return func(k *cursor) error { x := get(k); c.AppendI16(int16(x)); return fits(x, 16) }
	case types.StoreI32:
		return func(k *cursor) error { x := get(k); c.AppendI32(int32(x)); return fits(x, 32) }
	default:
		return func(k *cursor) error { c.AppendI64(get(k)); return nil }
	}
}

func putFloat(c *column.Column, p parquet.Type, whole func(*cursor) int64) func(*cursor) error {
	var get func(*cursor) float64
	switch {
	case p == parquet.Types.Float:
		get = func(k *cursor) float64 { return float64(k.f32[k.value]) }
	case p == parquet.Types.Double:
		get = func(k *cursor) float64 { return k.f64[k.value] }
	case whole != nil:
		get = func(k *cursor) float64 { return float64(whole(k)) }
	default:
		return nil
	}
	if c.Store == types.StoreF32 {
		return func(k *cursor) error { c.AppendF32(float32(get(k))); return nil }
	}
	return func(k *cursor) error { c.AppendF64(get(k)); return nil }
}

func putDecimal(c *column.Column, n *schema.PrimitiveNode, whole func(*cursor) int64) func(*cursor) error {
	scale := 0
	l, ok := n.LogicalType().(schema.DecimalLogicalType)
	if !ok {
		if l, isPointer := n.LogicalType().(*schema.DecimalLogicalType); isPointer {
			scale, ok = int(l.Scale()), true
		}
	} else {
		scale = int(l.Scale())
	}
	var get func(*cursor) []byte
	switch {
	case whole != nil:
		return func(k *cursor) error { return arrow.PutDecimal(c, decimal.FromInt64(whole(k)), scale) }
	case !ok:
		return nil
	case n.PhysicalType() == parquet.Types.ByteArray:
		get = func(k *cursor) []byte { return k.bytes[k.value] }
	case n.PhysicalType() == parquet.Types.FixedLenByteArray:
		get = func(k *cursor) []byte { return k.fixed[k.value] }
	default:
		return nil
	}
	return func(k *cursor) error {
		x, ok := scalar.BigEndian(get(k))
		if !ok {
			return errors.New("a number has more than 128 bits")
		}
		return arrow.PutDecimal(c, x, scale)
	}
}

// unit is how many units of a logical type make a second; 0: it says none.
func unit(n *schema.PrimitiveNode) int64 {
	var u schema.TimeUnitType
	switch l := n.LogicalType().(type) {
	case schema.TimestampLogicalType:
		u = l.TimeUnit()
	case *schema.TimestampLogicalType:
		u = l.TimeUnit()
	case schema.TimeLogicalType:
		u = l.TimeUnit()
	case *schema.TimeLogicalType:
		u = l.TimeUnit()
	default:
		return 0
	}
	switch u {
	case schema.TimeUnitMillis:
		return 1e3
	case schema.TimeUnitMicros:
		return 1e6
	default:
		return 1e9
	}
}

func putTime(c *column.Column, n *schema.PrimitiveNode, whole func(*cursor) int64) func(*cursor) error {
	if whole == nil {
		return nil
	}
	by := max(unit(n), 1e3) / 1e3
	return func(k *cursor) error { c.AppendI32(int32(whole(k) / by)); return nil }
}

func putTimestamp(s *settings, c *column.Column, n *schema.PrimitiveNode) func(*cursor) error {
	put := func(ts civil.Timestamp) {
		if s.zone != nil {
			ts.Millis = s.zone.ToLocal(ts.Millis)
		}
		if !s.utc {
			ts.Millis = fromHybrid(ts.Millis)
		}
		scalar.PutTimestamp(c, ts)
	}
	switch n.PhysicalType() {
	case parquet.Types.Int96:
		return func(k *cursor) error {
			day, nanos := int96(k.i96[k.value])
			// Flink counts times before 1970 back from the next day.
			if nanos <= -nanosPerDay || nanos >= 2*nanosPerDay {
				return fmt.Errorf("a timestamp says %d nanoseconds within a day", nanos)
			}
			if nanos < 0 {
				if !s.utc && nanos%1e9 != 0 {
					nanos -= 1e9 // the fraction goes forth, the seconds were cut towards 1970
				}
				day, nanos = day-1, nanos+nanosPerDay
			}
			put(civil.Timestamp{Millis: day*civil.MillisPerDay + nanos/1_000_000, Nanos: int32(nanos % 1_000_000)})
			return nil
		}
	case parquet.Types.Int64:
		u := unit(n)
		if u == 0 {
			u = s.unit
		}
		return func(k *cursor) error {
			x := k.i64[k.value]
			switch u {
			case 1e3:
				put(civil.Timestamp{Millis: x})
			case 1e6:
				put(civil.FromMicros(x))
			default:
				put(civil.FromNanos(decimal.FromInt64(x)))
			}
			return nil
		}
	}
	return nil
}
