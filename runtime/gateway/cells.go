package gateway

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func runeLen(b []byte) int {
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}

// errNoJSON is the answer for values that the format JSON cannot hold.
var errNoJSON = errors.New("Could not map response to JSON.") //nolint:staticcheck // Flink's text

// cells writes values in the encoding of rowFormat=JSON.
type cells struct {
	zone   *time.Location
	inRow  bool // inside a ROW TIMESTAMP_LTZ stays in UTC, as in Flink
	zoneOf *civil.Zone
}

func newCells(zone *time.Location) *cells {
	c := &cells{zone: zone}
	if zone != nil && zone != time.UTC {
		c.zoneOf = civil.NewZone(zone)
	}
	return c
}

// timestamp reads value i of a timestamp column.
func timestamp(v *vector.Vector, i int) civil.Timestamp {
	switch {
	case v.Type.Precision <= 3:
		return civil.Timestamp{Millis: vector.Values[int64](v)[i]}
	case v.Type.Precision <= 6:
		return civil.FromMicros(vector.Values[int64](v)[i])
	default:
		return civil.FromNanos(vector.Values[decimal.Int128](v)[i])
	}
}

// local shifts an instant to the session zone.
func (c *cells) local(t civil.Timestamp) civil.Timestamp {
	if c.zoneOf != nil {
		t.Millis = c.zoneOf.ToLocal(t.Millis)
	}
	return t
}

// append appends value i of a column.
func (c *cells) append(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	if v.IsNull(i) {
		return append(dst, "null"...), nil
	}
	switch v.Type.Kind {
	case types.Null:
		return append(dst, "null"...), nil
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i)), nil
	case types.TinyInt:
		return strconv.AppendInt(dst, int64(vector.Values[int8](v)[i]), 10), nil
	case types.SmallInt:
		return strconv.AppendInt(dst, int64(vector.Values[int16](v)[i]), 10), nil
	case types.Int, types.IntervalYearMonth:
		return strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10), nil
	case types.BigInt, types.IntervalDayTime:
		return strconv.AppendInt(dst, vector.Values[int64](v)[i], 10), nil
	case types.Float:
		f := vector.Values[float32](v)[i]
		return quoteOdd(dst, float64(f), func(d []byte) []byte { return number.AppendFloat(d, f) }), nil
	case types.Double:
		f := vector.Values[float64](v)[i]
		return quoteOdd(dst, f, func(d []byte) []byte { return number.AppendDouble(d, f) }), nil
	case types.Decimal:
		if v.Type.Precision <= 18 {
			return decimal.AppendStripped(dst, decimal.FromInt64(vector.Values[int64](v)[i]), v.Type.Scale), nil
		}
		return decimal.AppendStripped(dst, vector.Values[decimal.Int128](v)[i], v.Type.Scale), nil
	case types.Char, types.VarChar:
		return appendText(dst, v.Bytes(i)), nil
	case types.Variant, types.Bitmap: // as Flink: plain text alone shows them
		return dst, errNoJSON
	case types.Binary, types.VarBinary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes(i))
		return append(dst, '"'), nil
	case types.Date:
		return append(civil.AppendDate(append(dst, '"'), vector.Values[int32](v)[i]), '"'), nil
	case types.Time:
		return append(civil.AppendTimeISO(append(dst, '"'), vector.Values[int32](v)[i]), '"'), nil
	case types.Timestamp:
		return append(civil.AppendTimestampISO(append(dst, '"'), timestamp(v, i)), '"'), nil
	case types.TimestampLTZ:
		t := timestamp(v, i)
		if !c.inRow {
			t = c.local(t)
		}
		return append(civil.AppendTimestampISO(append(dst, '"'), t), 'Z', '"'), nil
	default:
		return c.appendNested(dst, v, i)
	}
}

// quoteOdd writes a float as a number, or as text where JSON has no number for it.
func quoteOdd(dst []byte, f float64, write func([]byte) []byte) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(write(append(dst, '"')), '"')
	}
	return write(dst)
}

func (c *cells) appendNested(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	var err error
	switch v.Type.Kind {
	case types.Array:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ',')
			}
			if dst, err = c.append(dst, v.Children[0], int(j)); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case types.Row:
		outer := c.inRow
		c.inRow = true
		defer func() { c.inRow = outer }()
		dst = append(dst, '{')
		for j, f := range v.Type.Fields {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, f.Name), ':')
			if dst, err = c.append(dst, v.Children[j], i); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	case types.Map, types.Multiset:
		key := v.Type.Key
		if v.Type.Kind == types.Multiset {
			key = v.Type.Elem
		}
		if !key.IsText() {
			return dst, errNoJSON
		}
		dst = append(dst, '{')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ',')
			}
			if v.Children[0].IsNull(int(j)) {
				dst = append(dst, `"null"`...)
			} else {
				dst = appendText(dst, v.Children[0].Bytes(int(j)))
			}
			dst = append(dst, ':')
			if dst, err = c.append(dst, v.Children[1], int(j)); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	default:
		return dst, errNoJSON
	}
}
