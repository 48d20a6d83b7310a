package conntest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// SinkTest is a sink under test.
type SinkTest struct {
	Connector connectors.SinkConnector
	// Open returns a new, empty place to write to: the plan of the sink, and a function that returns what readers see there.
	Open func(t *testing.T) (s *plan.Sink, read func() []string)
	// Batches makes the batches to write; the caller releases them.
	Batches func(pool *vector.Pool) []*operators.Batch
	// Want is what readers see when all batches are committed, in any order.
	Want []string
	// Batch: the job runs in batch mode.
	Batch bool
}

// attempt is one run of the job's writers and committer.
type attempt struct {
	t       *testing.T
	c       connectors.Committer
	writers []connectors.Writer
}

func (k SinkTest) open(t *testing.T, s *plan.Sink, pool *vector.Pool, n int, commits, states [][]byte, restored bool) *attempt {
	t.Helper()
	ctx := context.Background()
	env := Env(t, pool, 0, n)
	env.Streaming = !k.Batch
	a := &attempt{t: t}
	var err error
	if a.c, err = k.Connector.OpenCommitter(ctx, s, env); err != nil {
		t.Fatal(err)
	}
	if restored {
		if err := a.c.Abort(ctx, commits, states); err != nil {
			t.Fatal(err)
		}
		a.commit(1, commits)
		a.commit(1, commits)
	}
	for i := range n {
		env := Env(t, pool, i, n)
		env.Streaming = !k.Batch
		var mine [][]byte
		for j, st := range states {
			if st != nil && j%n == i {
				mine = append(mine, st)
			}
		}
		w, err := k.Connector.OpenWriter(ctx, s, env, mine)
		if err != nil {
			t.Fatal(err)
		}
		a.writers = append(a.writers, w)
	}
	return a
}

func (a *attempt) write(i int, b *operators.Batch) {
	a.t.Helper()
	if err := a.writers[i%len(a.writers)].Write(context.Background(), b); err != nil {
		a.t.Fatal(err)
	}
}

func (a *attempt) prepare(checkpoint int64, final bool) (commits, states [][]byte) {
	a.t.Helper()
	for _, w := range a.writers {
		if err := w.Flush(context.Background()); err != nil {
			a.t.Fatal(err)
		}
		c, s, err := w.Prepare(context.Background(), checkpoint, final)
		if err != nil {
			a.t.Fatal(err)
		}
		commits, states = append(commits, c), append(states, s)
	}
	return commits, states
}

func (a *attempt) commit(checkpoint int64, commits [][]byte) {
	a.t.Helper()
	if err := a.c.Commit(context.Background(), checkpoint, commits); err != nil {
		a.t.Fatal(err)
	}
}

func (a *attempt) close() {
	a.t.Helper()
	for _, w := range a.writers {
		if err := w.Close(); err != nil {
			a.t.Error(err)
		}
	}
	if err := a.c.Close(); err != nil {
		a.t.Error(err)
	}
}

// Sink checks that a sink is exactly-once: nothing is seen before its checkpoint is complete; a crash before or after the commit of a
// checkpoint, at every cut and with another number of writers, neither loses nor doubles rows; commits may be repeated.
func Sink(t *testing.T, k SinkTest) {
	pool := vector.NewPool(0)
	pool.Check = true
	batches := k.Batches(pool)
	defer func() {
		for _, b := range batches {
			b.Release()
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d bytes in use at the end", n)
		}
	}()
	want := slices.Sorted(slices.Values(k.Want))
	see := func(what string, read func() []string) {
		t.Helper()
		if d := cmp.Diff(want, slices.Sorted(slices.Values(read()))); d != "" {
			t.Errorf("%s: %s", what, shorten(d))
		}
	}

	s, read := k.Open(t)
	k.open(t, s, pool, 2, nil, nil, false).close()
	if got := read(); len(got) != 0 {
		t.Errorf("a writer that was not used leaves %v", got)
	}

	for _, n := range []int{1, 3} {
		s, read := k.Open(t)
		a := k.open(t, s, pool, n, nil, nil, false)
		for i, b := range batches {
			a.write(i, b)
		}
		commits, _ := a.prepare(1, true)
		if got := read(); len(got) != 0 {
			t.Errorf("%v is seen before the commit", got)
		}
		a.commit(1, commits)
		see("committed once", read)
		a.commit(1, commits)
		see("committed twice", read)
		a.close()
		see("closed", read)
	}
	if !k.Batch {
		k.crashes(t, pool, batches, see)
	}
}

// crashes checks crashes after the checkpoint at every cut.
func (k SinkTest) crashes(t *testing.T, pool *vector.Pool, batches []*operators.Batch, see func(string, func() []string)) {
	for cut := range len(batches) + 1 {
		for variant := range 4 {
			committed, clean := variant&1 != 0, variant&2 != 0
			n, m := 1+cut%2, 1+(cut+variant)%3
			s, read := k.Open(t)
			a := k.open(t, s, pool, n, nil, nil, false)
			for i, b := range batches[:cut] {
				a.write(i, b)
			}
			commits, states := a.prepare(1, false)
			if committed {
				a.commit(1, commits)
			}
			// Rows, and perhaps a checkpoint that does not complete, which the crash loses.
			for i, b := range batches[cut:] {
				a.write(i, b)
			}
			if cut%2 == 0 {
				a.prepare(2, false)
			}
			if clean {
				a.close()
			}
			a = k.open(t, s, pool, m, commits, states, true)
			for i, b := range batches[cut:] {
				a.write(i, b)
			}
			last, _ := a.prepare(2, true)
			a.commit(2, last)
			a.close()
			see("crash", read)
		}
	}
}
