package eval

import (
	"math"
	"strconv"
	"unicode/utf8"

	"millrace/operators/kernel/bitmap"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/jsonpath"
	"millrace/operators/kernel/number"
	"millrace/operators/kernel/text"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// AppendText appends the text of value i of a column as CAST(x AS STRING) gives it; a NULL is NULL. zone is the session's.
func AppendText(dst []byte, v *vector.Vector, i int, zone *civil.Zone) []byte {
	if v.IsNull(i) {
		return append(dst, "NULL"...)
	}
	t := v.Type
	switch t.Kind {
	case types.Char, types.VarChar:
		return append(dst, v.Bytes(i)...)
	case types.Binary, types.VarBinary:
		return text.AppendValid(dst, v.Bytes(i))
	case types.Variant:
		return jsonpath.AppendVariantText(dst, v.Bytes(i))
	case types.Bitmap:
		return bitmap.AppendText(dst, v.Bytes(i))
	case types.Boolean:
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
		if t.Storage() == types.StoreI64 {
			return decimal.AppendFixed64(dst, vector.Values[int64](v)[i], t.Scale)
		}
		return decimal.AppendFixed(dst, vector.Values[decimal.Int128](v)[i], t.Scale)
	case types.Date:
		return civil.AppendDate(dst, vector.Values[int32](v)[i])
	case types.Time:
		return civil.AppendTime(dst, vector.Values[int32](v)[i], t.Precision)
	case types.Timestamp:
		return civil.AppendTimestamp(dst, stampAt(v, i), t.Precision)
	case types.TimestampLTZ:
		ts := stampAt(v, i)
		ts.Millis = zone.ToLocal(ts.Millis)
		return civil.AppendTimestamp(dst, ts, t.Precision)
	case types.IntervalYearMonth:
		return civil.AppendMonths(dst, vector.Values[int32](v)[i])
	case types.IntervalDayTime:
		return civil.AppendDayTime(dst, vector.Values[int64](v)[i])
	default:
		return appendNestedText(dst, v, i, zone)
	}
}

func appendNestedText(dst []byte, v *vector.Vector, i int, zone *civil.Zone) []byte {
	switch v.Type.Storage() {
	case types.StoreList:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = AppendText(dst, v.Children[0], int(j), zone)
		}
		return append(dst, ']')
	case types.StoreMap:
		dst = append(dst, '{')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ", "...)
			}
			dst = AppendText(dst, v.Children[0], int(j), zone)
			dst = append(dst, '=')
			dst = AppendText(dst, v.Children[1], int(j), zone)
		}
		return append(dst, '}')
	case types.StoreStruct:
		dst = append(dst, '(')
		for k, c := range v.Children {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			if v.Type.Class != "" {
				dst = append(append(dst, v.Type.Fields[k].Name...), '=')
			}
			dst = AppendText(dst, c, i, zone)
		}
		return append(dst, ')')
	default:
		return append(dst, "NULL"...)
	}
}

// fits fails the job if the texts of one column become longer than its offsets can say.
func fits(size int) {
	if size > math.MaxInt32 {
		panic(&vector.LimitError{Wanted: int64(size), Limit: math.MaxInt32})
	}
}

// textBuffer appends the values of a text column one after another.
type textBuffer struct {
	out *vector.Vector
	buf []byte
}

func (f *frame) textBuffer(t types.Type, sizeHint int) textBuffer {
	out := f.newBytes(t, sizeHint)
	return textBuffer{out: out, buf: out.Data}
}

// next returns the buffer with room for at least n bytes; the caller appends to it and gives it to put.
func (b *textBuffer) next(n int) []byte {
	if cap(b.buf)-len(b.buf) < n+vector.Slack {
		b.out.Data = b.buf
		b.out.Reserve(n + len(b.buf))
		b.buf = b.out.Data
	}
	return b.buf
}

// put ends value i, which was appended to what next returned.
func (b *textBuffer) put(i int, buf []byte) {
	fits(len(buf))
	if cap(buf) != cap(b.buf) {
		b.out.Data = b.buf
		b.out.SetData(buf)
		buf = b.out.Data
	}
	b.buf = buf
	b.out.Offsets[i+1] = int32(len(buf))
}

// add is next and put of a whole value.
func (b *textBuffer) add(i int, value []byte) {
	n := len(b.buf)
	if n+len(value)+vector.Slack > cap(b.buf) {
		b.next(len(value))
	}
	if len(value) <= 16 && cap(value) >= 16 {
		*(*[16]byte)(b.buf[n : n+16]) = *(*[16]byte)(value[:16])
		b.buf = b.buf[:n+len(value)]
	} else {
		b.buf = append(b.buf, value...)
	}
	b.out.Offsets[i+1] = int32(len(b.buf))
}

// null ends value i as NULL.
func (b *textBuffer) null(i int) {
	b.out.SetNull(i)
	b.out.Offsets[i+1] = int32(len(b.buf))
}

// skip ends value i, already NULL, without text.
func (b *textBuffer) skip(i int) { b.out.Offsets[i+1] = int32(len(b.buf)) }

// finish returns the column.
func (b *textBuffer) finish() *vector.Vector {
	b.out.Data = b.buf
	b.out.Reserve(0)
	return b.out
}

// fit cuts the text dst[from:] to n characters and, if pad, fills it with blanks to n.
func fit(dst []byte, from, n int, pad bool) []byte {
	text := dst[from:]
	if len(text) <= n && !pad {
		return dst
	}
	count := 0
	for i := 0; i < len(text); {
		if count == n {
			return dst[:from+i]
		}
		if text[i] < utf8.RuneSelf {
			i++
		} else {
			_, size := utf8.DecodeRune(text[i:])
			i += size
		}
		count++
	}
	if pad {
		for ; count < n; count++ {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// fitUnits is fit where a character beyond U+FFFF counts as two, as for bytes that Flink decodes to a Java string. Half a character that
// would remain becomes '?'.
func fitUnits(dst []byte, from, n int, pad bool) []byte {
	count := 0
	for i := from; i < len(dst); {
		r, size := utf8.DecodeRune(dst[i:])
		units := 1
		if r > 0xFFFF {
			units = 2
		}
		if count+units > n {
			if count < n {
				return append(dst[:i], '?')
			}
			return dst[:i]
		}
		count += units
		i += size
	}
	for ; pad && count < n; count++ {
		dst = append(dst, ' ')
	}
	return dst
}

// fitBytes is fit for bytes, filled with zeros.
func fitBytes(dst []byte, from, n int, pad bool) []byte {
	if len(dst)-from > n {
		return dst[:from+n]
	}
	for pad && len(dst)-from < n {
		dst = append(dst, 0)
	}
	return dst
}
