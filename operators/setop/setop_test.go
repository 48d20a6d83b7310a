package setop_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/setop"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func schemas() []types.Schema {
	return []types.Schema{
		{{Name: "a", Type: types.IntType()}, {Name: "b", Type: types.BigIntType()}},
		{{Name: "a", Type: types.StringType()}, {Name: "b", Type: types.ArrayType(types.IntType())}},
		{{Name: "a", Type: types.DoubleType()}, {Name: "b", Type: types.BooleanType()}},
	}
}

func randomRow(r *rand.Rand, s types.Schema) []any {
	row := make([]any, 2)
	for i := range row {
		if r.IntN(5) == 0 {
			continue
		}
		n := r.IntN(3)
		switch s[i].Type.Kind {
		case types.VarChar:
			row[i] = fmt.Sprint("x", n)
		case types.Array:
			row[i] = []any{n, nil}
		case types.Double:
			row[i] = float64(n) / 2
		case types.Boolean:
			row[i] = n == 0
		default:
			row[i] = n
		}
	}
	return row
}

func text(s types.Schema, row []any) string {
	b := optest.Batch(vector.NewPool(0), s.Types(), []optest.Row{{Values: row}})
	return optest.RowText(b, 0, nil)
}

func times(spec *plan.SetOp, l, r int) int {
	switch {
	case spec.Except && spec.All:
		return max(l-r, 0)
	case spec.Except && r > 0:
		return 0
	case spec.Except:
		return min(l, 1)
	case spec.All:
		return min(l, r)
	default:
		return min(l, r, 1)
	}
}

func TestSetOps(t *testing.T) {
	for mask := range 8 {
		spec := &plan.SetOp{Except: mask&1 != 0, All: mask&2 != 0, Final: mask&4 != 0}
		for i, s := range schemas() {
			t.Run(fmt.Sprintf("%d-%d", mask, i), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(mask), uint64(i)))
				var events []optest.Event
				var live [2][][]any
				for range 90 {
					in := r.IntN(2)
					if !spec.Final && r.IntN(3) == 0 && len(live[in]) > 0 {
						at := r.IntN(len(live[in]))
						kind := vector.Delete
						if r.IntN(2) == 0 {
							kind = vector.UpdateBefore
						}
						events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: kind, Values: live[in][at]}})
						live[in] = slices.Delete(live[in], at, at+1)
						continue
					}
					row := randomRow(r, s)
					live[in] = append(live[in], row)
					events = append(events, optest.Event{Input: in, Row: &optest.Row{Values: row}})
				}
				n := map[string][2]int{}
				for in, rows := range live {
					for _, row := range rows {
						c := n[text(s, row)]
						c[in]++
						n[text(s, row)] = c
					}
				}
				var want []string
				for x, c := range n {
					for range times(spec, c[0], c[1]) {
						want = append(want, x)
					}
				}
				slices.Sort(want)
				optest.Run(t, &optest.Case{
					New: func() (operators.Operator, error) { return setop.New(spec, s), nil }, Inputs: []types.Schema{s, s},
					Output: s.Types(), Keys: [][]int{{0, 1}, {0, 1}}, Events: events, Want: want, NoNulls: true,
				})
			})
		}
	}
}

func TestUnion(t *testing.T) {
	s := schemas()[0]
	optest.Run(t, &optest.Case{
		New: func() (operators.Operator, error) { return setop.Union{}, nil }, Inputs: []types.Schema{s, s}, Output: s.Types(),
		Events: []optest.Event{
			{Row: &optest.Row{Values: []any{1, 2}}},
			{Input: 1, Row: &optest.Row{Values: []any{1, 2}}},
			{Input: 1, Row: &optest.Row{Kind: vector.Delete, Values: []any{1, 2}}},
		},
		Want: []string{"1|2"}, NoNulls: true, NoState: true,
	})
}
