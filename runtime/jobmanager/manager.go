package jobmanager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/connectors/objstore"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
	"millrace/runtime/rpc"
)

// ErrNotFound is wrapped by errors about jobs that are not known.
var ErrNotFound = errors.New("job not found")

// Connectors finds connectors; *connectors.Registry is one.
type Connectors interface {
	Get(name string) connectors.Connector
	Source(name string) (connectors.SourceConnector, error)
	Sink(name string) (connectors.SinkConnector, error)
}

// Config is what a job manager is made of.
type Config struct {
	TaskManagers []rpc.TaskManager
	Connectors   Connectors
	Stores       objstore.Opener
	Clock        job.Clock
	Log          *slog.Logger
	Settings     job.Settings
	KeepJobs     int // ended jobs that are kept; 0: 1000
	// Interactive names the connector whose rows cannot be taken back: jobs with such a sink are not restarted.
	Interactive string
	// Ended, if not nil, is called once when a job has ended, before Wait returns.
	Ended func(job.Status)
}

// Options are what a submission adds to its plan.
type Options struct {
	ID               job.ID
	RestorePath      string
	AllowNonRestored bool
	Claim            bool
}

// Manager is the job manager. Its methods may be called from many goroutines.
type Manager struct {
	cfg Config

	mu     sync.Mutex // guards what follows
	jobs   map[job.ID]*master
	order  []job.ID
	closed bool
}

// New returns a job manager.
func New(cfg Config) *Manager {
	if cfg.KeepJobs <= 0 {
		cfg.KeepJobs = 1000
	}
	return &Manager{cfg: cfg, jobs: map[job.ID]*master{}}
}

// Submit checks a plan and starts its job.
func (m *Manager) Submit(g *plan.Graph, o Options) (job.ID, error) {
	if o.ID == "" {
		o.ID = job.NewID()
	}
	ms, err := newMaster(&m.cfg, g, o)
	if err != nil {
		return "", fmt.Errorf("job %q: %w", g.Name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return "", errors.New("the cluster is closed")
	case m.jobs[o.ID] != nil:
		return "", fmt.Errorf("job %s exists already", o.ID)
	}
	m.jobs[o.ID] = ms
	m.order = append(m.order, o.ID)
	m.forget()
	go ms.run()
	return o.ID, nil
}

// forget drops the oldest ended jobs beyond the bound. m.mu is held.
func (m *Manager) forget() {
	over := len(m.order) - m.cfg.KeepJobs
	if over <= 0 {
		return
	}
	m.order = slices.DeleteFunc(m.order, func(id job.ID) bool {
		if over <= 0 || !m.jobs[id].ended() {
			return false
		}
		over--
		delete(m.jobs, id)
		return true
	})
}

func (m *Manager) find(id job.ID) (*master, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ms := m.jobs[id]; ms != nil {
		return ms, nil
	}
	return nil, fmt.Errorf("job %s: %w", id, ErrNotFound)
}

// Jobs lists all jobs, oldest first, without live figures.
func (m *Manager) Jobs() []job.Status {
	m.mu.Lock()
	masters := make([]*master, 0, len(m.order))
	for _, id := range m.order {
		masters = append(masters, m.jobs[id])
	}
	m.mu.Unlock()
	out := make([]job.Status, len(masters))
	for i, ms := range masters {
		out[i] = ms.snapshot()
	}
	return out
}

// Status returns a job with its live figures.
func (m *Manager) Status(ctx context.Context, id job.ID) (job.Status, error) {
	ms, err := m.find(id)
	if err != nil {
		return job.Status{}, err
	}
	return ms.live(ctx)
}

// Plan returns the plan of a job.
func (m *Manager) Plan(id job.ID) (*plan.Graph, error) {
	ms, err := m.find(id)
	if err != nil {
		return nil, err
	}
	return ms.graph, nil
}

// CheckpointDir returns the directory in which a job with that plan keeps its checkpoints.
func (m *Manager) CheckpointDir(g *plan.Graph) (string, error) {
	set, err := readSettings(m.cfg.Settings, g)
	return set.dir, err
}

// Probe shows whether the checkpoints of a plan can be written where its settings say, and drops what dead jobs have left there half sent.
func (m *Manager) Probe(ctx context.Context, g *plan.Graph) error {
	set, err := readSettings(m.cfg.Settings, g)
	if err != nil || !set.checkpoints.Enabled || set.dir == MemoryDir {
		return err
	}
	if err := checkpoint.Probe(ctx, m.cfg.Stores, set.dir); err != nil {
		return err
	}
	n, err := checkpoint.DropStale(ctx, m.cfg.Stores, set.dir, time.UnixMilli(m.cfg.Clock.Now()).Add(-staleUploads))
	switch log := m.cfg.Log; {
	case log == nil:
	case err != nil:
		log.Warn("uploads that jobs before left behind could not be dropped", "directory", set.dir, "error", err)
	case n > 0:
		log.Info("uploads that jobs before left behind were dropped", "directory", set.dir, "uploads", n)
	}
	return nil
}

// staleUploads is how old an upload of a checkpoint is whose job is dead.
const staleUploads = 24 * time.Hour

// Wait waits until a job has ended.
func (m *Manager) Wait(ctx context.Context, id job.ID) (job.Status, error) {
	ms, err := m.find(id)
	if err != nil {
		return job.Status{}, err
	}
	select {
	case <-ms.done:
		return ms.snapshot(), nil
	case <-ctx.Done():
		return ms.snapshot(), ctx.Err()
	}
}

// Cancel asks a job to stop. A job that has ended stays as it is.
func (m *Manager) Cancel(id job.ID) error {
	ms, err := m.find(id)
	if err != nil {
		return err
	}
	ms.post(cancelRequest{})
	return nil
}

// Savepoint takes a savepoint below dir; stop ends the job with it.
func (m *Manager) Savepoint(ctx context.Context, id job.ID, dir string, stop, drain bool) (string, error) {
	ms, err := m.find(id)
	if err != nil {
		return "", err
	}
	if dir == "" {
		dir = ms.set.savepointDir
	}
	if dir == "" {
		return "", fmt.Errorf("savepoint of job %s: neither a directory nor the option %q is given", id, "execution.checkpointing.savepoint-dir")
	}
	reply := make(chan savepointResult, 1)
	ms.post(savepointRequest{dir: dir, stop: stop, drain: drain, reply: reply})
	select {
	case r := <-reply:
		return r.path, r.err
	case <-ms.done:
		select {
		case r := <-reply:
			return r.path, r.err
		default:
			return "", fmt.Errorf("savepoint of job %s: the job is %s", id, ms.snapshot().State)
		}
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Close suspends all jobs and waits until they have ended.
func (m *Manager) Close() {
	m.mu.Lock()
	m.closed = true
	masters := make([]*master, 0, len(m.jobs))
	for _, ms := range m.jobs {
		masters = append(masters, ms)
	}
	m.mu.Unlock()
	for _, ms := range masters {
		ms.post(suspendRequest{})
	}
	for _, ms := range masters {
		<-ms.done
	}
}
