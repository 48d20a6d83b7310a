package csv

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// maxUnquoted is the length in UTF-16 units from which on text is quoted unseen.
const maxUnquoted = 24

// encoder implements format.Encoder.
type encoder struct {
	s         settings
	safe      byte // characters below are quoted
	positions []int
	names     types.Schema
	scratch   []uint16
	array     []byte
	days      scalar.DayText
}

func newEncoder(c format.Config, s settings) *encoder {
	e := &encoder{s: s, positions: c.Positions, names: c.Columns, safe: max(s.delimiter, s.quote, '\n', '\r') + 1}
	if s.comments {
		e.safe = max(e.safe, '#'+1)
	}
	return e
}

// Encode appends a line for each row.
func (e *encoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if rows == nil {
		e.scratch = format.Rows(b, e.scratch)
		rows = e.scratch
	}
	dst := out.Data
	for _, r := range rows {
		for k, p := range e.positions {
			if k > 0 {
				dst = append(dst, e.s.delimiter)
			}
			var err error
			if dst, err = e.value(dst, b.Columns[p], int(r)); err != nil {
				return fmt.Errorf("column '%s': %w", e.names[k].Name, err)
			}
		}
		if out.Terminate {
			dst = append(dst, '\n')
		}
		out.Ends = append(out.Ends, len(dst))
	}
	out.Data = dst
	return nil
}

// value appends a field.
func (e *encoder) value(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
	if v.IsNull(i) {
		return append(dst, e.s.nullLiteral...), nil
	}
	from := len(dst)
	switch v.Type.Kind {
	case types.Array, types.Row:
		e.array, err = e.elements(e.array[:0], v, i)
		return e.quote(append(dst, e.array...), from), err
	case types.Char, types.VarChar, types.Binary, types.VarBinary, types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		dst, err = e.simple(dst, v, i)
		return e.quote(dst, from), err
	}
	return e.simple(dst, v, i)
}

// simple appends the text of a value without quotes.
func (e *encoder) simple(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	switch v.Type.Kind {
	case types.Char, types.VarChar:
		return append(dst, v.Bytes(i)...), nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.IntervalYearMonth, types.IntervalDayTime:
		return strconv.AppendInt(dst, scalar.IntegerAt(v, i), 10), nil
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i)), nil
	case types.Float:
		return number.AppendFloat(dst, vector.Values[float32](v)[i]), nil
	case types.Double:
		return number.AppendDouble(dst, vector.Values[float64](v)[i]), nil
	case types.Decimal:
		return decimal.AppendStripped(dst, scalar.DecimalAt(v, i), v.Type.Scale), nil
	case types.Date:
		return civil.AppendDate(dst, vector.Values[int32](v)[i]), nil
	case types.Time:
		return civil.AppendTimeISO(dst, vector.Values[int32](v)[i]), nil
	case types.Timestamp, types.TimestampLTZ:
		if v.Type.Precision <= 3 {
			return e.days.AppendMillis(dst, vector.Values[int64](v)[i], scalar.SQL, v.Type.Kind == types.TimestampLTZ), nil
		}
		return scalar.AppendTimestamp(dst, scalar.TimestampAt(v, i), scalar.SQL, v.Type.Kind == types.TimestampLTZ), nil
	case types.Binary, types.VarBinary:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes(i)), nil
	}
	return dst, fmt.Errorf("type %s is not supported by format 'csv'", v.Type)
}

// elements appends the elements of an ARRAY or fields of a ROW.
func (e *encoder) elements(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
	add := func(c *vector.Vector, j int, first bool) {
		if !first {
			dst = append(dst, e.s.elementDelimiter...)
		}
		if c.IsNull(j) {
			dst = append(dst, e.s.nullLiteral...)
		} else if err == nil {
			dst, err = e.simple(dst, c, j)
		}
	}
	if v.Type.Kind == types.Row {
		for k, c := range v.Children {
			add(c, i, k == 0)
		}
		return dst, err
	}
	for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
		add(v.Children[0], int(j), j == v.Offsets[i])
	}
	return dst, err
}

// quote puts dst[from:] in quotes if it has to be.
func (e *encoder) quote(dst []byte, from int) []byte {
	if e.s.quote == 0 || !e.mustQuote(dst[from:]) {
		return dst
	}
	t := dst[from:]
	double := bytes.Count(t, []byte{e.s.quote})
	if e.s.escape != 0 && e.s.escape != e.s.quote {
		double += bytes.Count(t, []byte{e.s.escape})
	}
	n := len(dst)
	dst = append(dst, e.s.quote, e.s.quote)
	if double == 0 {
		copy(dst[from+1:], dst[from:n])
		dst[from] = e.s.quote
		return dst
	}
	for range double {
		dst = append(dst, 0)
	}
	to := len(dst) - 1
	dst[to] = e.s.quote
	mark := e.s.quote
	if e.s.escape != 0 {
		mark = e.s.escape
	}
	for i := n - 1; i >= from; i-- {
		to--
		c := dst[i]
		dst[to] = c
		if c == e.s.quote || c == e.s.escape && c != 0 {
			to--
			dst[to] = mark
		}
	}
	dst[from] = e.s.quote
	return dst
}

func (e *encoder) mustQuote(t []byte) bool {
	// Text of more than four bytes for each of the units is longer in any case.
	if len(t) > 4*maxUnquoted || len(t) > maxUnquoted && units(t) > maxUnquoted {
		return true
	}
	i := 0
	if e.s.escape == 0 {
		for ; i+8 <= len(t); i += 8 {
			// Bytes below safe borrow; those beyond ASCII are safe.
			w := binary.LittleEndian.Uint64(t[i:])
			if (w-ones*uint64(e.safe))&^w&highs != 0 && e.safe <= utf8.RuneSelf {
				break
			}
		}
	}
	for ; i < len(t); i++ {
		if c := t[i]; c < e.safe || c == e.s.escape && c != 0 {
			return true
		}
	}
	return false
}

// units is the length of t in UTF-16.
func units(t []byte) int {
	n := 0
	for _, c := range t {
		if c&0xC0 != 0x80 {
			n++
		}
		if c >= 0xF0 {
			n++
		}
	}
	return n
}
