package jobmanager

import (
	"context"
	"time"

	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// terminal: the job has ended.
type terminal struct{ as job.State }

func (t terminal) state() job.State { return t.as }

func (t terminal) enter(m *master) { m.over = true }

func (terminal) handle(*master, event) {}

// cleanupTime bounds what is deleted at the end of a job; what is left over is in the journal.
const cleanupTime = 30 * time.Second

// discard lists the retained checkpoints that do not outlive the job.
func (m *master) discard(to job.State) {
	keep := true
	switch to {
	case job.Cancelling:
		keep = m.set.keepOnCancel
	case job.Failing:
		keep = m.set.keepOnFailure
	case job.Finished:
		// After a stopping savepoint only the savepoint tells where the output ends; after the last rows the final checkpoint tells that
		// nothing is left to do.
		keep = m.finalID != 0
	case job.Restarting:
		return
	}
	if keep && m.set.dir != MemoryDir {
		return
	}
	for _, p := range m.places {
		m.garbage = append(m.garbage, p)
	}
	clear(m.places)
}

// collect deletes what is not needed any more; what cannot be deleted is tried again the next time.
func (m *master) collect(ctx context.Context, all []place) (left []place) {
	for i, p := range all {
		if ctx.Err() != nil {
			return append(left, all[i:]...)
		}
		if err := checkpoint.Remove(ctx, m.cfg.Stores, p.parent, p.name); err != nil {
			m.log.Warn("checkpoint could not be deleted, it is tried again", "error", err)
			left = append(left, p)
		}
	}
	return left
}
