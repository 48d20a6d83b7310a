package minicluster_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/fs"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// TestChaos lets everything fail at random: operators, readers, commits, and every operation of the store, over restarts inside one cluster and
// over clusters that follow each other with other parallelisms. What was committed in the end must be exact.
func TestChaos(t *testing.T) {
	seeds := 12
	if s := os.Getenv("CHAOS_SEEDS"); s != "" {
		seeds, _ = strconv.Atoi(s)
	}
	for seed := range uint64(seeds) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { chaos(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func chaos(t *testing.T, r *rand.Rand) {
	st, sink := newFaulty(), &ledger{}
	var calls atomic.Int64
	var calm atomic.Bool
	every := int64(40 + r.IntN(200))
	fail := func() error {
		if calm.Load() {
			return nil
		}
		switch n := calls.Add(1); {
		case n%(2*every) == 0:
			panic(fmt.Sprintf("panic %d for the test", n))
		case n%every == 0:
			return errCrash
		}
		return nil
	}
	sink.failing = func(int64) error { return fail() }
	ops := []faulty.Op{faulty.Put, faulty.PutNew, faulty.Get, faulty.Delete, faulty.List}
	for round := 0; ; round++ {
		b := newBed(t, st, sink)
		b.source.pace = time.Duration(r.IntN(400)) * time.Microsecond
		b.process = fail
		b.source.failing = func(int64) error { return fail() }
		for range r.IntN(6) {
			st.store.Script(faulty.Fault{Op: ops[r.IntN(len(ops))], Skip: r.IntN(40), Times: 1 + r.IntN(2), After: r.IntN(2) == 0})
		}
		last := round == 6
		if last {
			calm.Store(true)
			st.store.Script()
			b.source.pace = 0
		}
		settings := with(fast, "parallelism.default", strconv.Itoa(1+r.IntN(4)), "execution.checkpointing.interval", strconv.Itoa(1+r.IntN(5)),
			"execution.checkpointing.tolerable-failed-checkpoints", strconv.Itoa(r.IntN(3)), "execution.checkpointing.data-inline-threshold", strconv.Itoa(r.IntN(2)*20000),
			"pipeline.operator-chaining.enabled", strconv.FormatBool(r.IntN(3) > 0))
		path := ""
		for {
			f, err := checkpoint.FindLatest(t.Context(), st, "test://x/checkpoints", checkpoint.Query{JobName: "union"})
			if err == nil {
				path = f.Path
			}
			if err == nil || strings.Contains(err.Error(), "not found") {
				break
			}
		}
		id := b.start(t, unionGraph(settings), minicluster.SubmitOptions{RestorePath: path, Claim: r.IntN(2) == 0})
		if last {
			b.wait(t, id, job.Finished)
		} else {
			time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if last {
			break
		}
	}
	want := wantSums(2, 300, 7)
	for k, v := range wantSums(1, 50, 7) {
		want[k] += v
	}
	equalSums(t, sink.highest(), want)
	if got := len(sink.values()); got != 650 {
		t.Fatalf("%d rows, want 650", got)
	}
}

func TestKillAndResumeOnDisk(t *testing.T) {
	dir := t.TempDir()
	sink := &ledger{}
	settings := with(fast, "execution.checkpointing.dir", "file://"+dir, "execution.checkpointing.data-inline-threshold", "0")
	for round := range 4 {
		b := newBed(t, fs.Opener{}, sink)
		if round < 3 { // so slow that it cannot end before it is killed
			b.source.pace = 20 * time.Millisecond
		}
		g := sumGraph(2, 1000, 11, 10, with(settings, "parallelism.default", strconv.Itoa(round+1)))
		path, err := b.Latest(t.Context(), g, nil)
		if err != nil || (path == "") != (round == 0) {
			t.Fatalf("round %d: %q, %v", round, path, err)
		}
		id := b.start(t, g, minicluster.SubmitOptions{RestorePath: path, Claim: true})
		if round < 3 {
			b.until(t, id, "a checkpoint", func(s job.Status) bool { return s.Progress.Checkpoints.Completed >= 2 })
		} else {
			b.wait(t, id, job.Finished)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	equalSums(t, sink.highest(), wantSums(2, 1000, 11))
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestUnwritableDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for tolerable, want := range map[string]job.State{"0": job.Failed, "1000": job.Running} {
		b := newBed(t, fs.Opener{}, nil)
		b.source.pace = time.Millisecond
		b.source.noEnd = true
		id := b.start(t, copyGraph(1, 500, 20, with(fast, "execution.checkpointing.dir", file+"/checkpoints", "restart-strategy.type", "none",
			"execution.checkpointing.tolerable-failed-checkpoints", tolerable)), minicluster.SubmitOptions{})
		if want == job.Failed {
			s := b.wait(t, id, job.Failed)
			if !strings.Contains(s.Failure, "not a directory") {
				t.Error(s.Failure)
			}
			continue
		}
		s := b.until(t, id, "failed checkpoints", func(s job.Status) bool { return s.Progress.Checkpoints.Failed > 3 })
		if s.State != want || !strings.Contains(s.Progress.LastFailure.Failure, "not a directory") {
			t.Errorf("%s %+v", s.State, s.Progress.LastFailure)
		}
	}
}

func TestSeveralTaskManagers(t *testing.T) {
	src, sink := &numbers{}, &ledger{}
	reg := &connectors.Registry{}
	reg.Add(src, sink)
	c := minicluster.New(minicluster.Config{
		Connectors: reg, Partitioner: newModulo, TaskManagers: 3, Slots: 2, Stores: &stores{},
		Operators: func(n *plan.Node, _ []*plan.Node) (operators.Operator, error) {
			if _, ok := n.Spec.(*plan.GroupAggregate); ok {
				return &summer{}, nil
			}
			return &pass{}, nil
		},
	})
	t.Cleanup(func() { _ = c.Close() })
	for range 2 { // slots come back
		id, err := c.Submit(t.Context(), sumGraph(6, 200, 9, 10, with(fast, "parallelism.default", "6")), minicluster.SubmitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := c.Wait(ctxOf(t), id); err != nil || s.State != job.Finished {
			t.Fatal(s.State, s.Failure, err)
		}
	}
	equalSums(t, sink.highest(), wantSums(6, 200, 9))
	if jobs := c.Jobs(); len(jobs) != 2 || jobs[0].State != job.Finished {
		t.Errorf("%+v", jobs)
	}
}
