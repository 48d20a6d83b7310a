package join_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Both sides of the tests: two keys, an identity, a value, text.
func sideSchema() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType()},
		{Name: "s", Type: types.StringType()},
		{Name: "id", Type: types.IntType()},
		{Name: "v", Type: types.IntType()},
	}
}

type model struct {
	kind     plan.JoinKind
	keys     []int // of both sides
	nullSafe bool
	residual bool // left.v < right.v
	notIn    bool
}

func value(x any) string {
	if x == nil {
		return "NULL"
	}
	return fmt.Sprint(x)
}

func rowText(vs []any) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = value(v)
	}
	return strings.Join(parts, "|")
}

func (m model) matches(l, r []any) bool {
	for i, k := range m.keys {
		if m.notIn && i == 0 {
			if l[k] != nil && r[k] != nil && l[k] != r[k] {
				return false
			}
			continue
		}
		if l[k] == nil || r[k] == nil {
			if !m.nullSafe || l[k] != nil || r[k] != nil {
				return false
			}
			continue
		}
		if l[k] != r[k] {
			return false
		}
	}
	return !m.residual || l[3] != nil && r[3] != nil && l[3].(int) < r[3].(int)
}

// result joins by nested loops.
func (m model) result(left, right [][]any) []string {
	var out []string
	none := make([]any, 4)
	used := make([]bool, len(right))
	for _, l := range left {
		n := 0
		for i, r := range right {
			if m.matches(l, r) {
				n++
				used[i] = true
				if m.kind != plan.Semi && m.kind != plan.Anti {
					out = append(out, rowText(append(slices.Clone(l), r...)))
				}
			}
		}
		switch {
		case m.kind == plan.Semi && n > 0, m.kind == plan.Anti && n == 0:
			out = append(out, rowText(l))
		case (m.kind == plan.Left || m.kind == plan.Full) && n == 0:
			out = append(out, rowText(append(slices.Clone(l), none...)))
		}
	}
	for i, r := range right {
		if !used[i] && (m.kind == plan.Right || m.kind == plan.Full) {
			out = append(out, rowText(append(slices.Clone(none), r...)))
		}
	}
	slices.Sort(out)
	return out
}

func (m model) spec() *plan.Join {
	in := sideSchema()
	s := &plan.Join{Join: m.kind, LeftKeys: m.keys, RightKeys: m.keys, UpdateBefore: true, NullAware: m.notIn}
	if m.nullSafe {
		for range m.keys {
			s.NullSafe = append(s.NullSafe, true)
		}
	}
	if m.residual {
		s.Residual = expr.NewCall("<", types.BooleanType(), expr.NewColumn(3, in[3].Type), expr.NewColumn(7, in[3].Type))
	}
	return s
}

func (m model) output() []types.Type {
	ts := sideSchema().Types()
	if m.kind == plan.Semi || m.kind == plan.Anti {
		return ts
	}
	return append(slices.Clone(ts), ts...)
}

// history makes random events of two sides and returns what is left of each. With updates, rows are taken away and replaced.
func history(r *rand.Rand, n int, updates bool) ([]optest.Event, [2][][]any) {
	var events []optest.Event
	var live [2][][]any
	send := func(in int, kind vector.RowKind, vs []any) {
		events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: kind, Values: vs}})
	}
	random := func(id int) []any {
		vs := []any{r.IntN(5), string(rune('a' + r.IntN(3))), id, r.IntN(6)}
		for _, c := range []int{0, 1, 3} {
			if r.IntN(8) == 0 {
				vs[c] = nil
			}
		}
		return vs
	}
	for i := range n {
		in := r.IntN(2)
		rows := live[in]
		switch x := r.IntN(10); {
		case updates && x < 3 && len(rows) > 0:
			at := r.IntN(len(rows))
			send(in, vector.Delete, rows[at])
			live[in] = slices.Delete(rows, at, at+1)
		case updates && x < 5 && len(rows) > 0:
			at := r.IntN(len(rows))
			send(in, vector.UpdateBefore, rows[at])
			rows[at] = random(rows[at][2].(int))
			send(in, vector.UpdateAfter, rows[at])
		case updates && x < 6 && len(rows) > 0: // the same row once more
			row := rows[r.IntN(len(rows))]
			send(in, vector.Insert, row)
			live[in] = append(rows, row)
		default:
			row := random(i)
			send(in, vector.Insert, row)
			live[in] = append(rows, row)
		}
	}
	return events, live
}

