package eval

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

var (
	tBool   = types.BooleanType()
	tTiny   = types.TinyIntType()
	tInt    = types.IntType()
	tBig    = types.BigIntType()
	tDouble = types.DoubleType()
	tText   = types.StringType()
	tBytes  = types.BytesType()
	tDate   = types.DateType()
	tTime   = types.TimeType(0)
	tTs     = types.TimestampType(3)
	tLtz    = types.TimestampLTZType(3)
)

func dec(p, s int) types.Type { return types.DecimalType(p, s) }

// column is a test column.
type column struct {
	typ    types.Type
	values []any
}

func col(t types.Type, values ...any) column { return column{t, goValues(values)} }

// goValues widens Go ints to the int64 that expr.Expr.Value holds.
func goValues(vs []any) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = goValue(v)
	}
	return out
}

func goValue(v any) any {
	switch x := v.(type) {
	case int:
		return int64(x)
	case []any:
		return goValues(x)
	default:
		return v
	}
}

func lit(t types.Type, v any) *expr.Expr { return expr.NewLiteral(goValue(v), t) }

func sym(s string) *expr.Expr { return expr.NewLiteral(s, types.Type{Kind: types.Symbol}) }

func call(fn string, t types.Type, args ...*expr.Expr) *expr.Expr {
	return expr.NewCall(fn, t, args...)
}

func cast(e *expr.Expr, t types.Type) *expr.Expr {
	return &expr.Expr{Kind: expr.Cast, Type: t, Args: []*expr.Expr{e}}
}

func tryCast(e *expr.Expr, t types.Type) *expr.Expr {
	return &expr.Expr{Kind: expr.TryCast, Type: t, Args: []*expr.Expr{e}}
}

func big128(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return n
}

func batchOf(t testing.TB, pool *vector.Pool, cols []column, from, to int) *vector.Batch {
	t.Helper()
	var vs []*vector.Vector
	for _, c := range cols {
		b := vector.NewBuilder(pool, c.typ, to-from)
		for _, v := range c.values[from:to] {
			if err := appendValue(b, v); err != nil {
				t.Fatalf("column of %s: %v", c.typ, err)
			}
		}
		vs = append(vs, b.Finish())
		b.Release()
	}
	return vector.NewBatch(to-from, vs...)
}

var testEnv = Env{Now: func() int64 { return 1_700_000_000_123 }}

func shanghai() *time.Location { return time.FixedZone("east", 8*3600) }

// evaluate computes e over the columns in one batch.
func evaluate(t testing.TB, env Env, e *expr.Expr, cols []column, sel []uint16, dense bool) ([]any, error) {
	t.Helper()
	pool := vector.NewPool(0)
	pool.Check = true
	p, err := Compile([]*expr.Expr{e}, env)
	if err != nil {
		return nil, err
	}
	n := 1
	if len(cols) > 0 {
		n = len(cols[0].values)
	}
	b := batchOf(t, pool, cols, 0, n)
	b.Sel = sel
	run := p.Eval
	if dense {
		run = p.EvalDense
	}
	out, err := run(pool, b)
	if err != nil {
		b.Release()
		if pool.InUse() != 0 {
			t.Errorf("%s: %d bytes leaked by the failure %v", e, pool.InUse(), err)
		}
		return nil, err
	}
	if err := out[0].Check(); err != nil {
		t.Errorf("%s: %v", e, err)
	}
	var got []any
	switch {
	case sel == nil || dense:
		for i := range out[0].Len {
			got = append(got, Value(out[0], i))
		}
	default:
		for _, r := range sel {
			got = append(got, Value(out[0], int(r)))
		}
	}
	release(out)
	b.Release()
	if pool.InUse() != 0 {
		t.Errorf("%s: %d bytes leaked", e, pool.InUse())
	}
	return got, nil
}

// check evaluates e in one batch, row by row and under selections, and compares with want.
func check(t testing.TB, e *expr.Expr, cols []column, want ...any) {
	t.Helper()
	checkIn(t, testEnv, e, cols, want...)
}

func checkIn(t testing.TB, env Env, e *expr.Expr, cols []column, want ...any) {
	t.Helper()
	want = goValues(want)
	got, err := evaluate(t, env, e, cols, nil, false)
	if err != nil {
		t.Errorf("%s: %v", e, err)
		return
	}
	if d := diff(want, got); d != "" {
		t.Errorf("%s: %s", e, d)
		return
	}
	if len(cols) == 0 {
		return
	}
	for i := range want {
		one := make([]column, len(cols))
		for k, c := range cols {
			one[k] = column{c.typ, c.values[i : i+1]}
		}
		if got, err = evaluate(t, env, e, one, nil, false); err != nil {
			t.Errorf("%s, row %d alone: %v", e, i, err)
		} else if d := diff(want[i:i+1], got); d != "" {
			t.Errorf("%s, row %d alone: %s", e, i, d)
		}
	}
	for _, mask := range []int{0b10101, 0b110, 1, 0} {
		sel := []uint16{}
		var wanted []any
		for i := range want {
			if mask>>(i%5)&1 != 0 {
				sel = append(sel, uint16(i))
				wanted = append(wanted, want[i])
			}
		}
		for _, dense := range []bool{false, true} {
			if got, err = evaluate(t, env, e, cols, sel, dense); err != nil {
				t.Errorf("%s, selection %v: %v", e, sel, err)
			} else if d := diff(wanted, got); d != "" {
				t.Errorf("%s, selection %v: %s", e, sel, d)
			}
		}
	}
}

func diff(want, got []any) string {
	if len(want) == 0 && len(got) == 0 {
		return ""
	}
	return cmp.Diff(want, got, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
		cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b }))
}

// checkError expects a failure.
func checkError(t testing.TB, e *expr.Expr, cols []column) {
	t.Helper()
	got, err := evaluate(t, testEnv, e, cols, nil, false)
	if err == nil {
		t.Errorf("%s: %v instead of an error", e, got)
	}
}

func c0(t types.Type) *expr.Expr { return expr.NewColumn(0, t) }
func c1(t types.Type) *expr.Expr { return expr.NewColumn(1, t) }

func rows(n int, f func(i int) any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func ExampleCompile() {
	e := call("+", tInt, c0(tInt), lit(tInt, 1))
	p, err := Compile([]*expr.Expr{e}, Env{})
	if err != nil {
		panic(err)
	}
	pool := vector.NewPool(0)
	in, err := constant(pool, int64(41), tInt)
	if err != nil {
		panic(err)
	}
	out, err := p.Eval(pool, vector.NewBatch(1, in))
	fmt.Println(Value(out[0], 0), err)
	// Output: 42 <nil>
}

func big128Int(x int64) *big.Int { return big.NewInt(x) }
