package task

import (
	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
)

// sink is the end of a chain that writes a table.
type sink struct {
	t         *Task
	uid, name string
	spec      *plan.Sink
	count     *metrics.Node
	check     constraints
	writer    connectors.Writer
	marks     connectors.WatermarkWriter // nil: does not care
	last      int64
}

func newSink(t *Task, uid, name string, spec *plan.Sink, count *metrics.Node) *sink {
	return &sink{t: t, uid: uid, name: name, spec: spec, count: count, last: operators.MinWatermark}
}

func (s *sink) open() error {
	c, err := s.t.cfg.Connectors.Sink(s.spec.Connector)
	if err != nil {
		return err
	}
	if s.check, err = newConstraints(s.spec, s.t.cfg.Pool, s.count); err != nil {
		return err
	}
	s.writer, err = c.OpenWriter(s.t.ctx, s.spec, s.t.env(s.uid, s.count), s.t.cfg.Restore.States[s.uid].Writers)
	if err != nil {
		return err
	}
	s.marks, _ = s.writer.(connectors.WatermarkWriter)
	s.t.listen(s.writer)
	return nil
}

func (s *sink) rows(b *operators.Batch) error { return s.take(0, b) }

// take writes a batch.
func (s *sink) take(_ int, b *operators.Batch) error {
	n := b.Rows()
	s.count.In.Add(int64(n))
	s.count.Batches.Add(1)
	if s.check.active {
		checked, err := s.check.apply(b)
		if err != nil {
			return named(s.name, err)
		}
		defer checked.Release()
		b = checked
		n = b.Rows()
	}
	if n == 0 {
		return nil
	}
	if err := s.writer.Write(s.t.ctx, b); err != nil {
		return named(s.name, err)
	}
	s.count.Out.Add(int64(n))
	return s.t.wrote()
}

func (s *sink) watermark(t int64) error {
	if t <= s.last {
		return nil
	}
	s.last = t
	s.count.Watermark.Store(t)
	if s.marks != nil {
		s.marks.Watermark(t)
	}
	return nil
}

func (s *sink) idle(bool) error { return nil }

func (s *sink) flush() error {
	if s.writer == nil {
		return nil
	}
	if err := s.writer.Flush(s.t.ctx); err != nil {
		return named(s.name, err)
	}
	return nil
}

// prepare ends the epoch of a checkpoint.
func (s *sink) prepare(checkpoint int64, final bool) (job.OperatorState, error) {
	st := job.OperatorState{UID: s.uid}
	if err := s.flush(); err != nil {
		return st, err
	}
	var err error
	st.Commit, st.Writer, err = s.writer.Prepare(s.t.ctx, checkpoint, final)
	if err != nil {
		return st, named(s.name, err)
	}
	return st, nil
}

func (s *sink) finish(checkpoint int64) error {
	st, err := s.prepare(checkpoint, true)
	if err != nil {
		return err
	}
	if !st.Empty() {
		s.t.final = append(s.t.final, st)
	}
	return nil
}

func (s *sink) close() error {
	if s.writer == nil {
		return nil
	}
	return s.writer.Close()
}
