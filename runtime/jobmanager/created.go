package jobmanager

import (
	"millrace/runtime/job"
)

// created: the next attempt is being set up.
type created struct{}

func (created) state() job.State { return job.Created }

func (created) enter(m *master) {
	m.attempts++
	ex := newExecution(job.Attempt{Job: m.id, Number: m.attempts}, len(m.graph.Nodes))
	m.ex = ex
	m.counts.Store(&ex.counts)
	from := m.latest
	m.spawn(func() event {
		err, fatal := m.prepare(ex, from)
		return prepared{ex, err, fatal}
	})
}

func (created) handle(m *master, e event) {
	switch e := e.(type) {
	case prepared:
		if e.err != nil {
			m.failed("", e.err.Error(), "", e.fatal || job.Fatal(e.err))
			return
		}
		m.becomeRunning()
	case cancelRequest:
		m.become(&windingDown{to: job.Cancelling})
	case suspendRequest:
		m.become(&windingDown{to: job.Suspended})
	case savepointRequest:
		e.reply <- savepointResult{err: errNotRunning}
	}
}
