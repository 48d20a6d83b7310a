package logictest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"testing"
	"time"

	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
	"millrace/connectors"
	"millrace/connectors/objstore/fs"
	"millrace/operators/build"
	"millrace/operators/partition"
	"millrace/operators/vector"
	"millrace/planner"
	"millrace/planner/plan"
	"millrace/runtime/collect"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// config is one way to run every case.
type config struct {
	name     string
	settings map[string]string
	splits   int
	cut      func(seed uint64) func(int) (int, bool)
	// crash runs a streaming plan with crashes; nil: without any.
	crash func(r *run, g *plan.Graph) error
	// parallel: with several readers, rows are held back until all of them have begun or ended; see settle.
	parallel bool
}

func configs() []config {
	one := func(uint64) func(int) (int, bool) { return cuts(1) }
	return []config{
		{name: "local"},
		{name: "batch-1", cut: one},
		{name: "random-cuts", cut: randomCuts},
		{name: "parallel-4", settings: map[string]string{"parallelism.default": "4"}, splits: 4, cut: randomCuts, parallel: true},
		{name: "unchained", settings: map[string]string{"pipeline.operator-chaining.enabled": "false"}, cut: one},
		{name: "crash", cut: one, crash: (*run).crashAtEachStep},
		{name: "rescale", splits: 2, cut: one, crash: (*run).rescale, parallel: true},
	}
}

// asked lets the planner ask the registry.
type asked struct{ r *connectors.Registry }

// Capabilities implements planner.Connectors.
func (a asked) Capabilities(t planner.Table) (plan.Capabilities, error) {
	return a.r.Capabilities(connectors.Table(t))
}

// run is one file under one configuration.
type run struct {
	t       *testing.T
	cfg     config
	feeds   *feeds
	cluster *minicluster.Cluster
	session *session.Session
	source  string // text of the statement, for seeds
}

