package minicluster_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// latest finds the newest checkpoint of a job name, as --resume does.
func latest(t *testing.T, s objstore.Opener, name string) string {
	t.Helper()
	f, err := checkpoint.FindLatest(t.Context(), s, "test://x/checkpoints", checkpoint.Query{JobName: name})
	if errors.Is(err, objstore.ErrNotFound) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Path
}

func TestKillAndResumeAtOtherParallelism(t *testing.T) {
	for _, claim := range []bool{false, true} {
		t.Run(fmt.Sprintf("claim=%t", claim), func(t *testing.T) {
			st, sink := &stores{}, &ledger{}
			for round, p := range []string{"1", "3", "2", "4", "1"} {
				b := newBed(t, st, sink)
				b.source.pace = 2 * time.Millisecond
				settings := with(fast, "parallelism.default", p)
				if round == 4 {
					b.source.pace = 0
				}
				id := b.start(t, sumGraph(4, 500, 13, 10, settings), minicluster.SubmitOptions{RestorePath: latest(t, st, "sums"), Claim: claim})
				if round == 4 {
					s := b.wait(t, id, job.Finished)
					if s.Progress.Restored == nil {
						t.Error("the last round was not restored")
					}
				} else {
					b.until(t, id, "two checkpoints", func(s job.Status) bool { return s.Progress.Checkpoints.Completed >= 2 })
				}
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
				if s, _ := b.Status(t.Context(), id); round < 4 && s.State != job.Suspended {
					t.Fatalf("job is %s after the cluster was closed", s.State)
				}
			}
			equalSums(t, sink.highest(), wantSums(4, 500, 13))
			if got := len(sink.values()); got != 2000 {
				t.Fatalf("%d rows, want 2000", got)
			}
			if claim {
				if left := st.manifests(t); len(left) != 1 {
					t.Errorf("manifests left: %v", left)
				}
				for _, k := range st.keys(t) {
					if strings.Contains(k, "cleanup") {
						t.Errorf("journal entry left: %s", k)
					}
				}
			}
		})
	}
}

// unionGraph is two sources of different pace, joined by a two-input operator behind hash exchanges.
func unionGraph(settings map[string]string) *plan.Graph {
	u := node(2, "union", &plan.Union{}, hash(0), hash(1))
	return &plan.Graph{Version: plan.Version, Name: "union", Settings: settings, Nodes: []*plan.Node{
		sourceNode(0, 2, 300, 7, 10), sourceNode(1, 1, 50, 7, 1), u, node(3, "sum", &plan.GroupAggregate{}, forward(2)),
		node(4, "ledger", ledgerSpec(), forward(3)),
	}}
}

func TestTwoInputsAlign(t *testing.T) {
	want := wantSums(2, 300, 7)
	for k, v := range wantSums(1, 50, 7) {
		want[k] += v
	}
	for _, chaining := range []string{"true", "false"} {
		for crash := int64(5); crash < 100; crash += 19 {
			t.Run(fmt.Sprintf("chaining=%s/crash=%d", chaining, crash), func(t *testing.T) {
				b := newBed(t, &stores{}, nil)
				b.source.pace = 300 * time.Microsecond
				var calls atomic.Int64
				b.process = func() error {
					if calls.Add(1) == crash {
						return errCrash
					}
					return nil
				}
				g := unionGraph(with(fast, "parallelism.default", "2", "execution.checkpointing.interval", "2ms", "pipeline.operator-chaining.enabled", chaining))
				s := b.wait(t, b.start(t, g, minicluster.SubmitOptions{}), job.Finished)
				equalSums(t, b.sink.highest(), want)
				if s.Attempt != 2 {
					t.Errorf("attempt %d", s.Attempt)
				}
			})
		}
	}
}

func TestCancelDuringBackPressure(t *testing.T) {
	b := newBed(t, nil, nil)
	b.sink.block = make(chan struct{})
	id := b.start(t, sumGraph(2, 1_000_000, 10, 1000, map[string]string{"parallelism.default": "2"}), minicluster.SubmitOptions{})
	b.until(t, id, "rows at the sink", func(s job.Status) bool { return s.Progress.Nodes[2].RecordsOut > 0 })
	time.Sleep(5 * time.Millisecond)
	begin := time.Now()
	if err := b.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s := b.wait(t, id, job.Canceled)
	if d := time.Since(begin); d > time.Second {
		t.Errorf("cancelling took %v", d)
	}
	if n := s.Progress.Nodes[0].RecordsOut; n > 200_000 {
		t.Errorf("the source has sent %d rows against a sink that takes none", n)
	}
	if err := b.Cancel(t.Context(), "00000000000000000000000000000000"); err == nil {
		t.Error("a job that does not exist was cancelled")
	}
}

