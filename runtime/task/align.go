package task

import (
	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// alignment keeps a source together with others in event time: it tells the job manager how far the source has come, and holds the source back
// where it is ahead.
type alignment struct {
	s      *source
	reader connectors.AlignedReader // nil: the source waits as a whole
	mark   *fanout                  // what makes its watermarks
	every  int64                    // ms
	drift  int64                    // ms
	at     int64                    // when to tell again
	told   job.SourceTime
	limit  int64
}

// openAlignment returns nil where the table names no group.
func openAlignment(s *source) (*alignment, error) {
	o, err := connectors.ParseAlignment(s.spec.Options)
	if err != nil || o.Group == "" || s.t.cfg.SourceTime == nil || s.t.cfg.Graph.Batch {
		return nil, err
	}
	a := &alignment{s: s, mark: &s.out, every: o.Interval.Milliseconds(), drift: o.Drift.Milliseconds(), at: s.t.cfg.Clock.Now(), limit: operators.MaxWatermark}
	a.told = job.SourceTime{Attempt: s.t.cfg.Attempt, Task: s.t.cfg.Task, Idle: true}
	for _, x := range s.t.stages {
		if _, ok := x.node.Spec.(*plan.Watermark); ok && s.spec.Watermark == nil {
			a.mark = &x.out
			break
		}
	}
	if r, ok := s.reader.(connectors.AlignedReader); ok && r.Align(a.limit) {
		a.reader = r
	}
	s.t.rearm = true
	return a, nil
}

// time is how far the source has come; idle: it is not known, or nothing comes.
func (a *alignment) time() (t int64, idle bool) {
	if a.reader != nil {
		t, ok := a.reader.EventTime()
		return t, !ok
	}
	t = a.mark.last
	return t, a.s.idle || t == operators.MinWatermark || t == operators.MaxWatermark
}

// tell tells the job manager, if there is news, or if the source waits: it may not know yet that others do not come.
func (a *alignment) tell() {
	wait, ahead := a.every, a.ahead()
	if ahead {
		wait = min(wait, 1000)
	}
	a.at = a.s.t.cfg.Clock.Now() + wait
	a.s.t.rearm = true
	now := a.told
	if now.Time, now.Idle = a.time(); now.Idle {
		now.Time = 0
	}
	if now != a.told || ahead {
		a.told = now
		a.s.t.cfg.SourceTime(now)
	}
}

// moved tells of the first rows, and of long ways, without delay: then the others do not run away, and nobody waits longer than needed. Until the
// first answer the source goes no further than if it were alone.
func (a *alignment) moved() {
	t, idle := a.time()
	switch {
	case idle:
	case a.told.Idle:
		a.tell()
		if a.limit == operators.MaxWatermark {
			a.hold(t + a.drift)
		}
	case t-a.told.Time >= max(a.drift/2, 1):
		a.tell()
	}
}

// hold sets the limit.
func (a *alignment) hold(limit int64) {
	a.limit = limit
	if a.reader != nil {
		a.reader.Align(limit)
	}
}

// end tells that nobody needs to wait any more.
func (a *alignment) end() {
	a.at = never
	if !a.told.Idle {
		a.told.Time, a.told.Idle = 0, true
		a.s.t.cfg.SourceTime(a.told)
	}
}

// ahead tells whether the source is too far ahead.
func (a *alignment) ahead() bool {
	t, idle := a.time()
	return !idle && t > a.limit
}

// Align is called by the task manager: rows later than limit are not wanted yet.
func (t *Task) Align(limit int64) {
	t.box.post(func() error {
		if t.source == nil || t.source.align == nil {
			return nil
		}
		t.source.align.hold(limit)
		return nil
	})
}
