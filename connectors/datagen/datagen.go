package datagen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"millrace/connectors"
	"millrace/connectors/format/column"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Connector answers for 'connector' = 'datagen'.
type Connector struct{}

var _ connectors.SourceConnector = Connector{}

// Name is "datagen".
func (Connector) Name() string { return "datagen" }

// Options lists the options; '#' stands for a column, or a part of one such as "address.street" or "tags.element".
func (Connector) Options() []connectors.Option { return options() }

// Capabilities checks options and columns.
func (Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	c, err := parse(t.Options, t.Schema)
	if err != nil {
		return plan.Capabilities{}, err
	}
	return plan.Capabilities{Source: true, Bounded: c.rows < math.MaxInt64, SourceMode: plan.InsertOnly, Limit: true}, nil
}

// OpenEnumerator deals the rows out in as many splits as there are readers.
func (Connector) OpenEnumerator(_ context.Context, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	e := &enumerator{splits: max(env.Parallelism, 1)}
	if state != nil {
		if err := json.Unmarshal(state, &e.done); err != nil {
			return nil, fmt.Errorf("state of the splits of %s: %w", s.Table, err)
		}
	}
	return e, nil
}

// OpenReader opens a reader.
func (Connector) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	c, err := parse(s.Options, s.Physical)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	r := &reader{c: c, env: env, left: math.MaxInt64, pending: env.Counter(connectors.CountPendingRecords)}
	if s.Limit > 0 {
		r.left = s.Limit
	}
	var ts []types.Type
	for _, p := range s.Projected {
		f := c.fields[p.Name]
		if f == nil || p.Metadata != "" {
			return nil, fmt.Errorf("table %s: connector 'datagen' has no column '%s'", s.Table, p.Name)
		}
		h := fnv.New64a()
		h.Write([]byte(env.JobID + "\x00" + env.Node + "\x00" + p.Name))
		r.fields, r.seeds, ts = append(r.fields, f), append(r.seeds, h.Sum64()), append(ts, p.Type)
	}
	r.set = column.NewSet(env.Pool, ts)
	return r, nil
}

// position is the state of a split.
type position struct {
	Index int64 `json:"index"`
	Count int64 `json:"count"`
	Next  int64 `json:"next"` // row number
}

func (p position) split() (connectors.Split, error) {
	b, err := json.Marshal(p)
	return connectors.Split{ID: strconv.FormatInt(p.Index, 10) + "/" + strconv.FormatInt(p.Count, 10), State: b}, err
}

type enumerator struct {
	splits int
	done   bool
}

// Discover returns all splits at the first call.
func (e *enumerator) Discover(context.Context) (out []connectors.Split, done bool, err error) {
	for i := 0; i < e.splits && !e.done; i++ {
		s, err := position{Index: int64(i), Count: int64(e.splits), Next: int64(i)}.split()
		if err != nil {
			return nil, false, err
		}
		out = append(out, s)
	}
	e.done = true
	return out, true, nil
}

func (e *enumerator) Interval() time.Duration   { return time.Hour }
func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(e.done) }
func (e *enumerator) Close() error              { return nil }

// reader makes rows, always of the split that is furthest behind.
type reader struct {
	c       config
	env     connectors.Env
	fields  []*field
	seeds   []uint64
	set     *column.Set
	splits  []position
	noMore  bool
	left    int64
	started bool
	start   int64 // ms
	origin  int64 // row number at start
	pending *operators.Counter
}

// Add takes further splits.
func (r *reader) Add(splits []connectors.Split) error {
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.State, &p); err != nil {
			return fmt.Errorf("split %q: %w", s.ID, err)
		}
		if p.Count < 1 || p.Next < 0 {
			return fmt.Errorf("split %q: position %s is out of range", s.ID, s.State)
		}
		r.splits = append(r.splits, p)
		if r.c.rows < math.MaxInt64 {
			r.pending.Add(max(r.c.rows-p.Next+p.Count-1, 0) / p.Count)
		}
	}
	return nil
}

// NoMoreSplits says that Add will not be called again.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll makes the next rows that are due.
func (r *reader) Poll(ctx context.Context) (connectors.Fetch, error) {
	for {
		var p *position
		for i := range r.splits {
			if s := &r.splits[i]; s.Next < r.c.rows && (p == nil || s.Next < p.Next) {
				p = s
			}
		}
		if r.left <= 0 || p == nil {
			if r.left <= 0 || r.noMore {
				return connectors.Fetch{}, connectors.ErrEnd
			}
			return connectors.Fetch{}, wait(ctx, time.Second)
		}
		if due := r.due(p.Next); due > p.Next {
			b := r.make(p, min(due, r.c.rows))
			id, _ := p.split()
			return connectors.Fetch{Batch: b, Split: id.ID, Bytes: int64(b.Bytes())}, nil
		}
		// The row behind is due in (row - origin) / rate seconds from start, one second ahead.
		delay := time.Duration((p.Next-r.origin+1)*1000/r.c.rate-1000-(r.env.Now()-r.start)) * time.Millisecond
		delay = max(delay, time.Millisecond)
		late := false
		if deadline, ok := ctx.Deadline(); ok {
			late = time.Until(deadline) < delay
		}
		if err := wait(ctx, delay); err != nil || late {
			return connectors.Fetch{}, err
		}
	}
}

// due returns the row number before which rows may be made: those of one second at once, then as many as the rate says.
func (r *reader) due(next int64) int64 {
	now := r.env.Now()
	if !r.started {
		r.started, r.start, r.origin = true, now, next
	}
	elapsed := now - r.start + 1000
	if elapsed > math.MaxInt64/r.c.rate/2 {
		return math.MaxInt64
	}
	return r.origin + elapsed*r.c.rate/1000
}

// make makes rows of a split before row number until.
func (r *reader) make(p *position, until int64) *vector.Batch {
	r.set.Begin()
	m := &maker{now: r.env.Now()}
	m.local = m.now
	if r.env.Zone != nil {
		_, offset := time.UnixMilli(m.now).In(r.env.Zone).Zone()
		m.local += int64(offset) * 1000
	}
	n := min((until-p.Next+p.Count-1)/p.Count, vector.MaxRows, r.left)
	if len(r.fields) > 0 {
		n = min(n, max(64, vector.MaxRows*16/int64(r.width()+1)))
	}
	for k, f := range r.fields {
		c := r.set.Columns[k]
		for i := range n {
			row := p.Next + i*p.Count
			x := random(mix(r.seeds[k] + uint64(row)*golden))
			m.add(c, f, row, &x)
		}
	}
	for range n {
		r.set.EndRow()
	}
	p.Next += n * p.Count
	r.left -= n
	if r.c.rows < math.MaxInt64 {
		r.pending.Add(-n)
	}
	return r.set.Take()
}

// width is about the bytes of a row, in sixteenths of what fits a batch of vector.MaxRows.
func (r *reader) width() int {
	n := 0
	for _, f := range r.fields {
		n += max(f.length, 0)
	}
	return n / 16
}

// wait sleeps for d, or up to the context's deadline. Only cancellation is an error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return nil
}

// Snapshot returns the unfinished splits.
func (r *reader) Snapshot() (out []connectors.Split, err error) {
	for _, p := range r.splits {
		if p.Next >= r.c.rows {
			continue
		}
		s, err := p.split()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Close gives memory back.
func (r *reader) Close() error {
	r.set.Close()
	return nil
}
