package join_test

import (
	"testing"

	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/planner/plan"
)

// TestSnapshotWhileRunning writes snapshots on another goroutine while rows come and go.
func TestSnapshotWhileRunning(t *testing.T) {
	in := optest.KeyedText()
	op, err := join.NewRegular(&plan.Join{Join: plan.Full, LeftKeys: []int{0}, RightKeys: []int{0}, LeftUpdating: true, RightUpdating: true, LeftTTL: 1 << 40}, in, in)
	if err != nil {
		t.Fatal(err)
	}
	optest.SnapshotWhileRunning(t, op, 2)
}
