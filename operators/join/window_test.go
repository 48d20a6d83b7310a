package join_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestWindow(t *testing.T) {
	ts := types.TimestampType(3).AsNotNull()
	s := types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "start", Type: ts}, {Name: "end", Type: ts}, {Name: "id", Type: types.IntType()}}
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Right, plan.Full, plan.Semi, plan.Anti} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			spec := &plan.WindowJoin{Join: kind, LeftKeys: []int{0, 1, 2}, RightKeys: []int{0, 1, 2}, LeftEnd: 2, RightEnd: 2}
			r := rand.New(rand.NewPCG(3, 4))
			var rows [2][][]any
			var events []optest.Event
			mark := int64(-1)
			for id := range 200 {
				in := r.IntN(2)
				start := (int64(id)/4 + int64(r.IntN(30))) / 10 * 10
				x := []any{r.IntN(5), start, start + 10, id}
				if r.IntN(10) == 0 {
					x[0] = nil
				}
				events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: vector.Insert, Values: x}})
				if start+9 > mark {
					rows[in] = append(rows[in], x)
				}
				if r.IntN(9) == 0 {
					mark = max(mark, start-3)
					m := mark
					events = append(events, optest.Event{Mark: &m})
				}
			}
			m := model{kind: kind, keys: []int{0, 1, 2}}
			out := nullableTypes(s, s)
			if kind == plan.Semi || kind == plan.Anti {
				out = nullableTypes(s)
			}
			want := m.result(rows[0], rows[1])
			slices.Sort(want)
			optest.Run(t, &optest.Case{
				New:    func() (operators.Operator, error) { return join.NewWindow(spec, s, s) },
				Inputs: []types.Schema{s, s}, Keys: [][]int{{0, 1, 2}, {0, 1, 2}}, Output: out, Events: events, Want: want, Nullable: []int{0},
			})
		})
	}
}
