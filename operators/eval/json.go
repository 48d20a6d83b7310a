package eval

import (
	"encoding/base64"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/jsonpath"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerJSON(r registry) {
	for name, is := range map[string]func(k jsonpath.Kind) bool{
		"VALUE":  func(k jsonpath.Kind) bool { return k != jsonpath.Invalid },
		"SCALAR": jsonpath.Kind.IsScalar,
		"ARRAY":  func(k jsonpath.Kind) bool { return k == jsonpath.Array },
		"OBJECT": func(k jsonpath.Kind) bool { return k == jsonpath.Object },
	} {
		for _, not := range []bool{false, true} {
			fn := "IS JSON " + name
			if not {
				fn = "IS NOT JSON " + name
			}
			r.bools(traits{loose: true}, fixed(boolFunc(func(a []arg, i int) (bool, error) {
				if a[0].null(i) {
					return not, nil
				}
				k, _ := jsonpath.Check(a[0].bytes(i))
				return is(k) != not, nil
			})), fn)
		}
	}
	r["IS JSON"], r["IS NOT JSON"] = r["IS JSON VALUE"], r["IS NOT JSON VALUE"]
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return jsonpath.AppendQuoted(dst, a[0].bytes(i)), nil
	})), "JSON_QUOTE")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return jsonpath.AppendUnquoted(dst, a[0].bytes(i)), nil
	})), "JSON_UNQUOTE")
	r.bools(traits{fails: true}, makeJSONExists, "JSON_EXISTS")
	r.add(buildJSONValue, "JSON_VALUE")
	r.add(buildJSONQuery, "JSON_QUERY")
	r.add(buildJSONString, "JSON_STRING")
	r.add(buildJSONObject, "JSON_OBJECT")
	r.add(buildJSONArray, "JSON_ARRAY")
	r.texts(traits{fails: true}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		x := a[0].bytes(i)
		if len(x) == 0 {
			return dst, nil
		}
		k, value := jsonpath.Check(x)
		if k == jsonpath.Invalid {
			return dst, fmt.Errorf("JSON('%s'): the text is no JSON", x[:min(len(x), 100)])
		}
		return jsonpath.AppendCanonical(dst, value), nil
	})), "JSON")
}

var errJSON = errors.New("no such value in the JSON text")

// jsonPaths keeps the last compiled path.
func jsonPaths() *patterns[jsonpath.Path] {
	return &patterns[jsonpath.Path]{compile: func(text string) (*jsonpath.Path, error) { return jsonpath.Compile([]byte(text)) }}
}

// notYet tells whether a path is right but of a kind that is not built: never an ordinary error, which ON ERROR could hide.
func notYet(err error) bool { return strings.HasSuffix(err.Error(), "filter is not supported yet") }

// makeJSONExists is JSON_EXISTS(text, path, Symbol on error).
func makeJSONExists(_ *compiler, e *expr.Expr, _ []*node) (boolFunc, error) {
	ps := jsonPaths()
	onError := symbol(e, 2)
	failed := func(cause error) (bool, error) {
		switch onError {
		case "TRUE":
			return true, nil
		case "UNKNOWN":
			return false, errNull
		case "ERROR":
			return false, cause
		default:
			return false, nil
		}
	}
	return func(a []arg, i int) (bool, error) {
		p, err := ps.get(a[1].bytes(i))
		if err != nil && notYet(err) {
			return false, err
		}
		if err != nil {
			return failed(err)
		}
		exists, bad := p.Exists(p.Find(a[0].bytes(i)))
		if bad {
			return failed(errJSON)
		}
		return exists, nil
	}, nil
}

// rowBuilder makes a node whose value is appended row by row.
func (c *compiler) rowBuilder(e *expr.Expr, args []*node, fn valueFunc) *node {
	return failing(c.call(e, e.Type, builderKernel(e, true, fn), args...))
}

// buildJSONValue is JSON_VALUE(text, path, Symbol on empty, default, Symbol on error, default).
func buildJSONValue(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	ps := jsonPaths()
	behaviours := [2]string{symbol(e, 2), symbol(e, 4)}
	return c.rowBuilder(e, args, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		if a[0].null(i) || a[1].null(i) {
			return errNull
		}
		p, err := ps.get(a[1].bytes(i))
		which := 1
		if err == nil {
			found := p.Find(a[0].bytes(i))
			value, ok := found.Scalar()
			if ok {
				return appendJSONScalar(b, value)
			}
			err = errJSON
			if p.Lax() && found.State != jsonpath.NullDoc {
				which = 0
			}
		} else if notYet(err) {
			return err
		}
		switch behaviours[which] {
		case "ERROR":
			return err
		case "DEFAULT":
			d := a[3+2*which]
			b.AppendFrom(d.Vector, i*d.step)
			return nil
		default:
			return errNull
		}
	}), nil
}

