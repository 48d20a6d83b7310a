package jobmanager

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
	"millrace/runtime/rpc"
	"millrace/runtime/schedule"
)

// never is a time that does not come.
const never = math.MaxInt64

// execution is one attempt. It is filled by prepare on a helper's goroutine, before the master sees it.
type execution struct {
	attempt  job.Attempt
	ctx      context.Context // of its enumerators and of prepare
	cancel   context.CancelFunc
	max      int   // key groups
	started  int64 // when the job began that this attempt goes on with, ms since 1970
	vertices []job.Vertex
	home     []int // the vertex of each plan node
	from     *restored
	assigned map[job.TaskID]*job.Restore

	counts  []*metrics.Node // of enumerators and committers, by plan node
	sources []*sourceRun
	aligned aligned
	sinks   []*sinkRun
	tasks   map[job.TaskID]job.TaskState
	closed  bool

	// What the checkpoint in progress has collected, and what is to be committed with the next.
	acks        map[job.TaskID]job.Ack
	triggered   int64
	target      place
	waiting     int // enumerators whose state is awaited
	trigger     job.Trigger
	enumerators map[string][]byte // uid: state
	finals      map[job.TaskID][]job.OperatorState
	carried     map[string][][]byte // uid: what was prepared for savepoints and failed checkpoints, and no checkpoint has committed
	storing     storing
}

// storing is what the manifest that is being stored, or was stored last, has taken.
type storing struct {
	ended   []job.TaskID
	carried map[string][][]byte
}

// carry keeps what sinks have prepared for a checkpoint that does not commit it: the next one does.
func (ex *execution) carry(states []job.OperatorState) {
	for _, s := range states {
		if s.Commit != nil {
			ex.carried[s.UID] = append(ex.carried[s.UID], s.Commit)
		}
	}
}

// carryAll is carry for everything that the checkpoint in progress has collected, and what its manifest had taken over from before.
func (ex *execution) carryAll() {
	for uid, hs := range ex.storing.carried {
		ex.carried[uid] = append(hs, ex.carried[uid]...)
	}
	ex.storing = storing{}
	for _, id := range ex.ids() {
		ex.carry(ex.acks[id].States)
	}
	clear(ex.acks)
}

// sinkRun is a sink with its committer.
type sinkRun struct {
	uid       string
	spec      *plan.Sink
	committer connectors.Committer // nil: nothing needs committing
}

func newExecution(a job.Attempt, nodes int) *execution {
	ctx, cancel := context.WithCancel(context.Background())
	counts := make([]*metrics.Node, nodes)
	for i := range counts {
		counts[i] = metrics.NewNode(i)
	}
	return &execution{
		counts: counts, attempt: a, ctx: ctx, cancel: cancel, tasks: map[job.TaskID]job.TaskState{}, acks: map[job.TaskID]job.Ack{},
		finals: map[job.TaskID][]job.OperatorState{}, carried: map[string][][]byte{}, enumerators: map[string][]byte{},
	}
}

// ids lists the tasks in order.
func (ex *execution) ids() []job.TaskID {
	ids := make([]job.TaskID, 0, len(ex.tasks))
	for id := range ex.tasks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, job.TaskID.Compare)
	return ids
}

// stopped tells whether no task runs.
func (ex *execution) stopped() bool {
	for _, s := range ex.tasks {
		if !s.Terminal() {
			return false
		}
	}
	return true
}

// finished tells whether all tasks have reached the end of their input.
func (ex *execution) finished() bool {
	for _, s := range ex.tasks {
		if s != job.TaskFinished {
			return false
		}
	}
	return true
}

