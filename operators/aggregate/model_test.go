package aggregate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// The input of the model tests: key, BIGINT value, text, filter, DOUBLE, DECIMAL, separator.
func modelInput() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.StringType()},
		{Name: "v", Type: types.BigIntType()},
		{Name: "x", Type: types.StringType()},
		{Name: "f", Type: types.BooleanType()},
		{Name: "d", Type: types.DoubleType()},
		{Name: "n", Type: types.DecimalType(10, 2)},
		{Name: "s", Type: types.StringType().AsNotNull()},
		{Name: "i", Type: types.IntType()},
	}
}

const (
	colK = iota
	colV
	colX
	colF
	colD
	colN
	colS
	colI
)

// call is an aggregate call and what it means.
type call struct {
	agg  plan.Agg
	want func(rows [][]any) string
}

// arg collects the values of a column, NULLs left out.
func arg(rows [][]any, c int) []any {
	var out []any
	for _, r := range rows {
		if r[c] != nil {
			out = append(out, r[c])
		}
	}
	return out
}

func filtered(rows [][]any) [][]any {
	return slices.DeleteFunc(slices.Clone(rows), func(r []any) bool { return r[colF] != true })
}

func distinct(rows [][]any, c int) [][]any {
	seen := map[any]bool{}
	return slices.DeleteFunc(slices.Clone(rows), func(r []any) bool {
		was := seen[r[c]]
		seen[r[c]] = true
		return was
	})
}

func sumOf(xs []any) (n int) {
	for _, x := range xs {
		n += x.(int)
	}
	return n
}

func orNull(xs []any, f func() string) string {
	if len(xs) == 0 {
		return "NULL"
	}
	return f()
}

func texts(xs []any) []string {
	var out []string
	for _, x := range xs {
		if x == nil {
			out = append(out, "NULL")
		} else {
			out = append(out, fmt.Sprint(x))
		}
	}
	return out
}

// extreme is MAX, or with sign -1 MIN.
func extreme(c, sign int) func([][]any) string {
	return func(rows [][]any) string {
		xs := arg(rows, c)
		return orNull(xs, func() string {
			best := slices.MaxFunc(xs, func(a, b any) int {
				if s, ok := a.(string); ok {
					return sign * strings.Compare(s, b.(string))
				}
				return sign * (a.(int) - b.(int))
			})
			return fmt.Sprint(best)
		})
	}
}

