package gateway

import (
	"strconv"
	"time"

	"millrace/operators/kernel/bitmap"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/jsonpath"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// PlainText writes values as Flink's clients show them: CAST to STRING, but binary as x'..'. It belongs to one goroutine.
type PlainText struct {
	Style
	c *cells
}

// NewPlainText returns a writer that shows TIMESTAMP_LTZ in the given zone; nil: UTC.
func NewPlainText(zone *time.Location) *PlainText { return &PlainText{c: newCells(zone)} }

// Append appends the text of value i; NULL inside a container is NULL, and at the top the caller's matter (nothing is appended).
func (p *PlainText) Append(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return dst
	}
	return p.value(dst, v, i)
}

func (p *PlainText) nested(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, "NULL"...)
	}
	return p.value(dst, v, i)
}

func (p *PlainText) value(dst []byte, v *vector.Vector, i int) []byte {
	switch v.Type.Kind {
	case types.Boolean:
		if p.Legacy {
			return strconv.AppendBool(dst, v.Bool(i))
		}
		if v.Bool(i) {
			return append(dst, "TRUE"...)
		}
		return append(dst, "FALSE"...)
	case types.TinyInt:
		return strconv.AppendInt(dst, int64(vector.Values[int8](v)[i]), 10)
	case types.SmallInt:
		return strconv.AppendInt(dst, int64(vector.Values[int16](v)[i]), 10)
	case types.Int:
		return strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10)
	case types.BigInt:
		return strconv.AppendInt(dst, vector.Values[int64](v)[i], 10)
	case types.Float:
		return number.AppendFloat(dst, vector.Values[float32](v)[i])
	case types.Double:
		return number.AppendDouble(dst, vector.Values[float64](v)[i])
	case types.Decimal:
		if v.Type.Precision <= 18 {
			return decimal.AppendFixed64(dst, vector.Values[int64](v)[i], v.Type.Scale)
		}
		return decimal.AppendFixed(dst, vector.Values[decimal.Int128](v)[i], v.Type.Scale)
	case types.Char, types.VarChar:
		return append(dst, v.Bytes(i)...)
	case types.Variant:
		return jsonpath.AppendVariantText(dst, v.Bytes(i))
	case types.Bitmap:
		return bitmap.AppendText(dst, v.Bytes(i))
	case types.Binary, types.VarBinary:
		dst = append(dst, 'x', '\'')
		for _, b := range v.Bytes(i) {
			dst = append(dst, hex[b>>4], hex[b&15])
		}
		return append(dst, '\'')
	case types.Date:
		return civil.AppendDate(dst, vector.Values[int32](v)[i])
	case types.Time:
		return civil.AppendTime(dst, vector.Values[int32](v)[i], v.Type.Precision)
	case types.Timestamp:
		return civil.AppendTimestamp(dst, timestamp(v, i), v.Type.Precision)
	case types.TimestampLTZ:
		if p.ISO {
			return civil.AppendTimestampISO(dst, p.c.local(timestamp(v, i)))
		}
		return civil.AppendTimestamp(dst, p.c.local(timestamp(v, i)), v.Type.Precision)
	case types.IntervalYearMonth:
		return civil.AppendMonths(dst, vector.Values[int32](v)[i])
	case types.IntervalDayTime:
		return civil.AppendDayTime(dst, vector.Values[int64](v)[i])
	default:
		return p.container(dst, v, i)
	}
}

func (p *PlainText) container(dst []byte, v *vector.Vector, i int) []byte {
	switch v.Type.Kind {
	case types.Row:
		dst = append(dst, '(')
		for j, c := range v.Children {
			if j > 0 {
				dst = append(dst, ',')
				if !p.Legacy {
					dst = append(dst, ' ')
				}
			}
			dst = p.nested(dst, c, i)
		}
		return append(dst, ')')
	case types.Array:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = p.nested(dst, v.Children[0], int(j))
		}
		return append(dst, ']')
	case types.Map, types.Multiset:
		dst = append(dst, '{')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = append(p.nested(dst, v.Children[0], int(j)), '=')
			dst = p.nested(dst, v.Children[1], int(j))
		}
		return append(dst, '}')
	default:
		return append(dst, "NULL"...)
	}
}
