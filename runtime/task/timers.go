package task

import (
	"math"
	"slices"
)

// never is a time that does not come.
const never = math.MaxInt64

// timers is a set of times, ascending.
type timers []int64

func (ts *timers) add(t int64) {
	i, found := slices.BinarySearch(*ts, t)
	if !found {
		*ts = slices.Insert(*ts, i, t)
	}
}

// expire removes the times up to now and tells whether there were any.
func (ts *timers) expire(now int64) bool {
	i, found := slices.BinarySearch(*ts, now)
	if found {
		i++
	}
	*ts = slices.Delete(*ts, 0, i)
	return i > 0
}

func (ts timers) first() int64 {
	if len(ts) == 0 {
		return never
	}
	return ts[0]
}

// arm asks the clock for the next wake-up, if that has changed.
func (t *Task) arm() {
	t.rearm = false
	next := t.flushAt
	for _, s := range t.stages {
		next = min(next, s.timers.first())
	}
	if t.source != nil {
		next = min(next, t.source.idleAt)
		if a := t.source.align; a != nil {
			next = min(next, a.at)
		}
	}
	if next == t.armed {
		return
	}
	if t.disarm != nil {
		t.disarm()
		t.disarm = nil
	}
	t.armed = next
	if next != never {
		t.disarm = t.cfg.Clock.At(next, t.box.poke)
	}
}

// tick does what is due.
func (t *Task) tick() error {
	now := t.cfg.Clock.Now()
	if now < t.armed {
		return nil
	}
	t.armed, t.disarm, t.rearm = never, nil, true
	for _, s := range t.stages {
		if s.timed == nil || !s.timers.expire(now) {
			continue
		}
		t.current = s
		if err := s.timed.ProcessingTime(now, &s.out); err != nil {
			return s.wrap(err)
		}
	}
	if t.flushAt <= now {
		if err := t.flush(); err != nil {
			return err
		}
	}
	if t.source == nil {
		return nil
	}
	if a := t.source.align; a != nil && a.at <= now {
		a.tell()
	}
	if t.source.idleAt <= now {
		return t.source.silent()
	}
	return nil
}

// between is called between two batches: mail and timers.
func (t *Task) between() error {
	if t.box.pending.Load() {
		if err := t.box.run(); err != nil {
			return err
		}
		if err := t.tick(); err != nil {
			return err
		}
	}
	if t.rearm {
		t.arm()
	}
	return nil
}