// calls returns the calls of the model; ordered ones depend on the order of rows.
func calls() []call {
	big, text := types.BigIntType(), types.StringType()
	count := func(f func(rows [][]any) int) func([][]any) string {
		return func(rows [][]any) string { return strconv.Itoa(f(rows)) }
	}
	sum := func(c int, pre func([][]any) [][]any) func([][]any) string {
		return func(rows [][]any) string {
			xs := arg(pre(rows), c)
			return orNull(xs, func() string { return strconv.Itoa(sumOf(xs)) })
		}
	}
	same := func(rows [][]any) [][]any { return rows }
	dist := func(c int) func([][]any) [][]any { return func(rows [][]any) [][]any { return distinct(rows, c) } }
	return []call{
		{plan.Agg{Func: "COUNT", Filter: -1, Type: big.AsNotNull()}, count(func(r [][]any) int { return len(r) })},
		{plan.Agg{Func: "COUNT", Args: []int{colV}, Filter: -1, Type: big.AsNotNull()}, count(func(r [][]any) int { return len(arg(r, colV)) })},
		{plan.Agg{Func: "COUNT", Filter: colF, Type: big.AsNotNull()}, count(func(r [][]any) int { return len(filtered(r)) })},
		{plan.Agg{Func: "SUM", Args: []int{colV}, Filter: -1, Type: big}, sum(colV, same)},
		{plan.Agg{Func: "SUM", Args: []int{colI}, Filter: colF, Type: types.IntType()}, sum(colI, filtered)},
		{plan.Agg{Func: "AVG", Args: []int{colV}, Filter: -1, Type: big}, func(rows [][]any) string {
			xs := arg(rows, colV)
			return orNull(xs, func() string { return strconv.Itoa(sumOf(xs) / len(xs)) })
		}},
		{plan.Agg{Func: "MIN", Args: []int{colV}, Filter: -1, Type: big}, extreme(colV, -1)},
		{plan.Agg{Func: "MAX", Args: []int{colI}, Filter: -1, Type: types.IntType()}, extreme(colI, 1)},
		{plan.Agg{Func: "MAX", Args: []int{colX}, Filter: -1, Type: text}, extreme(colX, 1)},
		{plan.Agg{Func: "MIN", Args: []int{colX}, Filter: -1, Type: text}, extreme(colX, -1)},
		{
			plan.Agg{Func: "COUNT", Args: []int{colX}, Distinct: true, Filter: -1, Type: big.AsNotNull()},
			count(func(r [][]any) int { return len(arg(distinct(r, colX), colX)) }),
		},
		{
			plan.Agg{Func: "COUNT", Args: []int{colX}, Distinct: true, Filter: colF, Type: big.AsNotNull()},
			count(func(r [][]any) int { return len(arg(distinct(filtered(r), colX), colX)) }),
		},
		{
			plan.Agg{Func: "COUNT", Args: []int{colV}, Distinct: true, Filter: colF, Type: big.AsNotNull()},
			count(func(r [][]any) int { return len(arg(distinct(filtered(r), colV), colV)) }),
		},
		{plan.Agg{Func: "SUM", Args: []int{colV}, Distinct: true, Filter: -1, Type: big}, sum(colV, dist(colV))},
		{plan.Agg{Func: "SUM", Args: []int{colN}, Filter: -1, Type: types.DecimalType(38, 2)}, func(rows [][]any) string {
			xs := arg(rows, colN)
			return orNull(xs, func() string { return decimalText(sumOf(xs)) })
		}},
		{plan.Agg{Func: "VAR_POP", Args: []int{colD}, Filter: -1, Type: types.DoubleType()}, func(rows [][]any) string {
			xs := arg(rows, colD)
			return orNull(xs, func() string {
				m, v := 0.0, 0.0
				for _, x := range xs {
					m += x.(float64) / float64(len(xs))
				}
				for _, x := range xs {
					v += (x.(float64) - m) * (x.(float64) - m) / float64(len(xs))
				}
				return strconv.FormatFloat(v, 'g', 7, 64)
			})
		}},
		{plan.Agg{Func: "COLLECT", Args: []int{colX}, Filter: -1, Type: types.MultisetType(text).AsNotNull()}, func(rows [][]any) string {
			n := map[string]int{}
			for _, x := range arg(rows, colX) {
				n[x.(string)]++
			}
			var parts []string
			for k, c := range n {
				parts = append(parts, fmt.Sprintf("%s:%d", k, c))
			}
			slices.Sort(parts)
			return "{" + strings.Join(parts, ",") + "}"
		}},
		{plan.Agg{Func: "LISTAGG", Args: []int{colX, colS}, Filter: -1, Type: text}, func(rows [][]any) string {
			xs := arg(rows, colX)
			return orNull(xs, func() string { return strings.Join(texts(xs), "; ") })
		}},
		{plan.Agg{Func: "ARRAY_AGG", Args: []int{colV}, Filter: -1, Type: types.ArrayType(big)}, func(rows [][]any) string {
			var xs []any
			for _, r := range rows {
				xs = append(xs, r[colV])
			}
			return orNull(xs, func() string { return "[" + strings.Join(texts(xs), ",") + "]" })
		}},
		{plan.Agg{Func: "FIRST_VALUE", Args: []int{colX}, Filter: -1, IgnoreNulls: true, Type: text}, func(rows [][]any) string {
			xs := arg(rows, colX)
			return orNull(xs, func() string { return xs[0].(string) })
		}},
		{plan.Agg{Func: "LAST_VALUE", Args: []int{colV}, Filter: colF, IgnoreNulls: true, Type: big}, func(rows [][]any) string {
			xs := arg(filtered(rows), colV)
			return orNull(xs, func() string { return fmt.Sprint(xs[len(xs)-1]) })
		}},
	}
}

func decimalText(x int) string {
	s := ""
	if x < 0 {
		s, x = "-", -x
	}
	return fmt.Sprintf("%s%d.%02d", s, x/100, x%100)
}

