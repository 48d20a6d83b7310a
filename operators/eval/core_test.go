package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func TestArithmetic(t *testing.T) {
	ints := []column{col(tInt, 7, -7, nil, math.MaxInt32, 0), col(tInt, 2, 2, 2, 1, 5)}
	bin := func(op string, tp types.Type) *expr.Expr { return call(op, tp, c0(tp), c1(tp)) }
	check(t, bin("+", tInt), ints, 9, -5, nil, math.MinInt32, 5)
	check(t, bin("-", tInt), ints, 5, -9, nil, math.MaxInt32-1, -5)
	check(t, bin("*", tInt), ints, 14, -14, nil, math.MaxInt32, 0)
	check(t, bin("/", tInt), ints, 3, -3, nil, math.MaxInt32, 0)
	check(t, bin("%", tInt), ints, 1, -1, nil, 0, 0)
	check(t, call("%", tInt, c0(tInt), lit(tInt, 4)), ints, 3, -3, nil, 3, 0)
	check(t, call("-", tInt, lit(tInt, 10), c0(tInt)), ints, 3, 17, nil, 10-math.MaxInt32, 10)
	check(t, call("NEG", tInt, c0(tInt)), ints, -7, 7, nil, -math.MaxInt32, 0)
	check(t, call("+", tInt, c0(tInt), lit(tInt, nil)), ints, nil, nil, nil, nil, nil)
	zero := []column{col(tInt, 1, nil), col(tInt, 1, 0)}
	check(t, bin("/", tInt), zero, 1, nil)
	checkError(t, bin("/", tInt), []column{col(tInt, 1), col(tInt, 0)})
	checkError(t, call("/", tInt, c0(tInt), lit(tInt, 0)), []column{col(tInt, 1)})
	fl := []column{col(tDouble, 1.0, -1.0, 0.0, nil), col(tDouble, 0.0, 0.0, 0.0, 1.0)}
	check(t, bin("/", tDouble), fl, math.Inf(1), math.Inf(-1), math.NaN(), nil)
	check(t, call("+", tTiny, c0(tTiny), lit(tTiny, 1)), []column{col(tTiny, 127, -1)}, -128, 0)
}

func TestDivisor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		d := int64(r.Uint64()) >> (r.Uint64() & 63)
		x := int64(r.Uint64()) >> (r.Uint64() & 63)
		v, ok := newDivisor(d)
		if !ok {
			continue
		}
		for _, x := range []int64{x, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, d, -d, d - 1, d + 1} {
			if q := v.quotient(x); q != x/d {
				t.Fatalf("%d / %d = %d", x, d, q)
			}
		}
	}
}

func TestDecimalArithmetic(t *testing.T) {
	price := []column{col(tBig, 100, -3, nil, math.MaxInt64)}
	e := call("*", dec(23, 3), cast(c0(tBig), dec(19, 0)), lit(dec(3, 3), 908))
	check(t, e, price, big128("90800"), big128("-2724"), nil, new128(math.MaxInt64, 908))
	d := []column{col(dec(10, 2), 150, 100, nil, 1), col(dec(5, 1), 5, 30, 1, 0)}
	bin := func(op string, tp types.Type) *expr.Expr { return call(op, tp, c0(dec(10, 2)), c1(dec(5, 1))) }
	check(t, bin("+", dec(11, 2)), d, 200, 400, nil, 1)
	check(t, bin("-", dec(11, 2)), d, 100, -200, nil, 1)
	check(t, bin("*", dec(16, 3)), d, 750, 3000, nil, 0)
	check(t, call("/", dec(17, 8), c0(dec(10, 2)), c1(dec(5, 1))), []column{col(dec(10, 2), 100, nil), col(dec(5, 1), 30, 0)}, 33333333, nil)
	checkError(t, bin("/", dec(17, 8)), d)
	check(t, bin("%", dec(6, 2)), []column{col(dec(10, 2), 155), col(dec(5, 1), 10)}, 55)
	check(t, call("+", dec(38, 0), c0(dec(38, 0)), lit(dec(1, 0), 1)), []column{col(dec(38, 0), big128(strings.Repeat("9", 38)), big128("5"))}, nil, big128("6"))
	for _, op := range []string{"=", "<"} {
		check(t, call(op, tBool, c0(dec(5, 2)), c1(dec(20, 1))), []column{col(dec(5, 2), 150, 140), col(dec(20, 1), big128("15"), big128("15"))}, op == "=", op == "<")
	}
}

func new128(a, b int64) any { return big128("0").Mul(big128Int(a), big128Int(b)) }

