package values_test

import (
	"fmt"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/values"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func rows(n int) (*plan.Values, types.Schema) {
	s := types.Schema{{Name: "a", Type: types.BigIntType()}, {Name: "b", Type: types.BooleanType()}}
	v := &plan.Values{}
	for i := range n {
		b := expr.NewBool(i%2 == 0)
		if i%3 == 0 {
			b = expr.NewNull(types.BooleanType())
		}
		v.Rows = append(v.Rows, []*expr.Expr{expr.NewLiteral(int64(i), types.BigIntType().AsNotNull()), b})
	}
	return v, s
}

func TestValues(t *testing.T) {
	spec, s := rows(4)
	c := &optest.Case{
		New: func() (operators.Operator, error) { return values.New(spec, s), nil }, Inputs: []types.Schema{s}, Output: s.Types(), NoNulls: true,
		Want: []string{"0|NULL", "1|false", "2|true", "3|NULL"},
	}
	optest.Run(t, c)
	h := optest.NewHarness(t, c, 3) // the first instance alone emits
	h.End()
	if got := h.Result(); !slices.Equal(got, c.Want) {
		t.Errorf("got %q", got)
	}
	// After a restart nothing comes again.
	h.Restart(c, 2, h.Write(h.Snapshots()))
	h.End()
	if got := h.Result(); !slices.Equal(got, c.Want) {
		t.Errorf("after a restart: %q", got)
	}
	h.Close()
}

// TestBeforeTheWatermark: a task calls Process without a batch first. In batch mode the rows come together, in a stream one by one.
func TestBeforeTheWatermark(t *testing.T) {
	for _, x := range []struct {
		batch bool
		rows  int
		want  []int
	}{{true, 5000, []int{4096, 904}}, {false, 3, []int{1, 1, 1}}} {
		spec, s := rows(x.rows)
		spec.Batch = x.batch
		op := values.New(spec, s)
		pool := vector.NewPool(0)
		if err := op.Open(optest.NewContext(pool)); err != nil {
			t.Fatal(err)
		}
		c := &counter{}
		if err := op.Process(0, nil, c); err != nil {
			t.Fatal(err)
		}
		if err := op.Finish(c); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(c.sizes) != fmt.Sprint(x.want) {
			t.Errorf("batches of %v, want %v", c.sizes, x.want)
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d bytes in use", n)
		}
	}
}

type counter struct{ sizes []int }

func (c *counter) Emit(b *vector.Batch) error {
	c.sizes = append(c.sizes, b.Len)
	return nil
}
func (c *counter) Watermark(int64) error { return nil }