// event makes a random row.
func randomRow(r *rand.Rand, keys int) []any {
	maybe := func(x any) any {
		if r.IntN(6) == 0 {
			return nil
		}
		return x
	}
	return []any{
		maybe(fmt.Sprintf("key-%d", r.IntN(keys))), maybe(r.IntN(40) - 20), maybe(string(rune('a' + r.IntN(9)))), maybe(r.IntN(2) == 0),
		maybe(float64(r.IntN(64)) / 4), maybe(r.IntN(2000) - 1000), "; ", maybe(r.IntN(100)),
	}
}

// modelCase makes random events and the result that a naive evaluation gives.
func modelCase(seed uint64, n, keys int, retract bool, spec plan.GroupAggregate) *optest.Case {
	r := rand.New(rand.NewPCG(seed, 1))
	var rows [][]any
	c := &optest.Case{Inputs: []types.Schema{modelInput()}, Keys: [][]int{spec.Keys}, NoNulls: retract}
	for range n {
		if retract && len(rows) > 0 && r.IntN(5) < 2 {
			i := r.IntN(len(rows))
			// LISTAGG and its like drop the first equal value, which must be that of the row that goes.
			for j := range i {
				if rows[j][colV] == rows[i][colV] || rows[j][colX] == rows[i][colX] {
					i = 0
					break
				}
			}
			kind := vector.Delete
			if r.IntN(2) == 0 {
				kind = vector.UpdateBefore
			}
			c.Events = append(c.Events, optest.Event{Row: &optest.Row{Kind: kind, Values: rows[i]}})
			rows = slices.Delete(rows, i, i+1)
			continue
		}
		row := randomRow(r, keys)
		kind := vector.Insert
		if retract && r.IntN(3) == 0 {
			kind = vector.UpdateAfter
		}
		rows = append(rows, row)
		c.Events = append(c.Events, optest.Event{Row: &optest.Row{Kind: kind, Values: row}})
	}
	spec.InputUpdating = retract
	c.Output = modelInput().Project(spec.Keys).Types()
	var cs []call
	for _, k := range calls() {
		cs = append(cs, k)
		spec.Aggs = append(spec.Aggs, k.agg)
		c.Output = append(c.Output, k.agg.Type)
	}
	groups := map[string][][]any{}
	if len(spec.Keys) == 0 && spec.Final {
		groups[""] = nil
	}
	for _, row := range rows {
		var parts []any
		for _, k := range spec.Keys {
			parts = append(parts, row[k])
		}
		key := strings.Join(texts(parts), "|")
		groups[key] = append(groups[key], row)
	}
	for key, rows := range groups {
		line := key
		var lineSb280 strings.Builder
		for _, k := range cs {
			w := k.want(rows)
			lineSb280.WriteString("|" + w)
		}
		line += lineSb280.String()
		c.Want = append(c.Want, strings.TrimPrefix(line, "|"))
	}
	slices.Sort(c.Want)
	if !spec.UpdateBefore && !spec.Final {
		c.Upsert = []int{}
		for i := range spec.Keys {
			c.Upsert = append(c.Upsert, i)
		}
	}
	c.New = func() (operators.Operator, error) { return NewGroup(&spec, modelInput()) }
	return c
}

func TestModel(t *testing.T) {
	for _, m := range []struct {
		name    string
		retract bool
		spec    plan.GroupAggregate
	}{
		{"insert", false, plan.GroupAggregate{Keys: []int{colK}, UpdateBefore: true}},
		{"insert-upsert", false, plan.GroupAggregate{Keys: []int{colK, colI}}},
		{"global", false, plan.GroupAggregate{UpdateBefore: true}},
		{"final", false, plan.GroupAggregate{Keys: []int{colK}, Final: true}},
		{"final-global", false, plan.GroupAggregate{Final: true}},
		{"retract", true, plan.GroupAggregate{Keys: []int{colK}, UpdateBefore: true}},
		{"retract-upsert", true, plan.GroupAggregate{Keys: []int{colI}}},
		{"retract-global", true, plan.GroupAggregate{UpdateBefore: true}},
		{"retract-final", true, plan.GroupAggregate{Keys: []int{colK}, Final: true}},
	} {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(2) {
				c := modelCase(seed, 150, 8, m.retract, m.spec)
				if len(m.spec.Keys) == 0 {
					c.Keys = nil
				}
				optest.Run(t, c)
			}
		})
	}
}
