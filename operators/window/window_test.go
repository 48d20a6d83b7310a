package window

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// row is an input row of the model.
type row struct {
	t    int64
	k, x string
	v    int
	f    bool
}

// testInput is time, key, value, text, filter.
func testInput(timeType types.Type) types.Schema {
	return types.Schema{
		{Name: "ts", Type: timeType},
		{Name: "k", Type: types.StringType()},
		{Name: "v", Type: types.BigIntType()},
		{Name: "x", Type: types.StringType()},
		{Name: "f", Type: types.BooleanType()},
	}
}

func testAggs() []plan.Agg {
	big := types.BigIntType()
	return []plan.Agg{
		{Func: "COUNT", Filter: -1, Type: big.AsNotNull()},
		{Func: "SUM", Args: []int{2}, Filter: -1, Type: big},
		{Func: "MAX", Args: []int{3}, Filter: -1, Type: types.StringType()},
		{Func: "COUNT", Args: []int{3}, Distinct: true, Filter: -1, Type: big.AsNotNull()},
		{Func: "SUM", Args: []int{2}, Distinct: true, Filter: 4, Type: big},
		{Func: "COLLECT", Args: []int{3}, Filter: -1, Type: types.MultisetType(types.StringType()).AsNotNull()},
		{Func: "MIN", Args: []int{2}, Filter: -1, Type: big},
	}
}

// summary is what testAggs give for rows.
func summary(rows []row) string {
	sum, dsum, low := 0, 0, 1<<30
	best := ""
	texts, dv := map[string]int{}, map[int]bool{}
	some := false
	for _, r := range rows {
		sum += r.v
		low = min(low, r.v)
		best = max(best, r.x)
		texts[r.x]++
		if r.f {
			some = true
			if !dv[r.v] {
				dsum += r.v
			}
			dv[r.v] = true
		}
	}
	var parts []string
	for k, n := range texts {
		parts = append(parts, fmt.Sprintf("%s:%d", k, n))
	}
	slices.Sort(parts)
	filtered := "NULL"
	if some {
		filtered = strconv.Itoa(dsum)
	}
	return fmt.Sprintf("%d|%d|%s|%d|%s|{%s}|%d", len(rows), sum, best, len(texts), filtered, strings.Join(parts, ","), low)
}

// events makes random rows around base that mostly move on, and watermarks.
func events(seed uint64, n int, base, spread int64) (out []any) {
	r := rand.New(rand.NewPCG(seed, 3))
	top := base
	for range n {
		if r.IntN(9) == 0 {
			out = append(out, top-int64(r.IntN(int(spread/2))))
			continue
		}
		t := top + int64(r.IntN(int(spread/4)))
		if r.IntN(3) == 0 {
			t = top - int64(r.IntN(int(spread)))
		}
		top = max(top, t)
		if r.IntN(40) == 0 {
			top += 3 * spread
		}
		out = append(out, row{t, fmt.Sprintf("k%d", r.IntN(4)), string(rune('a' + r.IntN(5))), r.IntN(20) - 10, r.IntN(2) == 0})
	}
	// Watermarks do not decrease.
	mark := int64(operators.MinWatermark)
	for i, e := range out {
		if m, ok := e.(int64); ok {
			mark = max(mark, m)
			out[i] = mark
		}
	}
	return out
}

// naiveWindows lists the windows of a local time.
func naiveWindows(w *plan.Window, t int64) (out []bounds) {
	switch w.Kind {
	case plan.Tumble:
		s := floorTo(t, w.Offset, w.Size)
		return []bounds{{s, s + w.Size}}
	case plan.Hop:
		for s := floorTo(t, w.Offset, w.Slide); s+w.Size > t; s -= w.Slide {
			out = append(out, bounds{s, s + w.Size})
		}
	case plan.Cumulate:
		s := floorTo(t, w.Offset, w.Size)
		for e := s + w.Slide; e <= s+w.Size; e += w.Slide {
			if e > t {
				out = append(out, bounds{s, e})
			}
		}
	}
	return out
}