func TestComparison(t *testing.T) {
	n := 100
	a := column{tBig, rows(n, func(i int) any {
		if i%7 == 3 {
			return nil
		}
		return int64(i % 10)
	})}
	b := column{tBig, rows(n, func(i int) any { return int64(i % 6) })}
	for op, f := range map[string]func(x, y int64) bool{
		"=": func(x, y int64) bool { return x == y }, "<>": func(x, y int64) bool { return x != y },
		"<": func(x, y int64) bool { return x < y }, "<=": func(x, y int64) bool { return x <= y },
		">": func(x, y int64) bool { return x > y }, ">=": func(x, y int64) bool { return x >= y },
	} {
		apply := func(y func(i int) int64) []any {
			return rows(n, func(i int) any {
				if a.values[i] == nil {
					return nil
				}
				return f(a.values[i].(int64), y(i))
			})
		}
		check(t, call(op, tBool, c0(tBig), c1(tBig)), []column{a, b}, apply(func(i int) int64 { return int64(i % 6) })...)
		check(t, call(op, tBool, c0(tBig), lit(tBig, 5)), []column{a}, apply(func(int) int64 { return 5 })...)
		check(t, call(op, tBool, lit(tBig, 5), c0(tBig)), []column{a}, rows(n, func(i int) any {
			if a.values[i] == nil {
				return nil
			}
			return f(5, a.values[i].(int64))
		})...)
	}
	text := []column{col(tText, "a", "b", nil, "", "abc"), col(tText, "a", "a", "x", "b", nil)}
	check(t, call("=", tBool, c0(tText), c1(tText)), text, true, false, nil, false, nil)
	check(t, call("<", tBool, c0(tText), c1(tText)), text, false, false, nil, true, nil)
	check(t, call("<>", tBool, c0(tText), lit(types.CharType(1), "a")), text, false, true, nil, true, true)
	check(t, call("IS DISTINCT FROM", tBool, c0(tText), c1(tText)), text, false, true, true, true, true)
	nan := []column{col(tDouble, math.NaN(), math.Copysign(0, -1)), col(tDouble, math.NaN(), 0.0)}
	check(t, call("=", tBool, c0(tDouble), c1(tDouble)), nan, false, true)
	check(t, call("<>", tBool, c0(tDouble), c1(tDouble)), nan, true, false)
	rt := types.RowType(types.Field{Name: "a", Type: tInt}, types.Field{Name: "b", Type: tText})
	rs := []column{col(rt, []any{1, "x"}, []any{2, "x"}, []any{nil, "y"}, nil)}
	check(t, call("=", tBool, c0(rt), lit(rt, []any{1, "x"})), rs, true, false, nil, nil)
	check(t, call("<>", tBool, c0(rt), lit(rt, []any{1, "x"})), rs, false, true, true, nil)
	at := types.ArrayType(tInt)
	check(t, call("=", tBool, c0(at), lit(at, []any{1, nil})), []column{col(at, []any{1, nil}, []any{1}, nil)}, true, false, nil)
}

func TestThreeValuedLogic(t *testing.T) {
	var a, b, and, or []any
	v := []any{true, false, nil}
	for _, x := range v {
		for _, y := range v {
			a, b = append(a, x), append(b, y)
			switch {
			case x == false || y == false:
				and = append(and, false)
			case x == nil || y == nil:
				and = append(and, nil)
			default:
				and = append(and, true)
			}
			switch {
			case x == true || y == true:
				or = append(or, true)
			case x == nil || y == nil:
				or = append(or, nil)
			default:
				or = append(or, false)
			}
		}
	}
	cols := []column{{tBool, a}, {tBool, b}}
	check(t, call("AND", tBool, c0(tBool), c1(tBool)), cols, and...)
	check(t, call("OR", tBool, c0(tBool), c1(tBool)), cols, or...)
	three := []column{col(tBool, true, false, nil)}
	check(t, call("NOT", tBool, c0(tBool)), three, false, true, nil)
	check(t, call("IS NULL", tBool, c0(tBool)), three, false, false, true)
	check(t, call("IS NOT NULL", tBool, c0(tBool)), three, true, true, false)
	check(t, call("IS TRUE", tBool, c0(tBool)), three, true, false, false)
	check(t, call("IS NOT TRUE", tBool, c0(tBool)), three, false, true, true)
	check(t, call("IS FALSE", tBool, c0(tBool)), three, false, true, false)
	check(t, call("IS NOT FALSE", tBool, c0(tBool)), three, true, false, true)
	check(t, call("AND", tBool, c0(tBool), lit(tBool, nil)), three, nil, false, nil)
	check(t, call("OR", tBool, c0(tBool), lit(tBool, nil)), three, true, nil, nil)
}

