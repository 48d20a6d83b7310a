package jobmanager

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
	"millrace/runtime/rpc"
	"millrace/runtime/schedule"
)

// keptExceptions is how many failures a job remembers.
const keptExceptions = 16

// phase is a state of the life cycle. Its methods are called on the master's goroutine.
type phase interface {
	state() job.State
	enter(m *master)
	handle(m *master, e event)
}

// master leads one job.
type master struct {
	cfg     *Config
	id      job.ID
	graph   *plan.Graph
	opts    Options
	set     settings
	log     *slog.Logger
	restart restartStrategy
	print   string // fingerprint of the plan
	hide    *strings.Replacer
	began   int64 // ms since 1970

	mu     sync.Mutex
	queue  []event                         // guarded by mu
	status job.Status                      // guarded by mu
	counts atomic.Pointer[[]*metrics.Node] // of the newest attempt, see execution
	wake   chan struct{}                   // capacity 1
	done   chan struct{}                   // closed at the end

	// What follows belongs to the goroutine in run.
	ctx      context.Context // of helpers; ends with the job
	cancel   context.CancelFunc
	phase    phase
	over     bool
	helpers  sync.WaitGroup
	inflight int // helpers whose last event has not been handled
	ex       *execution
	attempts int
	coord    *checkpoint.Coordinator
	latest   *restored              // what the next attempt starts from
	places   map[int64]place        // of completed checkpoints that are retained
	finalID  int64                  // of the checkpoint after the end of all tasks; 0: not yet
	garbage  []place                // to be deleted
	saves    []*checkpoint.Manifest // savepoints taken: what they refer to must not be aborted
	requests map[int]savepointRequest
	tokens   int
	timer    int // number of the armed timer
	stop     func()
	unreport func() // prevents the next report; nil: none is due
}

func newMaster(cfg *Config, g *plan.Graph, o Options) (*master, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	set, err := readSettings(cfg.Settings, g)
	if err != nil {
		return nil, err
	}
	if o.RestorePath == "" {
		o.RestorePath = set.restorePath
	}
	o.AllowNonRestored = o.AllowNonRestored || set.ignoreLost
	o.Claim = o.Claim || set.claim
	restart, err := newRestart(set.Settings, set.checkpoints.Enabled, o.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		if s, ok := n.Spec.(*plan.Sink); ok && cfg.Interactive != "" && s.Connector == cfg.Interactive {
			restart = noRestart{}
		}
	}
	// Chains and places are computed again for each attempt; computing them now shows a plan that cannot run.
	if _, err := schedule.Vertices(g, schedule.Options{Parallelism: set.parallelism, MaxParallelism: set.keyGroups(g), Chaining: set.chaining}); err != nil {
		return nil, err
	}
	now := cfg.Clock.Now()
	m := &master{
		cfg: cfg, id: o.ID, graph: g, opts: o, set: set, restart: restart, print: fingerprint(g), hide: hider(g, set.Settings), began: now,
		log:  cfg.Log.With("job", string(o.ID), "name", g.Name),
		wake: make(chan struct{}, 1), done: make(chan struct{}), places: map[int64]place{}, requests: map[int]savepointRequest{},
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	for _, key := range set.unheeded() {
		m.log.Warn("option is not supported yet: checkpoints are aligned, one at a time", "option", key)
	}
	m.status = job.Status{ID: o.ID, Name: g.Name, State: job.Initializing, Start: now}
	m.status.Entered[job.Initializing] = now
	for i, n := range g.Nodes {
		m.status.Progress.Nodes = append(m.status.Progress.Nodes,
			job.NodeProgress{Node: i, UID: n.UID, Name: n.Name, Kind: n.Spec.Kind(), Table: tableOf(n), Watermark: operators.MinWatermark})
	}
	return m, nil
}

// tableOf is the table that a source reads or a sink writes.
func tableOf(n *plan.Node) string {
	switch s := n.Spec.(type) {
	case *plan.Source:
		return s.Table
	case *plan.Sink:
		return s.Table
	}
	return ""
}

// post adds an event. It may be called from any goroutine.
func (m *master) post(e event) {
	m.mu.Lock()
	m.queue = append(m.queue, e)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Report implements rpc.JobMaster.
func (m *master) Report(r job.TaskReport) { m.post(taskReport{r}) }

// Acknowledge implements rpc.JobMaster.
func (m *master) Acknowledge(a job.Ack) { m.post(taskAck{a}) }

// SourceTime implements rpc.JobMaster.
func (m *master) SourceTime(s job.SourceTime) { m.post(sourceTime{s}) }

var _ rpc.JobMaster = (*master)(nil)

// run handles events until the job has ended.
func (m *master) run() {
	defer close(m.done)
	m.armReport()
	m.become(created{})
	for !m.over {
		<-m.wake
		m.mu.Lock()
		events := m.queue
		m.queue = nil
		m.mu.Unlock()
		for _, e := range events {
			m.handle(e)
		}
	}
	giveUp := time.AfterFunc(cleanupTime, m.cancel)
	m.helpers.Wait()
	giveUp.Stop()
	m.cancel()
	if m.stop != nil {
		m.stop()
	}
	if m.unreport != nil {
		m.unreport()
	}
	m.logFigures(m.snapshot())
	m.refuseAll(fmt.Sprintf("the job is %s", m.phase.state()))
	if m.cfg.Ended != nil {
		m.cfg.Ended(m.snapshot())
	}
}

func (m *master) handle(e event) {
	if h, ok := e.(helperEnded); ok {
		m.inflight--
		e = h.event
	}
	if g, ok := e.(garbageLeft); ok {
		m.garbage = append(m.garbage, g.places...)
		e = nil
	}
	if _, ok := e.(reportTime); ok {
		s, _ := m.live(m.ctx) // it has no errors
		m.logFigures(s)
		m.armReport()
		e = nil
	}
	if e != nil && !m.over {
		m.phase.handle(m, e)
	}
	if w, ok := m.phase.(*windingDown); ok && !m.over && m.quiet() {
		w.settled(m)
	}
}

// spawn runs f on another goroutine and handles the event that it returns.
func (m *master) spawn(f func() event) {
	m.inflight++
	m.helpers.Go(func() {
		m.post(helperEnded{f()})
	})
}

// become enters a state.
func (m *master) become(p phase) {
	m.phase = p
	m.setState(p.state())
	m.log.Debug("job state", "state", p.state().String())
	p.enter(m)
}

func (m *master) setState(s job.State) {
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.State = s
	m.status.Entered[s] = now
	if s.Terminal() {
		m.status.End = now
	}
}

// update changes the status under its lock.
func (m *master) update(f func(s *job.Status)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.status)
}

func (m *master) ended() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// snapshot returns the status as last noted.
func (m *master) snapshot() job.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Exceptions = slices.Clone(s.Exceptions)
	s.Progress.Nodes = slices.Clone(s.Progress.Nodes)
	return s
}