// appendJSONScalar appends a scalar as the type of b, to which it must belong already.
func appendJSONScalar(b *vector.Builder, value []byte) error {
	kind := jsonpath.KindOf(value)
	wrong := fmt.Errorf("the JSON value %s is no %s", value, b.Type.AsNullable())
	switch {
	case b.Type.IsText():
		b.AppendBytes(jsonpath.AppendScalar(nil, value))
		return nil
	case b.Type.Kind == types.Boolean:
		if kind != jsonpath.Bool {
			return wrong
		}
		b.AppendBool(value[0] == 't')
		return nil
	case b.Type.Kind == types.Int:
		x, err := strconv.ParseInt(string(value), 10, 32)
		if kind != jsonpath.Number || err != nil {
			return wrong
		}
		vector.AppendFixed(b, int32(x))
		return nil
	case b.Type.Kind == types.Double:
		_, err := strconv.ParseInt(string(value), 10, 64)
		x, ok := number.ParseDouble(value)
		if kind != jsonpath.Number || err == nil || !ok {
			return wrong
		}
		vector.AppendFixed(b, x)
		return nil
	default:
		return wrong
	}
}

// buildJSONQuery is JSON_QUERY(text, path, Symbol wrapper, Symbol on empty, Symbol on error).
func buildJSONQuery(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	ps := jsonPaths()
	wrapper := jsonpath.WithoutWrapper
	switch symbol(e, 2) {
	case "CONDITIONAL":
		wrapper = jsonpath.ConditionalWrapper
	case "UNCONDITIONAL":
		wrapper = jsonpath.UnconditionalWrapper
	}
	behaviours := [2]string{symbol(e, 3), symbol(e, 4)}
	items, err := jsonpath.Compile([]byte("$[*]"))
	if err != nil {
		return nil, err
	}
	var buf []byte
	return c.rowBuilder(e, args, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		if a[0].null(i) || a[1].null(i) {
			return errNull
		}
		p, err := ps.get(a[1].bytes(i))
		if err != nil && notYet(err) {
			return err
		}
		ok, which := false, 1
		if err == nil {
			found := p.Find(a[0].bytes(i))
			buf, ok = found.AppendQuery(buf[:0], wrapper)
			if ok && b.Type.Kind == types.Array {
				ok = jsonpath.KindOf(buf) == jsonpath.Array
			}
			err = errJSON
			if p.Lax() && found.State != jsonpath.NullDoc {
				which = 0
			}
		}
		if !ok {
			switch behaviours[which] {
			case "ERROR":
				return err
			case "EMPTY ARRAY":
				buf = append(buf[:0], "[]"...)
			case "EMPTY OBJECT":
				buf = append(buf[:0], "{}"...)
			default:
				return errNull
			}
		}
		if b.Type.Kind == types.Array {
			appendJSONItems(b, items.Find(buf).Values)
			return nil
		}
		b.AppendBytes(buf)
		return nil
	}), nil
}

func appendJSONItems(b *vector.Builder, values [][]byte) {
	for _, v := range values {
		switch k := jsonpath.KindOf(v); {
		case k == jsonpath.Null:
			b.Children[0].AppendNull()
		case k.IsScalar():
			b.Children[0].AppendBytes(jsonpath.AppendScalar(nil, v))
		default:
			b.Children[0].AppendBytes(jsonpath.AppendCanonical(nil, v))
		}
	}
	b.EndList()
}

func buildJSONString(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return dear(c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		b := f.textBuffer(e.Type, 16*f.n)
		strictValid(f, b.out, vs...)
		for i := range f.n {
			if b.out.IsNull(i) {
				b.skip(i)
				continue
			}
			b.put(i, AppendJSON(b.next(64), vs[0], i*step(f, vs[0])))
		}
		return b.finish(), nil
	}, args...)), nil
}

