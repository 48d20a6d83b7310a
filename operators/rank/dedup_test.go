package rank_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/rank"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// events of the tests: a key, an event time, an identity.
func eventSchema() types.Schema {
	return types.Schema{{Name: "k", Type: types.StringType()}, {Name: "ts", Type: types.TimestampType(3)}, {Name: "id", Type: types.IntType()}}
}

// randomEvents are rows out of order with watermarks between them, and the rows that are not late.
func randomEvents(r *rand.Rand, n int) (events []optest.Event, onTime [][]any) {
	last, passed := 0, -1000
	for i := range n {
		if r.IntN(8) == 0 {
			last = max(last, i-r.IntN(6))
			passed = last
			events = append(events, optest.Mark(int64(last)))
			continue
		}
		var k any = string(rune('a' + r.IntN(5)))
		if r.IntN(6) == 0 {
			k = nil
		}
		vs := []any{k, i - r.IntN(15), i}
		events = append(events, optest.Change(vector.Insert, vs...))
		if vs[1].(int) >= passed {
			onTime = append(onTime, vs)
		}
	}
	return events, onTime
}

func TestFirstRowByEventTime(t *testing.T) {
	for seed := range uint64(4) {
		events, onTime := randomEvents(rand.New(rand.NewPCG(seed, 2)), 90)
		best := map[any][]any{}
		// A key is decided by the first watermark that passes its row: replay.
		emitted := map[any]bool{}
		var want []string
		pass := func(w int64) {
			for k, vs := range best {
				if int64(vs[1].(int)) <= w {
					want = append(want, text(vs))
					emitted[k] = true
					delete(best, k)
				}
			}
		}
		for _, e := range events {
			if e.Mark != nil {
				pass(*e.Mark)
				continue
			}
			vs := e.Row.Values
			if !slices.ContainsFunc(onTime, func(x []any) bool { return x[2] == vs[2] }) || emitted[vs[0]] {
				continue
			}
			if b := best[vs[0]]; b == nil || vs[1].(int) < b[1].(int) {
				best[vs[0]] = vs
			}
		}
		pass(operators.MaxWatermark)
		slices.Sort(want)
		s := &plan.Deduplicate{Keys: []int{0}, TimeColumn: 1}
		optest.Run(t, &optest.Case{
			New:    func() (operators.Operator, error) { return rank.NewDeduplicate(s, eventSchema()) },
			Inputs: []types.Schema{eventSchema()}, Output: eventSchema().Types(), Keys: [][]int{{0}}, Events: events, Want: want, NoNulls: true,
		})
	}
}

// dedupe is a deduplication by hand: the rows that win by less.
func dedupe(rows [][]any, wins func(a, b []any) bool) []string {
	best := map[any][]any{}
	for _, vs := range rows {
		if b := best[vs[0]]; b == nil || wins(vs, b) {
			best[vs[0]] = vs
		}
	}
	var out []string
	for _, vs := range best {
		out = append(out, text(vs))
	}
	slices.Sort(out)
	return out
}

func TestDeduplicate(t *testing.T) {
	earlier := func(a, b []any) bool { return a[1].(int) < b[1].(int) }
	later := func(a, b []any) bool { return a[1].(int) >= b[1].(int) }
	always := func(_, _ []any) bool { return true }
	never := func(_, _ []any) bool { return false }
	cases := []struct {
		name string
		spec plan.Deduplicate
		wins func(a, b []any) bool
	}{
		{"first by arrival", plan.Deduplicate{TimeColumn: -1}, never},
		{"last by arrival", plan.Deduplicate{TimeColumn: -1, KeepLast: true, UpdateBefore: true}, always},
		{"last by event time", plan.Deduplicate{TimeColumn: 1, KeepLast: true, UpdateBefore: true}, later},
		{"last without -U", plan.Deduplicate{TimeColumn: 1, KeepLast: true}, later},
		{"first, batch", plan.Deduplicate{TimeColumn: 1, Final: true}, earlier},
		{"last, batch", plan.Deduplicate{TimeColumn: 1, KeepLast: true, Final: true}, later},
		{"first, updating", plan.Deduplicate{TimeColumn: 1, InputUpdating: true, UpdateBefore: true}, earlier},
	}
	for _, c := range cases {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s-%d", c.name, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 4))
				var events []optest.Event
				var rows [][]any
				for i := range 70 {
					if c.spec.InputUpdating && len(rows) > 0 && r.IntN(3) == 0 {
						at := r.IntN(len(rows))
						events = append(events, optest.Change(vector.Delete, rows[at]...))
						rows = slices.Delete(rows, at, at+1)
						continue
					}
					vs := []any{string(rune('a' + r.IntN(4))), r.IntN(30), i}
					events = append(events, optest.Change(vector.Insert, vs...))
					rows = append(rows, vs)
				}
				s := c.spec
				s.Keys = []int{0}
				oc := &optest.Case{
					New:    func() (operators.Operator, error) { return rank.NewDeduplicate(&s, eventSchema()) },
					Inputs: []types.Schema{eventSchema()}, Output: eventSchema().Types(), Keys: [][]int{{0}}, Events: events, Want: dedupe(rows, c.wins),
					NoNulls: true,
				}
				if s.KeepLast && !s.UpdateBefore && !s.Final {
					oc.Upsert = []int{0}
				}
				optest.Run(t, oc)
			})
		}
	}
}

