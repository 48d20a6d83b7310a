package task

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
)

// Task is one subtask. Make it with New; its fields belong to the goroutine in Run.
type Task struct {
	cfg    Config
	vertex job.Vertex
	zone   *time.Location
	box    *mailbox
	gate   *exchange.Gate // nil: a source or constant rows
	nodes  []*metrics.Node

	ctx    context.Context // of Run
	stages []*stage        // operators in topological order
	source *source
	sinks  []*sink
	edges  []*edge

	listeners []connectors.CheckpointListener
	listens   atomic.Bool // there are some: notices are worth the interruption

	current *stage // whose code runs, for the message of a panic

	rearm   bool
	armed   int64
	disarm  func()
	dirty   bool  // some sink has unflushed rows
	flushAt int64 // when to flush them
	timeout int64 // execution.buffer-timeout

	uploads   sync.WaitGroup
	snapshots []*upload
	last      int64 // the newest checkpoint seen
	ending    bool  // the end has been sent: no checkpoint begins here any more
	final     []job.OperatorState
}

// New returns a task and makes its gate known to the hub.
func New(cfg Config) *Task {
	t := &Task{cfg: cfg, vertex: cfg.vertex(), box: newMailbox(), armed: never, flushAt: never, last: cfg.Restore.Checkpoint}
	for _, id := range t.vertex.Nodes {
		t.nodes = append(t.nodes, metrics.NewNode(id))
	}
	if len(t.vertex.Inputs) > 0 {
		t.gate = exchange.GateOf(t.vertex, cfg.Vertices, cfg.Task.Subtask, cfg.AtLeastOnce, t.box.notify)
		cfg.Hub.Add(exchange.Address{Attempt: cfg.Attempt, Task: cfg.Task}, t.gate)
	}
	return t
}

// ID names the subtask.
func (t *Task) ID() job.TaskID { return t.cfg.Task }

// IsHead tells whether the task has no inputs, so that checkpoints begin with it.
func (t *Task) IsHead() bool { return t.gate == nil }

// Nodes are the counters of the task's plan nodes.
func (t *Task) Nodes() []*metrics.Node { return t.nodes }

// Run runs the task until its input ends, it fails, or ctx ends.
func (t *Task) Run(ctx context.Context) job.TaskReport {
	r := job.TaskReport{Attempt: t.cfg.Attempt, Task: t.cfg.Task}
	ctx, cancel := context.WithCancel(ctx)
	t.ctx = ctx
	stack, err := t.protect(t.work)
	canceled := ctx.Err() != nil
	cancel() // ends uploads of a task that failed
	t.uploads.Wait()
	if closeStack, closeErr := t.protect(t.close); err == nil && closeErr != nil {
		err, stack = closeErr, closeStack
	}
	switch {
	case err == nil:
		r.State, r.Final = job.TaskFinished, t.final
	case canceled:
		r.State = job.TaskCanceled
	default:
		r.State, r.Failure, r.Stack, r.Fatal = job.TaskFailed, err.Error(), stack, job.Fatal(err)
	}
	for _, n := range t.nodes {
		n.State.Store(int32(r.State))
	}
	return r
}

// protect calls f and turns a panic into an error with its stack.
func (t *Task) protect(f func() error) (stack string, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		stack = string(debug.Stack())
		name := t.cfg.name()
		if t.current != nil {
			name = t.current.node.Name
		}
		var limit *vector.LimitError
		if e, ok := p.(error); ok && errors.As(e, &limit) {
			err, stack = named(name, limit), ""
			return
		}
		err = named(name, fmt.Errorf("panic: %v", p))
		t.cfg.Log.Error("task panicked", "job", t.cfg.Attempt.Job, "task", t.cfg.name(), "panic", p, "stack", stack)
	}()
	return "", f()
}

// work is the life of the task.
func (t *Task) work() error {
	if err := t.open(); err != nil {
		return err
	}
	for _, n := range t.nodes {
		n.State.Store(int32(job.TaskRunning))
	}
	t.cfg.Report(job.TaskReport{Attempt: t.cfg.Attempt, Task: t.cfg.Task, State: job.TaskRunning})
	var err error
	switch {
	case t.cfg.Restore.Finished:
		err = t.watermarkOnly()
	case t.source != nil:
		err = t.source.run()
	case t.gate == nil:
		err = t.constant()
	default:
		err = t.consume()
	}
	if err != nil {
		return err
	}
	return t.finish()
}