func TestSlowCheckpointExpires(t *testing.T) {
	st := newFaulty(faulty.Fault{Op: faulty.Put, Prefix: "checkpoints", Times: 2, Delay: 400 * time.Millisecond})
	b := newBed(t, st, nil)
	b.source.pace = time.Millisecond
	g := sumGraph(2, 10000, 500, 20, with(fast, "execution.checkpointing.timeout", "150ms", "execution.checkpointing.tolerable-failed-checkpoints", "5",
		"execution.checkpointing.data-inline-threshold", "0"))
	s := b.wait(t, b.start(t, g, minicluster.SubmitOptions{}), job.Finished)
	if s.Progress.Checkpoints.Failed == 0 || s.Progress.Checkpoints.Completed == 0 || s.Attempt != 1 || !strings.Contains(s.Progress.LastFailure.Failure, "expired") {
		t.Fatalf("%+v %+v", s.Progress.Checkpoints, s.Progress.LastFailure)
	}
	equalSums(t, b.sink.highest(), wantSums(2, 10000, 500))
}

// faultyStores puts faults before the memory store.
type faultyStores struct {
	stores
	store *faulty.Store
}

func newFaulty(fs ...faulty.Fault) *faultyStores {
	s := &faultyStores{}
	inner, _, err := s.stores.Open("test://x")
	if err != nil {
		panic(err)
	}
	s.store = faulty.New(inner, fs...)
	return s
}

func (s *faultyStores) Open(uri string) (objstore.Store, string, error) {
	_, key, err := s.stores.Open(uri)
	return s.store, key, err
}

func TestFullDisk(t *testing.T) {
	full := func(times int) faulty.Fault {
		return faulty.Fault{Op: faulty.PutNew, Times: times, Err: faulty.ErrFull}
	}
	t.Run("tolerated", func(t *testing.T) {
		st := newFaulty(full(3), faulty.Fault{Op: faulty.Put, Times: 5, Err: faulty.ErrFull})
		b := newBed(t, st, nil)
		b.source.pace = time.Millisecond
		g := sumGraph(2, 1000, 3000, 20, with(fast, "execution.checkpointing.tolerable-failed-checkpoints", "100", "execution.checkpointing.data-inline-threshold", "0"))
		s := b.wait(t, b.start(t, g, minicluster.SubmitOptions{}), job.Finished)
		if s.Progress.Checkpoints.Failed < 3 || s.Attempt != 1 || !strings.Contains(s.Progress.LastFailure.Failure, "no space left") {
			t.Fatalf("%+v %+v", s.Progress.Checkpoints, s.Progress.LastFailure)
		}
		if got := len(b.sink.values()); got != 2000 {
			t.Fatalf("%d rows, want 2000", got)
		}
		equalSums(t, b.sink.highest(), wantSums(2, 1000, 3000))
		for _, k := range st.keys(t) {
			if !strings.Contains(k, "/chk-"+strconv.FormatInt(s.Progress.Last.ID, 10)+"/") {
				t.Errorf("left over: %s", k)
			}
		}
	})
	t.Run("fails the job with the reason", func(t *testing.T) {
		b := newBed(t, newFaulty(full(-1)), nil)
		b.source.pace = time.Millisecond
		g := sumGraph(2, 1000, 10, 20, with(fast, "restart-strategy.type", "none"))
		s := b.wait(t, b.start(t, g, minicluster.SubmitOptions{}), job.Failed)
		if !strings.Contains(s.Failure, "no space left") || !strings.Contains(s.Failure, "checkpoint 1 failed") {
			t.Fatal(s.Failure)
		}
		if got := len(b.sink.values()); got != 0 {
			t.Fatalf("%d rows were committed without a checkpoint", got)
		}
	})
}

