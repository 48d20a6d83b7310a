package optest

import (
	"math/rand/v2"
	"testing"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// SnapshotWhileRunning writes snapshots of an operator on another goroutine while rows come and go on all its inputs, which are of KeyedText. It
// finds races when it runs under the race detector, and memory that is not given back.
func SnapshotWhileRunning(t *testing.T, op stateful, inputs int) {
	t.Helper()
	pool := vector.NewPool(0)
	pool.Check = true
	if err := op.Open(NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	live := make([][]Row, inputs)
	step := func() {
		input := r.IntN(inputs)
		var rows []Row
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
			row := Row{Values: []any{r.IntN(5000), "some text that is longer than sixteen bytes"}}
			live[input] = append(live[input], row)
			rows = append(rows, row)
		}
		b := Batch(pool, KeyedText().Types(), rows)
		defer b.Release()
		if err := op.Process(input, b, discard{}); err != nil {
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
		st := NewState()
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

// KeyedText is a key of INT and a text.
func KeyedText() types.Schema {
	return types.Schema{{Name: "k", Type: types.IntType()}, {Name: "v", Type: types.StringType()}}
}

type stateful interface {
	operators.Operator
	operators.Snapshotter
}

// discard takes what nobody looks at.
type discard struct{}

func (discard) Emit(*vector.Batch) error { return nil }
func (discard) Watermark(int64) error    { return nil }