// modelOf evaluates events naively: the result lines, and how many rows were late.
func modelOf(w *plan.Window, c *clock, events []any, keyed bool) (want []string, late int) {
	type group struct {
		k string
		b bounds
	}
	groups := map[group][]row{}
	mark := int64(operators.MinWatermark)
	for _, e := range events {
		if m, ok := e.(int64); ok {
			mark = m
			continue
		}
		r := e.(row)
		k := ""
		if keyed {
			k = r.k
		}
		windows := naiveWindows(w, c.local(r.t))
		counted := len(windows) == 0
		for _, b := range windows {
			if c.trigger(b.end) > mark {
				g := group{k, b}
				groups[g] = append(groups[g], r)
				counted = true
			}
		}
		if !counted {
			late++
		}
	}
	for g, rows := range groups {
		line := fmt.Sprintf("%s|%d|%d|%d", summary(rows), g.b.start, g.b.end, c.instant(g.b.end-1))
		if keyed {
			line = g.k + "|" + line
		}
		want = append(want, line)
	}
	slices.Sort(want)
	return want, late
}

// sessionModel is modelOf for sessions.
func sessionModel(gap int64, events []any, keyed bool) (want []string, late int) {
	type session struct {
		b    bounds
		rows []row
	}
	open := map[string][]session{}
	mark := int64(operators.MinWatermark)
	fire := func() {
		for k, list := range open {
			open[k] = slices.DeleteFunc(list, func(s session) bool {
				if s.b.end-1 > mark {
					return false
				}
				line := fmt.Sprintf("%s|%d|%d|%d", summary(s.rows), s.b.start, s.b.end, s.b.end-1)
				if keyed {
					line = k + "|" + line
				}
				want = append(want, line)
				return true
			})
		}
	}
	for _, e := range events {
		if m, ok := e.(int64); ok {
			mark = m
			fire()
			continue
		}
		r := e.(row)
		k := ""
		if keyed {
			k = r.k
		}
		s := session{bounds{r.t, r.t + gap}, []row{r}}
		var rest []session
		for _, o := range open[k] {
			if o.b.start <= s.b.end && s.b.start <= o.b.end {
				s.b = bounds{min(s.b.start, o.b.start), max(s.b.end, o.b.end)}
				s.rows = append(s.rows, o.rows...)
			} else {
				rest = append(rest, o)
			}
		}
		if s.b.end-1 <= mark {
			late++
			continue
		}
		open[k] = append(rest, s)
	}
	mark = operators.MaxWatermark
	fire()
	slices.Sort(want)
	return want, late
}

// caseOf makes the test of a spec over events.
func caseOf(spec plan.WindowAggregate, timeType types.Type, events []any, want []string) *optest.Case {
	in := testInput(timeType)
	spec.Aggs = testAggs()
	spec.Columns = windowColumns()
	c := &optest.Case{Inputs: []types.Schema{in}, Want: want, Nullable: []int{1, 2, 3, 4}}
	if len(spec.Keys) > 0 {
		c.Keys = [][]int{spec.Keys}
		c.Output = append(c.Output, types.StringType())
	}
	for _, a := range spec.Aggs {
		c.Output = append(c.Output, a.Type)
	}
	c.Output = append(c.Output, columnTypes(&spec.Window, spec.Columns, timeType, nil)...)
	for _, e := range events {
		if m, ok := e.(int64); ok {
			c.Events = append(c.Events, optest.Event{Mark: &m})
			continue
		}
		r := e.(row)
		t := r.t * (timeType.TimeUnit() / 1000)
		c.Events = append(c.Events, optest.Event{Row: &optest.Row{Values: []any{int(t), r.k, r.v, r.x, r.f}}})
	}
	c.New = func() (operators.Operator, error) { return New(&spec, in, nil) }
	return c
}

