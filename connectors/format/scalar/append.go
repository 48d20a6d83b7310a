package scalar

import (
	"strconv"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// TimestampAt returns value i of a TIMESTAMP or TIMESTAMP_LTZ column.
func TimestampAt(v *vector.Vector, i int) civil.Timestamp {
	switch {
	case v.Type.Precision <= 3:
		return civil.Timestamp{Millis: vector.Values[int64](v)[i]}
	case v.Type.Precision <= 6:
		return civil.FromMicros(vector.Values[int64](v)[i])
	default:
		return civil.FromNanos(vector.Values[decimal.Int128](v)[i])
	}
}

// DecimalAt returns value i of a DECIMAL column, unscaled.
func DecimalAt(v *vector.Vector, i int) decimal.Int128 {
	if v.Type.Precision <= decimal.MaxCompact {
		return decimal.FromInt64(vector.Values[int64](v)[i])
	}
	return vector.Values[decimal.Int128](v)[i]
}

// IntegerAt returns value i of a column that holds integers of 8 to 64 bits.
func IntegerAt(v *vector.Vector, i int) int64 {
	switch v.Type.Storage() {
	case types.StoreI8:
		return int64(vector.Values[int8](v)[i])
	case types.StoreI16:
		return int64(vector.Values[int16](v)[i])
	case types.StoreI32:
		return int64(vector.Values[int32](v)[i])
	default:
		return vector.Values[int64](v)[i]
	}
}

// AppendTimestamp writes a timestamp with its fraction without trailing zeros; utc adds the Z of a TIMESTAMP_LTZ.
func AppendTimestamp(dst []byte, ts civil.Timestamp, s Standard, utc bool) []byte {
	from := len(dst)
	dst = civil.AppendTimestampISO(dst, ts)
	if s == SQL {
		for i := from + 10; i < len(dst); i++ {
			if dst[i] == 'T' {
				dst[i] = ' '
				break
			}
		}
	}
	if utc {
		dst = append(dst, 'Z')
	}
	return dst
}

// AppendJava writes value i of a column as Java prints what Flink hands to sinks for it: LocalDateTime, BigDecimal, byte[] and so on.
func AppendJava(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) || v.Type.Kind == types.Null {
		return append(dst, "null"...)
	}
	switch v.Type.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i))
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return strconv.AppendInt(dst, IntegerAt(v, i), 10)
	case types.Float:
		return number.AppendFloat(dst, vector.Values[float32](v)[i])
	case types.Double:
		return number.AppendDouble(dst, vector.Values[float64](v)[i])
	case types.Decimal:
		return decimal.AppendPlain(dst, DecimalAt(v, i), v.Type.Scale)
	case types.Char, types.VarChar:
		return append(dst, v.Bytes(i)...)
	case types.Binary, types.VarBinary:
		return appendByteArray(dst, v.Bytes(i))
	case types.Date:
		return civil.AppendDate(dst, vector.Values[int32](v)[i])
	case types.Time:
		return appendLocalTime(dst, int64(vector.Values[int32](v)[i])*1_000_000)
	case types.Timestamp:
		return AppendLocalDateTime(dst, TimestampAt(v, i))
	case types.TimestampLTZ:
		return appendInstant(dst, TimestampAt(v, i))
	case types.IntervalYearMonth:
		return appendPeriod(dst, vector.Values[int32](v)[i])
	case types.IntervalDayTime:
		return appendDuration(dst, vector.Values[int64](v)[i])
	default:
		return appendNested(dst, v, i)
	}
}

func appendNested(dst []byte, v *vector.Vector, i int) []byte {
	switch v.Type.Kind {
	case types.Array:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = AppendJava(dst, v.Children[0], int(j))
		}
		return append(dst, ']')
	case types.Map, types.Multiset:
		dst = append(dst, '{')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = AppendJava(dst, v.Children[0], int(j))
			dst = append(dst, '=')
			dst = AppendJava(dst, v.Children[1], int(j))
		}
		return append(dst, '}')
	default:
		dst = append(dst, "+I["...)
		for k, c := range v.Children {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJava(dst, c, i)
		}
		return append(dst, ']')
	}
}

