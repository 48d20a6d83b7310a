package minicluster_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// check checks that each instance was told in order, and returns all checkpoints that one was told of.
func (n *notices) check(t *testing.T) []int64 {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []int64
	for _, ids := range n.seen {
		if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("told in the order %v", ids)
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestNotices: readers and writers are told of each checkpoint once it is committed, savepoints left out.
func TestNotices(t *testing.T) {
	b := newBed(t, &stores{}, nil)
	b.source.pace = time.Millisecond
	g := sumGraph(4, 400, 10, 2, with(fast, "parallelism.default", "2"))
	id := b.start(t, g, minicluster.SubmitOptions{})
	b.until(t, id, "checkpoints", func(s job.Status) bool { return s.Progress.Checkpoints.Completed >= 3 })
	if _, err := b.Savepoint(ctxOf(t), id, "test://x/saves"); err != nil {
		t.Fatal(err)
	}
	st := b.wait(t, id, job.Finished)
	readers, writers := b.source.told.check(t), b.sink.told.check(t)
	if len(readers) < 2 || len(writers) < 2 || len(readers) > st.Progress.Checkpoints.Completed-1 {
		t.Errorf("%d checkpoints, readers were told of %v, writers of %v", st.Progress.Checkpoints.Completed, readers, writers)
	}
	// What writers and the committer count is in one place.
	c := st.Progress.Nodes[3].Counters
	if n := c[connectors.CountTransactions]; n == 0 || n != c[connectors.CountCommitted] {
		t.Errorf("counters %v", c)
	}
	if b.sink.early != 0 {
		t.Errorf("%d handles were not committed when their writer was told so", b.sink.early)
	}
}

// TestNoticeIsLost: a checkpoint that is complete, but whose commit fails, is told to nobody; those after it are.
func TestNoticeIsLost(t *testing.T) {
	b := newBed(t, &stores{}, nil)
	b.source.pace = time.Millisecond
	var lost atomic.Int64
	b.sink.failing = func(checkpoint int64) error {
		if checkpoint >= 3 && lost.CompareAndSwap(0, checkpoint) {
			return errors.New("commit failed")
		}
		return nil
	}
	id := b.start(t, copyGraph(3, 300, 3, fast), minicluster.SubmitOptions{})
	st := b.wait(t, id, job.Finished)
	if st.Attempt != 2 || lost.Load() == 0 {
		t.Fatalf("attempt %d", st.Attempt)
	}
	for _, told := range []*notices{&b.source.told, &b.sink.told} {
		ids := told.check(t)
		if slices.Contains(ids, lost.Load()) || len(ids) == 0 || ids[len(ids)-1] < lost.Load() {
			t.Errorf("checkpoint %d was lost; told of %v", lost.Load(), ids)
		}
	}
	if b.sink.early != 0 || !slices.Equal(b.sink.values(), wantValues(3, 300)) {
		t.Errorf("%d early, %d rows", b.sink.early, len(b.sink.values()))
	}
}
