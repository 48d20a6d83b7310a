package sort_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/sort"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func schema() types.Schema {
	return types.Schema{{Name: "ts", Type: types.TimestampType(3).AsNotNull()}, {Name: "v", Type: types.StringType()}, {Name: "id", Type: types.IntType()}}
}

func row(vs ...any) optest.Event { return optest.Event{Row: &optest.Row{Values: vs}} }

// run plays events in batches of a size, with a restart after every restartth, and returns the rows as they came.
func run(t *testing.T, c *optest.Case, size, restart int) []string {
	t.Helper()
	h := optest.NewHarness(t, c, 1)
	n := 0
	for at := 0; at < len(c.Events); {
		if restart > 0 && n%restart == restart-1 {
			h.Restart(c, 1, h.Write(h.Snapshots()))
		}
		n++
		if m := c.Events[at].Mark; m != nil {
			h.SendWatermark(*m)
			at++
			continue
		}
		var rows []optest.Row
		for at < len(c.Events) && c.Events[at].Row != nil && len(rows) < size {
			rows = append(rows, *c.Events[at].Row)
			at++
		}
		h.Rows(0, rows, n%2 == 0)
	}
	h.End()
	got := h.Changes
	h.Close()
	return got
}

func text(row []any) string {
	v := row[1]
	if v == nil {
		v = "NULL"
	}
	return fmt.Sprintf("+I %v|%v|%v", row[0], v, row[2])
}

func compare(a, b []any, descending, nullsLast bool) int {
	x, y := a[1], b[1]
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil || y == nil:
		if (x == nil) == nullsLast {
			return 1
		}
		return -1
	case descending:
		return -slices.Compare([]byte(x.(string)), []byte(y.(string)))
	default:
		return slices.Compare([]byte(x.(string)), []byte(y.(string)))
	}
}

func randomRow(r *rand.Rand, ts, id int) []any {
	var v any = fmt.Sprintf("some prefix %d", r.IntN(5))
	switch r.IntN(6) {
	case 0:
		v = nil
	case 1:
		v = ""
	case 2:
		v = "s"
	}
	return []any{ts, v, id}
}

// TestBatch: everything in order at the end, ties in order of arrival.
func TestBatch(t *testing.T) {
	for mask := range 4 {
		s := &plan.Sort{Order: []plan.SortKey{{Column: 1, Descending: mask&1 != 0, NullsLast: mask&2 != 0}}}
		r := rand.New(rand.NewPCG(uint64(mask), 1))
		c := &optest.Case{
			New: func() (operators.Operator, error) { return sort.New(s, schema()), nil }, Inputs: []types.Schema{schema()},
			Output: schema().Types(),
		}
		var rows [][]any
		for i := range 200 {
			rows = append(rows, randomRow(r, i, i))
			c.Events = append(c.Events, row(rows[i]...))
		}
		slices.SortStableFunc(rows, func(a, b []any) int { return compare(a, b, mask&1 != 0, mask&2 != 0) })
		for _, how := range [][2]int{{1000, 0}, {7, 0}, {1, 0}, {7, 3}, {1, 5}} {
			got := run(t, c, how[0], how[1])
			for i, row := range rows {
				if got[i] != text(row) {
					t.Fatalf("order %d, batches %v: row %d is %s, want %s", mask, how, i, got[i], text(row))
				}
			}
		}
	}
}

