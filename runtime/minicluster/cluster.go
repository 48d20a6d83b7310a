package minicluster

import (
	"context"
	"errors"

	"millrace/planner/plan"
	"millrace/runtime/collect"
	"millrace/runtime/job"
)

// SubmitOptions are what a submission adds to its plan.
type SubmitOptions struct {
	// ID is the job's id; "": a new one.
	ID job.ID
	// RestorePath is a checkpoint or savepoint (its directory or manifest) to start from; "": the setting execution.state-recovery.path, or nothing.
	RestorePath string
	// AllowNonRestored lets state be dropped that no operator of the plan claims.
	AllowNonRestored bool
	// Claim makes the job the owner of the checkpoint restored from: it is deleted when it is no longer needed.
	Claim bool
}

// Cluster is a running cluster. Its methods may be called from many goroutines.
type Cluster struct {
	cfg Config
}

var errNotYet = errors.New("job execution is not supported yet")

// New starts a cluster.
func New(cfg Config) *Cluster { return &Cluster{cfg: cfg} }

// Submit starts a job and returns its id. It returns when the plan has been accepted, not when tasks run.
func (c *Cluster) Submit(ctx context.Context, g *plan.Graph, o SubmitOptions) (job.ID, error) {
	return "", errNotYet
}

// Results returns the rows of a job whose plan has a collect sink, else nil.
func (c *Cluster) Results(id job.ID) *collect.Results { return nil }

// Status returns what is known of a job, with live figures.
func (c *Cluster) Status(ctx context.Context, id job.ID) (job.Status, error) {
	return job.Status{}, errNotYet
}

// Jobs lists all jobs, oldest first, without live figures.
func (c *Cluster) Jobs() []job.Status { return nil }

// Wait waits until the job has ended and returns its status. The error is about the waiting, not about the job.
func (c *Cluster) Wait(ctx context.Context, id job.ID) (job.Status, error) {
	return job.Status{}, errNotYet
}

// Cancel asks a job to stop; Wait tells when it has.
func (c *Cluster) Cancel(ctx context.Context, id job.ID) error { return errNotYet }

// Savepoint takes a savepoint under dir ("": execution.checkpointing.savepoint-dir) and returns its path.
func (c *Cluster) Savepoint(ctx context.Context, id job.ID, dir string) (string, error) {
	return "", errNotYet
}

// Stop takes a savepoint, commits its output and ends the job. drain sends the last watermark first, so that all windows fire.
func (c *Cluster) Stop(ctx context.Context, id job.ID, dir string, drain bool) (string, error) {
	return "", errNotYet
}

// Close suspends all jobs and waits until everything has stopped. Checkpoints stay.
func (c *Cluster) Close() error { return nil }
