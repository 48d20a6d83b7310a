package conntest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// Env returns an environment for subtask i of n, with a pool that shows use after release.
func Env(t testing.TB, pool *vector.Pool, i, n int) connectors.Env {
	t.Helper()
	counters := map[string]*operators.Counter{}
	return connectors.Env{
		Pool: pool, Log: slog.New(slog.DiscardHandler), Zone: time.UTC, Now: func() int64 { return time.Now().UnixMilli() },
		JobID: "job-1", Node: "node-1", Subtask: i, Parallelism: n, Streaming: true, Checkpointing: true,
		Count: func(name string) *operators.Counter {
			if counters[name] == nil {
				counters[name] = &operators.Counter{}
			}
			return counters[name]
		},
	}
}

// reading is a source while it is read by some readers.
type reading struct {
	t       testing.TB
	c       connectors.SourceConnector
	s       *plan.Source
	pool    *vector.Pool
	enum    connectors.Enumerator
	readers []connectors.Reader
	ended   []bool
	rows    []string
}

// open opens a source, or restores it.
func open(t testing.TB, c connectors.SourceConnector, s *plan.Source, n int, enum []byte, splits []connectors.Split) *reading {
	t.Helper()
	r := &reading{t: t, c: c, s: s, pool: vector.NewPool(0), ended: make([]bool, n)}
	r.pool.Check = true
	ctx := context.Background()
	var err error
	if r.enum, err = c.OpenEnumerator(ctx, s, Env(t, r.pool, 0, n), enum); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		rd, err := c.OpenReader(ctx, s, Env(t, r.pool, i, n))
		if err != nil {
			t.Fatal(err)
		}
		r.readers = append(r.readers, rd)
	}
	for done := false; !done; {
		var found []connectors.Split
		if found, done, err = r.enum.Discover(ctx); err != nil {
			t.Fatal(err)
		}
		splits = append(splits, found...)
	}
	for i, sp := range splits {
		if err := r.readers[i%n].Add([]connectors.Split{sp}); err != nil {
			t.Fatal(err)
		}
	}
	for _, rd := range r.readers {
		rd.NoMoreSplits()
	}
	return r
}

// poll takes one batch from reader i.
func (r *reading) poll(i int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	f, err := r.readers[i].Poll(ctx)
	if errors.Is(err, connectors.ErrEnd) {
		r.ended[i] = true
		return
	}
	if err != nil {
		r.t.Fatal(err)
	}
	b := f.Batch
	if b == nil {
		return
	}
	if b.Len > vector.MaxRows || len(b.Columns) != len(r.s.Projected) {
		r.t.Fatalf("batch of %d rows and %d columns", b.Len, len(b.Columns))
	}
	for k, c := range b.Columns {
		if err := c.Check(); err != nil {
			r.t.Fatal(err)
		}
		if !c.Type.Same(r.s.Projected[k].Type) {
			r.t.Fatalf("column %s is %s, not %s", r.s.Projected[k].Name, c.Type, r.s.Projected[k].Type)
		}
	}
	for k := range b.Rows() {
		i := k
		if b.Sel != nil {
			i = int(b.Sel[k])
		}
		r.rows = append(r.rows, b.Kind(i).String()+"["+Row(b, i)+"]")
	}
	b.Release()
}

// snapshot returns the state of enumerator and readers.
func (r *reading) snapshot() (enum []byte, splits []connectors.Split) {
	r.t.Helper()
	enum, err := r.enum.Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, rd := range r.readers {
		s, err := rd.Snapshot()
		if err != nil {
			r.t.Fatal(err)
		}
		splits = append(splits, s...)
	}
	return enum, splits
}

func (r *reading) close() {
	r.t.Helper()
	for _, rd := range r.readers {
		if err := rd.Close(); err != nil {
			r.t.Error(err)
		}
	}
	if err := r.enum.Close(); err != nil {
		r.t.Error(err)
	}
	if n := r.pool.InUse(); n != 0 {
		r.t.Errorf("%d bytes in use after Close", n)
	}
}

// finish reads to the end and returns all rows.
func (r *reading) finish() []string {
	r.t.Helper()
	for slices.Contains(r.ended, false) {
		for i := range r.readers {
			if !r.ended[i] {
				r.poll(i)
			}
		}
	}
	r.close()
	return r.rows
}

// Source checks a bounded source: it reads it whole, then again with a snapshot and restore after every batch (at most cuts of them, spread
// evenly), with one, two and three readers, and checks that the rows stay the same. It returns the rows in the order that one reader
// gives, as print shows them.
func Source(t *testing.T, c connectors.SourceConnector, s *plan.Source, cuts int) []string {
	t.Helper()
	open(t, c, s, 2, nil, nil).close()
	whole := open(t, c, s, 1, nil, nil)
	polls := 0
	for ; !whole.ended[0]; polls++ {
		whole.poll(0)
	}
	want := whole.finish()
	sorted := slices.Sorted(slices.Values(want))
	for _, n := range []int{2, 3} {
		got := slices.Sorted(slices.Values(open(t, c, s, n, nil, nil).finish()))
		if d := cmp.Diff(sorted, got); d != "" {
			t.Errorf("%d readers: %s", n, shorten(d))
		}
	}
	for cut := 0; cut <= polls; cut += max(1, polls/max(cuts, 1)) {
		n := 1 + cut%3
		r := open(t, c, s, n, nil, nil)
		for k := range cut {
			r.poll(k % n)
		}
		enum, splits := r.snapshot()
		before := r.rows
		for i := range n {
			r.poll(i) // rows that the crash loses
		}
		r.close()
		r = open(t, c, s, 1+(cut+1)%3, enum, splits)
		r.rows = slices.Clip(before)
		got := slices.Sorted(slices.Values(r.finish()))
		if d := cmp.Diff(sorted, got); d != "" {
			t.Errorf("restored after %d batches: %s", cut, shorten(d))
		}
	}
	return want
}

func shorten(d string) string {
	if len(d) > 2000 {
		return fmt.Sprintf("%s... (%d bytes)", d[:2000], len(d))
	}
	return d
}
