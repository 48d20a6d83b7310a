package over_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/over"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// The input of the tests: a key, a time, a value, an identity.
func inputSchema() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType()},
		{Name: "ts", Type: types.TimestampType(3).AsNotNull()},
		{Name: "v", Type: types.IntType()},
		{Name: "id", Type: types.IntType().AsNotNull()},
	}
}

type row struct {
	k, v any
	ts   int64
	id   int
}

func (r row) values() []any { return []any{r.k, r.ts, r.v, r.id} }

// model computes what a specification says, row by row.
type model struct {
	spec  *plan.Over
	order int // 1: ts, 2: v
}

func (m model) key(r row) int64 {
	if m.order == 1 {
		return r.ts
	}
	if r.v == nil {
		return -1 << 40
	}
	return int64(r.v.(int))
}

func (m model) results(rows []row) map[int]string {
	out := map[int]string{}
	byKey := map[any][]row{}
	for _, r := range rows {
		byKey[r.k] = append(byKey[r.k], r)
	}
	for _, p := range byKey {
		slices.SortStableFunc(p, func(a, b row) int { return cmp.Compare(m.key(a), m.key(b)) })
		for i, r := range p {
			fields := make([]string, 0, 8)
			for _, x := range r.values() {
				fields = append(fields, text(x))
			}
			for _, c := range m.spec.Calls {
				fields = append(fields, m.call(&c, p, i))
			}
			out[r.id] = strings.Join(fields, "|")
		}
	}
	return out
}

func text(x any) string {
	if x == nil {
		return "NULL"
	}
	return fmt.Sprint(x)
}

func (m model) call(c *plan.OverCall, p []row, i int) string {
	rank, dense := 0, 0
	for j := range i + 1 {
		if j == 0 || m.key(p[j]) != m.key(p[j-1]) {
			rank, dense = j, dense+1
		}
	}
	switch c.Func {
	case "ROW_NUMBER":
		return strconv.Itoa(i + 1)
	case "RANK":
		return strconv.Itoa(rank + 1)
	case "DENSE_RANK":
		return strconv.Itoa(dense)
	case "LAG", "LEAD":
		j := i - int(c.Offset)
		if c.Func == "LEAD" {
			j = i + int(c.Offset)
		}
		if j < 0 || j >= len(p) {
			if len(c.Args) > 1 {
				return strconv.Itoa(p[i].id)
			}
			return "NULL"
		}
		return text(p[j].v)
	}
	return m.aggregate(c, p, i)
}

func (m model) aggregate(c *plan.OverCall, p []row, i int) string {
	sum, n, all, least := int32(0), 0, 0, 1<<30
	for j := range p {
		if !m.inFrame(c.Frame, p, i, j) {
			continue
		}
		all++
		if p[j].v != nil {
			sum += int32(p[j].v.(int))
			least = min(least, p[j].v.(int))
			n++
		}
	}
	switch {
	case c.Func == "COUNT" && len(c.Args) == 0:
		return strconv.Itoa(all)
	case c.Func == "COUNT":
		return strconv.Itoa(n)
	case n == 0:
		return "NULL"
	case c.Func == "MIN":
		return strconv.Itoa(least)
	default:
		return strconv.Itoa(int(sum))
	}
}

func (m model) inFrame(f plan.Frame, p []row, i, j int) bool {
	if f.Rows {
		return (f.Lower.Unbounded || int64(j-i) >= f.Lower.Offset) && (f.Upper.Unbounded || int64(j-i) <= f.Upper.Offset)
	}
	d := m.key(p[j]) - m.key(p[i])
	null := m.order == 2 && (p[i].v == nil) != (p[j].v == nil)
	lower, upper := f.Lower.Unbounded || d >= f.Lower.Offset, f.Upper.Unbounded || d <= f.Upper.Offset
	if null {
		lower, upper = f.Lower.Unbounded && d < 0 || d >= 0 && f.Lower.Unbounded, f.Upper.Unbounded || d < 0
	}
	return lower && upper
}

func calls(f plan.Frame, place ...plan.OverCall) []plan.OverCall {
	agg := func(fn string, t types.Type, args ...int) plan.OverCall {
		return plan.OverCall{Agg: plan.Agg{Func: fn, Args: args, Filter: -1, Type: t}, Frame: f}
	}
	return append([]plan.OverCall{
		agg("COUNT", types.BigIntType().AsNotNull()), agg("COUNT", types.BigIntType().AsNotNull(), 2),
		agg("SUM", types.IntType(), 2), agg("MIN", types.IntType(), 2),
	}, place...)
}

func place(fn string, offset int64, args ...int) plan.OverCall {
	t := types.BigIntType().AsNotNull()
	if len(args) > 0 {
		t = types.IntType()
	}
	return plan.OverCall{Agg: plan.Agg{Func: fn, Args: args, Filter: -1, Type: t}, Offset: offset}
}

func numbers() []plan.OverCall {
	return []plan.OverCall{place("ROW_NUMBER", 0), place("RANK", 0), place("DENSE_RANK", 0), place("LAG", 1, 2), place("LAG", 2, 2, 3)}
}

