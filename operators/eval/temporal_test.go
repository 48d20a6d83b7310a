package eval

import (
	"testing"

	"millrace/operators/kernel/civil"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// ms reads a timestamp for tests.
func ms(t testing.TB, text string) int64 {
	t.Helper()
	ts, ok := civil.ParseTimestamp([]byte(text))
	if !ok {
		t.Fatalf("timestamp %q", text)
	}
	return ts.Millis
}

func TestTemporal(t *testing.T) {
	a, b := ms(t, "2024-02-29 12:34:56.789"), ms(t, "1969-12-31 23:59:59.999")
	ts := []column{col(tTs, a, b, nil, a)}
	str := func(v string) *expr.Expr { return lit(tText, v) }
	day := int64(19782)
	extract := func(u string) *expr.Expr { return call("EXTRACT", tBig, sym(u), c0(tTs)) }
	check(t, extract("YEAR"), ts, 2024, 1969, nil, 2024)
	check(t, extract("DOW"), ts, 5, 4, nil, 5)
	check(t, extract("HOUR"), ts, 12, 23, nil, 12)
	check(t, extract("MILLISECOND"), ts, 789, 999, nil, 789)
	check(t, call("HOUR", tBig, c0(tTs)), ts, 12, 23, nil, 12)
	check(t, cast(c0(tTs), tDate), ts, day, -1, nil, day)
	check(t, cast(c0(tTs), tTime), ts, 45296000, 86399000, nil, 45296000)
	check(t, cast(c0(tTs), tText), ts, "2024-02-29 12:34:56.789", "1969-12-31 23:59:59.999", nil, "2024-02-29 12:34:56.789")
	check(t, cast(c0(tTs), types.TimestampType(6)), ts, a*1000, b*1000, nil, a*1000)
	check(t, cast(cast(c0(tTs), types.TimestampType(9)), tTs), ts, a, b, nil, a)
	check(t, call("FLOOR", tTs, c0(tTs), sym("HOUR")), ts, ms(t, "2024-02-29 12:00:00"), ms(t, "1969-12-31 23:00:00"), nil, ms(t, "2024-02-29 12:00:00"))
	month := lit(types.IntervalYearMonthType("MONTH", 2), 1)
	check(t, call("+", tTs, c0(tTs), month), ts, ms(t, "2024-03-29 12:34:56.789"), ms(t, "1970-01-31 23:59:59.999"), nil, ms(t, "2024-03-29 12:34:56.789"))
	sec := lit(types.IntervalDayTimeType("SECOND", 2, 3), 1000)
	check(t, call("-", tTs, c0(tTs), sec), ts, a-1000, b-1000, nil, a-1000)
	check(t, call("TIMESTAMPADD", tTs, sym("DAY"), lit(tInt, 2), c0(tTs)), ts, a+2*86400000, b+2*86400000, nil, a+2*86400000)
	check(t, call("TIMESTAMPDIFF", tInt, sym("DAY"), lit(tTs, b), c0(tTs)), ts, day, 0, nil, day)
	check(t, call("DATE_FORMAT", tText, c0(tTs), str("yyyy-MM-dd")), ts, "2024-02-29", "1969-12-31", nil, "2024-02-29")
	check(t, call("DATE_FORMAT", tText, c0(tTs), str("HH:mm''ss.SSS")), ts, "12:34'56.789", "23:59'59.999", nil, "12:34'56.789")
	checkError(t, call("DATE_FORMAT", tText, c0(tTs), str("z")), ts)
	check(t, call("TO_TIMESTAMP", tTs, cast(c0(tTs), tText)), ts, a, b, nil, a)
	check(t, call("TO_DATE", tDate, str("29.02.2024"), str("dd.MM.yyyy")), nil, day)
	check(t, call("TO_TIMESTAMP_LTZ", tLtz, c0(tBig), lit(tInt, 0)), []column{col(tBig, 1, nil, -1)}, 1000, nil, -1000)
	check(t, call("TO_TIMESTAMP_LTZ", tLtz, lit(tDouble, -1.5), lit(tInt, 0)), nil, -1500)
	d := []column{col(tDate, day, nil)}
	check(t, call("+", tDate, c0(tDate), lit(types.IntervalDayTimeType("DAY", 2, 6), 86400000)), d, day+1, nil)
	check(t, call("CEIL", tDate, c0(tDate), sym("MONTH")), d, day+1, nil)
	check(t, cast(c0(tDate), tTs), d, day*86400000, nil)
	iv := types.IntervalDayTimeType("SECOND", 2, 3)
	check(t, call("*", iv, c0(iv), lit(tInt, 3)), []column{col(iv, 1500, nil)}, 4500, nil)
	check(t, call("OVERLAPS", tBool, c0(tTs), lit(tTs, a), lit(tTs, a), lit(tTs, a+1)), ts, true, true, nil, true)
}

func TestZones(t *testing.T) {
	env := testEnv
	env.Zone = shanghai()
	z := []column{col(tLtz, 0, nil)}
	checkIn(t, env, cast(c0(tLtz), tText), z, "1970-01-01 08:00:00.000", nil)
	checkIn(t, env, cast(c0(tLtz), tTs), z, 8*3600*1000, nil)
	checkIn(t, env, cast(cast(c0(tLtz), tText), tLtz), z, 0, nil)
	checkIn(t, env, call("FLOOR", tLtz, c0(tLtz), sym("DAY")), z, -8*3600*1000, nil)
	checkIn(t, env, call("FROM_UNIXTIME", tText, lit(tBig, 0)), nil, "1970-01-01 08:00:00")
	checkIn(t, env, call("UNIX_TIMESTAMP", tBig, lit(tText, "1970-01-01 08:00:00")), nil, 0)
	checkIn(t, env, call("EXTRACT", tBig, sym("HOUR"), c0(tLtz)), z, 8, nil)
	checkIn(t, env, call("CONVERT_TZ", tText, lit(tText, "1970-01-01 00:00:00"), lit(tText, "UTC"), lit(tText, "Asia/Tokyo")), nil, "1970-01-01 09:00:00")
	checkIn(t, env, call("CURRENT_TIMESTAMP", tLtz), nil, 1_700_000_000_123)
	checkIn(t, env, call("LOCALTIMESTAMP", tTs), nil, 1_700_000_000_123+8*3600*1000)
	checkIn(t, env, call("CURRENT_DATE", tDate), nil, 19676)
	env.Watermark = func() int64 { return 5 }
	checkIn(t, env, call("CURRENT_WATERMARK", tTs, lit(tTs, 0)), nil, 5)
}

func TestTextCasts(t *testing.T) {
	s := []column{col(tText, "123", " 12 ", nil, "1.9")}
	check(t, cast(c0(tText), tInt), s, 123, 12, nil, 1)
	check(t, cast(c0(tText), dec(5, 1)), s, 1230, 120, nil, 19)
	check(t, cast(c0(tText), tDouble), s, 123.0, 12.0, nil, 1.9)
	bad := []column{col(tText, "x", "300", "true", nil)}
	check(t, tryCast(c0(tText), tTiny), bad, nil, nil, nil, nil)
	check(t, tryCast(c0(tText), tBool), bad, nil, nil, true, nil)
	checkError(t, cast(c0(tText), tTiny), bad)
	check(t, cast(c0(tText), types.CharType(3)), bad, "x  ", "300", "tru", nil)
	check(t, cast(c0(tText), types.VarCharType(2)), bad, "x", "30", "tr", nil)
	check(t, cast(c0(tText), types.BinaryType(2)), bad, []byte("x\x00"), []byte("30"), []byte("tr"), nil)
	check(t, cast(c0(tInt), types.VarCharType(2)), []column{col(tInt, 1234, -5)}, "12", "-5")
	check(t, cast(c0(tBool), tText), []column{col(tBool, true, false, nil)}, "TRUE", "FALSE", nil)
	check(t, cast(c0(tDouble), tText), []column{col(tDouble, 1e10, 0.1)}, "1.0E10", "0.1")
	check(t, cast(c0(dec(4, 3)), tText), []column{col(dec(4, 3), 9870)}, "9.870")
	check(t, cast(c0(tText), types.TimestampType(9)), []column{col(tText, "2024-02-29 00:00:00.000000001", nil)}, big128("1709164800000000001"), nil)
	check(t, tryCast(c0(tText), tDate), []column{col(tText, "2024-02-29", "2023-02-29", nil)}, 19782, nil, nil)
	check(t, cast(c0(tBytes), tText), []column{col(tBytes, []byte("a\xff"), nil)}, "a\uFFFD", nil)
}

func TestNested(t *testing.T) {
	at := types.ArrayType(tInt)
	arrays := []column{col(at, []any{3, 1, nil, 1}, []any{}, nil), col(tInt, 1, nil, 2)}
	check(t, call("CARDINALITY", tInt, c0(at)), arrays, 4, 0, nil)
	check(t, call("ITEM", tInt, c0(at), lit(tInt, 1)), arrays, 3, nil, nil)
	check(t, call("ITEM", tInt, c0(at), lit(tInt, 0)), arrays, nil, nil, nil)
	check(t, cast(c0(at), tText), arrays, "[3, 1, NULL, 1]", "[]", nil)
	check(t, cast(c0(at), types.ArrayType(tText)), arrays, []any{"3", "1", nil, "1"}, []any{}, nil)
	check(t, call("ARRAY_CONTAINS", tBool, c0(at), c1(tInt)), arrays, true, false, nil)
	check(t, call("ARRAY_POSITION", tInt, c0(at), c1(tInt)), arrays, 2, nil, nil)
	check(t, call("ARRAY_POSITION", tInt, c0(at), lit(tInt, 9)), arrays, 0, 0, nil)
	check(t, call("ARRAY_DISTINCT", at, c0(at)), arrays, []any{3, 1, nil}, []any{}, nil)
	check(t, call("ARRAY_SORT", at, c0(at)), arrays, []any{nil, 1, 1, 3}, []any{}, nil)
	check(t, call("ARRAY_SORT", at, c0(at), lit(tBool, false)), arrays, []any{3, 1, 1, nil}, []any{}, nil)
	check(t, call("ARRAY_SLICE", at, c0(at), lit(tInt, 2), lit(tInt, -2)), arrays, []any{1, nil}, []any{}, nil)
	check(t, call("ARRAY_APPEND", at, c0(at), c1(tInt)), arrays, []any{3, 1, nil, 1, 1}, []any{nil}, nil)
	check(t, call("ARRAY_REMOVE", at, c0(at), lit(tInt, nil)), arrays, []any{3, 1, 1}, []any{}, nil)
	check(t, call("ARRAY_UNION", at, c0(at), lit(at, []any{9, 3})), arrays, []any{3, 1, nil, 9}, []any{9, 3}, nil)
	check(t, call("ARRAY_EXCEPT", at, c0(at), lit(at, []any{1})), arrays, []any{3, nil}, []any{}, nil)
	check(t, call("ARRAY_MAX", tInt, c0(at)), arrays, 3, nil, nil)
	check(t, call("ARRAY", at, c1(tInt), lit(tInt, 5)), arrays, []any{1, 5}, []any{nil, 5}, []any{2, 5})
	checkError(t, call("ELEMENT", tInt, c0(at)), arrays)
	mt := types.MapType(tText, tInt)
	maps := []column{col(mt, [][2]any{{"a", int64(1)}, {"b", nil}}, nil)}
	check(t, call("ITEM", tInt, c0(mt), lit(tText, "a")), maps, 1, nil)
	check(t, call("ITEM", tInt, c0(mt), lit(tText, "z")), maps, nil, nil)
	check(t, call("MAP_KEYS", types.ArrayType(tText), c0(mt)), maps, []any{"a", "b"}, nil)
	check(t, cast(c0(mt), tText), maps, "{a=1, b=NULL}", nil)
	check(t, call("MAP", mt, lit(tText, "k"), lit(tInt, 1), lit(tText, "k"), c0(tInt)), []column{col(tInt, 7, nil)}, [][2]any{{"k", int64(7)}}, [][2]any{{"k", nil}})
	rt := types.RowType(types.Field{Name: "a", Type: tInt}, types.Field{Name: "b", Type: tText})
	rs := []column{col(rt, []any{1, "x"}, []any{nil, nil}, nil)}
	field := func(i int) *expr.Expr {
		return &expr.Expr{Kind: expr.Field, Index: i, Type: rt.Fields[i].Type, Args: []*expr.Expr{c0(rt)}}
	}
	check(t, field(0), rs, 1, nil, nil)
	check(t, field(1), rs, "x", nil, nil)
	check(t, cast(c0(rt), tText), rs, "(1, x)", "(NULL, NULL)", nil)
	to := types.RowType(types.Field{Name: "p", Type: tText}, types.Field{Name: "q", Type: tInt})
	check(t, tryCast(c0(rt), to), []column{col(rt, []any{1, "5"}, nil)}, []any{"1", int64(5)}, nil)
	checkError(t, cast(c0(rt), to), rs[:1])
	check(t, call("ROW", rt, c0(tInt), lit(tText, "k")), []column{col(tInt, 1, nil)}, []any{1, "k"}, []any{nil, "k"})
	check(t, call("GREATEST", tInt, c0(tInt), c1(tInt)), []column{col(tInt, 1, nil, 3), col(tInt, 2, 1, 0)}, 2, nil, 3)
}

func TestMath(t *testing.T) {
	d := []column{col(tDouble, 2.5, -2.5, nil)}
	check(t, call("ROUND", tDouble, c0(tDouble)), d, 3.0, -3.0, nil)
	check(t, call("TRUNCATE", tDouble, c0(tDouble)), d, 2.0, -2.0, nil)
	check(t, call("FLOOR", tDouble, c0(tDouble)), d, 2.0, -3.0, nil)
	check(t, call("CEIL", dec(10, 0), c0(dec(10, 2))), []column{col(dec(10, 2), 101, -101, nil)}, 2, -1, nil)
	check(t, call("ABS", tDouble, c0(tDouble)), d, 2.5, 2.5, nil)
	check(t, call("SIGN", tDouble, c0(tDouble)), d, 1.0, -1.0, nil)
	check(t, call("POWER", tDouble, c0(tDouble), lit(tDouble, 2.0)), d, 6.25, 6.25, nil)
	check(t, call("ROUND", tInt, c0(tInt), lit(tInt, -1)), []column{col(tInt, 15, -15, nil)}, 20, -20, nil)
	check(t, call("ROUND", dec(9, 1), c0(dec(10, 2)), lit(tInt, 1)), []column{col(dec(10, 2), 125, nil)}, 13, nil)
	check(t, call("RAND_INTEGER", tInt, lit(tInt, 42), lit(tInt, 10)), nil, 0) // as new Random(42).nextInt(10)
	checkError(t, call("RAND_INTEGER", tInt, lit(tInt, 0)), nil)
	uuid := call("UUID", types.CharType(36))
	check(t, call("AND", tBool, call("SIMILAR TO", tBool, uuid, lit(tText, "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")),
		call("<>", tBool, uuid, call("UUID", types.CharType(36)))), nil, true)
}