// env is what connectors get from the job manager. Their pool has no bound: rows do not pass here.
func (m *master) env(ex *execution, n *plan.Node, uid string) connectors.Env {
	parallelism, count := ex.vertices[ex.home[n.ID]].Parallelism, ex.counts[n.ID].Counter
	if uid != n.UID {
		count = metrics.NewNode(n.ID).Counter // dead letters are counted apart
	}
	return connectors.Env{
		Pool: vector.NewPool(0), Log: m.log, Zone: zoneOf(m.set.Settings), Now: m.cfg.Clock.Now, JobID: string(m.id), Node: uid, Parallelism: parallelism,
		Streaming: !m.graph.Batch, Checkpointing: m.set.checkpoints.Enabled, Count: count,
		Lookup: m.cfg.Connectors.Get, JobName: m.graph.Name, Claimed: m.opts.Claim, CheckpointInterval: time.Duration(m.set.checkpoints.Interval) * time.Millisecond,
	}
}

// prepare opens what an attempt needs, on a helper's goroutine. fatal: trying again is of no use.
func (m *master) prepare(ex *execution, from *restored) (err error, fatal bool) { //nolint:revive // the verdict belongs to the error
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while the job was set up: %v", p)
		}
	}()
	if from == nil && m.opts.RestorePath != "" {
		if from, err = m.open(ex.ctx, m.opts.RestorePath); err != nil {
			return err, true
		}
	}
	ex.from = from
	ex.max = m.set.keyGroups(m.graph)
	ex.started = m.began
	if from != nil {
		ex.max = from.manifest.MaxParallelism
		if t := from.manifest.Started; t > 0 {
			ex.started = t
		}
	}
	ex.vertices, err = schedule.Vertices(m.graph, schedule.Options{Parallelism: m.set.parallelism, MaxParallelism: ex.max, Chaining: m.set.chaining})
	if err != nil {
		return err, true
	}
	ex.home = make([]int, len(m.graph.Nodes))
	for _, v := range ex.vertices {
		for _, n := range v.Nodes {
			ex.home[n] = v.ID
		}
	}
	if err := m.assign(ex); err != nil {
		return err, true
	}
	if err := m.openSinks(ex); err != nil {
		return err, false
	}
	return m.openSources(ex), false
}

// openSinks opens committers, publishes what the checkpoint restored from holds, and drops what later attempts left.
func (m *master) openSinks(ex *execution) error {
	for _, n := range m.graph.Nodes {
		var s *sinkRun
		switch spec := n.Spec.(type) {
		case *plan.Sink:
			s = &sinkRun{uid: n.UID, spec: spec}
		case *plan.Source:
			if spec.DeadLetter == nil {
				continue
			}
			s = &sinkRun{uid: job.DeadLetterUID(n.UID), spec: spec.DeadLetter}
		default:
			continue
		}
		c, err := m.cfg.Connectors.Sink(s.spec.Connector)
		if err != nil {
			return err
		}
		if s.committer, err = c.OpenCommitter(ex.ctx, s.spec, m.env(ex, n, s.uid)); err != nil {
			return job.TableError(s.spec.Table, err)
		}
		ex.sinks = append(ex.sinks, s)
		if s.committer == nil {
			continue
		}
		commits, states := ex.from.sink(s.uid)
		if len(commits) > 0 {
			if err := m.commitSink(ex.ctx, s, ex.from.manifest.Checkpoint, commits); err != nil {
				return err
			}
		}
		if err := s.committer.Abort(ex.ctx, m.referred(s.uid, commits, states, 0), m.referred(s.uid, commits, states, 1)); err != nil {
			return job.TableError(s.spec.Table, err)
		}
	}
	return nil
}

// referred returns the commits (which 0) or writer states (which 1) of a sink that a checkpoint or a savepoint of this job refers to.
func (m *master) referred(uid string, commits, states [][]byte, which int) [][]byte {
	out := [2][][]byte{slices.Clone(commits), slices.Clone(states)}
	for _, s := range m.saves {
		c, w := (&restored{manifest: s}).sink(uid)
		out[0], out[1] = append(out[0], c...), append(out[1], w...)
	}
	return out[which]
}

