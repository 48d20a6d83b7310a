package eval

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// randomValue returns a value of a type, NULL one time in five, from few enough values that equal ones meet.
func randomValue(r *rand.Rand, t types.Type) any {
	if r.IntN(5) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return r.IntN(2) == 0
	case types.Double:
		return float64(r.IntN(20)-10) / 4
	case types.VarChar:
		words := []string{"", "a", "12", "-3.5", "Apple", "é😀", "k=v&channel_id=q", "2024-02-29 01:02:03", "TRUE"}
		return words[r.IntN(len(words))]
	case types.Timestamp:
		return int64(r.IntN(2_000_000_000))*1000 - 1_000_000_000_000 + int64(r.IntN(1000))
	case types.Array:
		out := []any{}
		for range r.IntN(4) {
			out = append(out, randomValue(r, *t.Elem))
		}
		return out
	case types.Row:
		var out []any
		for _, f := range t.Fields {
			out = append(out, randomValue(r, f.Type))
		}
		return out
	default:
		return int64(r.IntN(21) - 10)
	}
}

var propertyTypes = []types.Type{
	tInt, tBig, tDouble, dec(10, 2), dec(25, 3), tText, tBool, tTs, types.ArrayType(tInt),
	types.RowType(types.Field{Name: "a", Type: tInt}, types.Field{Name: "b", Type: tText}),
}

// generate makes a random expression of a type that never fails.
func generate(r *rand.Rand, t types.Type, depth int) *expr.Expr {
	of := func(u types.Type) *expr.Expr { return generate(r, u, depth-1) }
	if depth == 0 || r.IntN(6) == 0 {
		for i, u := range propertyTypes {
			if u.Same(t) && r.IntN(4) > 0 {
				return expr.NewColumn(i, t)
			}
		}
		return expr.NewLiteral(randomValue(r, t), t)
	}
	switch r.IntN(5) {
	case 0:
		return call("CASE", t, of(tBool), of(t), of(tBool), of(t), of(t))
	case 1:
		return call("COALESCE", t, of(t), of(t), of(t))
	case 2:
		return call("NULLIF", t, of(t), of(t))
	}
	pick := func(names ...string) string { return names[r.IntN(len(names))] }
	switch t.Kind {
	case types.Boolean:
		u := propertyTypes[r.IntN(len(propertyTypes)-2)]
		switch r.IntN(5) {
		case 0:
			return call(pick("AND", "OR"), t, of(t), of(t), of(t))
		case 1:
			return call(pick("NOT", "IS NULL", "IS NOT TRUE", "IS FALSE"), t, of(t))
		case 2:
			return call("IN", t, of(tInt), of(tInt), lit(tInt, 3), lit(tInt, nil))
		case 3:
			return call("LIKE", t, of(tText), lit(tText, pick("%a%", "_", "A%", "%")))
		default:
			return call(pick("=", "<>", "<", ">=", "IS DISTINCT FROM"), t, of(u), of(u))
		}
	case types.Int:
		if r.IntN(3) == 0 {
			return call(pick("CHAR_LENGTH", "ASCII"), t, of(tText))
		}
		if r.IntN(3) == 0 { // guarded
			x := of(t)
			return call("CASE", t, call("<>", tBool, x, lit(t, 0)), call(pick("/", "%"), t, of(t), x), lit(t, nil))
		}
		return call(pick("+", "-", "*"), t, of(t), of(t))
	case types.BigInt:
		if r.IntN(2) == 0 {
			return call("EXTRACT", t, sym(pick("DAY", "HOUR", "YEAR")), of(tTs))
		}
		return cast(of(tInt), t)
	case types.Double:
		return call(pick("+", "/", "*"), t, of(t), of(t))
	case types.Decimal:
		return cast(of(pickType(r, tInt, dec(10, 2), dec(25, 3))), t)
	case types.VarChar:
		switch r.IntN(4) {
		case 0:
			return call(pick("UPPER", "LOWER", "REVERSE"), t, of(t))
		case 1:
			return call("REGEXP_EXTRACT", t, of(t), lit(t, "[a-z]+"))
		case 2:
			return call("SUBSTRING", t, of(t), lit(tInt, r.IntN(3)), lit(tInt, r.IntN(4)))
		default:
			return cast(of(propertyTypes[r.IntN(len(propertyTypes))]), t)
		}
	case types.Array:
		return call("ARRAY", t, of(tInt), of(tInt))
	case types.Row:
		return call("ROW", t, of(tInt), of(tText))
	default:
		return call("+", t, of(t), lit(types.IntervalDayTimeType("SECOND", 2, 3), r.IntN(100_000)))
	}
}

func pickType(r *rand.Rand, ts ...types.Type) types.Type { return ts[r.IntN(len(ts))] }

// TestCutAndSelectionDoNotMatter evaluates random expressions over a whole batch, over random cuts of it, and under random selections.
func TestCutAndSelectionDoNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 13))
	const n = 150
	for round := range 150 {
		cols := make([]column, len(propertyTypes))
		for i, u := range propertyTypes {
			cols[i] = column{u, rows(n, func(int) any { return randomValue(r, u) })}
		}
		var exprs []*expr.Expr
		for _, u := range propertyTypes {
			exprs = append(exprs, generate(r, u, 3))
		}
		whole := evalRows(t, exprs, cols, 0, n, nil, false)
		for from := 0; from < n; {
			to := min(n, from+1+r.IntN(60))
			comparePart(t, exprs, whole, evalRows(t, exprs, cols, from, to, nil, false), func(i int) int { return from + i })
			from = to
		}
		for _, share := range []float64{0.05, 0.5, 0.9} {
			sel := []uint16{}
			for i := range n {
				if r.Float64() < share {
					sel = append(sel, uint16(i))
				}
			}
			for _, dense := range []bool{false, true} {
				comparePart(t, exprs, whole, evalRows(t, exprs, cols, 0, n, sel, dense), func(i int) int { return int(sel[i]) })
			}
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// evalRows returns the values of all expressions, row by row in the order of the selection.
func evalRows(t *testing.T, exprs []*expr.Expr, cols []column, from, to int, sel []uint16, dense bool) [][]string {
	t.Helper()
	pool := vector.NewPool(0)
	pool.Check = true
	p, err := Compile(exprs, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf(t, pool, cols, from, to)
	b.Sel = sel
	run := p.Eval
	if dense {
		run = p.EvalDense
	}
	out, err := run(pool, b)
	if err != nil {
		t.Fatal(err)
	}
	res := make([][]string, len(exprs))
	for k, v := range out {
		if err := v.Check(); err != nil {
			t.Errorf("%s: %v", exprs[k], err)
		}
		for i := range b.Rows() {
			at := i
			if sel != nil && !dense {
				at = int(sel[i])
			}
			res[k] = append(res[k], fmt.Sprint(Value(v, at)))
		}
	}
	release(out)
	b.Release()
	if pool.InUse() != 0 {
		t.Errorf("%d bytes leaked", pool.InUse())
	}
	return res
}

func comparePart(t *testing.T, exprs []*expr.Expr, whole, part [][]string, at func(i int) int) {
	t.Helper()
	for k := range exprs {
		for i, got := range part[k] {
			if want := whole[k][at(i)]; got != want {
				t.Errorf("%s, row %d: %s, but %s in the whole batch", exprs[k], at(i), got, want)
				return
			}
		}
	}
}
