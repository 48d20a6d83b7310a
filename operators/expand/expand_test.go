package expand_test

import (
	"testing"

	"millrace/operators"
	"millrace/operators/expand"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func grouping() (*plan.Expand, types.Schema) {
	in := types.Schema{{Name: "a", Type: types.IntType()}, {Name: "b", Type: types.StringType()}}
	a, b := expr.NewColumn(0, in[0].Type), expr.NewColumn(1, in[1].Type)
	id := func(x int64) *expr.Expr { return expr.NewLiteral(x, types.BigIntType().AsNotNull()) }
	return &plan.Expand{Projections: [][]*expr.Expr{{a, b, id(0)}, {a, expr.NewNull(in[1].Type), id(1)}, {expr.NewNull(in[0].Type), expr.NewNull(in[1].Type), id(3)}}}, in
}

func TestExpand(t *testing.T) {
	spec, in := grouping()
	row := func(k vector.RowKind, vs ...any) optest.Event {
		return optest.Event{Row: &optest.Row{Kind: k, Values: vs}}
	}
	optest.Run(t, &optest.Case{
		New: func() (operators.Operator, error) { return expand.New(spec, in), nil }, Inputs: []types.Schema{in},
		Output: append(in.Types(), types.BigIntType().AsNotNull()), NoState: true, Keys: [][]int{{0}},
		Events: []optest.Event{row(vector.Insert, 1, "x"), row(vector.Insert, nil, "y"), row(vector.UpdateBefore, 1, "x"), row(vector.UpdateAfter, 1, "z")},
		Want:   []string{"1|NULL|1", "1|z|0", "NULL|NULL|1", "NULL|NULL|3", "NULL|NULL|3", "NULL|y|0"},
	})
}

func BenchmarkExpand(b *testing.B) {
	spec, in := grouping()
	pool := vector.NewPool(0)
	op := expand.New(spec, in)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	rows := make([]optest.Row, 4096)
	for i := range rows {
		rows[i].Values = []any{i, "some text"}
	}
	x := optest.Batch(pool, in.Types(), rows)
	b.SetBytes(int64(x.Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		if err := op.Process(0, x, &optest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
