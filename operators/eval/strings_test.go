package eval

import (
	"testing"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func TestStringFunctions(t *testing.T) {
	s := []column{col(tText, "Hello, World", "", nil, "é😀ß", "a,b,,c")}
	f := func(fn string, tp types.Type, more ...*expr.Expr) *expr.Expr {
		return call(fn, tp, append([]*expr.Expr{c0(tText)}, more...)...)
	}
	str := func(v string) *expr.Expr { return lit(tText, v) }
	num := func(v int) *expr.Expr { return lit(tInt, v) }
	check(t, f("UPPER", tText), s, "HELLO, WORLD", "", nil, "É😀SS", "A,B,,C")
	check(t, f("LOWER", tText), s, "hello, world", "", nil, "é😀ß", "a,b,,c")
	check(t, f("INITCAP", tText), s, "Hello, World", "", nil, "é😀ß", "A,B,,C")
	check(t, f("CHAR_LENGTH", tInt), s, 12, 0, nil, 3, 6)
	check(t, f("REVERSE", tText), s, "dlroW ,olleH", "", nil, "ß😀é", "c,,b,a")
	check(t, f("REPEAT", tText, num(2)), s, "Hello, WorldHello, World", "", nil, "é😀ßé😀ß", "a,b,,ca,b,,c")
	check(t, f("SUBSTRING", tText, num(2), num(3)), s, "ell", "", nil, "😀ß", ",b,")
	check(t, f("SUBSTRING", tText, num(-2)), s, "ld", "", nil, "😀ß", ",c")
	check(t, f("LEFT", tText, num(2)), s, "He", "", nil, "é😀", "a,")
	check(t, f("RIGHT", tText, num(2)), s, "ld", "", nil, "😀ß", ",c")
	check(t, f("SPLIT_INDEX", tText, str(","), num(1)), s, " World", nil, nil, nil, "b")
	check(t, f("REPLACE", tText, str("o"), str("0")), s, "Hell0, W0rld", "", nil, "é😀ß", "a,b,,c")
	check(t, call("REPLACE", tText, str("ab"), str(""), str("-")), nil, "-a-b-")
	check(t, f("TRANSLATE", tText, str("lo,"), str("LO")), s, "HeLLO WOrLd", "", nil, "é😀ß", "abc")
	check(t, call("POSITION", tInt, str("o"), c0(tText)), s, 5, 0, nil, 0, 0)
	check(t, call("LOCATE", tInt, str("o"), c0(tText), num(6)), s, 9, 0, nil, 0, 0)
	check(t, f("INSTR", tInt, str("l"), num(1), num(2)), s, 4, 0, nil, 0, 0)
	checkError(t, f("INSTR", tInt, str("l"), num(1), num(0)), s)
	check(t, call("TRIM", tText, sym("BOTH"), str("Hdac"), c0(tText)), s, "ello, Worl", "", nil, "é😀ß", ",b,,")
	check(t, f("LTRIM", tText, str("H")), s, "ello, World", "", nil, "é😀ß", "a,b,,c")
	check(t, f("LPAD", tText, num(7), str("*")), s, "Hello, ", "*******", nil, "***é😀ß", "*a,b,,c")
	check(t, f("RPAD", tText, num(-1), str("*")), s, nil, nil, nil, nil, nil)
	check(t, f("STARTSWITH", tBool, str("H")), s, true, false, nil, false, false)
	check(t, f("ENDSWITH", tBool, str("")), s, true, true, nil, true, true)
	check(t, f("ASCII", tInt), s, 72, 0, nil, -61, 97)
	check(t, f("LIKE", tBool, str("%o%")), s, true, false, nil, false, false)
	check(t, f("LIKE", tBool, str("_,!_%"), str("!")), s, false, false, nil, false, false)
	check(t, f("LIKE", tBool, c0(tText)), s, true, true, nil, true, true)
	checkError(t, f("LIKE", tBool, str("a!b"), str("!")), s)
	check(t, f("SIMILAR TO", tBool, str("(a|H)%")), s, true, false, nil, false, true)
	check(t, f("IS_ALPHA", tBool), s, false, false, false, false, false)
	check(t, f("||", tText, str("!"), c0(tText)), s, "Hello, World!Hello, World", "!", nil, "é😀ß!é😀ß", "a,b,,c!a,b,,c")
	check(t, call("CONCAT_WS", tText, str("-"), c0(tText), lit(tText, nil), str("x")), s, "Hello, World-x", "-x", "x", "é😀ß-x", "a,b,,c-x")
	check(t, call("ELT", tText, num(2), str("x"), c0(tText)), s, "Hello, World", "", nil, "é😀ß", "a,b,,c")
	check(t, call("OVERLAY", tText, c0(tText), str("XY"), num(2), num(1)), s, "HXYllo, World", "", nil, "éXYß", "aXYb,,c")
	check(t, call("SPLIT", types.ArrayType(tText), c0(tText), str(",")), s,
		[]any{"Hello", " World"}, []any{}, nil, []any{"é😀ß"}, []any{"a", "b", "", "c"})
}

func TestSplitIndexShares(t *testing.T) {
	s := []column{col(tText, "a,b,c", "", nil, ",x", "é,😀")}
	piece := func(i int) *expr.Expr { return call("SPLIT_INDEX", tText, c0(tText), lit(tText, ","), lit(tInt, i)) }
	all := call("CONCAT_WS", tText, lit(tText, "|"), piece(0), piece(1), piece(2), piece(1))
	check(t, all, s, "a|b|c|b", "", "", "|x|x", "é|😀|😀")
	guarded := call("CASE", tText, call("=", tBool, piece(0), lit(tText, "a")), piece(2), piece(1))
	check(t, guarded, s, "c", nil, nil, "x", "😀")
}

func TestEncodings(t *testing.T) {
	s := []column{col(tText, "abc", "", nil)}
	f := func(fn string, tp types.Type, more ...*expr.Expr) *expr.Expr {
		return call(fn, tp, append([]*expr.Expr{c0(tText)}, more...)...)
	}
	check(t, f("MD5", types.CharType(32)), s, "900150983cd24fb0d6963f7d28e17f72", "d41d8cd98f00b204e9800998ecf8427e", nil)
	check(t, f("SHA2", types.VarCharType(128), lit(tInt, 224)), []column{col(tText, "abc")}, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")
	checkError(t, f("SHA2", types.VarCharType(128), lit(tInt, 1)), s)
	check(t, f("TO_BASE64", tText), s, "YWJj", "", nil)
	check(t, call("FROM_BASE64", tText, call("TO_BASE64", tText, c0(tText))), s, "abc", "", nil)
	check(t, f("HEX", tText), s, "616263", "", nil)
	check(t, call("UNHEX", tBytes, lit(tText, "4zz")), nil, nil)
	check(t, call("HEX", tText, c0(tBig)), []column{col(tBig, 255, -1)}, "FF", "FFFFFFFFFFFFFFFF")
	check(t, call("BIN", tText, c0(tInt)), []column{col(tInt, 5, nil)}, "101", nil)
	check(t, f("ENCODE", tBytes, lit(tText, "UTF-16BE")), s, []byte("\x00a\x00b\x00c"), []byte{}, nil)
	check(t, call("URL_ENCODE", tText, lit(tText, "a b&c")), nil, "a+b%26c")
	check(t, call("INET_ATON", tBig, lit(tText, "10.0.0.1")), nil, 167772161)
	check(t, call("PARSE_URL", tText, lit(tText, "http://h/p?k=v#r"), lit(tText, "QUERY"), lit(tText, "k")), nil, "v")
	check(t, f("HASH_CODE", tInt), s, 96354, 0, nil)
}

func TestRegex(t *testing.T) {
	s := []column{col(tText, "x=1&channel_id=ab&c", "channel_id=q", nil, "none", "x=1&channel_id=ab&c"), col(tText, "(.)=", "*", "a", nil, "n")}
	re := lit(tText, "(&|^)channel_id=([^&]*)")
	check(t, call("REGEXP_EXTRACT", tText, c0(tText), re, lit(tInt, 2)), s, "ab", "q", nil, nil, "ab")
	check(t, call("REGEXP_EXTRACT", tText, c0(tText), c1(tText), lit(tInt, 1)), s, "x", nil, nil, nil, nil)
	check(t, call("REGEXP", tBool, c0(tText), c1(tText)), s, true, false, nil, nil, true)
	check(t, call("REGEXP_REPLACE", tText, c0(tText), lit(tText, "[0-9=]"), lit(tText, "$1")), s, "x$1$1&channel_id$1ab&c", "channel_id$1q", nil, "none", "x$1$1&channel_id$1ab&c")
	check(t, call("REGEXP_COUNT", tInt, c0(tText), lit(tText, "n")), s, 2, 2, nil, 2, 2)
	check(t, call("REGEXP_INSTR", tInt, c0(tText), lit(tText, "n")), s, 8, 4, nil, 1, 8)
	check(t, call("REGEXP_COUNT", tInt, c0(tText), lit(tText, "(")), s, nil, nil, nil, nil, nil)
	check(t, call("REGEXP_EXTRACT_ALL", types.ArrayType(tText), c0(tText), lit(tText, "([a-z]+)=")), s,
		[]any{"x", "id"}, []any{"id"}, nil, []any{}, []any{"x", "id"})
	m := types.MapType(tText, tText)
	check(t, call("STR_TO_MAP", m, lit(tText, "a=1,b,a=2")), nil, [][2]any{{"a", "2"}, {"b", nil}})
}

func TestPrintf(t *testing.T) {
	for _, c := range []struct {
		format string
		arg    *expr.Expr
		want   any
	}{
		{"%d", lit(tInt, -7), "-7"},
		{"%05d|", lit(tInt, 42), "00042|"},
		{"%,d", lit(tBig, 1234567), "1,234,567"},
		{"%(d", lit(tInt, -7), "(7)"},
		{"%x", lit(tTiny, -1), "ff"},
		{"%-5s|", lit(tText, "ab"), "ab   |"},
		{"%.1f", lit(tDouble, 0.15), "0.2"},
		{"%8.3e", lit(tDouble, 12345.678), "1.235e+04"},
		{"%g", lit(tDouble, 0.0001), "0.000100000"},
		{"%a", lit(tDouble, 1.0), "0x1.0p0"},
		{"%S", lit(tText, "ab"), "AB"},
		{"%d", lit(tText, "x"), nil},
		{"%q", lit(tInt, 1), nil},
		{"%s %s", lit(tInt, 1), nil},
		{"%1$s%<s%%", lit(tInt, 1), "11%"},
		{"%f", lit(tDouble, 1e15), "1000000000000000.000000"},
		{"%.3f", lit(tDouble, 9.9996), "10.000"},
		{"%b", lit(tBool, nil), "false"},
		{"%s", lit(tDate, 1), "1"},
	} {
		check(t, call("PRINTF", tText, lit(tText, c.format), c.arg), nil, c.want)
	}
}

func TestJSON(t *testing.T) {
	doc := []column{col(tText, `{"a":1,"b":{"c":"x"}}`, `{"b":[1, 2.50]}`, "bad", nil)}
	value := func(path string, tp types.Type, empty, failed string) *expr.Expr {
		return call("JSON_VALUE", tp, c0(tText), lit(tText, path), sym(empty), lit(tp, nil), sym(failed), lit(tp, nil))
	}
	check(t, value("$.a", tText, "NULL", "NULL"), doc, "1", nil, nil, nil)
	check(t, value("$.a", tInt, "NULL", "NULL"), doc, 1, nil, nil, nil)
	check(t, value("lax $.b.c", tText, "NULL", "NULL"), doc, "x", nil, nil, nil)
	checkError(t, value("$.a", tText, "NULL", "ERROR"), doc)
	check(t, call("JSON_EXISTS", tBool, c0(tText), lit(tText, "$.a"), sym("FALSE")), doc, true, false, false, nil)
	query := func(path, wrapper string) *expr.Expr {
		return call("JSON_QUERY", tText, c0(tText), lit(tText, path), sym(wrapper), sym("NULL"), sym("NULL"))
	}
	check(t, query("$.b", "WITHOUT"), doc, `{"c":"x"}`, `[1,2.50]`, nil, nil)
	check(t, query("$.a", "UNCONDITIONAL"), doc, `[1]`, nil, nil, nil)
	check(t, call("IS JSON OBJECT", tBool, c0(tText)), doc, true, true, false, false)
	check(t, call("IS NOT JSON VALUE", tBool, c0(tText)), doc, false, false, true, true)
	o := call("JSON_OBJECT", tText, sym("NULL"), lit(tText, "z"), c0(tInt), lit(tText, "a"), call("JSON_ARRAY", tText, sym("ABSENT"), c0(tInt), lit(tBool, true)))
	check(t, o, []column{col(tInt, 1, nil)}, `{"a":[1,true],"z":1}`, `{"a":[true],"z":null}`)
	row := types.RowType(types.Field{Name: "b", Type: tText}, types.Field{Name: "a", Type: types.TimestampType(3)})
	check(t, call("JSON_STRING", tText, c0(row)), []column{col(row, []any{"q\"", 1500}, nil)}, `{"a":"1970-01-01T00:00:01.5","b":"q\""}`, nil)
	check(t, call("JSON_UNQUOTE", tText, call("JSON_QUOTE", tText, c0(tText))), doc, doc[0].values...)
}

func TestTooLongTextFailsTheJob(t *testing.T) {
	defer func() {
		if _, ok := recover().(*vector.LimitError); !ok {
			t.Error("no limit error")
		}
	}()
	p, err := Compile([]*expr.Expr{call("REPEAT", tText, c0(tText), lit(tInt, 1<<30))}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	pool := vector.NewPool(0)
	_, err = p.Eval(pool, batchOf(t, pool, []column{col(tText, "abc")}, 0, 1))
	t.Errorf("no failure, %v", err)
}
