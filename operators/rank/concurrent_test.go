package rank_test

import (
	"testing"

	"millrace/operators/optest"
	"millrace/operators/rank"
	"millrace/planner/plan"
)

// TestSnapshotWhileRunning writes snapshots on another goroutine while rows come and go.
func TestSnapshotWhileRunning(t *testing.T) {
	in := optest.KeyedText()
	op, err := rank.NewTopN(&plan.Rank{Keys: []int{0}, Order: []plan.SortKey{{Column: 1}}, From: 1, To: 3, ToColumn: -1, InputUpdating: true, UpdateBefore: true}, in)
	if err != nil {
		t.Fatal(err)
	}
	optest.SnapshotWhileRunning(t, op, 1)
}
