package aggregate

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestLargeSnapshot takes snapshots of a state of many chunks, and lets the operator go on before they are written.
func TestLargeSnapshot(t *testing.T) {
	in := types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.BigIntType()}}
	big := types.BigIntType()
	spec := plan.GroupAggregate{Keys: []int{0}, Final: true, InputUpdating: true, Aggs: []plan.Agg{
		{Func: "COUNT", Filter: -1, Type: big.AsNotNull()},
		{Func: "MAX", Args: []int{1}, Filter: -1, Type: big},
		{Func: "COUNT", Args: []int{1}, Distinct: true, Filter: -1, Type: big.AsNotNull()},
	}}
	c := caseOf(in, spec)
	r := rand.New(rand.NewPCG(3, 3))
	var batches [][]optest.Row
	var there []optest.Row
	for range 60 {
		var rows []optest.Row
		for range 500 {
			if len(there) > 0 && r.IntN(3) == 0 {
				i := r.IntN(len(there))
				rows = append(rows, optest.Row{Kind: vector.Delete, Values: there[i].Values})
				there[i] = there[len(there)-1]
				there = there[:len(there)-1]
				continue
			}
			row := optest.Row{Values: []any{"key-" + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))), r.IntN(50)}}
			there = append(there, row)
			rows = append(rows, row)
		}
		batches = append(batches, rows)
	}
	feed := func(h *optest.Harness, bs [][]optest.Row) {
		for _, b := range bs {
			h.Rows(0, b, false)
		}
	}
	plain := optest.NewHarness(t, c, 1)
	feed(plain, batches)
	plain.End()
	want := plain.Result()
	plain.Close()
	h := optest.NewHarness(t, c, 1)
	feed(h, batches[:30])
	first := h.Snapshots()
	feed(h, batches[30:40])
	// A second snapshot while the first is not released.
	second := h.Snapshots()
	feed(h, batches[40:45])
	st, later := h.Write(first), h.Write(second)
	h.Restart(c, 3, later)
	feed(h, batches[40:])
	h.End()
	if diff := cmp.Diff(want, h.Result()); diff != "" {
		t.Errorf("after the second snapshot:\n%s", diff)
	}
	clear(h.Folded)
	h.Restart(c, 2, st)
	feed(h, batches[30:])
	h.End()
	if diff := cmp.Diff(want, h.Result()); diff != "" {
		t.Errorf("after the first snapshot:\n%s", diff)
	}
	h.Close()
}

// BenchmarkSnapshot freezes and writes a million groups.
func BenchmarkSnapshot(b *testing.B) {
	pool := vector.NewPool(0)
	spec := plan.GroupAggregate{Keys: []int{0}, Final: true, Aggs: []plan.Agg{agg("COUNT"), agg("SUM", 1), agg("MAX", 1)}}
	op, err := NewGroup(&spec, bigints(2))
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	n := int64(0)
	const groups = 1 << 20
	for _, x := range ints(pool, groups/vector.MaxRows, 2, func(col int) int64 {
		if col == 0 {
			n++
		}
		return n
	}) {
		if err := op.Process(0, x, &optest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
	frozen := time.Duration(0)
	for b.Loop() {
		from := time.Now()
		s, err := op.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		frozen += time.Since(from)
		if err := s.Write(nothing{}); err != nil {
			b.Fatal(err)
		}
		s.Release()
	}
	b.ReportMetric(float64(frozen.Microseconds())/float64(b.N), "freeze-µs")
	b.ReportMetric(float64((b.Elapsed()-frozen).Nanoseconds())/float64(b.N)/groups, "write-ns/group")
}

// nothing drops state.
type nothing struct{}

func (nothing) Table(string, types.Schema) (operators.TableWriter, error) { return nothing{}, nil }
func (nothing) Append(int, *vector.Batch) error                           { return nil }

// TestConcurrentWrite writes a snapshot on another goroutine while the operator goes on. It is for the race detector.
func TestConcurrentWrite(t *testing.T) {
	in := types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.BigIntType()}}
	big, text := types.BigIntType(), types.StringType()
	spec := plan.GroupAggregate{Keys: []int{0}, Final: true, InputUpdating: true, Aggs: []plan.Agg{
		{Func: "COUNT", Filter: -1, Type: big.AsNotNull()},
		{Func: "MAX", Args: []int{1}, Filter: -1, Type: big},
		{Func: "COUNT", Args: []int{1}, Distinct: true, Filter: -1, Type: big.AsNotNull()},
		{Func: "LISTAGG", Args: []int{0}, Filter: -1, Type: text},
	}}
	c := caseOf(in, spec)
	h := optest.NewHarness(t, c, 1)
	r := rand.New(rand.NewPCG(6, 6))
	feed := func() {
		var rows []optest.Row
		for range 400 {
			rows = append(rows, optest.Row{Values: []any{"key-" + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))), r.IntN(50)}})
		}
		h.Rows(0, rows, false)
	}
	for range 20 {
		feed()
	}
	for range 3 {
		s := h.Snapshots()
		st := optest.NewState()
		done := make(chan error)
		go func() { done <- s[0].Write(st) }()
		for range 10 {
			feed()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		s[0].Release()
		st.Release()
	}
	h.Close()
}