func TestOnlyNeededRowsFail(t *testing.T) {
	x := []column{col(tInt, 2, 0, nil, 5)}
	div := call("/", tInt, lit(tInt, 10), c0(tInt))
	nonZero := call("<>", tBool, c0(tInt), lit(tInt, 0))
	check(t, call("CASE", tInt, nonZero, div, lit(tInt, nil)), x, 5, nil, nil, 2)
	check(t, call("IF", tInt, nonZero, div, lit(tInt, -1)), x, 5, -1, -1, 2)
	check(t, call("AND", tBool, nonZero, call(">", tBool, div, lit(tInt, 3))), x, true, false, nil, false)
	check(t, call("OR", tBool, call("NOT", tBool, nonZero), call(">", tBool, div, lit(tInt, 3))), x, true, true, nil, false)
	y := []column{col(tInt, 1, nil, 3), col(tInt, 0, 2, 0)}
	check(t, call("COALESCE", tInt, c0(tInt), call("/", tInt, lit(tInt, 8), c1(tInt))), y, 1, 4, 3)
	checkError(t, div, x)
	_, err := evaluate(t, testEnv, &expr.Expr{Kind: expr.Cast, Type: tInt, Pos: 17, Args: []*expr.Expr{c0(tText)}}, []column{col(tText, "1", "x")}, nil, false)
	ee, ok := errors.AsType[*Error](err)
	if !ok || ee.Pos != 17 || !strings.Contains(err.Error(), "'x'") {
		t.Errorf("error %v", err)
	}
}

func TestConditional(t *testing.T) {
	x := []column{col(tInt, 1, 2, 3, nil, 5), col(tText, "a", "b", nil, "d", "e")}
	eq := func(v int) *expr.Expr { return call("=", tBool, c0(tInt), lit(tInt, v)) }
	check(t, call("CASE", tText, eq(1), lit(tText, "one"), eq(2), c1(tText), lit(tText, "other")), x, "one", "b", "other", "other", "other")
	check(t, call("CASE", tText, eq(1), lit(tText, "one"), eq(2), call("CASE", tText, eq(2), c1(tText), lit(tText, nil)), c1(tText)), x, "one", "b", nil, "d", "e")
	check(t, call("COALESCE", tText, c1(tText), lit(tText, "?")), x, "a", "b", "?", "d", "e")
	check(t, call("NULLIF", tInt, c0(tInt), lit(tInt, 2)), x, 1, nil, 3, nil, 5)
	check(t, call("IN", tBool, c0(tInt), lit(tInt, 1), lit(tInt, 5)), x, true, false, false, nil, true)
	check(t, call("IN", tBool, c0(tInt), lit(tInt, 1), lit(tInt, 5), lit(tInt, 6), lit(tInt, 7), lit(tInt, 8)), x, true, false, false, nil, true)
	check(t, call("IN", tBool, c0(tInt), lit(tInt, 1), lit(tInt, nil)), x, true, nil, nil, nil, nil)
	check(t, call("IN", tBool, c1(tText), lit(tText, "a"), lit(tText, "e")), x, true, false, nil, false, true)
	check(t, call("NOT", tBool, call("IN", tBool, c1(tText), lit(tText, "a"), lit(tText, nil))), x, false, nil, nil, nil, nil)
	at := types.ArrayType(tInt)
	check(t, call("CASE", at, eq(1), lit(at, []any{1, 2}), lit(at, nil)), x, []any{int64(1), int64(2)}, nil, nil, nil, nil)
}

func TestNumericCasts(t *testing.T) {
	check(t, cast(c0(tBig), tInt), []column{col(tBig, 1<<32+5, -1, nil)}, 5, -1, nil)
	check(t, cast(c0(tDouble), tInt), []column{col(tDouble, 1e20, -1e20, 2.9, -2.9, math.NaN())}, math.MaxInt32, math.MinInt32, 2, -2, 0)
	check(t, cast(c0(tDouble), tTiny), []column{col(tDouble, 300.0, 1e20)}, 44, -1)
	check(t, cast(c0(tInt), dec(3, 1)), []column{col(tInt, 12, 100, -100, nil)}, 120, nil, nil, nil)
	check(t, cast(c0(dec(10, 2)), dec(5, 1)), []column{col(dec(10, 2), 125, -125, 99999999)}, 13, -13, nil)
	check(t, cast(c0(dec(10, 2)), tInt), []column{col(dec(10, 2), 199, -199)}, 1, -1)
	check(t, cast(c0(dec(10, 2)), tDouble), []column{col(dec(10, 2), 150)}, 1.5)
	check(t, cast(c0(tDouble), dec(5, 2)), []column{col(tDouble, 1.005, 1e9, nil)}, 101, nil, nil)
	check(t, cast(c0(tInt), tBool), []column{col(tInt, 2, 0, nil)}, true, false, nil)
	check(t, cast(c0(tBool), tInt), []column{col(tBool, true, false, nil)}, 1, 0, nil)
	check(t, cast(c0(tBool), dec(20, 2)), []column{col(tBool, true, false)}, big128("100"), big128("0"))
}

