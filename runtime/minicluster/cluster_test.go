package minicluster_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/mem"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/collect"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// bed is a cluster with fakes.
type bed struct {
	*minicluster.Cluster
	source *numbers
	sink   *ledger
	// process is called for each batch of the operators.
	process func() error
	// opened is called when an operator is opened.
	opened func(operators.Context)
}

func newBed(t *testing.T, stores objstore.Opener, sink *ledger) *bed {
	t.Helper()
	b := &bed{source: &numbers{}, sink: sink}
	if sink == nil {
		b.sink = &ledger{}
	}
	reg := &connectors.Registry{}
	reg.Add(b.source, b.sink)
	b.Cluster = minicluster.New(minicluster.Config{
		Connectors: reg, Stores: stores, Partitioner: newModulo,
		Operators: func(n *plan.Node, _ []*plan.Node) (operators.Operator, error) {
			hook := func() error {
				if b.process != nil {
					return b.process()
				}
				return nil
			}
			switch n.Spec.(type) {
			case *plan.Values:
				return &literals{}, nil
			case *plan.GroupAggregate:
				return &summer{hook: hook}, nil
			case *plan.Calc, *plan.Union:
				return &pass{hook: hook, opened: b.opened}, nil
			default:
				return nil, fmt.Errorf("operator %q is not supported by the test", n.Spec.Kind())
			}
		},
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func sourceNode(id, splits, rows, keys, batch int) *plan.Node {
	s := strconv.Itoa
	return &plan.Node{ID: id, UID: fmt.Sprintf("source-%d", id), Name: "numbers", Schema: rowSchema(), Mode: plan.InsertOnly, Spec: &plan.Source{
		Table: "numbers", Connector: "numbers",
		Options: map[string]string{"splits": s(splits), "rows": s(rows), "keys": s(keys), "batch": s(batch)},
	}}
}

func node(id int, uid string, spec plan.Spec, inputs ...plan.Edge) *plan.Node {
	return &plan.Node{ID: id, UID: uid, Name: uid, Schema: rowSchema(), Mode: plan.InsertOnly, Spec: spec, Inputs: inputs}
}

func forward(from int) plan.Edge { return plan.Edge{From: from, Ship: plan.Forward} }

func hash(from int) plan.Edge { return plan.Edge{From: from, Ship: plan.Hash, Keys: []int{0}} }

func ledgerSpec() *plan.Sink {
	return &plan.Sink{Table: "ledger", Connector: "ledger", Schema: rowSchema()}
}

// sumGraph is source ═ sum ═ sink.
func sumGraph(splits, rows, keys, batch int, settings map[string]string) *plan.Graph {
	return &plan.Graph{Version: plan.Version, Name: "sums", Settings: settings, Nodes: []*plan.Node{
		sourceNode(0, splits, rows, keys, batch), node(1, "calc", &plan.Calc{}, forward(0)), node(2, "sum", &plan.GroupAggregate{}, hash(1)),
		node(3, "ledger", ledgerSpec(), forward(2)),
	}}
}

// copyGraph is source, calc, sink in one chain.
func copyGraph(splits, rows, batch int, settings map[string]string) *plan.Graph {
	return &plan.Graph{Version: plan.Version, Name: "copy", Settings: settings, Nodes: []*plan.Node{
		sourceNode(0, splits, rows, 10, batch), node(1, "calc", &plan.Calc{}, forward(0)), node(2, "ledger", ledgerSpec(), forward(1)),
	}}
}

func wantValues(splits, rows int) []int64 {
	var out []int64
	for s := range splits {
		for i := range rows {
			out = append(out, int64(s)*1_000_000+int64(i))
		}
	}
	slices.Sort(out)
	return out
}

func wantSums(splits, rows, keys int) map[int64]int64 {
	out := map[int64]int64{}
	for s := range splits {
		for i := range rows {
			out[int64(i%keys)] += int64(s)*1_000_000 + int64(i)
		}
	}
	return out
}

func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (b *bed) start(t *testing.T, g *plan.Graph, o minicluster.SubmitOptions) job.ID {
	t.Helper()
	id, err := b.Submit(ctxOf(t), g, o)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bed) wait(t *testing.T, id job.ID, want job.State) job.Status {
	t.Helper()
	s, err := b.Wait(ctxOf(t), id)
	if err != nil {
		t.Fatalf("job is %s after %v: %v", s.State, s.Failure, err)
	}
	if s.State != want {
		t.Fatalf("job is %s, want %s; failure: %s\n%+v", s.State, want, s.Failure, s.Exceptions)
	}
	return s
}

// until waits for a condition on the job's status.
func (b *bed) until(t *testing.T, id job.ID, what string, cond func(job.Status) bool) job.Status {
	t.Helper()
	ctx := ctxOf(t)
	for {
		s, err := b.Status(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if cond(s) {
			return s
		}
		if s.State.Terminal() || ctx.Err() != nil {
			t.Fatalf("waiting for %s: job is %s: %s", what, s.State, s.Failure)
		}
		time.Sleep(time.Millisecond)
	}
}

func equalSums(t *testing.T, got, want map[int64]int64) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Fatalf("sum of key %d is %d, want %d", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d keys, want %d", len(got), len(want))
	}
}

func TestQueryReturnsRows(t *testing.T) {
	b := newBed(t, nil, nil)
	g := &plan.Graph{Version: plan.Version, Name: "query", Nodes: []*plan.Node{
		node(0, "values", &plan.Values{}), node(1, "calc", &plan.Calc{}, forward(0)),
		node(2, "collect", &plan.Sink{Connector: collect.Name, Schema: rowSchema()}, plan.Edge{From: 1, Ship: plan.Global}),
	}}
	best := time.Hour
	for range 20 {
		begin := time.Now()
		id, r, err := b.SubmitQuery(ctxOf(t), g, minicluster.SubmitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for done := false; !done; {
			var bs []*operators.Batch
			bs, done, err = r.Next(ctxOf(t), 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range bs {
				got = append(got, vector.Values[int64](x.Columns[1])...)
				x.Release()
			}
		}
		best = min(best, time.Since(begin))
		r.Close()
		if !slices.Equal(got, []int64{10, 20, 30}) {
			t.Fatalf("got %v", got)
		}
		b.wait(t, id, job.Finished)
	}
	t.Logf("submit to last row: %v", best)
	if best > 50*time.Millisecond {
		t.Errorf("the fastest of 20 queries took %v", best)
	}
}

func TestBoundedJobWithoutCheckpoints(t *testing.T) {
	for _, p := range []int{1, 3} {
		t.Run(fmt.Sprintf("parallelism=%d", p), func(t *testing.T) {
			b := newBed(t, nil, nil)
			id := b.start(t, sumGraph(4, 1000, 17, 64, map[string]string{"parallelism.default": strconv.Itoa(p)}), minicluster.SubmitOptions{})
			s := b.wait(t, id, job.Finished)
			equalSums(t, b.sink.highest(), wantSums(4, 1000, 17))
			n := s.Progress.Nodes
			if n[0].RecordsOut != 4000 || n[0].BytesIn != 64000 || n[2].RecordsIn != 4000 || n[3].RecordsIn != 4000 || n[3].Watermark != operators.MaxWatermark ||
				n[2].Finished != p {
				t.Errorf("progress: %+v", n)
			}
			if s.Progress.MemoryBytes != 0 {
				t.Errorf("%d bytes are still in use", s.Progress.MemoryBytes)
			}
		})
	}
}

var fast = map[string]string{
	"execution.checkpointing.interval": "5ms", "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "1000",
	"restart-strategy.fixed-delay.delay": "0 ms", "execution.checkpointing.dir": "test://x/checkpoints",
}

func with(base map[string]string, kv ...string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, base)
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

func TestCheckpointsCommit(t *testing.T) {
	stores := &stores{}
	b := newBed(t, stores, nil)
	b.source.pace = time.Millisecond
	id := b.start(t, sumGraph(2, 2000, 10, 50, fast), minicluster.SubmitOptions{})
	s := b.wait(t, id, job.Finished)
	equalSums(t, b.sink.highest(), wantSums(2, 2000, 10))
	if s.Progress.Checkpoints.Completed < 2 || s.Progress.Checkpoints.Failed != 0 || s.Attempt != 1 {
		t.Fatalf("%+v attempt %d", s.Progress.Checkpoints, s.Attempt)
	}
	// One checkpoint is left: the one after the end of all tasks.
	if got := stores.manifests(t); len(got) != 1 || !strings.HasPrefix(got[0], "checkpoints/"+string(id)+"/chk-") {
		t.Fatalf("manifests: %v", got)
	}
	// Going on from there has nothing to do.
	before := len(b.sink.values())
	id = b.start(t, sumGraph(2, 2000, 10, 50, fast), minicluster.SubmitOptions{RestorePath: s.Progress.Last.Path})
	b.wait(t, id, job.Finished)
	if after := len(b.sink.values()); after != before {
		t.Fatalf("%d rows after a restore from the end, %d before", after, before)
	}
}

// stores is a memory store that can look at itself.
type stores struct{ mem.Opener }

func (s *stores) Open(uri string) (objstore.Store, string, error) {
	return s.Opener.Open(strings.Replace(uri, "test://", "mem://", 1))
}

func (s *stores) keys(t *testing.T) []string {
	t.Helper()
	st, _, err := s.Opener.Open("mem://x")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if err := st.List(t.Context(), "", func(i objstore.Info) error {
		out = append(out, i.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *stores) manifests(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(s.keys(t), func(k string) bool { return !strings.HasSuffix(k, checkpoint.ManifestName) })
}

var errCrash = errors.New("crash for the test")

func TestCrashAtEveryStep(t *testing.T) {
	want := wantSums(2, 300, 7)
	for n := int64(1); n < 40; n += 3 {
		t.Run(strconv.FormatInt(n, 10), func(t *testing.T) {
			b := newBed(t, &stores{}, nil)
			b.source.pace = 500 * time.Microsecond
			var calls atomic.Int64
			b.process = func() error {
				switch calls.Add(1) {
				case n:
					return errCrash
				case 2*n + 5:
					panic("panic for the test")
				}
				return nil
			}
			id := b.start(t, sumGraph(2, 300, 7, 10, with(fast, "parallelism.default", "2", "execution.checkpointing.interval", "2ms")), minicluster.SubmitOptions{})
			s := b.wait(t, id, job.Finished)
			equalSums(t, b.sink.highest(), want)
			if s.Attempt < 2 || len(s.Exceptions) == 0 || !strings.Contains(s.Exceptions[0].Error, "for the test") {
				t.Fatalf("attempt %d, exceptions %+v", s.Attempt, s.Exceptions)
			}
			if got := len(b.sink.values()); got != 600 {
				t.Fatalf("%d rows were committed, want 600", got)
			}
		})
	}
}

func TestCommitFailureIsRepeated(t *testing.T) {
	b := newBed(t, &stores{}, nil)
	b.source.pace = time.Millisecond
	var n atomic.Int64
	b.sink.failing = func(int64) error {
		if n.Add(1)%2 == 1 {
			return errCrash
		}
		return nil
	}
	id := b.start(t, copyGraph(2, 300, 20, fast), minicluster.SubmitOptions{})
	b.wait(t, id, job.Finished)
	if got := b.sink.values(); !slices.Equal(got, wantValues(2, 300)) {
		t.Fatalf("%d rows", len(got))
	}
}
