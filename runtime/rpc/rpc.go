package rpc

import (
	"context"

	"millrace/planner/plan"
	"millrace/runtime/job"
)

// TaskManager is what the job manager calls.
type TaskManager interface {
	// ID names the task manager.
	ID() string
	// Slots is the number of free slots; < 0: no bound.
	Slots() int
	// Deploy starts subtasks. It fails if the deployment itself is wrong; failures of tasks are reported.
	Deploy(ctx context.Context, d Deployment) error
	// Trigger begins a checkpoint at the subtasks without inputs.
	Trigger(a job.Attempt, t job.Trigger)
	// Complete tells that a checkpoint is complete and what was prepared for it committed. Nothing depends on it.
	Complete(a job.Attempt, checkpoint int64)
	// Abort gives a checkpoint up. resume lets sources go on that a trigger has stopped.
	Abort(a job.Attempt, checkpoint int64, resume bool)
	// AddSplits gives a source's subtask splits to read; none means that all splits known have been dealt out. last says that no more will come.
	AddSplits(a job.Attempt, t job.TaskID, splits []job.Split, last bool)
	// Align tells a source's subtask not to read rows later than limit (ms) yet.
	Align(a job.Attempt, t job.TaskID, limit int64)
	// Cancel stops all subtasks of an attempt; each reports when it has ended.
	Cancel(a job.Attempt)
	// Release forgets an attempt that has ended.
	Release(a job.Attempt)
	// Progress adds the figures of the attempt's subtasks, node by node.
	Progress(ctx context.Context, a job.Attempt, p *job.Progress) error
}

// JobMaster is what task managers call.
type JobMaster interface {
	// Report tells of a change of a subtask's state.
	Report(r job.TaskReport)
	// Acknowledge tells that a subtask has done its part of a checkpoint, or could not.
	Acknowledge(a job.Ack)
	// SourceTime tells how far a source has come that is kept together with others; see connectors.Alignment.
	SourceTime(s job.SourceTime)
}

// Deployment is the subtasks of one attempt on one task manager.
type Deployment struct {
	Attempt        job.Attempt
	Name           string // of the job
	Graph          *plan.Graph
	Vertices       []job.Vertex // all of the job
	MaxParallelism int
	Settings       job.Settings
	Checkpointing  bool
	AtLeastOnce    bool
	Started        int64 // when the job began, ms since 1970; also in later attempts and after a restore
	Tasks          []TaskDeployment
	Master         JobMaster
}

// TaskDeployment is one subtask.
type TaskDeployment struct {
	Task    job.TaskID
	Restore job.Restore
}