// constant runs a chain whose head makes rows of nothing.
func (t *Task) constant() error {
	if err := t.between(); err != nil {
		return err
	}
	s := t.stages[0]
	if err := s.process(0, nil); err != nil {
		return err
	}
	if err := s.finish(); err != nil {
		return err
	}
	return s.watermark(operators.MaxWatermark)
}

// watermarkOnly stands for a chain that had ended when the checkpoint was taken: its rows and its last actions have been.
func (t *Task) watermarkOnly() error {
	for t.gate != nil {
		ev, ok := t.gate.Next()
		if ok {
			if ev.Batch != nil {
				ev.Batch.Release()
			}
			if ev.Kind == exchange.End {
				break
			}
			continue
		}
		select {
		case <-t.box.wake:
		case <-t.ctx.Done():
			return context.Cause(t.ctx)
		}
	}
	for _, e := range t.edges {
		if err := e.watermark(operators.MaxWatermark); err != nil {
			return err
		}
	}
	return nil
}

// consume runs a chain that is fed by a gate.
func (t *Task) consume() error {
	head := t.head()
	for {
		if err := t.between(); err != nil {
			return err
		}
		ev, ok := t.gate.Next()
		if !ok {
			if t.rearm {
				t.arm()
			}
			select {
			case <-t.box.wake:
			case <-t.ctx.Done():
				return context.Cause(t.ctx)
			}
			continue
		}
		if err := t.ctx.Err(); err != nil {
			return err
		}
		var err error
		//exhaustive:enforce
		switch ev.Kind {
		case exchange.Rows:
			err = head.take(ev.Input, ev.Batch)
			ev.Batch.Release()
		case exchange.Watermark:
			err = head.watermark(ev.Time)
		case exchange.Idle, exchange.Active:
			err = head.idle(ev.Kind == exchange.Idle)
		case exchange.Barrier:
			err = t.checkpoint(*ev.Barrier)
		case exchange.End:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// entry is the head of a chain that is fed by a gate.
type entry interface {
	target
	take(input int, b *operators.Batch) error
}

func (s *stage) take(input int, b *operators.Batch) error { return s.process(input, b) }

func (t *Task) head() entry {
	if len(t.stages) > 0 && t.stages[0].node.ID == t.vertex.Nodes[0] {
		return t.stages[0]
	}
	return t.sinks[0]
}

// finish ends the chain: operators, writers, then what is downstream.
func (t *Task) finish() error {
	if !t.cfg.Restore.Finished {
		for _, s := range t.stages {
			if err := s.finish(); err != nil {
				return err
			}
		}
		for _, s := range t.sinks {
			if err := s.finish(t.last + 1); err != nil {
				return err
			}
		}
	}
	for _, e := range t.edges {
		if err := e.out.Event(t.ctx, exchange.Item{Kind: exchange.End}); err != nil {
			return err
		}
	}
	return t.settle()
}

// settle waits until what has been frozen is written and acknowledged, or the checkpoint is aborted.
func (t *Task) settle() error {
	t.ending = true
	for len(t.snapshots) > 0 {
		if err := t.box.run(); err != nil {
			return err
		}
		if len(t.snapshots) == 0 {
			return nil
		}
		select {
		case <-t.box.wake:
		case <-t.ctx.Done():
			return context.Cause(t.ctx)
		}
	}
	return nil
}

// flush hands over what sinks have buffered.
func (t *Task) flush() error {
	t.dirty, t.flushAt = false, never
	for _, s := range t.sinks {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return nil
}

// wrote notes that a sink has rows to flush.
func (t *Task) wrote() error {
	switch {
	case t.timeout == 0:
		return t.flush()
	case t.timeout > 0 && !t.dirty:
		t.dirty = true
		t.flushAt = t.cfg.Clock.Now() + t.timeout
		t.rearm = true
	}
	return nil
}