// live returns the status with figures as they are now.
func (m *master) live(ctx context.Context) (job.Status, error) {
	s := m.snapshot()
	if s.State.Terminal() || s.Attempt == 0 {
		return s, nil
	}
	p := m.figures(ctx, s.Progress, s.Attempt)
	s.Progress = p
	return s, nil
}

// figures asks the task managers. It may be called from any goroutine.
func (m *master) figures(ctx context.Context, p job.Progress, attempt int) job.Progress {
	p.MemoryBytes, p.PeakBytes = 0, 0
	nodes := slices.Clone(p.Nodes)
	for i := range nodes {
		n := &nodes[i]
		*n = job.NodeProgress{
			Node: n.Node, UID: n.UID, Name: n.Name, Kind: n.Kind, Table: n.Table, Vertex: n.Vertex, Parallelism: n.Parallelism,
			Watermark: operators.MaxWatermark,
		}
	}
	p.Nodes = nodes
	for _, tm := range m.cfg.TaskManagers {
		if err := tm.Progress(ctx, job.Attempt{Job: m.id, Number: attempt}, &p); err != nil {
			m.log.Warn("progress is not available", "taskManager", tm.ID(), "error", err)
		}
	}
	if counts := m.counts.Load(); counts != nil {
		for i, n := range *counts {
			n.AddNamed(&p.Nodes[i])
		}
	}
	for i := range p.Nodes {
		if n := &p.Nodes[i]; n.Running+n.Finished == 0 && n.RecordsIn+n.RecordsOut == 0 && n.Watermark == operators.MaxWatermark {
			n.Watermark = operators.MinWatermark
		}
	}
	return p
}

// arm asks for a tick at time t; an earlier request is dropped.
func (m *master) arm(t int64) {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
	m.timer++
	if t == math.MaxInt64 {
		return
	}
	n := m.timer
	m.stop = m.cfg.Clock.At(t, func() { m.post(clockTick{n}) })
}

// note remembers a failure.
func (m *master) note(task, failure, stack string) {
	now := m.cfg.Clock.Now()
	failure = m.hide.Replace(failure)
	m.update(func(s *job.Status) {
		s.Failure = failure
		s.Exceptions = append(s.Exceptions, job.Exception{Time: now, Task: task, Error: failure, Stack: stack})
		if over := len(s.Exceptions) - keptExceptions; over > 0 {
			s.Exceptions = slices.Delete(s.Exceptions, 0, over)
		}
	})
	m.log.Warn("job failure", "task", task, "error", failure)
}

// failed reacts to a failure of the running attempt: another attempt, or the end.
func (m *master) failed(task, failure, stack string, fatal bool) {
	m.note(task, failure, stack)
	delay, again := m.restart.next(m.cfg.Clock.Now())
	if again && !fatal {
		m.become(&windingDown{to: job.Restarting, delay: delay})
		return
	}
	m.become(&windingDown{to: job.Failing})
}
