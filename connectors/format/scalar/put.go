package scalar

import (
	"millrace/connectors/format/column"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
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
