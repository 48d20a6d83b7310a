package normalize_test

import (
	"testing"

	"millrace/operators/normalize"
	"millrace/operators/optest"
	"millrace/planner/plan"
)

// TestSnapshotWhileRunning writes snapshots on another goroutine while rows come and go.
func TestSnapshotWhileRunning(t *testing.T) {
	in := optest.KeyedText()
	op, err := normalize.NewMaterialize(&plan.SinkMaterialize{Keys: []int{0}}, in)
	if err != nil {
		t.Fatal(err)
	}
	optest.SnapshotWhileRunning(t, op, 1)
}