func TestModel(t *testing.T) {
	ms, ltz := types.TimestampType(3), types.TimestampLTZType(3)
	spring := time.Date(2024, 3, 10, 4, 0, 0, 0, time.UTC).UnixMilli()
	autumn := time.Date(2024, 11, 3, 3, 0, 0, 0, time.UTC).UnixMilli()
	const h = 3600_000
	for _, m := range []struct {
		name         string
		w            plan.Window
		timeType     types.Type
		base, spread int64
	}{
		{"tumble", plan.Window{Kind: plan.Tumble, Size: 10}, ms, 1000, 30},
		{"tumble-offset", plan.Window{Kind: plan.Tumble, Size: 10, Offset: -3}, ms, -100, 30},
		{"tumble-micros", plan.Window{Kind: plan.Tumble, Size: 10}, types.TimestampType(6), -100, 30},
		{"tumble-spring", plan.Window{Kind: plan.Tumble, Size: h, Zone: "America/New_York"}, ltz, spring, 2 * h},
		{"tumble-autumn", plan.Window{Kind: plan.Tumble, Size: 2 * h, Zone: "America/New_York"}, ltz, autumn, 2 * h},
		{"hop", plan.Window{Kind: plan.Hop, Size: 10, Slide: 2}, ms, 1000, 30},
		{"hop-offset", plan.Window{Kind: plan.Hop, Size: 10, Slide: 5, Offset: 2}, ms, -50, 30},
		{"hop-odd", plan.Window{Kind: plan.Hop, Size: 10, Slide: 4}, ms, 0, 30},
		{"hop-gaps", plan.Window{Kind: plan.Hop, Size: 10, Slide: 25}, ms, 0, 60},
		{"hop-counts", plan.Window{Kind: plan.Hop, Size: 10, Slide: 2}, ms, 1000, 30},
		{"hop-counts-odd", plan.Window{Kind: plan.Hop, Size: 10, Slide: 4, Offset: 1}, ms, 0, 30},
		{"hop-counts-gaps", plan.Window{Kind: plan.Hop, Size: 10, Slide: 25}, ms, 0, 60},
		{"hop-spring", plan.Window{Kind: plan.Hop, Size: 3 * h, Slide: h, Zone: "America/New_York"}, ltz, spring, 2 * h},
		{"hop-autumn", plan.Window{Kind: plan.Hop, Size: 3 * h, Slide: h, Zone: "America/New_York"}, ltz, autumn, 2 * h},
		{"cumulate", plan.Window{Kind: plan.Cumulate, Size: 20, Slide: 5}, ms, 1000, 30},
		{"cumulate-offset", plan.Window{Kind: plan.Cumulate, Size: 20, Slide: 4, Offset: 3}, ms, -60, 30},
		{"cumulate-one", plan.Window{Kind: plan.Cumulate, Size: 10, Slide: 10}, ms, 0, 30},
		{"session", plan.Window{Kind: plan.Session, Size: 5}, ms, 1000, 40},
		{"session-long", plan.Window{Kind: plan.Session, Size: 300}, ms, -1000, 2000},
	} {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(1) {
				for _, keys := range [][]int{{1}, nil} {
					evs := events(seed, 100, m.base, m.spread)
					cl, err := newClock(&m.w)
					if err != nil {
						t.Fatal(err)
					}
					want, late := modelOf(&m.w, &cl, evs, keys != nil)
					if m.w.Kind == plan.Session {
						want, late = sessionModel(m.w.Size, evs, keys != nil)
					}
					c := caseOf(plan.WindowAggregate{Window: m.w, Keys: keys}, m.timeType, evs, want)
					if strings.Contains(m.name, "counts") {
						c = countsOnly(plan.WindowAggregate{Window: m.w, Keys: keys}, m.timeType, c)
					}
					optest.Run(t, c)
					checkLate(t, c, late)
				}
			}
		})
	}
}

// countsOnly makes of a case one with the first two aggregates only, which can be taken away.
func countsOnly(spec plan.WindowAggregate, timeType types.Type, c *optest.Case) *optest.Case {
	spec.Aggs, spec.Columns = testAggs()[:2], windowColumns()
	n, from := len(testAggs()), len(spec.Keys)+2
	out := *c
	out.Output = slices.Delete(slices.Clone(c.Output), from, from+n-2)
	out.Want = nil
	for _, line := range c.Want {
		out.Want = append(out.Want, strings.Join(slices.Delete(strings.Split(line, "|"), from, from+n-2), "|"))
	}
	slices.Sort(out.Want)
	out.New = func() (operators.Operator, error) { return New(&spec, testInput(timeType), nil) }
	return &out
}