func TestFilter(t *testing.T) {
	pool := vector.NewPool(0)
	n := 1000
	cols := []column{{tInt, rows(n, func(i int) any {
		if i%10 == 9 {
			return nil
		}
		return int64(i % 7)
	})}, {tInt, rows(n, func(i int) any { return int64(i) })}}
	b := batchOf(t, pool, cols, 0, n)
	cond := call("AND", tBool, call("<>", tBool, c0(tInt), lit(tInt, 0)), call("=", tBool, call("%", tInt, c1(tInt), c0(tInt)), lit(tInt, 0)))
	f, err := CompileFilter(cond, Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, sel := range [][]uint16{nil, {1, 2, 3, 500, 999}, {}} {
		b.Sel = sel
		got, err := f.Eval(pool, b)
		if err != nil {
			t.Fatal(err)
		}
		var want []uint16
		all := sel
		if sel == nil {
			for i := range n {
				all = append(all, uint16(i))
			}
		}
		for _, i := range all {
			if k := int(i) % 7; i%10 != 9 && k != 0 && int(i)%k == 0 {
				want = append(want, i)
			}
		}
		if d := cmp.Diff(want, append([]uint16(nil), got...)); d != "" {
			t.Error(d)
		}
	}
	b.Release()
	if pool.InUse() != 0 {
		t.Errorf("%d bytes leaked", pool.InUse())
	}
}

func TestFilterOfAllRows(t *testing.T) {
	pool := vector.NewPool(0)
	b := batchOf(t, pool, []column{col(tInt, 1, 2, 3)}, 0, 3)
	f, err := CompileFilter(call(">", tBool, c0(tInt), lit(tInt, 0)), Env{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Eval(pool, b); err != nil || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSharedParts(t *testing.T) {
	x := []column{col(tText, "1", "2", nil)}
	n := cast(c0(tText), tInt)
	check(t, call("CASE", tInt, call("=", tBool, n, lit(tInt, 1)), n, call("+", tInt, n, n)), x, 1, 4, nil)
}

func TestFold(t *testing.T) {
	e, err := Fold(call("+", tInt, c0(tInt), call("*", tInt, lit(tInt, 6), lit(tInt, 7))), nil)
	if err != nil || e.String() != "($0 + 42)" {
		t.Errorf("%s, %v", e, err)
	}
	if e, err = Fold(call("/", tInt, lit(tInt, 1), lit(tInt, 0)), nil); err == nil {
		t.Errorf("%s", e)
	}
	object := call("JSON_OBJECT", tText, sym("NULL"), lit(tText, "k"), call("+", tInt, lit(tInt, 1), lit(tInt, 1)))
	if e, err = Fold(call("JSON_ARRAY", tText, sym("ABSENT"), object), nil); err != nil || e.Args[1].Func != "JSON_OBJECT" || e.Args[1].Args[2].Value != int64(2) {
		t.Errorf("%s, %v", e, err)
	}
	if _, err = Compile([]*expr.Expr{call("NO_SUCH", tInt)}, Env{}); err == nil || err.Error() != "function NO_SUCH is not supported yet" {
		t.Error(err)
	}
}

func TestCalc(t *testing.T) {
	pool := vector.NewPool(0)
	pool.Check = true
	text := rows(100, func(i int) any { return string(rune('0' + i%10)) })
	n := cast(c0(tText), tInt)
	for _, limit := range []int{10, 5, 1, 0} {
		b := batchOf(t, pool, []column{{tText, text}}, 0, 100)
		k, err := CompileCalc(call("<", tBool, n, lit(tInt, limit)), []*expr.Expr{n, call("+", tInt, n, lit(tInt, 1)), c0(tText)}, Env{})
		if err != nil {
			t.Fatal(err)
		}
		sel, dense, out, err := k.Eval(pool, b)
		if err != nil {
			t.Fatal(err)
		}
		rowsOut := 100
		if sel != nil {
			rowsOut = len(sel)
		}
		if rowsOut != limit*10 {
			t.Errorf("limit %d: %d rows", limit, rowsOut)
		}
		for i := range rowsOut {
			at, row := i, i
			if sel != nil {
				row = int(sel[i])
				if !dense {
					at = row
				}
			}
			d := int64(row % 10)
			if Value(out[0], at) != d || Value(out[1], at) != d+1 || Value(out[2], at) != text[row] {
				t.Errorf("limit %d, row %d: %v %v %v", limit, row, Value(out[0], at), Value(out[1], at), Value(out[2], at))
			}
		}
		release(out)
		b.Release()
		if pool.InUse() != 0 {
			t.Errorf("%d bytes leaked", pool.InUse())
		}
	}
}
