package nexmark

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
)

// position is the state of a split.
type position struct {
	Index int64 `json:"index"`
	Count int64 `json:"count"`
	Next  int64 `json:"next"`
}

type split struct {
	id     string
	cursor *cursor
	left   int64 // events to come, as they are in the counter
}

// reader reads splits, always the one that is furthest behind.
type reader struct {
	c        *config
	env      connectors.Env
	g        *generator
	splits   []*split
	noMore   bool
	limit    int // rows of a batch
	started  int64
	origin   int64 // event time at started
	hasStart bool
	pending  *operators.Counter // events to come
}

func newReader(c *config, t *tables, s *plan.Source, env connectors.Env) (*reader, error) {
	only := anyKind
	for _, f := range s.Filter {
		k, ok := eventTypeFilter(f, s.Projected)
		if !ok {
			return nil, fmt.Errorf("table %s: connector 'nexmark' cannot filter by %s", s.Table, f)
		}
		if only != anyKind && only != k {
			k = kindNone
		}
		only = k
	}
	g, err := newGenerator(c, t, env.Pool, s.Projected, only)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	widest := 100 + extraRoom(max(c.personSize, c.auctionSize, c.bidSize))
	return &reader{c: c, env: env, g: g, pending: env.Counter(connectors.CountPendingRecords), limit: max(min(vector.MaxRows, (4*vector.MaxBytes)/widest), 16)}, nil
}

// eventTypeFilter recognises event_type = n.
func eventTypeFilter(e *expr.Expr, columns []plan.SourceColumn) (kind int, ok bool) {
	c, ok := connectors.ParseComparison(e)
	if !ok || c.Op != "=" || c.Column >= len(columns) || columns[c.Column].Name != "event_type" {
		return 0, false
	}
	n, ok := c.Literal.Value.(int64)
	if !ok {
		return 0, false
	}
	if n < kindPerson || n > kindBid {
		return kindNone, true
	}
	return int(n), true
}

// kindNone is a kind that no event has.
const kindNone = 3

// Add takes further splits.
func (r *reader) Add(splits []connectors.Split) error {
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.State, &p); err != nil {
			return fmt.Errorf("split %q: %w", s.ID, err)
		}
		if p.Count < 1 || p.Index < 0 || p.Index >= p.Count || p.Next < 0 {
			return fmt.Errorf("split %q: position %s is out of range", s.ID, s.State)
		}
		x := &split{id: s.ID, cursor: newCursor(r.c, p.Index, p.Count, p.Next, r.g.only)}
		r.splits = append(r.splits, x)
		r.measure(x)
	}
	return nil
}

// measure counts the events that are to come of a split, if they have an end.
func (r *reader) measure(s *split) {
	if end := s.cursor.end; end < math.MaxInt64 {
		left := max(end-s.cursor.next, 0) / s.cursor.count
		r.pending.Add(left - s.left)
		s.left = left
	}
}

// NoMoreSplits says that Add will not be called again.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll returns the next rows of the split that is furthest behind.
func (r *reader) Poll(ctx context.Context) (connectors.Fetch, error) {
	for {
		s, second := r.behind()
		if s == nil {
			if r.noMore && !r.c.keepAlive {
				return connectors.Fetch{}, connectors.ErrEnd
			}
			return connectors.Fetch{}, wait(ctx, time.Hour)
		}
		until := second + int64(r.limit)
		if !r.c.maxSpeed {
			due := r.due(s.cursor.next)
			if due <= s.cursor.next {
				if waited, err := r.sleep(ctx, s.cursor.next); err != nil || !waited {
					return connectors.Fetch{}, err
				}
				continue
			}
			until = min(until, due)
		}
		rows := s.cursor.take(r.limit, until)
		if rows == 0 {
			if ctx.Err() != nil {
				return connectors.Fetch{}, canceled(ctx)
			}
			continue
		}
		r.measure(s)
		b := r.g.batch(s.cursor.runs, rows)
		return connectors.Fetch{Batch: b, Split: s.id, Bytes: int64(b.Bytes())}, nil
	}
}

// behind returns the unfinished split with the lowest position, and the next lowest position.
func (r *reader) behind() (s *split, second int64) {
	second = r.c.end()
	for _, x := range r.splits {
		switch {
		case x.cursor.done():
		case s == nil:
			s = x
		case x.cursor.next < s.cursor.next:
			second = s.cursor.next
			s = x
		default:
			second = min(second, x.cursor.next)
		}
	}
	return s, min(second, r.c.end()-int64(r.limit))
}

// due returns the emission number before which events may be emitted now.
func (r *reader) due(next int64) int64 {
	now := r.env.Now()
	if !r.hasStart {
		r.started, r.origin, r.hasStart = now, r.g.time(next), true
	}
	// The last event whose time is not after the current event time.
	at := r.origin + now - r.started - r.c.baseTime
	return (at+1)*r.c.rate/1000 + min((at+1)*r.c.rate%1000, 1)
}

// sleep waits until event next is due; waited is false if the context's deadline came first.
func (r *reader) sleep(ctx context.Context, next int64) (waited bool, err error) {
	d := time.Duration(r.g.time(next)-r.origin-(r.env.Now()-r.started)) * time.Millisecond
	d = max(d, time.Millisecond)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false, wait(ctx, d)
	}
	return true, wait(ctx, d)
}

// wait sleeps for d, or up to the context's deadline. Only cancellation is an error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	}
}

// canceled is the context's error unless it is its deadline, which ends a Poll without rows.
func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != context.DeadlineExceeded {
		return err
	}
	return nil
}

// Snapshot returns the unfinished splits.
func (r *reader) Snapshot() ([]connectors.Split, error) {
	var out []connectors.Split
	for _, s := range r.splits {
		if s.cursor.done() {
			continue
		}
		sp, err := encode(position{Index: s.cursor.index, Count: s.cursor.count, Next: s.cursor.next})
		if err != nil {
			return nil, err
		}
		out = append(out, sp)
	}
	return out, nil
}

// Close does nothing.
func (r *reader) Close() error { return nil }

func encode(p position) (connectors.Split, error) {
	b, err := json.Marshal(p)
	return connectors.Split{ID: strconv.FormatInt(p.Index, 10) + "/" + strconv.FormatInt(p.Count, 10), State: b}, err
}
