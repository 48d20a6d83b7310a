package calc_test

import (
	"testing"

	"millrace/operators"
	"millrace/operators/calc"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func schema() types.Schema {
	return types.Schema{{Name: "a", Type: types.BigIntType()}, {Name: "s", Type: types.StringType()}}
}

func col(i int) *expr.Expr      { return expr.NewColumn(i, schema()[i].Type) }
func number(x int64) *expr.Expr { return expr.NewLiteral(x, types.BigIntType().AsNotNull()) }

func less(x int64) *expr.Expr { return expr.NewCall("<", types.BooleanType(), col(0), number(x)) }

func plus(x int64) *expr.Expr { return expr.NewCall("+", types.BigIntType(), col(0), number(x)) }

// TestCalc: few rows and many rows pass, kinds go with their rows, NULL is not TRUE.
func TestCalc(t *testing.T) {
	events := []optest.Event{optest.Change(vector.Insert, nil, "n")}
	for i := range 20 {
		events = append(events, optest.Change(vector.Insert, i, "x"))
	}
	events = append(events, optest.Change(vector.UpdateBefore, 1, "x"), optest.Change(vector.UpdateAfter, 1, nil), optest.Change(vector.Delete, 15, "x"))
	cases := []struct {
		name   string
		filter *expr.Expr
		want   []string
	}{
		{"few", less(2), []string{"0|100|x", "1|101|NULL"}},
		{"none", less(0), nil},
		{"many", expr.NewCall(">=", types.BooleanType(), col(0), number(14)), []string{"14|114|x", "16|116|x", "17|117|x", "18|118|x", "19|119|x"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &plan.Calc{Filter: c.filter, Exprs: []*expr.Expr{col(0), plus(100), col(1)}}
			optest.Run(t, &optest.Case{
				New: func() (operators.Operator, error) { return calc.New(s, schema(), false), nil }, Inputs: []types.Schema{schema()},
				Output: []types.Type{types.BigIntType(), types.BigIntType(), types.StringType()}, Events: events, Want: c.want, NoState: true, Keys: [][]int{{0}},
			})
		})
	}
}

// TestPassThrough: without computation columns are passed on, not copied.
func TestPassThrough(t *testing.T) {
	pool := vector.NewPool(0)
	op := calc.New(&plan.Calc{Exprs: []*expr.Expr{col(1), col(0)}}, schema(), false)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, schema().Types(), []optest.Row{{Values: []any{1, "x"}}})
	c := &keeper{}
	if err := op.Process(0, b, c); err != nil {
		t.Fatal(err)
	}
	if c.b.Columns[0] != b.Columns[1] || c.b.Columns[1] != b.Columns[0] {
		t.Error("a column was copied")
	}
	c.b.Release()
	b.Release()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
}

type keeper struct{ b *vector.Batch }

func (k *keeper) Emit(b *vector.Batch) error {
	k.b = b.Retain()
	return nil
}
func (*keeper) Watermark(int64) error { return nil }

func BenchmarkCalc(b *testing.B) {
	pool := vector.NewPool(0)
	rows := make([]optest.Row, 4096)
	for i := range rows {
		rows[i].Values = []any{i, "some text"}
	}
	x := optest.Batch(pool, schema().Types(), rows)
	for name, filter := range map[string]*expr.Expr{"all": nil, "half": less(2048), "few": less(40)} {
		b.Run(name, func(b *testing.B) {
			op := calc.New(&plan.Calc{Filter: filter, Exprs: []*expr.Expr{col(0), plus(1), col(1)}}, schema(), false)
			if err := op.Open(optest.NewContext(pool)); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(x.Bytes()))
			b.ReportAllocs()
			for b.Loop() {
				if err := op.Process(0, x, &optest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
