package gateway

import (
	"strconv"

	"millrace/sql/types"
)

// appendString appends a JSON string.
func appendString(dst []byte, s string) []byte { return appendText(dst, []byte(s)) }

const hex = "0123456789abcdef"

// appendText appends UTF-8 text as a JSON string. Bytes that are not UTF-8 become the replacement character.
func appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < 0x80 {
			i++
			continue
		}
		if c >= 0x80 {
			n := runeLen(s[i:])
			if n > 0 {
				i += n
				continue
			}
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			i++
			start = i
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// appendColumns appends the columns member of a result.
func appendColumns(dst []byte, s types.Schema) []byte {
	dst = append(dst, '[')
	for i, f := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"name":`...), f.Name)
		dst = appendType(append(dst, `,"logicalType":`...), f.Type)
		dst = append(dst, `,"comment":`...)
		if f.Comment == "" {
			dst = append(dst, "null}"...)
		} else {
			dst = append(appendString(dst, f.Comment), '}')
		}
	}
	return append(dst, ']')
}

// rootName is the name of the type root that the wire has.
func rootName(t types.Type) string {
	switch t.Kind {
	case types.Int:
		return "INTEGER"
	case types.Time:
		return "TIME_WITHOUT_TIME_ZONE"
	case types.Timestamp:
		return "TIMESTAMP_WITHOUT_TIME_ZONE"
	case types.TimestampLTZ:
		return "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
	case types.IntervalYearMonth:
		return "INTERVAL_YEAR_MONTH"
	case types.IntervalDayTime:
		return "INTERVAL_DAY_TIME"
	default:
		return t.Kind.String()
	}
}

// appendType appends a logicalType.
func appendType(dst []byte, t types.Type) []byte {
	dst = append(append(dst, `{"type":"`...), rootName(t)...)
	dst = append(dst, '"')
	if t.Kind == types.Null {
		return append(dst, '}')
	}
	dst = strconv.AppendBool(append(dst, `,"nullable":`...), !t.NotNull)
	number := func(name string, n int) {
		dst = append(append(append(dst, ',', '"'), name...), '"', ':')
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	switch t.Kind {
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		number("length", t.Length)
	case types.Decimal:
		number("precision", t.Precision)
		number("scale", t.Scale)
	case types.Time, types.Timestamp, types.TimestampLTZ:
		number("precision", t.Precision)
	case types.IntervalYearMonth:
		number("precision", 2)
		dst = append(dst, `,"resolution":"MONTH"`...)
	case types.IntervalDayTime:
		number("precision", 2)
		number("fractionalPrecision", 3)
		dst = append(dst, `,"resolution":"SECOND"`...)
	case types.Array, types.Multiset:
		dst = appendType(append(dst, `,"elementType":`...), *t.Elem)
	case types.Map:
		dst = appendType(append(dst, `,"keyType":`...), *t.Key)
		dst = appendType(append(dst, `,"valueType":`...), *t.Elem)
	case types.Row:
		dst = append(dst, `,"fields":[`...)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(append(dst, `{"name":`...), f.Name)
			dst = appendType(append(dst, `,"fieldType":`...), f.Type)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