// checkLate runs the case once and compares the counter of late rows.
func checkLate(t *testing.T, c *optest.Case, want int) {
	t.Helper()
	h := optest.NewHarness(t, c, 1)
	defer h.Close()
	for _, e := range c.Events {
		if e.Mark != nil {
			h.SendWatermark(*e.Mark)
		} else {
			h.Rows(0, []optest.Row{*e.Row}, false)
		}
	}
	if got := h.Counter("numLateRecordsDropped"); got != int64(want) {
		t.Errorf("%d late rows, want %d", got, want)
	}
}

// TestOrder checks that windows come in the order of their ends, before the watermark.
func TestOrder(t *testing.T) {
	spec := plan.WindowAggregate{Window: plan.Window{Kind: plan.Hop, Size: 10, Slide: 5}, Keys: []int{1}}
	c := caseOf(spec, types.TimestampType(3), nil, nil)
	h := optest.NewHarness(t, c, 1)
	defer h.Close()
	for _, ts := range []int{12, 3, 7} {
		h.Rows(0, []optest.Row{{Values: []any{ts, "k", 1, "x", true}}}, false)
	}
	h.SendWatermark(8)
	if len(h.Changes) != 1 || h.Watermark != 8 {
		t.Fatalf("%q at watermark %d", h.Changes, h.Watermark)
	}
	h.SendWatermark(operators.MaxWatermark)
	var ends []string
	for _, x := range h.Changes {
		f := strings.Split(x, "|")
		ends = append(ends, f[len(f)-2])
	}
	if got := strings.Join(ends, " "); got != "5 10 15 20" {
		t.Fatalf("window ends %s", got)
	}
}

// TestCarried aggregates over windows that rows carry.
func TestCarried(t *testing.T) {
	in := types.Schema{
		{Name: "k", Type: types.StringType()},
		{Name: "n", Type: types.BigIntType()},
		{Name: "s", Type: types.TimestampType(3)},
		{Name: "e", Type: types.TimestampType(3)},
	}
	spec := plan.WindowAggregate{
		Window: plan.Window{Kind: plan.Hop, Size: 10, Slide: 5}, Attached: true, StartColumn: 2, EndColumn: 3,
		Aggs: []plan.Agg{{Func: "MAX", Args: []int{1}, Filter: -1, Type: types.BigIntType()}}, Columns: windowColumns(),
	}
	c := &optest.Case{Inputs: []types.Schema{in}, Nullable: []int{0, 1}, Want: []string{"5|0|10|9", "9|5|15|14", "NULL|-5|5|4"}}
	c.Output = append([]types.Type{types.BigIntType()}, columnTypes(&spec.Window, spec.Columns, types.TimestampType(3), nil)...)
	for _, r := range [][]any{{"a", nil, -5, 5}, {"a", 3, 0, 10}, {"b", 5, 0, 10}, {"b", 9, 5, 15}, {"c", 1, 5, 15}} {
		c.Events = append(c.Events, optest.Event{Row: &optest.Row{Values: r}})
	}
	c.Events = append(c.Events, optest.Event{Mark: new(int64)})
	*c.Events[len(c.Events)-1].Mark = 9
	c.Events = append(c.Events, optest.Event{Row: &optest.Row{Values: []any{"late", 100, 0, 10}}})
	c.New = func() (operators.Operator, error) { return New(&spec, in, nil) }
	optest.Run(t, c)
}

