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
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func timedSchema() types.Schema {
	return types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "ts", Type: types.TimestampType(3).AsNotNull()}, {Name: "id", Type: types.IntType()}}
}

// intervalModel joins by nested loops: 3 <= right - left <= 12 and, with the condition, left.id < right.id.
func intervalModel(spec *plan.IntervalJoin, left, right [][]any) []string {
	var out []string
	used := make([]bool, len(right))
	none := make([]any, 3)
	for _, l := range left {
		n := 0
		for i, r := range right {
			d := r[1].(int64) - l[1].(int64)
			if l[0] == nil || l[0] != r[0] || d < spec.Lower || d > spec.Upper || spec.Residual != nil && l[2].(int) >= r[2].(int) {
				continue
			}
			n++
			used[i] = true
			out = append(out, rowText(append(slices.Clone(l), r...)))
		}
		if n == 0 && (spec.Join == plan.Left || spec.Join == plan.Full) {
			out = append(out, rowText(append(slices.Clone(l), none...)))
		}
	}
	for i, r := range right {
		if !used[i] && (spec.Join == plan.Right || spec.Join == plan.Full) {
			out = append(out, rowText(append(slices.Clone(none), r...)))
		}
	}
	slices.Sort(out)
	return out
}

func TestInterval(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Right, plan.Full} {
		for _, bounds := range [][2]int64{{3, 12}, {-8, 0}, {0, 0}, {-5, 5}} {
			t.Run(fmt.Sprint(kind, bounds), func(t *testing.T) {
				spec := &plan.IntervalJoin{Join: kind, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Lower: bounds[0], Upper: bounds[1]}
				if bounds[0] == -5 {
					spec.Residual = expr.NewCall("<", types.BooleanType(), expr.NewColumn(2, types.IntType()), expr.NewColumn(5, types.IntType()))
				}
				r := rand.New(rand.NewPCG(7, uint64(bounds[1]+20)))
				var rows [2][][]any
				var events []optest.Event
				mark := int64(-1)
				for id := range 240 {
					in := r.IntN(2)
					ts := max(mark+1, int64(id)/3+int64(r.IntN(20)))
					x := []any{r.IntN(4), ts, id}
					if r.IntN(12) == 0 {
						x[0] = nil
					}
					rows[in] = append(rows[in], x)
					events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: vector.Insert, Values: x}})
					if r.IntN(8) == 0 {
						mark = max(mark, ts-12)
						m := mark
						events = append(events, optest.Event{Mark: &m})
					}
				}
				s := timedSchema()
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return join.NewInterval(spec, s, s) },
					Inputs: []types.Schema{s, s}, Keys: [][]int{{0}, {0}}, Output: nullableTypes(s, s), Events: events,
					Want: intervalModel(spec, rows[0], rows[1]), Nullable: []int{0},
				})
			})
		}
	}
}

// TestIntervalProcessing: the same by the clock. The column holds when a row came, for the model.
func TestIntervalProcessing(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Full} {
		for _, bounds := range [][2]int64{{3, 12}, {-8, 0}, {-5, 5}} {
			t.Run(fmt.Sprint(kind, bounds), func(t *testing.T) {
				spec := &plan.IntervalJoin{
					Join: kind, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Lower: bounds[0], Upper: bounds[1],
					ProcTime: true,
				}
				if bounds[0] == -5 {
					spec.Residual = expr.NewCall("<", types.BooleanType(), expr.NewColumn(2, types.IntType()), expr.NewColumn(5, types.IntType()))
				}
				r := rand.New(rand.NewPCG(9, uint64(bounds[1]+20)))
				var rows [2][][]any
				var events []optest.Event
				now := int64(1000)
				for id := range 200 {
					if id == 0 || r.IntN(3) == 0 {
						now += int64(r.IntN(9))
						at := now
						events = append(events, optest.Event{Time: &at})
					}
					in := r.IntN(2)
					x := []any{r.IntN(4), now, id}
					if r.IntN(12) == 0 {
						x[0] = nil
					}
					rows[in] = append(rows[in], x)
					events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: vector.Insert, Values: x}})
				}
				s := timedSchema()
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return join.NewInterval(spec, s, s) },
					Inputs: []types.Schema{s, s}, Keys: [][]int{{0}, {0}}, Output: nullableTypes(s, s), Events: events,
					Want: intervalModel(spec, rows[0], rows[1]), Nullable: []int{0},
				})
			})
		}
	}
}

// TestIntervalForgets: in processing time the state does not outlive the interval, and rows without partners come when the clock passes it.
func TestIntervalForgets(t *testing.T) {
	s := timedSchema()
	c := &optest.Case{New: func() (operators.Operator, error) {
		return join.NewInterval(&plan.IntervalJoin{
			Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Lower: -5, Upper: 5,
			ProcTime: true,
		}, s, s)
	}, Inputs: []types.Schema{s, s}, Keys: [][]int{{0}, {0}}, Output: nullableTypes(s, s)}
	h := optest.NewHarness(t, c, 1)
	defer h.Close()
	h.SetTime(100)
	h.Rows(0, []optest.Row{{Values: []any{1, int64(0), 1}}, {Values: []any{2, int64(0), 2}}}, false)
	h.SetTime(105)
	h.Rows(1, []optest.Row{{Values: []any{1, int64(0), 11}}}, false)
	h.SetTime(106) // the second row is alone now
	want := []string{"1|0|1|1|0|11", "2|0|2|NULL|NULL|NULL"}
	slices.Sort(want)
	if got := h.Result(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	h.SetTime(120)
	h.Rows(1, []optest.Row{{Values: []any{2, int64(0), 12}}}, false)
	if got := h.Result(); !slices.Equal(got, want) {
		t.Errorf("after the interval: %q", got)
	}
}

func nullableTypes(ss ...types.Schema) []types.Type {
	var out []types.Type
	for _, s := range ss {
		for _, f := range s {
			out = append(out, f.Type.AsNullable())
		}
	}
	return out
}
