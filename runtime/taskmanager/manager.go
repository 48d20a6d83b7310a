package taskmanager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"millrace/connectors/objstore"
	"millrace/operators/vector"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/rpc"
	"millrace/runtime/state"
	"millrace/runtime/task"
)

// LimitKey is the setting that bounds the memory of one job's tasks on one task manager; 0 or not set: no bound.
const LimitKey = "taskmanager.memory.job-limit"

// Config is what a task manager is made of.
type Config struct {
	ID          string
	Slots       int // 0: no bound
	Operators   task.OperatorFactory
	Partitioner exchange.PartitionerFactory
	Connectors  task.Connectors
	Stores      objstore.Opener
	Hub         *exchange.Hub
	Clock       job.Clock
	Log         *slog.Logger
}

// Manager is one task manager. Its methods may be called from many goroutines.
type Manager struct {
	cfg    Config
	states *state.Stores

	mu       sync.Mutex
	attempts map[job.Attempt]*attempt // guarded by mu
	used     int                      // slots; guarded by mu
	closed   bool                     // guarded by mu
	running  sync.WaitGroup
}

// attempt is what runs here of one execution of a job.
type attempt struct {
	cancel context.CancelFunc
	pool   *vector.Pool
	tasks  map[job.TaskID]*task.Task
	left   int // tasks that run
	slots  int
}

// New returns a task manager.
func New(cfg Config) *Manager {
	return &Manager{cfg: cfg, states: &state.Stores{Opener: cfg.Stores}, attempts: map[job.Attempt]*attempt{}}
}

// ID implements rpc.TaskManager.
func (m *Manager) ID() string { return m.cfg.ID }

// Slots implements rpc.TaskManager.
func (m *Manager) Slots() int {
	if m.cfg.Slots == 0 {
		return -1
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(0, m.cfg.Slots-m.used)
}

// Deploy implements rpc.TaskManager.
func (m *Manager) Deploy(_ context.Context, d rpc.Deployment) error { //nolint:contextcheck // tasks outlive the call that starts them
	limit, err := d.Settings.Bytes(LimitKey, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{cancel: cancel, pool: vector.NewPool(limit), tasks: map[job.TaskID]*task.Task{}, left: len(d.Tasks)}
	slots := map[int]bool{}
	for _, t := range d.Tasks {
		slots[t.Task.Subtask] = true
		a.tasks[t.Task] = task.New(task.Config{
			Attempt: d.Attempt, Task: t.Task, Graph: d.Graph, Vertices: d.Vertices, MaxParallelism: d.MaxParallelism, Settings: d.Settings,
			Checkpointing: d.Checkpointing, AtLeastOnce: d.AtLeastOnce, Started: d.Started, Restore: t.Restore, Operators: m.cfg.Operators,
			Partitioner: m.cfg.Partitioner, Connectors: m.cfg.Connectors, Hub: m.cfg.Hub, States: m.states, Pool: a.pool, Clock: m.cfg.Clock,
			Log: m.cfg.Log, Report: d.Master.Report, Acknowledge: d.Master.Acknowledge,
			SourceTime: d.Master.SourceTime,
		})
	}
	a.slots = len(slots)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		err = errors.New("task manager is closed")
	case m.attempts[d.Attempt] != nil:
		err = fmt.Errorf("attempt %s is deployed already", d.Attempt)
	case m.cfg.Slots > 0 && m.used+a.slots > m.cfg.Slots:
		err = fmt.Errorf("task manager %q: %d slots wanted, %d free", m.cfg.ID, a.slots, m.cfg.Slots-m.used)
	}
	if err != nil {
		cancel()
		for id := range a.tasks {
			m.cfg.Hub.Remove(exchange.Address{Attempt: d.Attempt, Task: id})
		}
		return err
	}
	m.attempts[d.Attempt] = a
	m.used += a.slots
	for _, t := range a.tasks {
		m.running.Go(func() {
			r := t.Run(ctx)
			m.ended(a)
			d.Master.Report(r)
		})
	}
	return nil
}

// ended notes that a task has ended. The attempt stays known until it is released, for its figures.
func (m *Manager) ended(a *attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a.left--
	if a.left == 0 {
		m.used -= a.slots
		a.cancel()
	}
}

func (m *Manager) find(a job.Attempt) *attempt {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.attempts[a]
}

// Trigger implements rpc.TaskManager.
func (m *Manager) Trigger(a job.Attempt, tr job.Trigger) {
	if at := m.find(a); at != nil {
		for _, t := range at.tasks {
			if t.IsHead() {
				t.Trigger(tr)
			}
		}
	}
}

// Complete implements rpc.TaskManager.
func (m *Manager) Complete(a job.Attempt, checkpoint int64) {
	if at := m.find(a); at != nil {
		for _, t := range at.tasks {
			t.Complete(checkpoint)
		}
	}
}

// Abort implements rpc.TaskManager.
func (m *Manager) Abort(a job.Attempt, checkpoint int64, resume bool) {
	if at := m.find(a); at != nil {
		for _, t := range at.tasks {
			t.Abort(checkpoint, resume)
		}
	}
}

// AddSplits implements rpc.TaskManager.
func (m *Manager) AddSplits(a job.Attempt, id job.TaskID, splits []job.Split, last bool) {
	if at := m.find(a); at != nil && at.tasks[id] != nil {
		at.tasks[id].AddSplits(splits, last)
	}
}

// Align implements rpc.TaskManager.
func (m *Manager) Align(a job.Attempt, id job.TaskID, limit int64) {
	if at := m.find(a); at != nil && at.tasks[id] != nil {
		at.tasks[id].Align(limit)
	}
}

// Cancel implements rpc.TaskManager.
func (m *Manager) Cancel(a job.Attempt) {
	if at := m.find(a); at != nil {
		at.cancel()
	}
}

// Release implements rpc.TaskManager.
func (m *Manager) Release(a job.Attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.attempts, a)
}

// Progress implements rpc.TaskManager.
func (m *Manager) Progress(_ context.Context, a job.Attempt, p *job.Progress) error {
	at := m.find(a)
	if at == nil {
		return nil
	}
	p.MemoryBytes += at.pool.InUse()
	p.PeakBytes += at.pool.Peak()
	for _, t := range at.tasks {
		for _, n := range t.Nodes() {
			n.AddTo(&p.Nodes[n.ID])
		}
	}
	return nil
}

// Close cancels everything that runs and waits for it.
func (m *Manager) Close() {
	m.mu.Lock()
	m.closed = true
	for _, a := range m.attempts {
		a.cancel()
	}
	m.mu.Unlock()
	m.running.Wait()
}
