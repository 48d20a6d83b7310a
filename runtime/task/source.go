package task

import (
	"context"
	"errors"

	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
)

// source is the head of a chain that reads a table.
type source struct {
	t      *Task
	node   *plan.Node
	spec   *plan.Source
	count  *metrics.Node
	out    fanout
	reader connectors.Reader
	dead   *deadLetters // nil: none

	splits bool // it has been given some
	idle   bool
	idleAt int64      // when to turn idle
	paused bool       // a stopping savepoint holds it
	align  *alignment // nil: it is kept together with no others

	poll   context.Context // ends when there is mail
	cancel context.CancelFunc
}

func (s *source) open() error {
	c, err := s.t.cfg.Connectors.Source(s.spec.Connector)
	if err != nil {
		return err
	}
	env := s.t.env(s.node.UID, s.count)
	if s.spec.DeadLetter != nil {
		if s.dead, err = openDeadLetters(s.t, s.node, s.spec.DeadLetter, s.count); err != nil {
			return err
		}
		env.DeadLetter = s.dead.add
	}
	if s.reader, err = c.OpenReader(s.t.ctx, s.spec, env); err != nil {
		return err
	}
	s.t.listen(s.reader)
	s.align, err = openAlignment(s)
	return err
}

// add gives the reader splits; it is called on the task's goroutine.
func (s *source) add(splits []job.Split, last bool) error {
	if s.reader == nil {
		return nil
	}
	if len(splits) > 0 {
		cs := make([]connectors.Split, len(splits))
		for i, x := range splits {
			cs[i] = connectors.Split(x)
		}
		if err := s.reader.Add(cs); err != nil {
			return named(s.node.Name, err)
		}
		s.splits = true
		if err := s.awake(); err != nil {
			return err
		}
	}
	switch {
	case last:
		s.reader.NoMoreSplits()
	case !s.splits:
		// All that there is has been dealt out, and nothing came here: nobody shall wait for this reader's watermark.
		return s.goIdle()
	}
	return nil
}

// run reads until the end of input.
func (s *source) run() error {
	defer func() {
		if s.cancel != nil {
			s.cancel()
		}
	}()
	t := s.t
	if err := t.between(); err != nil {
		return err
	}
	for {
		if err := t.ctx.Err(); err != nil {
			return context.Cause(t.ctx)
		}
		s.renew()
		if err := t.between(); err != nil {
			return err
		}
		if s.paused || s.align != nil && s.align.reader == nil && s.align.ahead() {
			<-s.poll.Done()
			continue
		}
		f, err := s.reader.Poll(s.poll)
		if err := s.flushDead(); err != nil {
			return err
		}
		if err != nil {
			switch {
			case err == connectors.ErrEnd: //nolint:errorlint // an error that wraps io.EOF, such as of a file that is cut off, is not the end
				return s.end()
			case s.poll.Err() != nil && t.ctx.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
				continue
			case t.ctx.Err() != nil:
				return context.Cause(t.ctx)
			}
			return named(s.node.Name, job.TableError(s.spec.Table, err))
		}
		if err := s.take(f); err != nil {
			return err
		}
	}
}

// renew makes a context for the next Poll if mail has ended the one before.
func (s *source) renew() {
	if s.poll != nil && s.poll.Err() == nil {
		return
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.poll, s.cancel = context.WithCancel(s.t.ctx)
	f := func(c context.CancelFunc) func() { return func() { c() } }(s.cancel)
	s.t.box.interrupt.Store(&f)
}

// take emits what Poll returned.
func (s *source) take(f connectors.Fetch) error {
	s.count.BytesIn.Add(f.Bytes)
	if s.align != nil {
		defer s.align.moved()
	}
	if b := f.Batch; b != nil {
		defer b.Release()
		if b.Rows() > 0 {
			if err := s.awake(); err != nil {
				return err
			}
			if err := s.out.Emit(b); err != nil {
				return err
			}
		}
	}
	if f.HasWatermark {
		return s.out.Watermark(f.Watermark)
	}
	return nil
}

// awake notes that rows come, or may come.
func (s *source) awake() error {
	if w := s.spec.Watermark; w != nil && w.IdleMillis > 0 {
		s.idleAt = s.t.cfg.Clock.Now() + w.IdleMillis
		if s.t.armed > s.idleAt || s.t.armed == never {
			s.t.rearm = true
		}
	}
	if !s.idle {
		return nil
	}
	s.idle = false
	return s.out.Idle(false)
}

// silent is called when no rows have come for the idle time-out. A source that waits for others is not idle.
func (s *source) silent() error {
	if s.align != nil && s.align.ahead() {
		return s.awake()
	}
	return s.goIdle()
}

// goIdle tells consumers not to wait for watermarks of this reader.
func (s *source) goIdle() error {
	s.idleAt = never
	if s.idle {
		return nil
	}
	s.idle = true
	return s.out.Idle(true)
}

// end delivers the last watermark.
func (s *source) end() error {
	if s.idle {
		s.idle = false
		if err := s.out.Idle(false); err != nil {
			return err
		}
	}
	s.idleAt = never
	if s.align != nil {
		s.align.end()
	}
	if err := s.out.Watermark(operators.MaxWatermark); err != nil {
		return err
	}
	return s.flushDead()
}

// flushDead writes the records that could not be read.
func (s *source) flushDead() error {
	if s.dead == nil {
		return nil
	}
	return s.dead.flush()
}

// snapshot returns the positions.
func (s *source) snapshot() ([]job.Split, error) {
	splits, err := s.reader.Snapshot()
	if err != nil {
		return nil, named(s.node.Name, err)
	}
	out := make([]job.Split, len(splits))
	for i, x := range splits {
		out[i] = job.Split(x)
	}
	return out, nil
}

func (s *source) close() error {
	if s.reader == nil {
		return nil
	}
	return s.reader.Close()
}
