package scalar

import (
	"encoding/base64"

	"millrace/connectors/format/column"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/sql/types"
)

// PutTimestamp appends a timestamp to a column, cut to its precision.
func PutTimestamp(c *column.Column, ts civil.Timestamp) {
	switch p := c.Type.Precision; {
	case p < 3:
		c.AppendI64(civil.TruncateMillis(ts.Millis, p))
	case p == 3:
		c.AppendI64(ts.Millis)
	case p <= 6:
		c.AppendI64(ts.Truncate(p).Micros())
	default:
		c.AppendI128(ts.Truncate(p).NanosInt128())
	}
}

// ReadDecimal appends a decimal number, rounded to the column's scale; NULL if it is too large. It returns false if t is no number.
func ReadDecimal(c *column.Column, t []byte) bool {
	p, s := c.Type.Precision, c.Type.Scale
	v, ok := decimal.ParseBig(t, p, s)
	if !ok {
		if !isDecimal(Trim(t)) {
			return false
		}
		c.AppendNull()
		return true
	}
	if p <= decimal.MaxCompact {
		c.AppendI64(int64(v.Lo))
	} else {
		c.AppendI128(v)
	}
	return true
}

// isDecimal tells whether t is a number as BigDecimal reads it.
func isDecimal(t []byte) bool {
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		t = t[1:]
	}
	digits := 0
	i := 0
	for ; i < len(t) && t[i]-'0' <= 9; i++ {
		digits++
	}
	if i < len(t) && t[i] == '.' {
		for i++; i < len(t) && t[i]-'0' <= 9; i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i == len(t) {
		return true
	}
	if t[i]|0x20 != 'e' {
		return false
	}
	i++
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		i++
	}
	if i == len(t) {
		return false
	}
	for ; i < len(t); i++ {
		if t[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// Read appends a value of a simple type from its text, as Flink's csv format reads it: numbers and booleans trimmed, DATE as
// java.sql.Date, TIME as LocalTime, timestamps in the SQL form, binary in base64. It returns false, and appends nothing, if the text does
// not fit the type.
func Read(c *column.Column, t []byte) (ok bool) {
	var v int64
	switch c.Type.Kind {
	case types.Char, types.VarChar:
		c.AppendBytes(t)
		return true
	case types.Boolean:
		c.AppendBool(ParseBool(Trim(t)))
		return true
	case types.TinyInt:
		if v, ok = ParseInt(Trim(t), 8); ok {
			c.AppendI8(int8(v))
		}
	case types.SmallInt:
		if v, ok = ParseInt(Trim(t), 16); ok {
			c.AppendI16(int16(v))
		}
	case types.Int, types.IntervalYearMonth:
		if v, ok = ParseInt(Trim(t), 32); ok {
			c.AppendI32(int32(v))
		}
	case types.BigInt, types.IntervalDayTime:
		if v, ok = ParseLong(Trim(t)); ok {
			c.AppendI64(v)
		}
	case types.Float:
		var f float32
		if f, ok = number.ParseFloat(t); ok {
			c.AppendF32(f)
		}
	case types.Double:
		var f float64
		if f, ok = number.ParseDouble(t); ok {
			c.AppendF64(f)
		}
	case types.Decimal:
		ok = ReadDecimal(c, Trim(t))
	case types.Date:
		var d int32
		if d, ok = ParseJDBCDate(t); ok {
			c.AppendI32(d)
		}
	case types.Time:
		var d int32
		if d, ok = ParseTime(t, c.Type.Precision, true); ok {
			c.AppendI32(d)
		}
	case types.Timestamp, types.TimestampLTZ:
		var ts civil.Timestamp
		if ts, ok = ParseTimestamp(Trim(t), SQL, c.Type.Kind == types.TimestampLTZ); ok {
			PutTimestamp(c, ts)
		}
	case types.Binary, types.VarBinary:
		ok = ReadBase64(c, t)
	}
	return ok
}

// ReadBase64 appends the bytes that t stands for in base64. It returns false if t is malformed.
func ReadBase64(c *column.Column, t []byte) bool {
	c.Room()
	c.Reserve(base64.StdEncoding.DecodedLen(len(t)) + 1)
	from := len(c.Data)
	n, err := base64.StdEncoding.Strict().Decode(c.Data[from:cap(c.Data)], t)
	if err != nil {
		return false
	}
	c.Data = c.Data[:from+n]
	c.EndBytes()
	return true
}
