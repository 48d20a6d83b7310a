package eval

import (
	"testing"

	"millrace/planner/expr"
	"millrace/sql/types"
)

func TestVariantFunctions(t *testing.T) {
	v := types.VariantType()
	s := []column{col(tText, `{"a": [1, {"b": 2.50}], "n": null}`, nil, `{"a":[]}`)}
	parsed := call("PARSE_JSON", v, c0(tText))
	text := func(e *expr.Expr) *expr.Expr { return call("JSON_STRING", tText, e) }
	item := func(e *expr.Expr, key *expr.Expr) *expr.Expr { return call("ITEM", v, e, key) }
	list := item(parsed, lit(tText, "a"))
	check(t, text(parsed), s, `{"a":[1,{"b":2.5}],"n":null}`, nil, `{"a":[]}`)
	check(t, text(list), s, `[1,{"b":2.5}]`, nil, `[]`)
	check(t, text(item(item(list, lit(tInt, 2)), lit(tText, "b"))), s, `2.5`, nil, nil)
	check(t, text(item(parsed, lit(tText, "n"))), s, `null`, nil, nil)
	check(t, call("=", tBool, parsed, parsed), s, true, nil, true)
	checkError(t, text(item(parsed, lit(tInt, 1))), s)
	checkError(t, text(item(list, lit(tText, "a"))), s)
	bad := []column{col(tText, `{bad`, `{"a":1,"a":2}`)}
	checkError(t, text(parsed), bad)
	check(t, text(call("TRY_PARSE_JSON", v, c0(tText))), bad, nil, nil)
	check(t, text(call("TRY_PARSE_JSON", v, c0(tText), lit(tBool, true))), bad, nil, `{"a":2}`)
}

func TestBitmapFunctions(t *testing.T) {
	at, b := types.ArrayType(tInt), types.BitmapType()
	s := []column{col(at, []any{3, 1, 3, nil}, nil, []any{}, []any{-1})}
	built := call("BITMAP_BUILD", b, c0(at))
	other := call("BITMAP_BUILD", b, lit(at, []any{1, 2}))
	text := func(e *expr.Expr) *expr.Expr { return call("BITMAP_TO_STRING", tText, e) }
	check(t, text(built), s, "{1,3}", nil, "{}", "{4294967295}")
	check(t, cast(built, tText), s, "{1,3}", nil, "{}", "{4294967295}")
	check(t, call("BITMAP_CARDINALITY", tBig, built), s, 2, nil, 0, 1)
	check(t, call("BITMAP_TO_ARRAY", at, built), s, []any{1, 3}, nil, []any{}, []any{-1})
	check(t, text(call("BITMAP_FROM_BYTES", b, call("BITMAP_TO_BYTES", tBytes, built))), s, "{1,3}", nil, "{}", "{4294967295}")
	check(t, text(call("BITMAP_AND", b, built, other)), s, "{1}", nil, "{}", "{}")
	check(t, text(call("BITMAP_OR", b, built, other)), s, "{1,2,3}", nil, "{1,2}", "{1,2,4294967295}")
	check(t, text(call("BITMAP_XOR", b, built, other)), s, "{2,3}", nil, "{1,2}", "{1,2,4294967295}")
	check(t, text(call("BITMAP_ANDNOT", b, built, other)), s, "{3}", nil, "{}", "{4294967295}")
	checkError(t, text(call("BITMAP_FROM_BYTES", b, cast(c0(tText), tBytes))), []column{col(tText, "no bitmap")})
}

// The values are those of a real Flink.
func TestAsFlinkAnswers(t *testing.T) {
	printf := func(format string, arg *expr.Expr) *expr.Expr { return call("PRINTF", tText, lit(tText, format), arg) }
	s := []column{col(tText, "abc", "é😀ñß")}
	check(t, printf("%h", c0(tText)), s, "4ed2cbb4", "ca70f1e5")
	check(t, printf("%10s|", c0(tText)), s, "       abc|", "     é😀ñß|")
	check(t, printf("%.3s", c0(tText)), s, "abc", "é😀")
	n := []column{col(tInt, 255, -1)}
	check(t, printf("%#x", c0(tInt)), n, "0xff", "0xffffffff")
	check(t, printf("%h", c0(tInt)), n, "ff", "ffffffff")
	check(t, printf("%c", cast(c0(tInt), tBig)), n, nil, nil)
	check(t, call("HASH_CODE", tInt, c0(tText)), []column{col(tText, "abc", "-12.5e1")}, 96354, 1561578367)
	check(t, call("RAND", tDouble, c0(tInt)), []column{col(tInt, 0, 0, nil)}, 0.730967787376657, 0.730967787376657, nil)
	at := types.ArrayType(tText)
	check(t, cast(c0(at), types.CharType(3)), []column{col(at, []any{"é😀x"})}, "[é?")
	check(t, call("INSTR", tInt, c0(tText), lit(tText, ""), lit(tInt, -1)), s, 4, 5)
	ltz := call("TO_TIMESTAMP_LTZ", tLtz, c0(tText), lit(tText, "yyyy-MM-dd HH:mm:ss"))
	check(t, ltz, []column{col(tText, "1970-01-01 00:00:01", "1970-01-02", "none")}, 1000, 86_400_000, nil)
	check(t, call("TO_TIMESTAMP", tTs, c0(tText), lit(tText, "HH:mm:ss")), []column{col(tText, "24:00:00")}, 0)
	check(t, tryCast(c0(tText), tTs), []column{col(tText, "1970-01-", "1970-01")}, 0, nil)
	check(t, call("JSON_ARRAY", tText.AsNotNull(), sym("ABSENT"), call("JSON", tText, c0(tText))), []column{col(tText, `{ "b" : 1e3, "a":1.50}`, "", "1 2")},
		`[{"a":1.50,"b":1E+3}]`, `[]`, `[1]`)
	checkError(t, call("JSON_ARRAY", tText.AsNotNull(), sym("ABSENT"), call("JSON", tText, c0(tText))), []column{col(tText, "{bad")})
}