// deploy starts the tasks.
func (m *master) deploy(ex *execution) error {
	tms := make([]schedule.TaskManager, len(m.cfg.TaskManagers))
	for i, tm := range m.cfg.TaskManagers {
		tms[i] = schedule.TaskManager{ID: tm.ID(), Slots: tm.Slots()}
	}
	where, err := schedule.Assign(ex.vertices, tms)
	if err != nil {
		return err
	}
	m.describe(ex)
	for id := range where {
		ex.tasks[id] = job.TaskDeploying
	}
	for _, tm := range m.cfg.TaskManagers {
		d := rpc.Deployment{
			Attempt: ex.attempt, Name: m.graph.Name, Graph: m.graph, Vertices: ex.vertices, MaxParallelism: ex.max, Settings: m.set.Settings,
			Checkpointing: m.set.checkpoints.Enabled, AtLeastOnce: m.set.atLeastOnce, Started: ex.started, Master: m,
		}
		for _, id := range ex.ids() {
			if where[id] == tm.ID() {
				d.Tasks = append(d.Tasks, rpc.TaskDeployment{Task: id, Restore: *ex.assigned[id]})
			}
		}
		if len(d.Tasks) == 0 {
			continue
		}
		if err := tm.Deploy(ex.ctx, d); err != nil {
			for _, t := range d.Tasks {
				ex.tasks[t.Task] = job.TaskFailed
			}
			return fmt.Errorf("task manager %q: %w", tm.ID(), err)
		}
	}
	return nil
}

// describe puts the attempt into the status.
func (m *master) describe(ex *execution) {
	nodes := make([]job.NodeProgress, len(m.graph.Nodes))
	for i, n := range m.graph.Nodes {
		v := ex.vertices[ex.home[i]]
		nodes[i] = job.NodeProgress{
			Node: i, UID: n.UID, Name: n.Name, Kind: n.Spec.Kind(), Table: tableOf(n), Vertex: v.ID, Parallelism: v.Parallelism,
			Watermark: operators.MinWatermark,
		}
	}
	m.update(func(s *job.Status) {
		s.Attempt = ex.attempt.Number
		s.Progress.Nodes = nodes
		s.Progress.Restored = nil
		if ex.from != nil {
			s.Progress.Restored = ex.from.record()
		}
	})
}

// garbageLeft is what could not be deleted.
type garbageLeft struct{ places []place }

// closeExecution closes what the master has open of an attempt that has stopped, and clears up on another goroutine.
func (m *master) closeExecution(ex *execution, to job.State) {
	ex.closed = true
	for _, tm := range m.cfg.TaskManagers {
		tm.Release(ex.attempt)
	}
	for _, s := range ex.sources {
		if s.started {
			continue
		}
		if err := m.contain(s.enum.Close); err != nil {
			m.log.Warn("enumerator could not be closed", "table", s.node.Name, "error", err)
		}
	}
	m.discard(to)
	garbage := m.garbage
	m.garbage = nil
	abort := to == job.Failing || to == job.Cancelling
	if len(garbage) == 0 && len(ex.sinks) == 0 {
		return
	}
	latest := m.latest
	if latest == nil {
		latest = ex.from
	}
	m.spawn(func() event {
		ctx, cancel := context.WithTimeout(m.ctx, cleanupTime)
		defer cancel()
		for _, s := range ex.sinks {
			if s.committer == nil {
				continue
			}
			if abort {
				commits, states := latest.sink(s.uid)
				err := m.contain(func() error {
					return s.committer.Abort(ctx, m.referred(s.uid, commits, states, 0), m.referred(s.uid, commits, states, 1))
				})
				if err != nil {
					m.log.Warn("uncommitted output could not be dropped", "table", s.spec.Table, "error", err)
				}
			}
			if err := m.contain(s.committer.Close); err != nil {
				m.log.Warn("committer could not be closed", "table", s.spec.Table, "error", err)
			}
		}
		return garbageLeft{m.collect(ctx, garbage)}
	})
}
