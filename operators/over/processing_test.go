package over_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/over"
	"millrace/planner/plan"
)

// TestProcessingTime: rows are ordered by arrival, no two are equal in the order, and RANGE looks at the clock.
func TestProcessingTime(t *testing.T) {
	for _, f := range []plan.Frame{frame(true, unbounded, 0), frame(false, unbounded, 0), frame(true, -3, 0), frame(false, -20, 0)} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			spec := &plan.Over{Keys: []int{0}, Order: []plan.SortKey{{Column: 1}}, Time: plan.OverProcessing, Calls: calls(f)}
			if f.Lower.Unbounded {
				spec.Calls = calls(f, numbers()...)
			}
			r := rand.New(rand.NewPCG(8, 9))
			now := int64(1000)
			var events []optest.Event
			events = append(events, optest.Event{Time: new(now)})
			byKey := map[any][]row{}
			at := map[int]int64{}
			var want []string
			for id := range 150 {
				if r.IntN(4) == 0 {
					now += int64(r.IntN(15))
					events = append(events, optest.Event{Time: new(now)})
				}
				x := randomRow(r, id)
				at[id] = now
				events = append(events, insert(x))
				byKey[x.k] = append(byKey[x.k], x)
				p := byKey[x.k]
				// In the model places are times, so that no rows are equal.
				seen := make([]row, 0, len(p))
				for i, y := range p {
					if f.Rows || f.Lower.Unbounded || at[y.id] >= now+f.Lower.Offset {
						y.ts = int64(i)
						seen = append(seen, y)
					}
				}
				rows := f
				if !f.Rows && !f.Lower.Unbounded {
					rows = frame(true, unbounded, 0)
				}
				fields := make([]string, 0, 12)
				for _, v := range x.values() {
					fields = append(fields, text(v))
				}
				m := model{spec: spec, order: 1}
				for _, c := range spec.Calls {
					c.Frame = rows
					fields = append(fields, m.call(&c, seen, len(seen)-1))
				}
				want = append(want, strings.Join(fields, "|"))
			}
			slices.Sort(want)
			c := model{spec: spec}.testCase(events, nil)
			c.Want, c.Start = want, 1000
			optest.Run(t, c)
		})
	}
}

// TestTimeToLive: a key that was not used for long begins anew.
func TestTimeToLive(t *testing.T) {
	for _, s := range []*plan.Over{
		{Time: plan.OverProcessing, Calls: calls(frame(true, unbounded, 0), place("LAG", 1, 2)), TTLMillis: 100},
		{Time: plan.OverProcessing, Calls: calls(frame(true, -5, 0)), TTLMillis: 100},
	} {
		s.Keys, s.Order = []int{0}, []plan.SortKey{{Column: 1}}
		var events []optest.Event
		add := func(now int64, x row) {
			events = append(events, optest.Event{Time: new(now)}, insert(x))
		}
		add(1000, row{k: 1, v: 5, id: 1})
		add(1050, row{k: 1, v: 6, id: 2})
		add(1140, row{k: 2, v: 7, id: 3})
		add(1149, row{k: 1, v: 8, id: 4})
		add(1249, row{k: 1, v: 9, id: 5})
		want := []string{"1|0|5|1|1|1|5|5", "1|0|6|2|2|2|11|5", "1|0|8|4|3|3|19|5", "1|0|9|5|1|1|9|9", "2|0|7|3|1|1|7|7"}
		if len(s.Calls) > 4 {
			for i, lag := range []string{"NULL", "5", "6", "NULL", "NULL"} {
				want[i] += "|" + lag
			}
		}
		c := model{spec: s}.testCase(events, nil)
		c.Want, c.Start = want, 1000
		c.New = func() (operators.Operator, error) { return over.New(s, inputSchema()) }
		optest.Run(t, c)
	}
}
