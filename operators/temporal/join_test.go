package temporal_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/temporal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// left rows are key, time, number; right rows key, time, number, whether they are valid.
func schemas() (left, right types.Schema) {
	left = types.Schema{{Name: "k", Type: types.StringType()}, {Name: "ts", Type: types.TimestampType(3)}, {Name: "id", Type: types.IntType()}}
	return left, append(slices.Clone(left), types.Field{Name: "alive", Type: types.BooleanType()})
}

func outputTypes() []types.Type {
	l, r := schemas()
	var out []types.Type
	for _, f := range append(l, r...) {
		out = append(out, f.Type.AsNullable())
	}
	return out
}

type versionRow struct {
	values []any
	dead   bool
}

// model finds the version of each row: of those with the greatest time that is not after it, the last one.
func model(spec *plan.TemporalJoin, left [][]any, right []versionRow) []string {
	var out []string
	for _, l := range left {
		best := versionRow{dead: true, values: []any{nil, int64(-1), nil, nil}}
		for _, r := range right {
			if l[0] != nil && l[0] == r.values[0] && r.values[1].(int64) <= l[1].(int64) && r.values[1].(int64) >= best.values[1].(int64) {
				best = r
			}
		}
		if !best.dead && (spec.Residual == nil || l[2].(int) < best.values[2].(int)) {
			out = append(out, text(append(slices.Clone(l), best.values...)))
		} else if spec.Join == plan.Left {
			out = append(out, text(append(slices.Clone(l), nil, nil, nil, nil)))
		}
	}
	slices.Sort(out)
	return out
}

func text(vs []any) string {
	var parts []string
	for _, v := range vs {
		if v == nil {
			v = "NULL"
		}
		parts = append(parts, fmt.Sprint(v))
	}
	return strings.Join(parts, "|")
}

func TestJoin(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(kind, seed), func(t *testing.T) {
				spec := &plan.TemporalJoin{Join: kind, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: -1}
				if seed > 0 {
					spec.Alive = 3
				}
				if seed > 1 {
					spec.Residual = expr.NewCall("<", types.BooleanType(), expr.NewColumn(2, types.IntType()), expr.NewColumn(5, types.IntType()))
				}
				events, left, right := history(rand.New(rand.NewPCG(seed, 3)), spec.Alive >= 0)
				l, r := schemas()
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return temporal.New(spec, l, r) },
					Inputs: []types.Schema{l, r}, Keys: [][]int{{0}, {0}}, Output: outputTypes(), Events: events, Want: model(spec, left, right),
				})
			})
		}
	}
}

// history is what both sides get, the rows of the left side that are not taken back, and the versions.
func history(r *rand.Rand, alive bool) (events []optest.Event, left [][]any, right []versionRow) {
	mark := int64(-1)
	for id := range 200 {
		ts := max(mark+1, int64(id)/3+int64(r.IntN(20)))
		var key any
		if r.IntN(12) > 0 {
			key = string(rune('a' + r.IntN(4)))
		}
		switch {
		case r.IntN(8) == 0:
			mark = max(mark, ts-12)
			m := mark
			events = append(events, optest.Event{Mark: &m})
		case r.IntN(3) == 0:
			v := versionRow{values: []any{key, ts, id, true}}
			kind := []vector.RowKind{vector.Insert, vector.UpdateAfter, vector.UpdateBefore, vector.Delete}[r.IntN(4)]
			if r.IntN(4) == 0 {
				v.values[3] = []any{false, nil}[r.IntN(2)]
			}
			events = append(events, optest.Event{Input: 1, Row: &optest.Row{Kind: kind, Values: v.values}})
			v.dead = kind == vector.Delete || alive && v.values[3] != true
			if kind != vector.UpdateBefore {
				right = append(right, v)
			}
		case r.IntN(8) == 0 && len(left) > 0 && left[len(left)-1][1].(int64) > mark:
			x := left[len(left)-1]
			left = left[:len(left)-1]
			events = append(events, optest.Event{Row: &optest.Row{Kind: vector.Delete, Values: x}})
		default:
			x := []any{key, ts, id}
			left = append(left, x)
			events = append(events, optest.Event{Row: &optest.Row{Kind: vector.Insert, Values: x}})
		}
	}
	return events, left, right
}

