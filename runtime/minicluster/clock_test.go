package minicluster_test

import (
	"errors"
	"sync"
	"testing"

	"millrace/operators"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// TestStartedIsOfTheJob: all instances are told the same start, that of the job; in later attempts and after a restore too.
func TestStartedIsOfTheJob(t *testing.T) {
	stores := newFaulty()
	b := newBed(t, stores, nil)
	var mu sync.Mutex
	seen := map[int64]int{}
	b.opened = func(ctx operators.Context) {
		mu.Lock()
		defer mu.Unlock()
		seen[ctx.Started()]++
	}
	b.source.failing = func(poll int64) error {
		if poll == 20 {
			return errors.New("once")
		}
		return nil
	}
	b.source.hold, b.source.holdAt = make(chan struct{}), 50
	g := copyGraph(4, 100, 5, with(fast, "parallelism.default", "4", "restart-strategy.type", "fixed-delay", "restart-strategy.fixed-delay.delay", "20 ms"))
	id := b.start(t, g, minicluster.SubmitOptions{})
	b.until(t, id, "a second attempt", func(s job.Status) bool { return s.Attempt == 2 && s.Progress.Checkpoints.Completed > 0 })
	path, err := b.Stop(ctxOf(t), id, "mem://saves", false)
	if err != nil {
		t.Fatal(err)
	}
	first := b.wait(t, id, job.Finished)
	close(b.source.hold)
	b.wait(t, b.start(t, g, minicluster.SubmitOptions{RestorePath: path}), job.Finished)
	if len(seen) != 1 || seen[first.Start] != 12 {
		t.Errorf("%d: %v", first.Start, seen)
	}
}