func run(t *testing.T, m model, seed uint64, spec func(*plan.Join), updates bool, n int) {
	t.Helper()
	events, live := history(rand.New(rand.NewPCG(seed, 1)), n, updates)
	s := m.spec()
	s.LeftUpdating, s.RightUpdating = updates, updates
	if spec != nil {
		spec(s)
	}
	keys := m.keys
	if m.notIn {
		keys = keys[1:]
	}
	c := &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), Events: events, Want: m.result(live[0], live[1]),
		NoNulls: true, Keys: [][]int{keys, keys},
	}
	if len(keys) == 0 {
		c.Keys = nil
	}
	optest.Run(t, c)
}

func TestJoins(t *testing.T) {
	kinds := []plan.JoinKind{plan.Inner, plan.Left, plan.Right, plan.Full, plan.Semi, plan.Anti}
	for _, kind := range kinds {
		for _, m := range []model{
			{kind: kind, keys: []int{0}},
			{kind: kind, keys: []int{0, 1}, residual: true},
			{kind: kind, keys: []int{1}, nullSafe: true},
			{kind: kind, residual: true},
			{kind: kind},
		} {
			for seed := range uint64(2) {
				for _, updates := range []bool{false, true} {
					name := fmt.Sprintf("%s-%v-%v-%v-%v-%d", kind, m.keys, m.nullSafe, m.residual, updates, seed)
					t.Run(name, func(t *testing.T) { run(t, m, seed, nil, updates, 70) })
				}
			}
		}
	}
}

func TestNotIn(t *testing.T) {
	for seed := range uint64(4) {
		for _, keys := range [][]int{{0}, {0, 1}} {
			t.Run(fmt.Sprintf("%v-%d", keys, seed), func(t *testing.T) {
				run(t, model{kind: plan.Anti, keys: keys, notIn: true, residual: seed&1 == 0}, seed, nil, true, 40)
			})
		}
	}
}

// TestNotInFinal: NOT IN in a batch job.
func TestNotInFinal(t *testing.T) {
	for seed := range uint64(2) {
		run(t, model{kind: plan.Anti, keys: []int{0, 1}, notIn: true}, seed, func(s *plan.Join) { s.Final = true }, false, 60)
	}
}

// TestUnique: rows are taken back by a unique key, which is the join key or another.
func TestUnique(t *testing.T) {
	for _, keys := range [][]int{{2}, {0}} {
		for _, kind := range []plan.JoinKind{plan.Inner, plan.Full, plan.Anti} {
			r := rand.New(rand.NewPCG(4, 4))
			m := model{kind: kind, keys: keys}
			var events []optest.Event
			var live [2][][]any
			for i := range 80 {
				in := r.IntN(2)
				rows := live[in]
				if len(rows) > 0 && r.IntN(3) == 0 {
					at := r.IntN(len(rows))
					events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: vector.UpdateBefore, Values: rows[at]}})
					rows[at] = []any{r.IntN(4), "u", rows[at][2], r.IntN(9)}
					events = append(events, optest.Event{Input: in, Row: &optest.Row{Kind: vector.UpdateAfter, Values: rows[at]}})
					continue
				}
				row := []any{r.IntN(4), "n", i / 3, i}
				if slices.ContainsFunc(rows, func(x []any) bool { return x[2] == row[2] }) {
					continue
				}
				live[in] = append(rows, row)
				events = append(events, optest.Event{Input: in, Row: &optest.Row{Values: row}})
			}
			s := m.spec()
			s.LeftUpdating, s.RightUpdating, s.LeftUnique, s.RightUnique = true, true, []int{2}, []int{2}
			t.Run(fmt.Sprintf("%v-%s", keys, kind), func(t *testing.T) {
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
					Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), Events: events, Want: m.result(live[0], live[1]), NoNulls: true,
					Keys: [][]int{keys, keys},
				})
			})
			// Without -U the changes fold by the unique keys of both sides.
			upsert, key := *s, []int{2, 6}
			upsert.UpdateBefore = false
			if kind == plan.Anti {
				key = []int{2}
			}
			t.Run(fmt.Sprintf("%v-%s-upsert", keys, kind), func(t *testing.T) {
				optest.Run(t, &optest.Case{
					New:    func() (operators.Operator, error) { return join.NewRegular(&upsert, sideSchema(), sideSchema()) },
					Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), Events: events, Want: m.result(live[0], live[1]), NoNulls: true,
					Upsert: key,
				})
			})
		}
	}
}

// TestFinal runs joins as batch jobs do: rows without a partner come at the end.
func TestFinal(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Right, plan.Full, plan.Semi, plan.Anti} {
		for _, m := range []model{{kind: kind, keys: []int{0}}, {kind: kind, keys: []int{0, 1}, residual: true}, {kind: kind, residual: true}} {
			t.Run(fmt.Sprintf("%s-%v", kind, m.keys), func(t *testing.T) {
				run(t, m, 3, func(s *plan.Join) { s.Final = true }, false, 80)
			})
		}
	}
}