func TestSavepointAndStop(t *testing.T) {
	st, sink := &stores{}, &ledger{}
	b := newBed(t, st, sink)
	b.source.pace = time.Millisecond
	id := b.start(t, sumGraph(2, 600, 7, 10, with(fast, "execution.checkpointing.interval", "20ms")), minicluster.SubmitOptions{})
	b.until(t, id, "rows", func(s job.Status) bool { return s.Progress.Nodes[3].RecordsIn > 50 })
	path, err := b.Savepoint(ctxOf(t), id, "test://x/savepoints")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, "test://x/savepoints/savepoint-"+string(id[:6])+"-") {
		t.Fatal(path)
	}
	stopped, err := b.Stop(ctxOf(t), id, "test://x/savepoints", false)
	if err != nil {
		t.Fatal(err)
	}
	b.wait(t, id, job.Finished)
	if n := len(sink.values()); n == 0 || n >= 1200 {
		t.Fatalf("%d rows after the stop", n)
	}
	note := latest(t, st, "sums")
	if keys := st.keys(t); slices.ContainsFunc(keys, func(k string) bool {
		return strings.HasPrefix(k, "checkpoints/") && "test://x/"+k != note+"/"+checkpoint.ManifestName
	}) {
		t.Errorf("more than the note about the stop outlived it: %v", keys)
	}
	// The whole goes on from the stop, however often it dies before its first checkpoint: first as the user says, then from what is newest.
	path2, claim := stopped, false
	for range 4 {
		dying := newBed(t, st, sink)
		dying.source.pace = time.Millisecond
		g := sumGraph(2, 600, 7, 10, with(fast, "parallelism.default", "2", "execution.checkpointing.interval", "1h"))
		id = dying.start(t, g, minicluster.SubmitOptions{RestorePath: path2, Claim: claim})
		dying.until(t, id, "rows", func(s job.Status) bool { return s.Progress.Nodes[3].RecordsIn > 20 })
		if err := dying.Close(); err != nil {
			t.Fatal(err)
		}
		if path2, claim = latest(t, st, "sums"), true; path2 == "" {
			t.Fatal("nothing to go on from")
		}
	}
	id = b.start(t, sumGraph(2, 600, 7, 10, with(fast, "parallelism.default", "2")), minicluster.SubmitOptions{RestorePath: path2, Claim: true})
	b.wait(t, id, job.Finished)
	if _, _, err := checkpoint.Read(t.Context(), st, stopped); err != nil {
		t.Errorf("the savepoint is the user's: %v", err)
	}
	equalSums(t, sink.highest(), wantSums(2, 600, 7))
	if n := len(sink.values()); n != 1200 {
		t.Fatalf("%d rows, want 1200", n)
	}
	// A fork from the savepoint ends with the same sums, in a ledger of its own.
	fork := newBed(t, st, nil)
	id = fork.start(t, sumGraph(2, 600, 7, 10, fast), minicluster.SubmitOptions{RestorePath: path})
	fork.wait(t, id, job.Finished)
	equalSums(t, fork.sink.highest(), wantSums(2, 600, 7))
	if _, err := fork.Savepoint(ctxOf(t), id, "test://x/savepoints"); err == nil {
		t.Error("a savepoint of a finished job")
	}
}

func TestRestoreRefusesOtherPlans(t *testing.T) {
	st := &stores{}
	b := newBed(t, st, nil)
	b.source.pace = time.Millisecond
	id := b.start(t, sumGraph(1, 1000, 7, 10, fast), minicluster.SubmitOptions{})
	s := b.until(t, id, "a checkpoint", func(s job.Status) bool { return s.Progress.Checkpoints.Completed > 0 })
	_ = b.Cancel(t.Context(), id)
	s2 := b.wait(t, id, job.Canceled)
	if s2.Progress.Last == nil || s.Progress.Last == nil {
		t.Fatal("no checkpoint is known")
	}
	path := s2.Progress.Last.Path
	f := b.wait(t, b.start(t, copyGraph(1, 10, 10, fast), minicluster.SubmitOptions{RestorePath: path}), job.Failed)
	if !strings.Contains(f.Failure, `"sum"`) || !strings.Contains(f.Failure, "ignore-unclaimed-state") {
		t.Fatal(f.Failure)
	}
	b.wait(t, b.start(t, copyGraph(1, 1000, 10, fast), minicluster.SubmitOptions{RestorePath: path, AllowNonRestored: true}), job.Finished)
	f = b.wait(t, b.start(t, copyGraph(1, 10, 10, fast), minicluster.SubmitOptions{RestorePath: "test://x/nowhere"}), job.Failed)
	if !strings.Contains(f.Failure, "nowhere") || f.Attempt != 0 {
		t.Fatal(f.Failure, f.Attempt)
	}
}