// TestWindowTopN: rows are ranked within their window, and those behind a window that has fired are dropped.
func TestWindowTopN(t *testing.T) {
	in := types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.IntType()}, {Name: "end", Type: types.TimestampType(3)}}
	s := &plan.Rank{
		Keys: []int{0, 2}, Order: []plan.SortKey{{Column: 1, Descending: true}}, From: 1, To: 2, ToColumn: -1, WithNumber: true, Window: true,
		WindowEndColumn: 2,
	}
	ins := func(k any, v, end int) optest.Event { return optest.Change(vector.Insert, k, v, end) }
	c := &optest.Case{
		New: func() (operators.Operator, error) { return rank.NewTopN(s, in) }, Inputs: []types.Schema{in},
		Output: append(in.Types(), types.BigIntType().AsNotNull()), Keys: [][]int{{0, 2}}, NoNulls: true,
		Events: []optest.Event{
			ins("a", 1, 100), ins("a", 3, 100), ins("a", 2, 100), ins("b", 9, 200), ins(nil, 5, 100),
			optest.Mark(98), ins("a", 4, 100), optest.Mark(99), ins("a", 100, 100), ins("a", 7, 200), ins("b", 8, 200), ins("b", 7, 200), optest.Mark(150), ins("b", 1, 150),
		},
		Want: []string{"NULL|5|100|1", "a|3|100|2", "a|4|100|1", "a|7|200|1", "b|8|200|2", "b|9|200|1"},
	}
	slices.Sort(c.Want)
	optest.Run(t, c)
}

// TestWindowZone: a window whose end is local time fires by the clock of its zone.
func TestWindowZone(t *testing.T) {
	for _, zone := range []string{"Asia/Tokyo", "GMT+09:00"} {
		t.Run(zone, func(t *testing.T) { testWindowZone(t, zone) })
	}
}

func testWindowZone(t *testing.T, zone string) {
	in := types.Schema{{Name: "end", Type: types.TimestampType(3)}}
	const hour = 3600 * 1000
	s := &plan.Rank{Keys: []int{0}, From: 1, To: 1, ToColumn: -1, Window: true, WindowEndColumn: 0, WindowZone: zone}
	c := &optest.Case{New: func() (operators.Operator, error) { return rank.NewTopN(s, in) }, Inputs: []types.Schema{in}, Output: in.Types(), NoNulls: true}
	h := optest.NewHarness(t, c, 1)
	h.Rows(0, []optest.Row{{Values: []any{10 * hour}}}, false)
	h.SendWatermark(hour - 2)
	if len(h.Changes) != 0 {
		t.Fatalf("too early: %v", h.Changes)
	}
	h.SendWatermark(hour - 1)
	if len(h.Changes) != 1 {
		t.Fatalf("not fired: %v", h.Changes)
	}
	h.Close()
}

// TestTimeToLive: a key that was not written for as long as it lives begins anew.
func TestTimeToLive(t *testing.T) {
	ins := func(k any, ts, id int) optest.Event { return optest.Change(vector.Insert, k, ts, id) }
	events := []optest.Event{
		optest.Clock(1000), ins("a", 1, 1), ins("b", 1, 2), optest.Clock(1050), ins("a", 2, 3), optest.Clock(1120), ins("a", 3, 4), ins("b", 3, 5), optest.Clock(1400), ins("a", 4, 6),
	}
	first := &plan.Deduplicate{Keys: []int{0}, TimeColumn: -1, TTLMillis: 100}
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return rank.NewDeduplicate(first, eventSchema()) },
		Inputs: []types.Schema{eventSchema()}, Output: eventSchema().Types(), Keys: [][]int{{0}}, Events: events, NoNulls: true,
		Want: []string{"a|1|1", "a|3|4", "a|4|6", "b|1|2", "b|3|5"},
	})
	// The last row of "a" is written at 1050, so that it is known at 1120; that of "b" has been forgotten, and its first row stays in the result.
	last := &plan.Deduplicate{Keys: []int{0}, TimeColumn: -1, KeepLast: true, UpdateBefore: true, TTLMillis: 100}
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return rank.NewDeduplicate(last, eventSchema()) },
		Inputs: []types.Schema{eventSchema()}, Output: eventSchema().Types(), Keys: [][]int{{0}}, Events: events, NoNulls: true,
		Want: []string{"a|3|4", "a|4|6", "b|1|2", "b|3|5"},
	})
}

// TestCompaction: rankings whose rows come and go give their memory back while they go on.
func TestCompaction(t *testing.T) {
	s := &plan.Rank{Keys: []int{0}, Order: []plan.SortKey{{Column: 1, Descending: true}}, From: 1, To: 2, ToColumn: -1, UpdateBefore: true}
	c := &optest.Case{
		New: func() (operators.Operator, error) { return rank.NewTopN(s, eventSchema()) }, Inputs: []types.Schema{eventSchema()},
		Output: eventSchema().Types(), NoNulls: true,
	}
	h := optest.NewHarness(t, c, 1)
	peak := int64(0)
	for i := range 60 {
		rows := make([]optest.Row, 1500)
		for j := range rows {
			rows[j].Values = []any{strconv.Itoa(j % 700), i*10 + j%3, j}
		}
		h.Rows(0, rows, false)
		if i == 20 {
			peak = h.Pool.InUse()
		}
	}
	if got := h.Pool.InUse(); got > 2*peak {
		t.Errorf("%d bytes in use, %d after a third of the rows", got, peak)
	}
	if n := len(h.Result()); n != 1400 {
		t.Errorf("%d rows", n)
	}
	h.Close()
}
