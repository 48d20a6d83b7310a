package minicluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"millrace/connectors"
	"millrace/connectors/objstore"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/collect"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/jobmanager"
	"millrace/runtime/rpc"
	"millrace/runtime/taskmanager"
)

// SubmitOptions are what a submission adds to its plan.
type SubmitOptions struct {
	// ID is the job's id; "": a new one.
	ID job.ID
	// RestorePath is a checkpoint or savepoint (its directory or manifest) to start from; "": the setting execution.state-recovery.path, or nothing.
	RestorePath string
	// AllowNonRestored lets state be dropped that no operator of the plan claims.
	AllowNonRestored bool
	// Claim makes the job the owner of the checkpoint restored from: it is deleted when it is no longer needed, and so is what the job that wrote it
	// left unfinished. That job must not run any more.
	Claim bool
}

// Cluster is a running cluster. Its methods may be called from many goroutines.
type Cluster struct {
	collect *collect.Connector
	reg     *registry
	clock   job.Clock
	stores  *stores
	jobs    *jobmanager.Manager
	tasks   []*taskmanager.Manager
}

// New starts a cluster. Close ends it.
func New(cfg Config) *Cluster {
	if cfg.Clock == nil {
		cfg.Clock = job.SystemClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cluster{collect: &collect.Connector{}, clock: cfg.Clock, stores: &stores{other: cfg.Stores}}
	reg := &registry{base: cfg.Connectors, collect: c.collect}
	c.reg = reg
	hub := &exchange.Hub{}
	var tms []rpc.TaskManager
	for i := range max(cfg.TaskManagers, 1) {
		tm := taskmanager.New(taskmanager.Config{
			ID: fmt.Sprintf("tm-%d", i), Slots: cfg.Slots, Operators: cfg.Operators, Partitioner: cfg.Partitioner, Connectors: reg, Stores: c.stores,
			Hub: hub, Clock: cfg.Clock, Log: cfg.Log,
		})
		c.tasks = append(c.tasks, tm)
		tms = append(tms, tm)
	}
	c.jobs = jobmanager.New(jobmanager.Config{
		TaskManagers: tms, Connectors: reg, Stores: c.stores, Clock: cfg.Clock, Log: cfg.Log, Settings: cfg.Settings, KeepJobs: cfg.KeepJobs,
		Interactive: collect.Name, Ended: c.ended,
	})
	return c
}

// ended tells the client that reads the rows of a job.
func (c *Cluster) ended(s job.Status) {
	r := c.collect.Results(string(s.ID))
	if r == nil {
		return
	}
	switch s.State {
	case job.Finished:
		r.End(nil)
	case job.Failed:
		r.End(errors.New(s.Failure))
	default:
		r.End(fmt.Errorf("job %s is %s", s.ID, s.State))
	}
}

// Submit starts a job and returns its id. It returns when the plan has been accepted, not when tasks run: what goes wrong later is in its status.
func (c *Cluster) Submit(_ context.Context, g *plan.Graph, o SubmitOptions) (job.ID, error) {
	id, _, err := c.submit(g, o) //nolint:contextcheck // a job outlives the call that starts it
	return id, err
}

// SubmitQuery is Submit of a plan with a collect sink; it returns the rows to come.
func (c *Cluster) SubmitQuery(_ context.Context, g *plan.Graph, o SubmitOptions) (job.ID, *collect.Results, error) {
	if collect.SinkOf(g) == nil {
		return "", nil, fmt.Errorf("job %q: the plan does not return rows", g.Name)
	}
	return c.submit(g, o) //nolint:contextcheck // a job outlives the call that starts it
}

func (c *Cluster) submit(g *plan.Graph, o SubmitOptions) (job.ID, *collect.Results, error) {
	if o.ID == "" {
		o.ID = job.NewID()
	}
	var results *collect.Results
	if s := collect.SinkOf(g); s != nil {
		results = c.collect.Register(string(o.ID), s.Schema)
	}
	id, err := c.jobs.Submit(g, jobmanager.Options{ID: o.ID, RestorePath: o.RestorePath, AllowNonRestored: o.AllowNonRestored, Claim: o.Claim})
	if err != nil && results != nil {
		c.collect.Forget(string(o.ID))
	}
	if err != nil {
		return "", nil, err
	}
	return id, results, nil
}

// Results returns the rows of a job whose plan has a collect sink, also after it has ended; nil if there is none or it was closed.
func (c *Cluster) Results(id job.ID) *collect.Results { return c.collect.Results(string(id)) }

// Status returns what is known of a job, with live figures.
func (c *Cluster) Status(ctx context.Context, id job.ID) (job.Status, error) {
	return c.jobs.Status(ctx, id)
}

// Plan returns the plan of a job.
func (c *Cluster) Plan(id job.ID) (*plan.Graph, error) { return c.jobs.Plan(id) }

// Jobs lists all jobs, oldest first, without live figures.
func (c *Cluster) Jobs() []job.Status { return c.jobs.Jobs() }

// Wait waits until the job has ended and returns its status. The error is about the waiting, not about the job.
func (c *Cluster) Wait(ctx context.Context, id job.ID) (job.Status, error) {
	return c.jobs.Wait(ctx, id)
}

// Cancel asks a job to stop; Wait tells when it has. Its retained checkpoints stay unless the settings say otherwise.
func (c *Cluster) Cancel(_ context.Context, id job.ID) error { return c.jobs.Cancel(id) }

// Savepoint takes a savepoint under dir ("": execution.checkpointing.savepoint-dir) and returns its path.
func (c *Cluster) Savepoint(ctx context.Context, id job.ID, dir string) (string, error) {
	return c.jobs.Savepoint(ctx, id, dir, false, false)
}

// Stop takes a savepoint, commits its output and ends the job, whose state becomes FINISHED. drain sends the last watermark first, so that all windows
// fire; such a savepoint is not for going on from.
func (c *Cluster) Stop(ctx context.Context, id job.ID, dir string, drain bool) (string, error) {
	return c.jobs.Savepoint(ctx, id, dir, true, drain)
}

// Probe shows whether the checkpoints of a plan can be written where its settings say. A job is accepted all the same: its directory may come back.
func (c *Cluster) Probe(ctx context.Context, g *plan.Graph) error { return c.jobs.Probe(ctx, g) }

// Latest returns the newest completed checkpoint of jobs with the plan's name below the plan's checkpoint directory, as a path for
// SubmitOptions.RestorePath, or "" if there is none. Checkpoints of a plan with the same operators are preferred to others of that name; those
// of the jobs in skip do not count.
func (c *Cluster) Latest(ctx context.Context, g *plan.Graph, skip map[job.ID]bool) (string, error) {
	dir, err := c.jobs.CheckpointDir(g)
	if err != nil {
		return "", err
	}
	f, err := checkpoint.FindLatest(ctx, c.stores, dir, checkpoint.Query{JobName: g.Name, Fingerprint: jobmanager.Fingerprint(g), Skip: skip})
	if errors.Is(err, objstore.ErrNotFound) {
		return "", nil
	}
	return f.Path, err
}

// Stores opens checkpoint directories as the cluster does; for checkpoint.FindLatest.
func (c *Cluster) Stores() objstore.Opener { return c.stores }

// Close suspends all jobs and waits until everything has stopped. Checkpoints in a directory stay.
func (c *Cluster) Close() error {
	c.jobs.Close()
	for _, tm := range c.tasks {
		tm.Close()
	}
	return nil
}

// registry adds the cluster's collect connector to the configured ones.
type registry struct {
	base    *connectors.Registry
	collect *collect.Connector
}

// Get implements task.Connectors.
func (r *registry) Get(name string) connectors.Connector {
	if name == collect.Name {
		return r.collect
	}
	if r.base == nil {
		return nil
	}
	return r.base.Get(name)
}

// Source implements task.Connectors.
func (r *registry) Source(name string) (connectors.SourceConnector, error) {
	if c, ok := r.Get(name).(connectors.SourceConnector); ok {
		return c, nil
	}
	return nil, fmt.Errorf("source connector %q: %w", name, connectors.ErrNotFound)
}

// Sink implements task.Connectors.
func (r *registry) Sink(name string) (connectors.SinkConnector, error) {
	if c, ok := r.Get(name).(connectors.SinkConnector); ok {
		return c, nil
	}
	return nil, fmt.Errorf("sink connector %q: %w", name, connectors.ErrNotFound)
}