func TestFailuresAreContained(t *testing.T) {
	b := newBed(t, nil, nil)
	b.source.pace = time.Millisecond
	healthy := b.start(t, copyGraph(1, 200, 10, nil), minicluster.SubmitOptions{})
	other := newBed(t, nil, nil)
	other.process = func() error { panic("broken invariant") }
	s := other.wait(t, other.start(t, copyGraph(1, 200, 10, nil), minicluster.SubmitOptions{}), job.Failed)
	if !strings.Contains(s.Failure, `operator "calc": panic: broken invariant`) || !strings.Contains(s.Exceptions[0].Stack, "task.go") {
		t.Fatal(s.Failure)
	}
	limited := newBed(t, nil, nil)
	s = limited.wait(t, limited.start(t, sumGraph(1, 200_000, 10, 4000, map[string]string{"taskmanager.memory.job-limit": "100kb"}), minicluster.SubmitOptions{}), job.Failed)
	if !strings.Contains(s.Failure, "memory limit of the job exceeded") || !strings.Contains(s.Failure, "102400 allowed") || !strings.Contains(s.Failure, "operator") {
		t.Fatal(s.Failure)
	}
	failing := newBed(t, nil, nil)
	failing.source.failing = func(poll int64) error {
		if poll == 2 {
			return errCrash
		}
		return nil
	}
	s = failing.wait(t, failing.start(t, copyGraph(1, 200, 10, nil), minicluster.SubmitOptions{}), job.Failed)
	if !strings.Contains(s.Failure, `table numbers: `) || s.Exceptions[0].Task == "" {
		t.Fatal(s.Failure)
	}
	b.wait(t, healthy, job.Finished)
	if got := b.sink.values(); !slices.Equal(got, wantValues(1, 200)) {
		t.Fatalf("%d rows", len(got))
	}
	_ = vector.MaxRows
}

// TestBoundedBesideUnbounded: a source that has ended must not keep checkpoints from completing, and what its sink wrote is committed.
func TestBoundedBesideUnbounded(t *testing.T) {
	st := &stores{}
	b := newBed(t, st, nil)
	b.source.pace = time.Millisecond
	g := &plan.Graph{Version: plan.Version, Name: "mixed", Settings: with(fast), Nodes: []*plan.Node{
		node(0, "values", &plan.Values{}), node(1, "ledger-a", ledgerSpec(), forward(0)),
		sourceNode(2, 1, 1_000_000, 7, 10), node(3, "sum", &plan.GroupAggregate{}, hash(2)), node(4, "ledger-b", ledgerSpec(), forward(3)),
	}}
	id := b.start(t, g, minicluster.SubmitOptions{})
	s := b.until(t, id, "checkpoints", func(s job.Status) bool { return s.Progress.Checkpoints.Completed >= 3 })
	count := func() int {
		n := 0
		for _, v := range b.sink.values() {
			if v == 10 || v == 20 || v == 30 {
				n++
			}
		}
		return n
	}
	if s.Progress.Nodes[0].Finished != 1 {
		t.Fatalf("%+v", s.Progress.Nodes[0])
	}
	_ = b.Cancel(t.Context(), id)
	s = b.wait(t, id, job.Canceled)
	before := count()
	// Restored: the values have ended and do not come again.
	id = b.start(t, g, minicluster.SubmitOptions{RestorePath: s.Progress.Last.Path})
	b.until(t, id, "a checkpoint", func(s job.Status) bool { return s.Progress.Checkpoints.Completed >= 2 })
	_ = b.Cancel(t.Context(), id)
	b.wait(t, id, job.Canceled)
	if after := count(); before < 3 || after != before {
		t.Fatalf("%d rows of the values before the restore, %d after", before, after)
	}
}

func TestSlotsAreBounded(t *testing.T) {
	b := newBed(t, nil, nil)
	small := minicluster.New(minicluster.Config{Slots: 2})
	t.Cleanup(func() { _ = small.Close() })
	s := b.wait(t, b.start(t, copyGraph(1, 10, 10, nil), minicluster.SubmitOptions{}), job.Finished)
	if s.Failure != "" {
		t.Fatal(s.Failure)
	}
	g := copyGraph(1, 10, 10, map[string]string{"parallelism.default": "3"})
	id, err := small.Submit(t.Context(), g, minicluster.SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st, _ := small.Wait(ctxOf(t), id)
	if st.State != job.Failed {
		t.Fatalf("%s %s", st.State, st.Failure)
	}
}
