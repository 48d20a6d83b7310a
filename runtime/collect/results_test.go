package collect_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/collect"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) (*collect.Connector, *collect.Results, connectors.Writer, *vector.Pool) {
	t.Helper()
	c, pool := &collect.Connector{}, vector.NewPool(0)
	r := c.Register("job", types.Schema{{Name: "a", Type: types.BigIntType()}})
	w, err := c.OpenWriter(t.Context(), &plan.Sink{}, connectors.Env{JobID: "job", Pool: pool}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, r, w, pool
}

func write(t *testing.T, w connectors.Writer, pool *vector.Pool, from, n int) {
	t.Helper()
	v := vector.New(pool, types.BigIntType(), n, 0)
	b := vector.NewBatch(n, v)
	b.Kinds = make([]operators.RowKind, n)
	for i := range n {
		vector.Values[int64](v)[i] = int64(from + i)
		b.Kinds[i] = operators.RowKind((from + i) % 4)
	}
	defer b.Release()
	if err := w.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func TestRowsComeInOrderAndInPages(t *testing.T) {
	_, r, w, pool := open(t)
	write(t, w, pool, 0, 5)
	write(t, w, pool, 5, 10)
	sel := vector.NewBatch(4, vector.New(pool, types.BigIntType(), 4, 0))
	copy(vector.Values[int64](sel.Columns[0]), []int64{100, 15, 100, 16})
	sel.Sel = []uint16{1, 3}
	if err := w.Write(t.Context(), sel); err != nil {
		t.Fatal(err)
	}
	sel.Release()
	r.End(nil)
	next := int64(0)
	for done := false; !done; {
		var bs []*operators.Batch
		var err error
		if bs, done, err = r.Next(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, b := range bs {
			for i, x := range vector.Values[int64](b.Columns[0]) {
				if x != next || x < 15 && b.Kind(i) != operators.RowKind(x%4) {
					t.Fatalf("row %d is %d, %s", next, x, b.Kind(i))
				}
				next++
			}
			n += b.Len
			b.Release()
		}
		if n > 3 {
			t.Fatalf("a page of %d rows", n)
		}
	}
	if next != 17 || r.Rows() != 17 || pool.InUse() != 0 {
		t.Fatalf("%d rows, %d counted, %d bytes in use", next, r.Rows(), pool.InUse())
	}
	if bs, done, err := r.TryNext(1); len(bs) != 0 || !done || err != nil {
		t.Fatal(bs, done, err)
	}
}

func TestWritersWaitForTheClient(t *testing.T) {
	c, r, w, pool := open(t)
	full := make(chan struct{})
	go func() {
		for i := range 8 {
			write(t, w, pool, i*vector.MaxRows, vector.MaxRows)
		}
		close(full)
	}()
	select {
	case <-full:
		t.Fatal("the buffer has no bound")
	case <-time.After(5 * time.Millisecond):
	}
	for n := 0; n < 8*vector.MaxRows; {
		bs, _, err := r.Next(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bs {
			n += b.Len
			b.Release()
		}
	}
	<-full
	write(t, w, pool, 0, 10)
	r.Close()
	r.Close()
	b := vector.NewBatch(1, vector.New(pool, types.BigIntType(), 1, 0))
	defer b.Release()
	if err := w.Write(t.Context(), b); !errors.Is(err, collect.ErrClosed) {
		t.Fatal(err)
	}
	if _, _, err := r.Next(t.Context(), 1); !errors.Is(err, collect.ErrClosed) {
		t.Fatal(err)
	}
	if c.Results("job") != nil {
		t.Error("closed results are still known")
	}
}

func TestFailureComesAfterTheRows(t *testing.T) {
	_, r, w, pool := open(t)
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if bs, done, err := r.Next(short, 1); bs != nil || done || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(bs, done, err)
	}
	write(t, w, pool, 0, 2)
	r.End(errors.New("division by zero"))
	r.End(nil)
	bs, done, err := r.Next(t.Context(), 0)
	if len(bs) != 1 || done || err != nil {
		t.Fatal(bs, done, err)
	}
	bs[0].Release()
	if _, _, err := r.Next(t.Context(), 0); err == nil || err.Error() != "division by zero" {
		t.Fatal(err)
	}
}
