package join_test

import (
	"math/rand/v2"
	"testing"

	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestSnapshotWhileRunning writes snapshots on another goroutine while rows come and go.
func TestSnapshotWhileRunning(t *testing.T) {
	in := types.Schema{{Name: "k", Type: types.IntType()}, {Name: "v", Type: types.StringType()}}
	op, err := join.NewRegular(&plan.Join{Join: plan.Full, LeftKeys: []int{0}, RightKeys: []int{0}, LeftUpdating: true, RightUpdating: true, LeftTTL: 1 << 40}, in, in)
	if err != nil {
		t.Fatal(err)
	}
	pool := vector.NewPool(0)
	pool.Check = true
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var live [2][]optest.Row
	step := func() {
		input := r.IntN(2)
		var rows []optest.Row
		for range 1 + r.IntN(1500) {
			if n := len(live[input]); n > 0 && r.IntN(5) < 2 {
				at := r.IntN(n)
				row := live[input][at]
				live[input][at] = live[input][n-1]
				live[input] = live[input][:n-1]
				row.Kind = vector.Delete
				rows = append(rows, row)
				continue
			}
			row := optest.Row{Values: []any{r.IntN(5000), "some text that is longer than sixteen bytes"}}
			live[input] = append(live[input], row)
			rows = append(rows, row)
		}
		b := optest.Batch(pool, in.Types(), rows)
		defer b.Release()
		if err := op.Process(input, b, nobody{}); err != nil {
			t.Error(err)
		}
	}
	for range 12 {
		for range 3 {
			step()
		}
		s, err := op.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		st := optest.NewState()
		done := make(chan error, 1)
		go func() { done <- s.Write(st) }()
		for range 3 {
			step()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		s.Release()
		st.Release()
	}
	if err := op.Close(); err != nil || pool.InUse() != 0 {
		t.Errorf("%v, %d bytes not given back", err, pool.InUse())
	}
}

type nobody struct{}

func (nobody) Emit(*vector.Batch) error { return nil }
func (nobody) Watermark(int64) error    { return nil }