// TestState: versions that nobody can meet are forgotten; late rows are dropped and counted; a version that comes late still counts for later rows.
func TestState(t *testing.T) {
	l, r := schemas()
	spec := &plan.TemporalJoin{Join: plan.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: -1}
	h := optest.NewHarness(t, &optest.Case{
		New:    func() (operators.Operator, error) { return temporal.New(spec, l, r) },
		Inputs: []types.Schema{l, r}, Keys: [][]int{{0}, {0}}, Output: outputTypes(),
	}, 1)
	defer h.Close()
	version := func(ts int64, id int) optest.Row { return optest.Row{Values: []any{"a", ts, id, true}} }
	for ts := int64(0); ts < 200_000; ts += 2000 {
		rows := make([]optest.Row, 2000)
		for i := range rows {
			rows[i] = version(ts+int64(i), i)
		}
		h.Rows(1, rows, false)
		h.SendWatermark(ts + 1990)
	}
	if n := h.Pool.InUse(); n > 4<<20 {
		t.Errorf("%d bytes in use for a few versions", n)
	}
	h.Rows(0, []optest.Row{{Values: []any{"a", int64(199_990), 1}}}, false)
	if n := h.Counter("numLateRecordsDropped"); n != 1 {
		t.Errorf("%d late rows", n)
	}
	h.SendWatermark(300_000)
	h.Rows(1, []optest.Row{version(299_000, 7)}, false)
	h.Rows(0, []optest.Row{{Values: []any{"a", int64(300_001), 2}}}, false)
	h.SendWatermark(300_010)
	if got, want := h.Result(), []string{"a|300001|2|a|299000|7|true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNewChecks(t *testing.T) {
	l, r := schemas()
	for _, spec := range []plan.TemporalJoin{
		{Join: plan.Full, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: -1},
		{Join: plan.Left, LeftTime: 1, RightTime: 1, Alive: -1},
		{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{2}, LeftTime: 1, RightTime: 1, Alive: -1},
		{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 2, RightTime: 1, Alive: -1},
		{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 9, Alive: -1},
		{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: 2},
	} {
		if _, err := temporal.New(&spec, l, r); err == nil {
			t.Errorf("%+v is accepted", spec)
		}
	}
}

func TestSnapshotWhileRunning(t *testing.T) {
	l, r := schemas()
	spec := &plan.TemporalJoin{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: -1}
	events, _, _ := history(rand.New(rand.NewPCG(9, 9)), false)
	c := &optest.Case{
		New:    func() (operators.Operator, error) { return temporal.New(spec, l, r) },
		Inputs: []types.Schema{l, r}, Keys: [][]int{{0}, {0}}, Output: outputTypes(),
	}
	h := optest.NewHarness(t, c, 1)
	var pending sync.WaitGroup
	for i, e := range events {
		if e.Row != nil {
			h.Rows(e.Input, []optest.Row{*e.Row}, false)
		} else {
			h.SendWatermark(*e.Mark)
		}
		if i%20 != 0 {
			continue
		}
		snapshots := h.Snapshots()
		pending.Go(func() { // while the operator goes on
			h.Write(snapshots).Release()
		})
	}
	pending.Wait()
	h.Close()
}

// BenchmarkJoin is rows of 1000 keys with a version every hundred rows.
func BenchmarkJoin(b *testing.B) {
	l, r := schemas()
	spec := &plan.TemporalJoin{Join: plan.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Alive: -1}
	op, err := temporal.New(spec, l, r)
	if err != nil {
		b.Fatal(err)
	}
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	at := int64(0)
	batches := func() (rows, versions *vector.Batch) {
		var ls, rs []optest.Row
		for i := range 1024 {
			ls = append(ls, optest.Row{Values: []any{fmt.Sprint("key ", random.IntN(1000)), int64(i), i}})
			if i%100 == 0 {
				rs = append(rs, optest.Row{Values: []any{fmt.Sprint("key ", random.IntN(1000)), int64(i), i, true}})
			}
		}
		return optest.Batch(pool, l.Types(), ls), optest.Batch(pool, r.Types(), rs)
	}
	rows, versions := batches()
	b.ReportAllocs()
	for b.Loop() {
		for _, x := range []*vector.Batch{rows, versions} {
			times := vector.Values[int64](x.Columns[1])
			for i := range times {
				times[i] = at + 1 + int64(i)
			}
		}
		at += 1024
		if op.Process(1, versions, nil) != nil || op.Process(0, rows, nil) != nil || op.Watermark(at, &optest.Discard{}) != nil {
			b.Fatal("failed")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
}
