package setop_test

import (
	"testing"

	"millrace/operators/optest"
	"millrace/operators/setop"
	"millrace/planner/plan"
)

// TestSnapshotWhileRunning writes snapshots on another goroutine while rows come and go.
func TestSnapshotWhileRunning(t *testing.T) {
	in := optest.KeyedText()
	optest.SnapshotWhileRunning(t, setop.New(&plan.SetOp{All: true}, in), 2)
}
