package window_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/operators/window"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestEmitting compares early and late results, folded, with counts and sums of the rows that were in time.
func TestEmitting(t *testing.T) {
	input := types.Schema{
		{Name: "k", Type: types.IntType().AsNotNull()},
		{Name: "ts", Type: types.TimestampType(3).AsNotNull()},
		{Name: "v", Type: types.IntType()},
	}
	output := types.Schema{
		input[0],
		{Name: "c", Type: types.BigIntType().AsNotNull()},
		{Name: "s", Type: types.IntType()},
		{Name: "e", Type: types.TimestampType(3).AsNotNull()},
	}
	for _, kind := range []plan.WindowKind{plan.Tumble, plan.Hop} {
		for _, emit := range []plan.Emit{{Lateness: 30}, {Early: true}, {Early: true, Delay: 5, Late: 7, Lateness: 40}, {Lateness: 1000}} {
			t.Run(fmt.Sprintf("%s %+v", kind, emit), func(t *testing.T) {
				spec := &plan.WindowAggregate{
					Window: plan.Window{Kind: kind, Size: 20, Slide: 10, Column: 1}, Keys: []int{0}, Legacy: true, Emit: &emit,
					UpdateBefore: true, Columns: []plan.WindowColumn{plan.WindowEnd}, Aggs: []plan.Agg{
						{Func: "COUNT", Filter: -1, Type: output[1].Type}, {Func: "SUM", Args: []int{2}, Filter: -1, Type: output[2].Type},
					},
				}
				step := int64(20)
				if kind == plan.Hop {
					step = 10
				}
				type group struct{ k, end int64 }
				sums := map[group][2]int64{}
				r := rand.New(rand.NewPCG(1, 5))
				mark := int64(-1000)
				var events []optest.Event
				for i := range 250 {
					k, ts, v := int64(r.IntN(3)), int64(i)+int64(r.IntN(60)), int64(r.IntN(9))
					events = append(events, optest.Event{Row: &optest.Row{Kind: vector.Insert, Values: []any{k, ts, v}}})
					for start := ts / step * step; start > ts-20; start -= step {
						g := group{k, start + 20}
						if g.end-1+emit.Lateness > mark {
							sums[g] = [2]int64{sums[g][0] + 1, sums[g][1] + v}
						}
					}
					if r.IntN(10) == 0 {
						mark = max(mark, ts-25)
						m := mark
						events = append(events, optest.Event{Mark: &m})
					}
					if r.IntN(6) == 0 {
						now := int64(3 * i)
						events = append(events, optest.Event{Time: &now})
					}
				}
				var want []string
				for g, s := range sums {
					want = append(want, fmt.Sprintf("%d|%d|%d|%d", g.k, s[0], s[1], g.end))
				}
				slices.Sort(want)
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return window.New(spec, input, output) },
					Inputs: []types.Schema{input}, Keys: [][]int{{0}}, Output: output.Types(), Events: events, Want: want,
				})
			})
		}
	}
}