func frame(rows bool, lower, upper int64) plan.Frame {
	f := plan.Frame{Rows: rows, Lower: plan.Bound{Offset: lower}, Upper: plan.Bound{Offset: upper}}
	f.Lower.Unbounded, f.Upper.Unbounded = lower == unbounded, upper == unbounded
	f.Upper.Current = upper == 0
	if f.Lower.Unbounded {
		f.Lower.Offset = 0
	}
	if f.Upper.Unbounded {
		f.Upper.Offset = 0
	}
	return f
}

const unbounded = 1 << 40

func (m model) testCase(events []optest.Event, rows []row) *optest.Case {
	out := inputSchema().Types()
	for _, c := range m.spec.Calls {
		out = append(out, c.Type)
	}
	var want []string
	for _, s := range m.results(rows) {
		want = append(want, s)
	}
	slices.Sort(want)
	return &optest.Case{
		New:    func() (operators.Operator, error) { return over.New(m.spec, inputSchema()) },
		Inputs: []types.Schema{inputSchema()}, Keys: [][]int{m.spec.Keys}, Output: out, Events: events, Want: want, Nullable: []int{},
	}
}

func randomRow(r *rand.Rand, id int) row {
	x := row{k: r.IntN(4), ts: int64(r.IntN(60)), v: r.IntN(20), id: id}
	if r.IntN(8) == 0 {
		x.v = nil
	}
	if r.IntN(16) == 0 {
		x.k = nil
	}
	return x
}

func insert(x row) optest.Event {
	return optest.Event{Row: &optest.Row{Kind: vector.Insert, Values: x.values()}}
}

func TestFinal(t *testing.T) {
	for _, f := range []plan.Frame{
		frame(true, unbounded, 0), frame(false, unbounded, 0), frame(true, -2, 1), frame(false, -3, 2), frame(true, -200, 100),
		frame(true, unbounded, unbounded), frame(true, -1, unbounded), frame(true, 1, 3), frame(false, unbounded, 4), frame(true, unbounded, -2),
	} {
		for order := 1; order <= 2; order++ {
			t.Run(fmt.Sprintf("%+v by %d", f, order), func(t *testing.T) {
				m := model{order: order, spec: &plan.Over{
					Keys: []int{0}, Order: []plan.SortKey{{Column: order}}, Final: true,
					Calls: calls(f, append(numbers(), place("LEAD", 3, 2))...),
				}}
				r := rand.New(rand.NewPCG(uint64(order), 7))
				var rows []row
				var events []optest.Event
				for id := range 150 {
					x := randomRow(r, id)
					rows = append(rows, x)
					events = append(events, insert(x))
				}
				optest.Run(t, m.testCase(events, rows))
			})
		}
	}
}

func TestEventTime(t *testing.T) {
	for _, f := range []plan.Frame{frame(true, unbounded, 0), frame(false, unbounded, 0), frame(true, -3, 0), frame(false, -10, 0), frame(true, -150, 0)} {
		for _, only := range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v %t", f, only), func(t *testing.T) {
				spec := &plan.Over{Keys: []int{0}, Order: []plan.SortKey{{Column: 1}}, Time: plan.OverEventTime, Calls: calls(f, numbers()...)}
				if only {
					spec.Calls = calls(f)
				}
				m := model{order: 1, spec: spec}
				r := rand.New(rand.NewPCG(3, 9))
				var rows []row
				var events []optest.Event
				last := map[any]int64{}
				emitted := 0
				mark := int64(-1)
				for id := range 200 {
					x := randomRow(r, id)
					x.ts += int64(id) / 4 * 3
					if !f.Rows && !f.Lower.Unbounded {
						// What a row behind the watermark sees of the rows before it is a matter of luck.
						x.ts = max(x.ts, mark+1)
					}
					events = append(events, insert(x))
					late := x.ts <= mark
					if !f.Lower.Unbounded {
						l, ok := last[x.k]
						late = ok && x.ts <= l
					}
					if !late {
						rows = append(rows, x)
					}
					if r.IntN(12) == 0 {
						mark = max(mark, x.ts-20)
						at := mark
						events = append(events, optest.Event{Mark: &at})
						for _, y := range rows[emitted:] {
							if y.ts <= mark {
								last[y.k] = max(last[y.k], y.ts)
							}
						}
					}
				}
				optest.Run(t, m.testCase(events, rows))
			})
		}
	}
}

func TestValued(t *testing.T) {
	for _, f := range []plan.Frame{frame(true, unbounded, 0), frame(false, unbounded, 0)} {
		for _, updating := range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v %t", f, updating), func(t *testing.T) {
				spec := &plan.Over{
					Keys: []int{0}, Order: []plan.SortKey{{Column: 2}}, InputUpdating: updating, UpdateBefore: true,
					Calls: calls(f, place("ROW_NUMBER", 0), place("RANK", 0), place("DENSE_RANK", 0)),
				}
				m := model{order: 2, spec: spec}
				r := rand.New(rand.NewPCG(5, 9))
				var rows []row
				var events []optest.Event
				for id := range 150 {
					if updating && len(rows) > 0 && r.IntN(3) == 0 {
						at := r.IntN(len(rows))
						events = append(events, optest.Event{Row: &optest.Row{Kind: vector.Delete, Values: rows[at].values()}})
						rows = slices.Delete(rows, at, at+1)
						continue
					}
					x := randomRow(r, id)
					rows = append(rows, x)
					events = append(events, insert(x))
				}
				optest.Run(t, m.testCase(events, rows))
			})
		}
	}
}