func appendByteArray(dst, b []byte) []byte {
	dst = append(dst, '[')
	for i, x := range b {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendInt(dst, int64(int8(x)), 10)
	}
	return append(dst, ']')
}

func append2(dst []byte, v int64) []byte { return append(dst, byte('0'+v/10), byte('0'+v%10)) }

// appendGroups writes a fraction of a second in three, six or nine digits, or nothing for zero.
func appendGroups(dst []byte, nanos int64) []byte {
	if nanos == 0 {
		return dst
	}
	digits := 9
	for digits > 3 && nanos%1000 == 0 {
		nanos /= 1000
		digits -= 3
	}
	dst = append(dst, '.')
	at := len(dst)
	for range digits {
		dst = append(dst, '0')
	}
	for i := at + digits - 1; nanos > 0; i-- {
		dst[i] = byte('0' + nanos%10)
		nanos /= 10
	}
	return dst
}

// appendLocalTime writes a time of day as LocalTime.toString: seconds only if they or the fraction are not zero.
func appendLocalTime(dst []byte, nanos int64) []byte {
	seconds := nanos / 1_000_000_000
	dst = append2(dst, seconds/3600)
	dst = append(dst, ':')
	dst = append2(dst, seconds/60%60)
	if nanos%60_000_000_000 == 0 {
		return dst
	}
	dst = append(dst, ':')
	dst = append2(dst, seconds%60)
	return appendGroups(dst, nanos%1_000_000_000)
}

// AppendLocalDateTime writes a timestamp as LocalDateTime.toString: 2024-01-02T03:04, seconds and fraction (in groups of three digits) only
// if they are not zero.
func AppendLocalDateTime(dst []byte, ts civil.Timestamp) []byte {
	days, rest := civil.SplitDay(ts.Millis)
	dst = append(civil.AppendDate(dst, days), 'T')
	return appendLocalTime(dst, int64(rest)*1_000_000+int64(ts.Nanos))
}

// appendInstant writes an instant as Instant.toString: always with seconds, and Z.
func appendInstant(dst []byte, ts civil.Timestamp) []byte {
	days, rest := civil.SplitDay(ts.Millis)
	nanos := int64(rest)*1_000_000 + int64(ts.Nanos)
	dst = append(civil.AppendDate(dst, days), 'T')
	seconds := nanos / 1_000_000_000
	dst = append(append2(dst, seconds/3600), ':')
	dst = append(append2(dst, seconds/60%60), ':')
	dst = appendGroups(append2(dst, seconds%60), nanos%1_000_000_000)
	return append(dst, 'Z')
}

// appendPeriod writes months as Period.toString: P1Y2M.
func appendPeriod(dst []byte, months int32) []byte {
	y, m := int64(months/12), int64(months%12)
	dst = append(dst, 'P')
	if y != 0 {
		dst = append(strconv.AppendInt(dst, y, 10), 'Y')
	}
	if m != 0 {
		dst = append(strconv.AppendInt(dst, m, 10), 'M')
	}
	if months == 0 {
		dst = append(dst, "0D"...)
	}
	return dst
}

// appendDuration writes milliseconds as Duration.toString: PT26H3M1.5S.
func appendDuration(dst []byte, millis int64) []byte {
	if millis == 0 {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, "PT"...)
	if h := millis / 3_600_000; h != 0 {
		dst = append(strconv.AppendInt(dst, h, 10), 'H')
	}
	if m := millis / 60_000 % 60; m != 0 {
		dst = append(strconv.AppendInt(dst, m, 10), 'M')
	}
	rest := millis % 60_000
	if rest == 0 {
		return dst
	}
	if rest < 0 {
		dst = append(dst, '-')
		rest = -rest
	}
	dst = strconv.AppendInt(dst, rest/1000, 10)
	if f := rest % 1000; f != 0 {
		dst = append(dst, '.', byte('0'+f/100), byte('0'+f/10%10), byte('0'+f%10))
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 'S')
}
