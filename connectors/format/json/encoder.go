package json

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// encoder implements format.Encoder.
type encoder struct {
	s         settings
	fields    []member // names with quotes and colon
	names     map[string][]byte
	positions []int
	columns   []*vector.Vector
	types     types.Schema
	scratch   []uint16
	days      scalar.DayText
}

func newEncoder(c format.Config, s settings) *encoder {
	e := &encoder{s: s, positions: c.Positions, types: c.Columns, names: map[string][]byte{}}
	for _, f := range c.Columns {
		e.fields = append(e.fields, member{name: label(f.Name)})
		e.label(f.Type)
	}
	return e
}

// label prepares the names of the fields of all ROWs in t.
func (e *encoder) label(t types.Type) {
	if t.Kind == types.Row {
		for _, f := range t.Fields {
			e.names[f.Name] = label(f.Name)
		}
	}
	for _, c := range t.Children() {
		e.label(c)
	}
}

func label(name string) []byte { return append(appendText(nil, []byte(name), true), ':') }

// Encode appends an object for each row.
func (e *encoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if rows == nil {
		e.scratch = format.Rows(b, e.scratch)
		rows = e.scratch
	}
	e.columns = e.columns[:0]
	for _, p := range e.positions {
		e.columns = append(e.columns, b.Columns[p])
	}
	dst := out.Data
	for _, r := range rows {
		dst = append(dst, '{')
		first := true
		for k, c := range e.columns {
			null := c.IsNull(int(r))
			if null && e.s.ignoreNulls {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(dst, e.fields[k].name...)
			if null {
				dst = append(dst, "null"...)
				continue
			}
			var err error
			if dst, err = e.value(dst, c, int(r)); err != nil {
				return fmt.Errorf("column '%s': %w", e.types[k].Name, err)
			}
		}
		dst = append(dst, '}')
		if out.Terminate {
			dst = append(dst, '\n')
		}
		out.Ends = append(out.Ends, len(dst))
	}
	out.Data = dst
	return nil
}

// value appends value i of v, which is not NULL.
func (e *encoder) value(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	switch v.Type.Kind {
	case types.Char, types.VarChar:
		return appendText(dst, v.Bytes(i), true), nil
	case types.BigInt, types.IntervalDayTime:
		return strconv.AppendInt(dst, vector.Values[int64](v)[i], 10), nil
	case types.Int, types.IntervalYearMonth, types.SmallInt, types.TinyInt:
		return strconv.AppendInt(dst, scalar.IntegerAt(v, i), 10), nil
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i)), nil
	case types.Timestamp, types.TimestampLTZ:
		return e.timestamp(dst, v, i), nil
	case types.Double:
		return quoteSpecial(dst, vector.Values[float64](v)[i], number.AppendDouble(nil2(dst), vector.Values[float64](v)[i])), nil
	case types.Float:
		x := vector.Values[float32](v)[i]
		return quoteSpecial(dst, float64(x), number.AppendFloat(nil2(dst), x)), nil
	case types.Decimal:
		if e.s.plainDecimals {
			return decimal.AppendFixed(dst, scalar.DecimalAt(v, i), v.Type.Scale), nil
		}
		return decimal.AppendStripped(dst, scalar.DecimalAt(v, i), v.Type.Scale), nil
	case types.Date:
		return append(civil.AppendDate(append(dst, '"'), vector.Values[int32](v)[i]), '"'), nil
	case types.Time:
		return append(civil.AppendTimeISO(append(dst, '"'), vector.Values[int32](v)[i]), '"'), nil
	case types.Binary, types.VarBinary:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes(i)), '"'), nil
	case types.Array:
		return e.array(dst, v, i)
	case types.Map, types.Multiset:
		return e.object(dst, v, i)
	case types.Row:
		return e.row(dst, v, i)
	case types.Null:
		return append(dst, "null"...), nil
	default:
		return dst, fmt.Errorf("type %s is not supported by format 'json'", v.Type)
	}
}

// nil2 is room behind dst that an append may use.
func nil2(dst []byte) []byte { return dst[len(dst):] }

// quoteSpecial appends the text of x, which may lie behind dst, in quotes if x is no JSON number.
func quoteSpecial(dst []byte, x float64, text []byte) []byte {
	if number.IsFinite(x) {
		return append(dst, text...)
	}
	s := string(text)
	return append(append(append(dst, '"'), s...), '"')
}

func (e *encoder) nullable(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	if v.IsNull(i) {
		return append(dst, "null"...), nil
	}
	return e.value(dst, v, i)
}

func (e *encoder) timestamp(dst []byte, v *vector.Vector, i int) []byte {
	utc := v.Type.Kind == types.TimestampLTZ
	dst = append(dst, '"')
	if v.Type.Precision <= 3 {
		dst = e.days.AppendMillis(dst, vector.Values[int64](v)[i], e.s.standard, utc)
	} else {
		dst = scalar.AppendTimestamp(dst, scalar.TimestampAt(v, i), e.s.standard, utc)
	}
	return append(dst, '"')
}

func (e *encoder) array(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
		if j > v.Offsets[i] {
			dst = append(dst, ',')
		}
		if dst, err = e.nullable(dst, v.Children[0], int(j)); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// object writes a MAP or MULTISET.
func (e *encoder) object(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for j := int(v.Offsets[i]); j < int(v.Offsets[i+1]); j++ {
		var key []byte
		if keys := v.Children[0]; !keys.IsNull(j) {
			key = keys.Bytes(j)
		} else {
			switch e.s.nullKey {
			case "DROP":
				continue
			case "LITERAL":
				key = []byte(e.s.nullKeyLiteral)
			default:
				return dst, errors.New("a map has a NULL key; option 'map-null-key.mode' may be set to DROP or LITERAL")
			}
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendText(dst, key, true), ':')
		var err error
		if dst, err = e.nullable(dst, v.Children[1], j); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *encoder) row(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for k, c := range v.Children {
		if e.s.ignoreNulls && c.IsNull(i) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, e.names[v.Type.Fields[k].Name]...)
		var err error
		if dst, err = e.nullable(dst, c, i); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
