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
	a := &alignment{s: s, mark: &s.out, every: o.Interval.Milliseconds(), at: s.t.cfg.Clock.Now(), limit: operators.MaxWatermark}
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

// tell tells the job manager, if there is news.
func (a *alignment) tell() {
	a.at = a.s.t.cfg.Clock.Now() + a.every
	a.s.t.rearm = true
	now := a.told
	now.Time, now.Idle = a.time()
	if now != a.told {
		a.told = now
		a.s.t.cfg.SourceTime(now)
	}
}

// began tells of the first rows without delay: the others shall not run away.
func (a *alignment) began() {
	if a.told.Idle {
		if _, idle := a.time(); !idle {
			a.tell()
		}
	}
}

// end tells that nobody needs to wait any more.
func (a *alignment) end() {
	a.at = never
	if !a.told.Idle {
		a.told.Idle = true
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
		a := t.source.align
		a.limit = limit
		if a.reader != nil {
			a.reader.Align(limit)
		}
		return nil
	})
}
