package kafka

import (
	"errors"
	"fmt"
	"time"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// marks follows the event time of each partition; the watermark is the lowest of those that are not idle.
type marks struct {
	now    func() int64
	column int   // that the watermark is made of
	time   int   // the time attribute
	unit   int64 // values of the column in a millisecond
	delay  int64 // ms
	idle   int64 // ms; 0: never
	splits map[string]*mark
	last   int64 // the watermark that was made
	drift  int64 // ms that a partition may be ahead of the others; 0: any
	limit  int64 // event time up to which partitions are read
	held   bool  // some are paused
	gap    int64 // events of a partition between watermarks; 0: they come behind batches
}

// mark is the state of a partition.
type mark struct {
	max    int64
	active int64 // time of the last rows
	paused bool  // it is too far ahead

	// With a gap:
	seen   int64 // what max becomes at the next event that counts
	events int64 // since the last one
}

func newMarks(owner string, columns []plan.SourceColumn, w *plan.Watermark, now func() int64) (*marks, error) {
	m := &marks{now: now, idle: w.IdleMillis, splits: map[string]*mark{}, last: operators.MinWatermark, limit: operators.MaxWatermark}
	e := w.Expr
	switch {
	case e.Kind == expr.Column:
		m.column = e.Index
	case e.IsCall("-") && e.Args[0].Kind == expr.Column && e.Args[1].Kind == expr.Literal && e.Args[1].Type.Kind == types.IntervalDayTime &&
		e.Args[1].Value != nil:
		m.column, m.delay = e.Args[0].Index, e.Args[1].Value.(int64)
	default:
		return nil, fmt.Errorf("%s: watermark expression %s is not supported yet: it must be a column, or a column less an interval", owner, e)
	}
	t := columns[m.column].Type
	if !t.IsTimestamp() || t.Storage() != types.StoreI64 {
		return nil, fmt.Errorf("%s: watermarks of a column of type %s are not supported yet", owner, t)
	}
	m.unit = t.TimeUnit() / 1000
	m.time = w.Column
	return m, nil
}

func (m *marks) add(split string) {
	m.splits[split] = &mark{max: operators.MinWatermark, seen: operators.MinWatermark, active: m.now()}
}

func (m *marks) remove(split string) { delete(m.splits, split) }

// errNullTime is Flink's.
var errNullTime = errors.New("rowtime field should not be null: a row has NULL in its time attribute; filter such rows before the watermark is defined, " +
	"or use COALESCE in a computed column")

// observe takes note of the rows [from, to) of a batch. If watermarks are made at events, it stops behind the row that moves the watermark, and
// returns where; else it returns to. Deletions may have no time: what they delete had one.
func (m *marks) observe(split string, b *vector.Batch, from, to int) (end int, err error) {
	if t := b.Columns[m.time]; t.Valid != nil {
		for i := from; i < to; i++ {
			if t.IsNull(i) && b.Kind(i) != vector.Delete {
				return to, errNullTime
			}
		}
	}
	s := m.splits[split]
	if s == nil {
		return to, nil
	}
	s.active = m.now()
	v := b.Columns[m.column]
	values := vector.Values[int64](v)
	if m.gap > 0 {
		for i := from; i < to; i++ {
			if !v.IsNull(i) {
				s.seen = max(s.seen, m.millis(values[i]))
			}
			if s.events++; s.events < m.gap {
				continue
			}
			if s.max, s.events = max(s.max, s.seen), 0; m.lowest() > m.last {
				return i + 1, nil
			}
		}
		return to, nil
	}
	high := int64(operators.MinWatermark)
	for i, x := range values[from:to] {
		if x > high && !v.IsNull(from+i) {
			high = x
		}
	}
	if high != operators.MinWatermark {
		s.max = max(s.max, m.millis(high))
	}
	return to, nil
}

// millis is the watermark of a value.
func (m *marks) millis(x int64) int64 {
	t := x / m.unit
	if x%m.unit < 0 {
		t--
	}
	return t - m.delay
}

// active tells whether others wait for a partition: it has had rows and is not idle. One that is paused is not.
func (m *marks) active(s *mark, now int64) bool {
	return s.max != operators.MinWatermark && (s.paused || m.idle <= 0 || now-s.active < m.idle)
}

// low is how far the partition has come that is behind most; MaxWatermark: none is waited for.
func (m *marks) low() int64 {
	low, now := int64(operators.MaxWatermark), m.now()
	for _, s := range m.splits {
		if m.active(s, now) {
			low = min(low, s.max)
		}
	}
	return low
}

// align calls pause for each partition that has come too far ahead of the others or of the limit, or no longer is. Those without rows so far, and
// idle ones, hold nobody back.
func (m *marks) align(pause func(split string, paused bool)) {
	limit := m.limit
	if m.drift > 0 {
		if low := m.low(); low < operators.MaxWatermark-m.drift {
			limit = min(limit, low+m.drift)
		}
	}
	if limit == operators.MaxWatermark && !m.held {
		return
	}
	now := m.now()
	m.held = false
	for id, s := range m.splits {
		ahead := s.max > limit
		m.held = m.held || ahead
		if ahead != s.paused {
			s.paused, s.active = ahead, now
			pause(id, ahead)
		}
	}
}

// lowest is the watermark: that of the partition that is behind most, of those that are not idle; MinWatermark: there is none.
func (m *marks) lowest() int64 {
	low, some := int64(operators.MaxWatermark), false
	now := m.now()
	for _, s := range m.splits {
		if m.idle > 0 && now-s.active >= m.idle && !s.paused {
			continue
		}
		low, some = min(low, s.max), true
	}
	if !some {
		return operators.MinWatermark
	}
	return low
}

// advance returns the watermark if it has moved.
func (m *marks) advance() (int64, bool) {
	low := m.lowest()
	if low <= m.last {
		return 0, false
	}
	m.last = low
	return low, true
}

// wake returns how long it is until a partition may become idle.
func (m *marks) wake() (time.Duration, bool) {
	if m.idle <= 0 {
		return 0, false
	}
	soonest, some := int64(0), false
	now := m.now()
	for _, s := range m.splits {
		if d := s.active + m.idle - now; d > 0 && (!some || d < soonest) {
			soonest, some = d, true
		}
	}
	return time.Duration(soonest) * time.Millisecond, some
}