// TestRetraction takes rows away from windows.
func TestRetraction(t *testing.T) {
	for _, kind := range []plan.WindowKind{plan.Tumble, plan.Hop, plan.Cumulate, plan.Session} {
		t.Run(string(kind), func(t *testing.T) {
			w := plan.Window{Kind: kind, Size: 12, Slide: 4}
			evs := events(5, 120, 0, 20)
			// Rows that stay are those of the model; others are added and taken away at once.
			evs = slices.DeleteFunc(evs, func(e any) bool { _, mark := e.(int64); return mark })
			cl := clock{}
			want, _ := modelOf(&w, &cl, evs, true)
			if kind == plan.Session {
				want, _ = sessionModel(w.Size, evs, true)
			}
			spec := plan.WindowAggregate{Window: w, Keys: []int{1}, InputUpdating: true}
			c := caseOf(spec, types.TimestampType(3), evs, want)
			c.NoNulls = true
			r := rand.New(rand.NewPCG(4, 4))
			for i := 0; i < len(c.Events); i++ {
				if r.IntN(3) == 0 {
					x := slices.Clone(c.Events[i].Row.Values)
					x[2], x[3] = r.IntN(30)-15, "zz"
					plus := optest.Event{Row: &optest.Row{Values: x}}
					minus := optest.Event{Row: &optest.Row{Kind: vector.Delete, Values: x}}
					c.Events = slices.Insert(c.Events, i+1, plus)
					at := i + 2 + r.IntN(len(c.Events)-i-1)
					c.Events = slices.Insert(c.Events, at, minus)
					i++
				}
				for i+1 < len(c.Events) && c.Events[i+1].Row.Kind == vector.Delete {
					i++
				}
			}
			optest.Run(t, c)
			optest.Run(t, countsOnly(spec, types.TimestampType(3), c))
		})
	}
}

// TestProcessingTime fires by the clock.
func TestProcessingTime(t *testing.T) {
	for _, kind := range []plan.WindowKind{plan.Tumble, plan.Session} {
		t.Run(string(kind), func(t *testing.T) {
			spec := plan.WindowAggregate{Window: plan.Window{Kind: kind, Size: 10, ProcTime: true}, Keys: []int{1}}
			c := caseOf(spec, types.TimestampType(3), nil, nil)
			c.Start = 1003
			h := optest.NewHarness(t, c, 1)
			defer h.Close()
			add := func(k string) { h.Rows(0, []optest.Row{{Values: []any{0, k, 1, "x", true}}}, false) }
			add("a")
			add("b")
			h.SetTime(1008)
			add("a")
			if len(h.Changes) != 0 {
				t.Fatalf("%q before the end", h.Changes)
			}
			h.SetTime(1010)
			h.SetTime(1018)
			h.SetTime(1030)
			h.End()
			want := []string{"a|2|2|x|1|1|{x:2}|1|1000|1010|1009", "b|1|1|x|1|1|{x:1}|1|1000|1010|1009"}
			if kind == plan.Session {
				want = []string{"a|2|2|x|1|1|{x:2}|1|1003|1018|1017", "b|1|1|x|1|1|{x:1}|1|1003|1013|1012"}
			}
			if got := h.Result(); !slices.Equal(got, want) {
				t.Fatalf("got %q", got)
			}
		})
	}
}

// TestProcessingTimeRestart runs windows by the clock under all disguises: the clock moves at the same rows.
func TestProcessingTimeRestart(t *testing.T) {
	for _, w := range []plan.Window{
		{Kind: plan.Tumble, Size: 10, ProcTime: true},
		{Kind: plan.Hop, Size: 10, Slide: 5, ProcTime: true},
		{Kind: plan.Cumulate, Size: 12, Slide: 4, ProcTime: true},
		{Kind: plan.Session, Size: 5, ProcTime: true},
	} {
		t.Run(string(w.Kind), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 9))
			now := int64(1000)
			var evs []any
			c := caseOf(plan.WindowAggregate{Window: w, Keys: []int{1}}, types.TimestampType(3), nil, nil)
			c.Start = now
			for range 80 {
				if r.IntN(4) == 0 {
					now += int64(r.IntN(6))
					c.Events = append(c.Events, optest.Event{Time: new(int64)})
					*c.Events[len(c.Events)-1].Time = now
					evs = append(evs, now-1)
					continue
				}
				x := row{now, fmt.Sprintf("k%d", r.IntN(3)), string(rune('a' + r.IntN(5))), r.IntN(20), r.IntN(2) == 0}
				evs = append(evs, x)
				c.Events = append(c.Events, optest.Event{Row: &optest.Row{Values: []any{0, x.k, x.v, x.x, x.f}}})
			}
			now += 100
			c.Events = append(c.Events, optest.Event{Time: &now})
			cl := clock{}
			c.Want, _ = modelOf(&w, &cl, evs, true)
			if w.Kind == plan.Session {
				c.Want, _ = sessionModel(w.Size, evs, true)
			}
			optest.Run(t, c)
		})
	}
}