// TestTemporal: rows in order of time as the watermark passes them; rows that are not after the last one emitted are dropped.
func TestTemporal(t *testing.T) {
	s := &plan.Sort{Order: []plan.SortKey{{Column: 0}, {Column: 1, Descending: true, NullsLast: true}}, Temporal: true}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := &optest.Case{
			New: func() (operators.Operator, error) { return sort.New(s, schema()), nil }, Inputs: []types.Schema{schema()},
			Output: schema().Types(),
		}
		var held [][]any
		var want []string
		passed := -1000
		fire := func(w int) {
			slices.SortStableFunc(held, func(a, b []any) int {
				if a[0] != b[0] {
					return a[0].(int) - b[0].(int)
				}
				return compare(a, b, true, true)
			})
			for len(held) > 0 && held[0][0].(int) <= w {
				want, passed = append(want, text(held[0])), held[0][0].(int)
				held = held[1:]
			}
		}
		for i := range 200 {
			if r.IntN(7) == 0 {
				c.Events = append(c.Events, optest.Mark(int64(i-3)))
				fire(i - 3)
				continue
			}
			x := randomRow(r, i-r.IntN(12), i)
			c.Events = append(c.Events, row(x...))
			if x[0].(int) > passed {
				held = append(held, x)
			}
		}
		fire(1 << 30)
		for _, how := range [][2]int{{1000, 0}, {3, 0}, {1, 0}, {3, 2}, {1, 1}} {
			if got := run(t, c, how[0], how[1]); !slices.Equal(got, want) {
				t.Fatalf("batches %v:\n got %q\nwant %q", how, got, want)
			}
		}
	}
}

func TestLimit(t *testing.T) {
	for _, l := range []plan.Limit{{Count: 5}, {Offset: 3, Count: 4}, {Offset: 2, Count: -1}, {Count: 0}, {Offset: 100, Count: 1}, {Offset: 1, Count: 1<<63 - 1}} {
		c := &optest.Case{
			New: func() (operators.Operator, error) { return sort.NewLimit(&l), nil }, Inputs: []types.Schema{schema()}, Output: schema().Types(),
			NoNulls: true,
		}
		for i := range 20 {
			c.Events = append(c.Events, row(i, "x", i))
			if int64(i) >= l.Offset && (l.Count < 0 || int64(i)-l.Offset < l.Count) {
				c.Want = append(c.Want, fmt.Sprintf("%d|x|%d", i, i))
			}
		}
		slices.Sort(c.Want)
		optest.Run(t, c)
	}
}

func TestMemory(t *testing.T) {
	pool := vector.NewPool(0)
	op := sort.New(&plan.Sort{Order: []plan.SortKey{{Column: 0}}, Temporal: true}, schema())
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	peak := int64(0)
	for i := range 40 {
		rows := make([]optest.Row, 1200)
		for j := range rows {
			rows[j].Values = []any{i*1000 + j, "x", j}
		}
		b := optest.Batch(pool, schema().Types(), rows)
		if err := op.Process(0, b, &optest.Discard{}); err != nil {
			t.Fatal(err)
		}
		b.Release()
		if err := op.Watermark(int64(i*1000), &optest.Discard{}); err != nil {
			t.Fatal(err)
		}
		if i == 10 {
			peak = pool.InUse()
		}
	}
	if n := pool.InUse(); n > 2*peak {
		t.Errorf("%d bytes in use, %d before", n, peak)
	}
	if err := op.Close(); err != nil || pool.InUse() != 0 {
		t.Errorf("%v, %d bytes not given back", err, pool.InUse())
	}
}

func BenchmarkSort(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	pool := vector.NewPool(0)
	var batches []*vector.Batch
	for range 25 {
		rows := make([]optest.Row, 4096)
		for i := range rows {
			rows[i].Values = []any{r.IntN(1 << 30), "some text of a row", i}
		}
		batches = append(batches, optest.Batch(pool, schema().Types(), rows))
	}
	b.ReportAllocs()
	for b.Loop() {
		op := sort.New(&plan.Sort{Order: []plan.SortKey{{Column: 0}}}, schema())
		if err := op.Open(optest.NewContext(pool)); err != nil {
			b.Fatal(err)
		}
		for _, x := range batches {
			if err := op.Process(0, x, &optest.Discard{}); err != nil {
				b.Fatal(err)
			}
		}
		if err := op.Finish(&optest.Discard{}); err != nil {
			b.Fatal(err)
		}
		if err := op.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(25*4096), "ns/row")
}
