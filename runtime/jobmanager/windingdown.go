package jobmanager

import (
	"maps"
	"time"

	"millrace/connectors"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// windingDown: the attempt is being stopped, on the way to what is named in to: Failing to FAILED, Cancelling to CANCELED, Restarting to the next
// attempt, Finished (after a stopping savepoint) to FINISHED, Suspended to SUSPENDED.
type windingDown struct {
	to    job.State
	delay int64 // Restarting: before the next attempt
	since int64
	timed bool // the delay has begun
	limit *time.Timer
}

func (w *windingDown) state() job.State {
	switch w.to {
	case job.Finished, job.Suspended:
		return job.Running // until everything has stopped
	default:
		return w.to
	}
}

func (w *windingDown) enter(m *master) {
	w.since = m.cfg.Clock.Now()
	m.update(func(s *job.Status) { s.Progress = m.figures(m.ctx, s.Progress, m.attempts) })
	if m.coord != nil {
		m.step(checkpoint.Stopped{Now: w.since, Reason: "the attempt is being stopped"})
	}
	w.bound(m)
	m.ex.cancel()
	for _, tm := range m.cfg.TaskManagers {
		tm.Cancel(m.ex.attempt)
	}
}

func (w *windingDown) handle(m *master, e event) {
	switch e := e.(type) {
	case taskReport:
		if e.Attempt == m.ex.attempt {
			m.ex.tasks[e.Task] = e.State
		}
	case manifestStored:
		m.manifestStored(e)
	case commitDone:
		m.commitDone(e)
	case cancelRequest:
		if w.to == job.Restarting {
			w.turn(m, job.Cancelling)
		}
	case suspendRequest:
		if w.to == job.Restarting {
			w.turn(m, job.Suspended)
		}
	case restartTime:
		if w.to == job.Restarting && e.attempt == m.attempts {
			m.become(created{})
		}
	case savepointRequest:
		e.reply <- savepointResult{err: errNotRunning}
	}
}

// bound gives up stores and commits that hang, when nothing is to follow that needs their result.
func (w *windingDown) bound(m *master) {
	if w.to != job.Restarting && w.limit == nil {
		w.limit = time.AfterFunc(cleanupTime, m.cancel)
	}
}

// turn changes where a restart leads to.
func (w *windingDown) turn(m *master, to job.State) {
	w.to, w.timed = to, false
	w.bound(m)
	m.setState(w.state())
}

// quiet tells whether nothing of the attempt goes on any more.
func (m *master) quiet() bool {
	return m.inflight == 0 && m.ex.stopped() && (m.coord == nil || !m.coord.Busy())
}

// settled is called, possibly more than once, when everything of the attempt has ended.
func (w *windingDown) settled(m *master) {
	if w.timed {
		return
	}
	w.timed = true
	if !m.ex.closed {
		m.update(func(s *job.Status) { s.Progress = m.figures(m.ctx, s.Progress, m.attempts) })
		m.closeExecution(m.ex, w.to)
		if m.inflight > 0 {
			w.timed = false // closing goes on, on another goroutine
			return
		}
	}
	if w.limit != nil {
		w.limit.Stop()
	}
	if w.to == job.Finished {
		m.update(func(s *job.Status) { nothingPending(&s.Progress) })
	}
	switch w.to {
	case job.Failing:
		m.become(terminal{job.Failed})
	case job.Cancelling:
		m.become(terminal{job.Canceled})
	case job.Restarting:
		n := m.attempts
		m.arm(never)
		if w.delay <= 0 {
			m.become(created{})
			return
		}
		m.stop = m.cfg.Clock.At(w.since+w.delay, func() { m.post(restartTime{n}) })
	default:
		m.become(terminal{w.to})
	}
}

// nothingPending corrects the figures of a job that has committed everything: writers that have ended are not told of the last checkpoint.
func nothingPending(p *job.Progress) {
	for i := range p.Nodes {
		c := maps.Clone(p.Nodes[i].Counters) // others may be reading them
		for _, name := range []string{connectors.CountPendingTransactions, connectors.CountPendingUploads} {
			if c[name] != 0 {
				c[name] = 0
			}
		}
		p.Nodes[i].Counters = c
	}
}