// TestFunctions checks the window columns that the functions append.
func TestFunctions(t *testing.T) {
	for _, w := range []plan.Window{
		{Kind: plan.Tumble, Size: 10, Offset: 3},
		{Kind: plan.Hop, Size: 10, Slide: 4},
		{Kind: plan.Hop, Size: 10, Slide: 15},
		{Kind: plan.Cumulate, Size: 20, Slide: 5},
		{Kind: plan.Session, Size: 7},
	} {
		t.Run(fmt.Sprint(w.Kind, w.Slide), func(t *testing.T) {
			evs := events(9, 100, 0, 30)
			if w.Kind != plan.Session {
				evs = slices.DeleteFunc(evs, func(e any) bool { _, mark := e.(int64); return mark })
			}
			var want []string
			line := func(r row, b bounds) {
				want = append(want, fmt.Sprintf("%d|%s|%d|%s|%v|%d|%d|%d", r.t, r.k, r.v, r.x, r.f, b.start, b.end, b.end-1))
			}
			if w.Kind == plan.Session {
				sessionRows(w.Size, evs, line)
			}
			for _, e := range evs {
				if r, ok := e.(row); ok {
					for _, b := range naiveWindows(&w, r.t) {
						line(r, b)
					}
				}
			}
			slices.Sort(want)
			c := caseOf(plan.WindowAggregate{Window: w, Keys: []int{1}}, types.TimestampType(3), evs, want)
			in := testInput(types.TimestampType(3))
			spec := plan.WindowTVF{Window: w}
			if w.Kind == plan.Session {
				spec.Keys = []int{1}
			}
			c.NoState = w.Kind != plan.Session
			c.New = func() (operators.Operator, error) { return NewFunction(&spec, in, nil) }
			c.Output = append(in.Types(), columnTypes(&w, windowColumns(), types.TimestampType(3), nil)...)
			optest.Run(t, c)
		})
	}
}

// sessionRows lists the rows of sessions by key.
func sessionRows(gap int64, events []any, line func(row, bounds)) {
	type session struct {
		b    bounds
		rows []row
	}
	open := map[string][]session{}
	mark := int64(operators.MinWatermark)
	for _, e := range append(slices.Clone(events), int64(operators.MaxWatermark)) {
		if m, ok := e.(int64); ok {
			mark = m
			for k, list := range open {
				open[k] = slices.DeleteFunc(list, func(s session) bool {
					if s.b.end-1 > mark {
						return false
					}
					for _, r := range s.rows {
						line(r, s.b)
					}
					return true
				})
			}
			continue
		}
		r := e.(row)
		s := session{bounds{r.t, r.t + gap}, []row{r}}
		var rest []session
		for _, o := range open[r.k] {
			if o.b.start <= s.b.end && s.b.start <= o.b.end {
				s = session{bounds{min(s.b.start, o.b.start), max(s.b.end, o.b.end)}, append(s.rows, o.rows...)}
			} else {
				rest = append(rest, o)
			}
		}
		if s.b.end-1 > mark {
			open[r.k] = append(rest, s)
		}
	}
}

func TestNullTime(t *testing.T) {
	c := caseOf(plan.WindowAggregate{Window: plan.Window{Kind: plan.Tumble, Size: 10}}, types.TimestampType(3), nil, nil)
	op, err := c.New()
	if err != nil {
		t.Fatal(err)
	}
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, testInput(types.TimestampType(3)).Types(), []optest.Row{{Values: []any{nil, "k", 1, "x", true}}})
	defer b.Release()
	if err := op.Process(0, b, nil); !errors.Is(err, ErrNullTime) {
		t.Fatalf("error %v", err)
	}
}
