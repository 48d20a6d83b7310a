package jobmanager

import (
	"errors"

	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

var errNotRunning = errors.New("the job is not running")

// running: tasks have been deployed.
type running struct{}

func (running) state() job.State { return job.Running }

// becomeRunning deploys the attempt that has been prepared.
func (m *master) becomeRunning() {
	ex := m.ex
	if err := m.deploy(ex); err != nil {
		m.failed("", err.Error(), "", false)
		return
	}
	m.become(running{})
}

func (running) enter(m *master) {
	m.ex.aligned.began = m.cfg.Clock.Now()
	m.startSources(m.ex)
	m.step(checkpoint.Started{Now: m.cfg.Clock.Now(), Tasks: m.ex.ids()})
}

func (running) handle(m *master, e event) {
	now := m.cfg.Clock.Now()
	switch e := e.(type) {
	case taskReport:
		if e.Attempt == m.ex.attempt {
			m.report(e.TaskReport)
		}
	case taskAck:
		m.acknowledged(e.Ack)
	case sourceTime:
		if e.Attempt == m.ex.attempt {
			m.align(e.SourceTime)
		}
	case clockTick:
		if e.armed == m.timer {
			m.step(checkpoint.Tick{Now: now})
		}
	case splitsFound:
		m.splitsFound(e)
	case enumeratorState:
		m.enumeratorState(e)
	case manifestStored:
		m.manifestStored(e)
	case commitDone:
		m.commitDone(e)
	case cancelRequest:
		m.become(&windingDown{to: job.Cancelling})
	case suspendRequest:
		m.become(&windingDown{to: job.Suspended})
	case savepointRequest:
		m.tokens++
		m.requests[m.tokens] = e
		m.step(checkpoint.Request{Now: now, Token: m.tokens, Stop: e.stop, Drain: e.drain})
	}
}

// report handles the change of a task's state.
func (m *master) report(r job.TaskReport) {
	ex := m.ex
	ex.tasks[r.Task] = r.State
	switch r.State {
	case job.TaskFailed:
		m.failed(ex.vertices[r.Task.Vertex].TaskName(r.Task.Subtask), r.Failure, r.Stack, r.Fatal)
	case job.TaskCanceled:
		m.failed(ex.vertices[r.Task.Vertex].TaskName(r.Task.Subtask), "the task was canceled by its task manager", "", false)
	case job.TaskFinished:
		if len(r.Final) > 0 {
			ex.finals[r.Task] = r.Final
		}
		now := m.cfg.Clock.Now()
		m.step(checkpoint.Ended{Now: now, Task: r.Task})
		if m.ex == ex && ex.finished() {
			m.step(checkpoint.Finish{Now: now})
		}
	}
}
