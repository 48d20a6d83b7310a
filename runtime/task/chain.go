package task

import (
	"errors"
	"fmt"
	"time"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/runtime/metrics"
)

// target takes what a node emits.
type target interface {
	rows(b *operators.Batch) error
	watermark(t int64) error
	idle(idle bool) error
}

// stage is an operator in the chain. It is the target of the stage before it.
type stage struct {
	t        *Task
	node     *plan.Node
	op       operators.Operator // nil: a source
	timed    operators.Timed
	snap     operators.Snapshotter
	count    *metrics.Node
	out      fanout
	timers   timers
	opened   bool
	finished bool
	keys     operators.KeyRange
}

func (s *stage) process(input int, b *operators.Batch) error {
	if b != nil {
		s.count.In.Add(int64(b.Rows()))
	}
	before := s.t.current
	s.t.current = s
	err := s.op.Process(input, b, &s.out)
	s.t.current = before
	if err != nil {
		return s.wrap(err)
	}
	return nil
}

func (s *stage) rows(b *operators.Batch) error { return s.process(0, b) }

func (s *stage) watermark(t int64) error {
	before := s.t.current
	s.t.current = s
	err := s.op.Watermark(t, &s.out)
	s.t.current = before
	if err != nil {
		return s.wrap(err)
	}
	return nil
}

// finish ends the operator's input, once.
func (s *stage) finish() error {
	f, ok := s.op.(operators.Finisher)
	if ok && !s.finished {
		s.finished = true
		before := s.t.current
		s.t.current = s
		err := f.Finish(&s.out)
		s.t.current = before
		if err != nil {
			return s.wrap(err)
		}
	}
	return s.out.release()
}

// idle passes by the operator: only those that make watermarks know idleness, and they say so themselves.
func (s *stage) idle(idle bool) error { return s.out.Idle(idle) }

// wrap names the operator in an error that does not name one yet.
func (s *stage) wrap(err error) error { return named(s.node.Name, err) }

func named(name string, err error) error {
	if _, ok := errors.AsType[*nodeError](err); ok {
		return err
	}
	return &nodeError{name, err}
}

// nodeError is an error of a plan node.
type nodeError struct {
	name string
	err  error
}

func (e *nodeError) Error() string { return fmt.Sprintf("operator %q: %v", e.name, e.err) }

func (e *nodeError) Unwrap() error { return e.err }

// Pool implements operators.Context.
func (s *stage) Pool() *vector.Pool { return s.t.cfg.Pool }

// Now implements operators.Context.
func (s *stage) Now() int64 { return s.t.cfg.Clock.Now() }

// Started implements operators.Context.
func (s *stage) Started() int64 { return s.t.cfg.Started }

// WakeAt implements operators.Context.
func (s *stage) WakeAt(t int64) {
	if s.timed == nil {
		return
	}
	s.timers.add(t)
	if t < s.t.armed {
		s.t.rearm = true
	}
}

// Subtask implements operators.Context.
func (s *stage) Subtask() int { return s.t.cfg.Task.Subtask }

// Parallelism implements operators.Context.
func (s *stage) Parallelism() int { return s.t.vertex.Parallelism }

// Keys implements operators.Context.
func (s *stage) Keys() operators.KeyRange { return s.keys }

// Zone implements operators.Context.
func (s *stage) Zone() *time.Location { return s.t.zone }

// Counter implements operators.Context.
func (s *stage) Counter(name string) *operators.Counter { return s.count.Counter(name) }

// fanout is the output of a stage: it implements operators.Output and IdleOutput.
type fanout struct {
	count *metrics.Node
	one   target // if there is exactly one
	all   []target
	last  int64
	hold  bool // the operator acts at the end of input: the last watermark goes on after that
	held  bool
}

// Emit implements operators.Output.
func (f *fanout) Emit(b *operators.Batch) error {
	n := b.Rows()
	if n == 0 {
		return nil
	}
	f.count.Out.Add(int64(n))
	f.count.Batches.Add(1)
	if f.one != nil {
		return f.one.rows(b)
	}
	for _, t := range f.all {
		if err := t.rows(b); err != nil {
			return err
		}
	}
	return nil
}

// Watermark implements operators.Output. A watermark that is not higher than the one before is dropped.
func (f *fanout) Watermark(t int64) error {
	if t <= f.last {
		return nil
	}
	f.last = t
	if t == operators.MaxWatermark && f.hold {
		f.held = true
		return nil
	}
	return f.forward(t)
}

// release passes the last watermark on, if it was held back.
func (f *fanout) release() error {
	f.hold = false
	if !f.held {
		return nil
	}
	f.held = false
	return f.forward(operators.MaxWatermark)
}

func (f *fanout) forward(t int64) error {
	f.count.Watermark.Store(t)
	for _, to := range f.all {
		if err := to.watermark(t); err != nil {
			return err
		}
	}
	return nil
}

// Idle implements operators.IdleOutput.
func (f *fanout) Idle(idle bool) error {
	for _, to := range f.all {
		if err := to.idle(idle); err != nil {
			return err
		}
	}
	return nil
}

func (f *fanout) add(t target) {
	f.all = append(f.all, t)
	f.one = nil
	if len(f.all) == 1 {
		f.one = t
	}
}

// edge is an exchange as a target.
type edge struct {
	t   *Task
	out *exchange.Output
}

func (e *edge) rows(b *operators.Batch) error { return e.out.Emit(e.t.ctx, b) }

func (e *edge) watermark(t int64) error {
	return e.out.Event(e.t.ctx, exchange.Item{Kind: exchange.Watermark, Time: t})
}

func (e *edge) idle(idle bool) error {
	k := exchange.Active
	if idle {
		k = exchange.Idle
	}
	return e.out.Event(e.t.ctx, exchange.Item{Kind: k})
}
