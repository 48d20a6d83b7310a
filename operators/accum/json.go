package accum

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/jsonpath"
	"millrace/operators/kernel/number"
	"millrace/operators/rowkey"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// compileJSON compiles JSON_ARRAYAGG (which leaves NULLs out if IgnoreNulls) and JSON_OBJECTAGG.
func (s *Set) compileJSON(a *plan.Agg, out output, all, notNull int) (output, error) {
	for _, c := range a.Args {
		if err := jsonType(s.input[c]); err != nil {
			return out, fmt.Errorf("aggregate %s: %w", a.Func, err)
		}
	}
	out.kind, out.absent = outJSONArray, a.IgnoreNulls
	if a.Func == "JSON_OBJECTAGG" {
		if len(a.Args) != 2 {
			return out, fmt.Errorf("aggregate %s takes a key and a value", a.Func)
		}
		out.kind = outJSONObject
		out.part = s.addPart(s.newList(all, a.Args))
		return out, nil
	}
	src := all
	if a.IgnoreNulls {
		src = notNull
	}
	out.part = s.addPart(s.newList(src, a.Args[:1]))
	return out, nil
}

func jsonType(t types.Type) error {
	switch t.Kind {
	case types.Time, types.IntervalDayTime, types.IntervalYearMonth:
		return fmt.Errorf("JSON of %s is not supported", t)
	}
	for _, c := range t.Children() {
		if err := jsonType(c); err != nil {
			return err
		}
	}
	return nil
}

// json appends the entries of a group as a JSON array or object.
func (p *list) json(r *Reader, row table.Row, o *output, dst []byte) ([]byte, error) {
	bs := make([]*vector.Builder, len(p.ts))
	for i, t := range p.ts {
		bs[i] = vector.NewBuilder(r.pool, t, 8)
		defer bs[i].Release()
	}
	n := 0
	p.entries(r, row, func(x []byte) {
		if _, err := rowkey.Decode(x, bs); err != nil {
			panic(err)
		}
		n++
	})
	cols := make([]*vector.Vector, len(bs))
	for i := range bs {
		cols[i] = bs[i].Finish()
		defer cols[i].Release()
	}
	if o.kind == outJSONArray {
		dst = append(dst, '[')
		for i := range n {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, cols[0], i)
		}
		return append(dst, ']'), nil
	}
	seen := map[string]bool{}
	dst = append(dst, '{')
	for i := range n {
		if cols[0].IsNull(i) {
			return nil, errors.New("JSON_OBJECTAGG: a key is NULL")
		}
		k := string(cols[0].Bytes(i))
		if seen[k] {
			return nil, fmt.Errorf("JSON_OBJECTAGG: key %q is there twice", k)
		}
		seen[k] = true
		if o.absent && cols[1].IsNull(i) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendJSONText(dst, []byte(k)), ':')
		dst = appendJSON(dst, cols[1], i)
	}
	return append(dst, '}'), nil
}

// appendJSONDouble appends a double as JSON_STRING does; what JSON has no number for is text.
func appendJSONDouble(dst []byte, x float64) []byte {
	if !number.IsFinite(x) {
		return append(number.AppendDouble(append(dst, '"'), x), '"')
	}
	return jsonpath.AppendDouble(dst, x)
}

// appendJSON appends a value as JSON.
func appendJSON(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	switch v.Type.Kind {
	case types.Char, types.VarChar:
		if v.Type.IsJSONText() {
			return append(dst, v.Bytes(i)...)
		}
		return appendJSONText(dst, v.Bytes(i))
	case types.Binary, types.VarBinary:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes(i)), '"')
	case types.Variant:
		return jsonpath.AppendVariantText(dst, v.Bytes(i))
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i))
	case types.TinyInt:
		return strconv.AppendInt(dst, int64(vector.Values[int8](v)[i]), 10)
	case types.SmallInt:
		return strconv.AppendInt(dst, int64(vector.Values[int16](v)[i]), 10)
	case types.Int:
		return strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10)
	case types.BigInt:
		return strconv.AppendInt(dst, vector.Values[int64](v)[i], 10)
	case types.Float:
		return appendJSONDouble(dst, float64(vector.Values[float32](v)[i]))
	case types.Double:
		return appendJSONDouble(dst, vector.Values[float64](v)[i])
	case types.Decimal:
		if v.Type.Storage() == types.StoreI64 {
			return decimal.AppendPlain(dst, decimal.FromInt64(vector.Values[int64](v)[i]), v.Type.Scale)
		}
		return decimal.AppendPlain(dst, vector.Values[decimal.Int128](v)[i], v.Type.Scale)
	case types.Date:
		return append(time.Unix(int64(vector.Values[int32](v)[i])*86400, 0).UTC().AppendFormat(append(dst, '"'), "2006-01-02"), '"')
	case types.Timestamp, types.TimestampLTZ:
		return appendJSONTime(dst, v, i)
	case types.Array:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, v.Children[0], int(j))
		}
		return append(dst, ']')
	case types.Row:
		dst = append(dst, '{')
		for j, c := range v.Children {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONText(dst, []byte(v.Type.Fields[j].Name)), ':')
			dst = appendJSON(dst, c, i)
		}
		return append(dst, '}')
	default:
		dst = append(dst, '{')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ',')
			}
			key := appendJSON(nil, v.Children[0], int(j))
			if !bytes.HasPrefix(key, []byte{'"'}) {
				key = append(append([]byte{'"'}, key...), '"')
			}
			dst = append(append(dst, key...), ':')
			dst = appendJSON(dst, v.Children[1], int(j))
		}
		return append(dst, '}')
	}
}

func appendJSONTime(dst []byte, v *vector.Vector, i int) []byte {
	var sec, nano int64
	if v.Type.Storage() == types.StoreI128 {
		q, r := vector.Values[decimal.Int128](v)[i].QuoRem(decimal.FromInt64(1e9))
		sec, nano = int64(q.Lo), int64(r.Lo)
	} else {
		x, unit := vector.Values[int64](v)[i], v.Type.TimeUnit()
		sec, nano = x/unit, x%unit*(1e9/unit)
	}
	dst = time.Unix(sec, nano).UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.999999999")
	if v.Type.Kind == types.TimestampLTZ {
		dst = append(dst, 'Z')
	}
	return append(dst, '"')
}

// appendJSONText appends a quoted string.
func appendJSONText(dst, x []byte) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for _, c := range x {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}
