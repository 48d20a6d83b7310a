package rank_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/rank"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Rows of the tests: a key, a value, an identity, text.
func schema() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.StringType()},
		{Name: "v", Type: types.IntType()},
		{Name: "id", Type: types.BigIntType().AsNotNull()},
		{Name: "n", Type: types.IntType()},
	}
}

func text(vs []any) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		if parts[i] = fmt.Sprint(v); v == nil {
			parts[i] = "NULL"
		}
	}
	return strings.Join(parts, "|")
}

// compare orders rows by v (NULL first), then by id so that there are no ties.
func compare(a, b []any) int {
	if (a[1] == nil) != (b[1] == nil) {
		if a[1] == nil {
			return -1
		}
		return 1
	}
	if a[1] != nil {
		if c := cmp.Compare(a[1].(int), b[1].(int)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a[2].(int), b[2].(int))
}

// history makes random events and returns what is left.
func history(r *rand.Rand, n int, updates bool, bound func(k any) any) ([]optest.Event, [][]any) {
	var events []optest.Event
	var live [][]any
	send := func(kind vector.RowKind, vs []any) {
		events = append(events, optest.Event{Row: &optest.Row{Kind: kind, Values: vs}})
	}
	random := func(id int) []any {
		var k, v any = string(rune('a' + r.IntN(4))), r.IntN(20)
		if r.IntN(6) == 0 {
			k = nil
		}
		if r.IntN(6) == 0 {
			v = nil
		}
		return []any{k, v, id, bound(k)}
	}
	for i := range n {
		switch x := r.IntN(10); {
		case updates && x < 3 && len(live) > 0:
			at := r.IntN(len(live))
			send(vector.Delete, live[at])
			live = slices.Delete(live, at, at+1)
		case updates && x < 5 && len(live) > 0:
			at := r.IntN(len(live))
			send(vector.UpdateBefore, live[at])
			live[at] = random(live[at][2].(int))
			send(vector.UpdateAfter, live[at])
		default:
			live = append(live, random(i))
			send(vector.Insert, live[len(live)-1])
		}
	}
	return events, live
}

func noBound(any) any { return nil }

// expected ranks the rows.
func expected(s *plan.Rank, live [][]any) []string {
	parts := map[any][][]any{}
	for _, row := range live {
		var k any
		if len(s.Keys) > 0 {
			k = row[0]
		}
		parts[k] = append(parts[k], row)
	}
	out := []string(nil)
	for _, rows := range parts {
		slices.SortFunc(rows, compare)
		for i, row := range rows {
			n, to := int64(i+1), s.To
			if s.ToColumn >= 0 {
				to = int64(row[s.ToColumn].(int))
			}
			if n < s.From || n > to {
				continue
			}
			if s.WithNumber {
				row = append(slices.Clone(row), n)
			}
			out = append(out, text(row))
		}
	}
	slices.Sort(out)
	return out
}

func order() []plan.SortKey { return []plan.SortKey{{Column: 1}, {Column: 2}} }

func run(t *testing.T, s *plan.Rank, seed uint64, bound func(any) any) {
	t.Helper()
	events, live := history(rand.New(rand.NewPCG(seed, 7)), 80, s.InputUpdating, bound)
	c := &optest.Case{
		New: func() (operators.Operator, error) { return rank.NewTopN(s, schema()) }, Inputs: []types.Schema{schema()},
		Output: schema().Types(), Events: events, Want: expected(s, live), NoNulls: true,
	}
	if len(s.Keys) > 0 {
		c.Keys = [][]int{s.Keys}
	}
	if s.WithNumber {
		c.Output = append(c.Output, types.BigIntType().AsNotNull())
	}
	if !s.UpdateBefore {
		c.Upsert = []int{2}
		c.Keys = nil // a row that moves between instances has no order
		if s.WithNumber {
			c.Upsert = []int{0, 4}
		}
	}
	optest.Run(t, c)
}

func TestTopN(t *testing.T) {
	for _, bounds := range [][2]int64{{1, 1}, {1, 3}, {2, 4}, {3, math.MaxInt64}, {1, 40}} {
		for _, keys := range [][]int{{0}, nil} {
			for mask := range 8 {
				s := &plan.Rank{
					Keys: keys, Order: order(), From: bounds[0], To: bounds[1], ToColumn: -1, WithNumber: mask&1 != 0,
					InputUpdating: mask&2 != 0, UpdateBefore: true, Final: mask == 4 || mask == 5,
				}
				if mask&4 != 0 {
					s.RowKey = []int{2}
				}
				t.Run(fmt.Sprintf("%d-%d-%v-%d", bounds[0], bounds[1], keys, mask), func(t *testing.T) { run(t, s, uint64(mask), noBound) })
			}
		}
	}
}

// TestWithoutUpdateBefore: the result by key of the number, or of the row for one that only comes and goes.
func TestWithoutUpdateBefore(t *testing.T) {
	for _, number := range []bool{true, false} {
		for _, updating := range []bool{true, false} {
			s := &plan.Rank{Keys: []int{0}, Order: order(), From: 1, To: 3, ToColumn: -1, WithNumber: number, InputUpdating: updating}
			t.Run(fmt.Sprintf("%v-%v", number, updating), func(t *testing.T) { run(t, s, 5, noBound) })
		}
	}
}

func TestVariableBound(t *testing.T) {
	bound := func(k any) any {
		if k == nil {
			return 2
		}
		return int(k.(string)[0] - 'a') // none for "a"
	}
	for _, updating := range []bool{false, true} {
		s := &plan.Rank{Keys: []int{0}, Order: order(), From: 1, To: 0, ToColumn: 3, WithNumber: true, InputUpdating: updating, UpdateBefore: true}
		t.Run(strconv.FormatBool(updating), func(t *testing.T) { run(t, s, 9, bound) })
	}
}

// TestLimit: the rows that came first, over an updating input.
func TestLimit(t *testing.T) {
	for seed := range uint64(3) {
		events, live := history(rand.New(rand.NewPCG(seed, 3)), 60, true, noBound)
		// Arrival: the order of live is not kept by updates in place, so follow the events.
		var arrived [][]any
		for _, e := range events {
			if e.Row.Kind.IsAdd() {
				arrived = append(arrived, e.Row.Values)
				continue
			}
			at := slices.IndexFunc(arrived, func(x []any) bool { return text(x) == text(e.Row.Values) })
			arrived = slices.Delete(arrived, at, at+1)
		}
		if len(arrived) != len(live) {
			t.Fatal("the model is wrong")
		}
		want := []string(nil)
		for _, row := range arrived[min(2, len(arrived)):min(7, len(arrived))] {
			want = append(want, text(row))
		}
		slices.Sort(want)
		s := &plan.Rank{From: 3, To: 7, ToColumn: -1, InputUpdating: true, UpdateBefore: true}
		optest.Run(t, &optest.Case{
			New: func() (operators.Operator, error) { return rank.NewTopN(s, schema()) }, Inputs: []types.Schema{schema()},
			Output: schema().Types(), Events: events, Want: want, NoNulls: true,
		})
	}
}