func newRun(t *testing.T, cfg config) *run {
	t.Helper()
	f := &feeds{ledgers: &ledgers{}, tables: map[string][]row{}, splits: max(cfg.splits, 1)}
	registry := wire.Registry(discard{}, discard{})
	registry.Add(f)
	settings := map[string]string{"table.local-time-zone": "UTC", "pipeline.auto-watermark-interval": "0 ms", "restart-strategy.type": "none"}
	maps.Copy(settings, cfg.settings)
	cluster := minicluster.New(minicluster.Config{
		Connectors: registry, Operators: build.Operator, Stores: fs.Opener{}, Settings: job.Settings(settings),
		Partitioner: func(pool *vector.Pool) exchange.Partitioner { return &partition.Hash{Pool: pool} },
	})
	env := &session.Env{Cluster: cluster, Connectors: asked{registry}, Settings: settings}
	r := &run{t: t, cfg: cfg, feeds: f, cluster: cluster, session: session.New(env, nil)}
	t.Cleanup(func() {
		r.session.Close()
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// seed is the same for the same statement in every run.
func (r *run) seed() uint64 {
	h := fnv.New64()
	_, _ = h.Write([]byte(r.t.Name() + r.source))
	return h.Sum64()
}

// limit is how long one case may take.
const limit = 60 * time.Second

// execute runs a plan that writes to a ledger and returns when it has finished; what it wrote is in the ledger then.
func (r *run) execute(g *plan.Graph) error {
	r.feeds.mu.Lock()
	r.feeds.cut, r.feeds.gate = nil, nil
	r.feeds.opened, r.feeds.settled = 0, 0
	if r.cfg.cut != nil {
		r.feeds.cut = r.cfg.cut(r.seed())
	}
	r.feeds.mu.Unlock()
	switch {
	case r.cfg.crash == nil:
		return r.attempt(g, "")
	case g.Batch:
		return r.restartEach(g)
	default:
		return r.cfg.crash(r, g)
	}
}

// attempt runs a plan from a savepoint ("": the beginning) to its end.
func (r *run) attempt(g *plan.Graph, from string) error {
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	a, err := r.start(ctx, g, from)
	if err != nil {
		return err
	}
	err = r.settle(ctx, g, a)
	a.gate.open()
	<-a.ended
	return errors.Join(a.err, err)
}

// attempt is a running job whose readers wait at a gate.
type attempt struct {
	id    job.ID
	gate  *gate
	ended chan struct{}
	err   error // after ended is closed
}

func (r *run) start(ctx context.Context, g *plan.Graph, from string) (*attempt, error) {
	a := &attempt{gate: newGate(), ended: make(chan struct{})}
	r.feeds.mu.Lock()
	r.feeds.gate = a.gate
	r.feeds.opened, r.feeds.settled = 0, 0
	r.feeds.mu.Unlock()
	var err error
	if a.id, err = r.cluster.Submit(ctx, g, minicluster.SubmitOptions{RestorePath: from}); err != nil {
		return nil, err
	}
	go func() {
		defer close(a.ended)
		a.err = r.wait(ctx, a.id)
	}()
	return a, nil
}

// settle waits until all readers have their splits, and all operators know which of them have none. Without it, how far the watermark of an operator
// lags behind the reader that has rows would depend on when it hears from those that have none.
func (r *run) settle(ctx context.Context, g *plan.Graph, a *attempt) error {
	if !r.cfg.parallel || g.Batch {
		return nil
	}
	for {
		left, before := r.feeds.unsettled()
		path, err := r.savepoint(ctx, a)
		if err != nil || path == "" {
			return err
		}
		if n, opened := r.feeds.unsettled(); left == 0 && n == 0 && opened == before {
			return nil
		}
	}
}

func (r *run) wait(ctx context.Context, id job.ID) error {
	s, err := r.cluster.Wait(ctx, id)
	switch {
	case err != nil:
		_ = r.cluster.Cancel(context.Background(), id)
		return fmt.Errorf("the job does not end: %w; %+v", err, s.Progress)
	case s.State != job.Finished:
		return errors.New(s.Failure)
	}
	return nil
}

// with returns the plan with other settings.
func with(g *plan.Graph, settings ...string) *plan.Graph {
	c := *g
	c.Settings = maps.Clone(g.Settings)
	if c.Settings == nil {
		c.Settings = map[string]string{}
	}
	for i := 0; i < len(settings); i += 2 {
		c.Settings[settings[i]] = settings[i+1]
	}
	return &c
}

// maxSteps bounds the number of crashes of one case; longer feeds are read in larger batches.
const maxSteps = 24

// crashAtEachStep takes a savepoint before each row, lets up to two more rows pass, crashes the job and restores it.
func (r *run) crashAtEachStep(g *plan.Graph) error {
	if n := r.feeds.rows(); n > maxSteps {
		r.feeds.cut = cuts(n/maxSteps + 1)
	}
	seed := r.seed()
	path := ""
	for step := 0; ; step++ {
		done, next, err := r.crashAfter(g, path, min(step, 1), int(seed>>(step%32))%3)
		if done || err != nil {
			return err
		}
		path = next
	}
}

// rescale runs at parallelism 2, and goes on at 3 and at 2 again, each after a few rows and a crash.
func (r *run) rescale(g *plan.Graph) error {
	third := r.feeds.rows()/3 + 1
	path := ""
	for i, p := range []string{"2", "3", "2"} {
		g := with(g, "parallelism.default", p)
		if i == 2 {
			return r.attempt(g, path)
		}
		done, next, err := r.crashAfter(g, path, third, 1)
		if done || err != nil {
			return err
		}
		path = next
	}
	return nil
}

// crashAfter runs a plan from a savepoint ("": the beginning), takes a savepoint after some steps, lets more steps pass and crashes the job.
// done says that the job has ended before.
func (r *run) crashAfter(g *plan.Graph, from string, steps, more int) (done bool, path string, err error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	a, err := r.start(ctx, g, from)
	if err != nil {
		return false, "", err
	}
	if err := r.settle(ctx, g, a); err != nil {
		return false, "", err
	}
	a.gate.allow(steps, a.ended)
	path, err = r.savepoint(ctx, a)
	if err == nil && path != "" {
		a.gate.allow(more, a.ended)
		a.gate.fail()
	}
	<-a.ended
	switch {
	case a.err == nil:
		return true, "", nil
	case err != nil:
		return false, "", fmt.Errorf("%w; the job ended with: %w", err, a.err)
	case !errorIsCrash(a.err):
		return false, "", a.err
	}
	return false, path, nil
}

// savepoint takes a savepoint; "" if the job has ended before. Tasks that begin or end at the moment refuse: then it tries again.
func (r *run) savepoint(ctx context.Context, a *attempt) (string, error) {
	for {
		path, err := r.cluster.Savepoint(ctx, a.id, "mem://savepoints")
		if err == nil {
			return path, nil
		}
		select {
		case <-a.ended:
			return "", nil
		case <-ctx.Done():
			_ = r.cluster.Cancel(context.Background(), a.id)
			return "", err
		case <-time.After(time.Millisecond):
		}
	}
}

// restartEach crashes a batch job once after each number of steps; it starts anew each time, by the restart strategy.
func (r *run) restartEach(g *plan.Graph) error {
	g = with(g, "restart-strategy.type", "fixed-delay", "restart-strategy.fixed-delay.attempts", "1", "restart-strategy.fixed-delay.delay", "0 ms")
	table := sinkOf(g).Table
	for step := range min(r.feeds.rows(), 8) + 1 {
		r.feeds.reset(table)
		ctx, cancel := context.WithTimeout(r.t.Context(), limit)
		a, err := r.start(ctx, g, "")
		if err == nil {
			a.gate.crash(step + 1)
			a.gate.open()
			<-a.ended
			err = a.err
		}
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

func sinkOf(g *plan.Graph) *plan.Sink {
	for _, n := range g.Nodes {
		if s, ok := n.Spec.(*plan.Sink); ok {
			return s
		}
	}
	return nil
}

// toLedger turns the sink of a query into one of the connector feed.
func toLedger(g *plan.Graph, table string) {
	if s := collect.SinkOf(g); s != nil {
		s.Connector, s.Table = "feed", table
	}
}