// AppendJSON appends value i of a column as JSON_STRING and the JSON constructors write it: timestamps in ISO form (TIMESTAMP_LTZ in UTC),
// bytes in base64, fields of a ROW and keys of a MAP sorted by name.
func AppendJSON(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) || v.Type.Kind == types.Null {
		return append(dst, "null"...)
	}
	t := v.Type
	switch t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bool(i))
	case types.Char, types.VarChar:
		return jsonpath.AppendString(dst, v.Bytes(i))
	case types.Binary, types.VarBinary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes(i))
		return append(dst, '"')
	case types.Variant:
		return jsonpath.AppendVariantText(dst, v.Bytes(i))
	case types.Float:
		return appendJSONDouble(dst, float64(vector.Values[float32](v)[i]))
	case types.Double:
		return appendJSONDouble(dst, vector.Values[float64](v)[i])
	case types.Decimal:
		return decimal.AppendPlain(dst, decimalAt(v, i), t.Scale)
	case types.Timestamp, types.TimestampLTZ:
		dst = civil.AppendTimestampISO(append(dst, '"'), stampAt(v, i))
		if t.Kind == types.TimestampLTZ {
			dst = append(dst, 'Z')
		}
		return append(dst, '"')
	case types.Array:
		dst = append(dst, '[')
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			if j > v.Offsets[i] {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, v.Children[0], int(j))
		}
		return append(dst, ']')
	case types.Map, types.Multiset, types.Row:
		return appendJSONObject(dst, jsonMembers(v, i))
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		x, _ := Value(v, i).(int64)
		return strconv.AppendInt(dst, x, 10)
	default:
		return jsonpath.AppendString(dst, AppendText(nil, v, i, civil.NewZone(nil)))
	}
}

func appendJSONDouble(dst []byte, x float64) []byte {
	if number.IsFinite(x) {
		return jsonpath.AppendDouble(dst, x)
	}
	dst = number.AppendDouble(append(dst, '"'), x)
	return append(dst, '"')
}

// member is a member of an object, its value being text already.
type member struct{ key, value []byte }

func jsonMembers(v *vector.Vector, i int) []member {
	var out []member
	if v.Type.Kind == types.Row {
		for k, c := range v.Children {
			out = append(out, member{[]byte(v.Type.Fields[k].Name), AppendJSON(nil, c, i)})
		}
		return out
	}
	for j := int(v.Offsets[i]); j < int(v.Offsets[i+1]); j++ {
		key := []byte("null")
		if !v.Children[0].IsNull(j) {
			key = v.Children[0].Bytes(j)
		}
		out = append(out, member{key, AppendJSON(nil, v.Children[1], j)})
	}
	return out
}

// appendJSONObject sorts members by key and keeps the last of equal keys.
func appendJSONObject(dst []byte, members []member) []byte {
	sort.SliceStable(members, func(a, b int) bool { return string(members[a].key) < string(members[b].key) })
	dst = append(dst, '{')
	first := true
	for k, m := range members {
		if k+1 < len(members) && string(members[k+1].key) == string(m.key) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = jsonpath.AppendString(dst, m.key)
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

// jsonValueOf is how an argument of a constructor becomes JSON: calls of JSON functions are JSON already. false: it is left out.
type jsonValueOf func(a arg, i int) ([]byte, bool)

func jsonArgument(e *expr.Expr, absent, array bool) jsonValueOf {
	switch {
	case e.IsCall("JSON_OBJECT"), e.IsCall("JSON_ARRAY"):
		return func(a arg, i int) ([]byte, bool) { return a.bytes(i), true }
	case e.IsCall("JSON"):
		return func(a arg, i int) ([]byte, bool) {
			if a.null(i) || len(a.bytes(i)) == 0 {
				return []byte("null"), !array && !absent
			}
			return a.bytes(i), true
		}
	default:
		return func(a arg, i int) ([]byte, bool) {
			if a.null(i) && absent {
				return nil, false
			}
			return AppendJSON(nil, a.Vector, i*a.step), true
		}
	}
}

// buildJSONObject is JSON_OBJECT(Symbol on null, k1, v1, …).
func buildJSONObject(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	absent := symbol(e, 0) == "ABSENT"
	var values []jsonValueOf
	for k := 2; k < len(args); k += 2 {
		values = append(values, jsonArgument(e.Args[k], absent, false))
	}
	return c.rowBuilder(e, args, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		var members []member
		for k, of := range values {
			key := a[1+2*k]
			if key.null(i) {
				return errors.New("a key of JSON_OBJECT is NULL")
			}
			if v, ok := of(a[2+2*k], i); ok {
				members = append(members, member{key.bytes(i), v})
			}
		}
		b.AppendBytes(appendJSONObject(nil, members))
		return nil
	}), nil
}

// buildJSONArray is JSON_ARRAY(Symbol on null, values).
func buildJSONArray(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	absent := symbol(e, 0) == "ABSENT"
	var values []jsonValueOf
	for k := 1; k < len(args); k++ {
		values = append(values, jsonArgument(e.Args[k], absent, true))
	}
	return c.rowBuilder(e, args, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		dst := []byte{'['}
		for k, of := range values {
			v, ok := of(a[1+k], i)
			if !ok {
				continue
			}
			if len(dst) > 1 {
				dst = append(dst, ',')
			}
			dst = append(dst, v...)
		}
		b.AppendBytes(append(dst, ']'))
		return nil
	}), nil
}
