package accum

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"millrace/operators/optest"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func input() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType()},
		{Name: "v", Type: types.BigIntType()},
		{Name: "x", Type: types.StringType()},
		{Name: "d", Type: types.DoubleType()},
		{Name: "n", Type: types.DecimalType(12, 2)},
		{Name: "m", Type: types.DecimalType(38, 0)},
		{Name: "f", Type: types.BooleanType()},
	}
}

func agg(f string, t types.Type, args ...int) plan.Agg {
	return plan.Agg{Func: f, Args: args, Filter: -1, Type: t}
}

// drive accumulates rows into a state, in batches, and returns the results as text by key.
type drive struct {
	t    testing.TB
	pool *vector.Pool
	set  *Set
	st   *State
}

func newDrive(t testing.TB, aggs []plan.Agg, opt Options) *drive {
	t.Helper()
	d := &drive{t: t, pool: vector.NewPool(0)}
	d.pool.Check = true
	var err error
	if d.set, err = New(d.pool, aggs, input().Types(), opt); err != nil {
		t.Fatal(err)
	}
	d.st = d.set.NewState([]types.Type{types.BigIntType()}, 0)
	return d
}

func (d *drive) add(st *State, rows ...optest.Row) {
	d.t.Helper()
	b := optest.Batch(d.pool, input().Types(), rows)
	defer b.Release()
	ids := make([]int32, b.Len)
	st.Table.FindBatch(b, []int{0}, ids, true)
	if err := d.set.Update(st, b, b.Kinds, ids, st.Table.Rows(ids, nil), false); err != nil {
		d.t.Fatal(err)
	}
	st.Compact()
}

func (d *drive) results(st *State) (map[string]string, error) {
	d.t.Helper()
	var ids []int32
	for id := range int32(st.Table.Limit()) {
		if st.Table.Live(id) {
			ids = append(ids, id)
		}
	}
	rows := st.Table.Pointers(ids, nil)
	cols, err := d.set.Results(st.Reader(), rows)
	if err != nil {
		return nil, err
	}
	b := vector.NewBatch(len(ids), append(st.Table.Keys(d.pool, rows), cols...)...)
	defer b.Release()
	out := map[string]string{}
	for i := range ids {
		key, rest, _ := strings.Cut(optest.RowText(b, i, nil), "|")
		out[key] = rest
	}
	return out, nil
}

func (d *drive) close() {
	d.t.Helper()
	d.st.Close()
	if n := d.pool.InUse(); n != 0 {
		d.t.Errorf("%d bytes not given back", n)
	}
}

// TestCompaction replaces long values many times: memory stays bounded and the values right.
func TestCompaction(t *testing.T) {
	text := types.StringType()
	d := newDrive(t, []plan.Agg{agg("LAST_VALUE", text, 2), agg("MAX", text, 2)}, Options{})
	r := rand.New(rand.NewPCG(2, 2))
	last, most := map[int]string{}, map[int]string{}
	for range 400 {
		var rows []optest.Row
		for range 50 {
			k := r.IntN(20)
			x := fmt.Sprintf("%s-%09d", strings.Repeat("long", 30), r.IntN(1e9))
			last[k], most[k] = x, max(most[k], x)
			rows = append(rows, optest.Row{Values: []any{k, 1, x, 1.0, 1, 1, true}})
		}
		d.add(d.st, rows...)
	}
	got, err := d.results(d.st)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 20 {
		if want := last[k] + "|" + most[k]; got[strconv.Itoa(k)] != want {
			t.Errorf("key %d: %q, want %q", k, got[strconv.Itoa(k)], want)
		}
	}
	if n := d.pool.InUse(); n > 4<<20 {
		t.Errorf("%d bytes for 20 groups", n)
	}
	d.close()
}

// TestListCompaction does the same for lists whose entries come and go.
func TestListCompaction(t *testing.T) {
	text := types.StringType()
	d := newDrive(t, []plan.Agg{agg("LISTAGG", text, 2), agg("FIRST_VALUE", text, 2), agg("MIN", text, 2), agg("COUNT", types.BigIntType(), 0)},
		Options{Retract: true})
	var queue []optest.Row
	for i := range 20000 {
		row := optest.Row{Values: []any{7, 1, fmt.Sprintf("%s-%06d", strings.Repeat("long", 10), i), 1.0, 1, 1, true}}
		queue = append(queue, row)
		if len(queue) > 3 {
			gone := queue[0]
			gone.Kind = vector.Delete
			queue = queue[1:]
			d.add(d.st, row, gone)
		} else {
			d.add(d.st, row)
		}
	}
	var xs []string
	for _, q := range queue {
		xs = append(xs, q.Values[2].(string))
	}
	got, err := d.results(d.st)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(xs, ",") + "|" + xs[0] + "|" + xs[0] + "|3"; got["7"] != want {
		t.Errorf("got %q, want %q", got["7"], want)
	}
	if n := d.pool.InUse(); n > 4<<20 {
		t.Errorf("%d bytes for 3 rows", n)
	}
	d.close()
}

// TestMergeIsUpdate splits rows over two states and merges them: the results are those of all rows in one state.
func TestMergeIsUpdate(t *testing.T) {
	big, text := types.BigIntType(), types.StringType()
	distinct := func(a plan.Agg, filter int) plan.Agg {
		a.Distinct, a.Filter = true, filter
		return a
	}
	aggs := []plan.Agg{
		agg("COUNT", big), agg("SUM", big, 1), agg("AVG", types.DoubleType(), 3), agg("MIN", text, 2), agg("MAX", types.DoubleType(), 3),
		agg("SUM", types.DecimalType(38, 2), 4), agg("SUM", types.DecimalType(38, 0), 5), agg("AVG", types.DecimalType(38, 6), 4),
		agg("VAR_SAMP", types.DoubleType(), 3), agg("STDDEV_POP", types.DoubleType(), 3), agg("COLLECT", types.MultisetType(text), 2),
		distinct(agg("COUNT", big, 2), -1), distinct(agg("COUNT", big, 2), 6), distinct(agg("SUM", big, 1), -1), distinct(agg("AVG", big, 1), 6),
		agg("ARRAY_AGG", types.ArrayType(big), 1), distinct(agg("ARRAY_AGG", types.ArrayType(big), 1), -1), agg("FIRST_VALUE", big, 1),
		agg("LAST_VALUE", text, 2), agg("MIN", types.BooleanType(), 6), agg("MAX", types.DecimalType(38, 0), 5), distinct(agg("COLLECT", types.MultisetType(text), 2), 6),
	}
	for _, retract := range []bool{false, true} {
		d := newDrive(t, aggs, Options{Retract: retract})
		left, right := d.set.NewState([]types.Type{types.BigIntType()}, 0), d.set.NewState([]types.Type{types.BigIntType()}, 0)
		r := rand.New(rand.NewPCG(8, 8))
		maybe := func(x any) any {
			if r.IntN(5) == 0 {
				return nil
			}
			return x
		}
		for i := range 300 {
			row := optest.Row{Values: []any{
				r.IntN(5), maybe(r.IntN(9)), maybe(string(rune('a' + r.IntN(6)))), maybe(float64(r.IntN(40))),
				maybe(r.IntN(900)), maybe(r.IntN(900)), maybe(r.IntN(2) == 0),
			}}
			d.add(d.st, row)
			if i < 150 {
				d.add(left, row)
			} else {
				d.add(right, row)
			}
		}
		var from []int32
		for id := range int32(right.Table.Limit()) {
			from = append(from, id)
		}
		ids := make([]int32, len(from))
		src := right.Table.Pointers(from, nil)
		left.Table.FindRows(&right.Table.View, src, ids, true)
		d.set.Merge(left, ids, left.Table.Rows(ids, nil), right.Reader(), src)
		want, err := d.results(d.st)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.results(left)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			if got[k] != want[k] {
				t.Errorf("retract %v key %s:\n got %s\nwant %s", retract, k, got[k], want[k])
			}
		}
		left.Close()
		right.Close()
		d.close()
	}
}

// TestDecimalOverflow: a sum of 39 digits is NULL, and the next value begins anew, as in Flink.
func TestDecimalOverflow(t *testing.T) {
	d := newDrive(t, []plan.Agg{agg("SUM", types.DecimalType(38, 0), 5)}, Options{})
	most, err := optest.ParseRow("1|0|x|0|0|"+strings.Repeat("9", 38)+"|true", input())
	if err != nil {
		t.Fatal(err)
	}
	small := optest.Row{Values: []any{1, 0, "x", 0.0, 0, 5, true}}
	for _, step := range []struct {
		row  optest.Row
		want string
	}{{most, strings.Repeat("9", 38)}, {small, "NULL"}, {small, "5"}, {small, "10"}} {
		d.add(d.st, step.row)
		if got, _ := d.results(d.st); got["1"] != step.want {
			t.Errorf("sum %s, want %s", got["1"], step.want)
		}
	}
	d.close()
}

// TestSingleValue: a second row is an error, unless the first is taken away.
func TestSingleValue(t *testing.T) {
	d := newDrive(t, []plan.Agg{agg("SINGLE_VALUE", types.BigIntType(), 1)}, Options{Retract: true})
	a := optest.Row{Values: []any{1, 4, "x", 0.0, 0, 5, true}}
	b := optest.Row{Values: []any{1, 5, "x", 0.0, 0, 5, true}}
	minus := a
	minus.Kind = vector.UpdateBefore
	d.add(d.st, a, minus, b)
	if got, err := d.results(d.st); err != nil || got["1"] != "5" {
		t.Errorf("%v, %v", got, err)
	}
	d.add(d.st, a)
	if _, err := d.results(d.st); !errors.Is(err, ErrManyRows) {
		t.Errorf("error %v", err)
	}
	d.close()
}

// TestSharing: equal parts are laid out once.
func TestSharing(t *testing.T) {
	big := types.BigIntType()
	d := newDrive(t, []plan.Agg{agg("SUM", big, 1), agg("AVG", big, 1), agg("COUNT", big, 1)}, Options{})
	if d.set.Size() != 16 {
		t.Errorf("%d bytes for a sum and a count", d.set.Size())
	}
	d.close()
}

// BenchmarkUpdate is each accumulator over 4096 rows of 256 groups.
func BenchmarkUpdate(b *testing.B) {
	big, text := types.BigIntType(), types.StringType()
	distinct := agg("COUNT", big, 1)
	distinct.Distinct = true
	filtered := agg("COUNT", big)
	filtered.Filter = 6
	for _, c := range []struct {
		name string
		agg  plan.Agg
	}{
		{"count", agg("COUNT", big)},
		{"count-filter", filtered},
		{"sum", agg("SUM", big, 1)},
		{"max", agg("MAX", big, 1)},
		{"max-text", agg("MAX", text, 2)},
		{"sum-double", agg("SUM", types.DoubleType(), 3)},
		{"sum-decimal", agg("SUM", types.DecimalType(38, 2), 4)},
		{"sum-decimal-wide", agg("SUM", types.DecimalType(38, 0), 5)},
		{"variance", agg("VAR_POP", types.DoubleType(), 3)},
		{"variance-int", agg("VAR_POP", big, 1)},
		{"count-distinct", distinct},
		{"last-value", agg("LAST_VALUE", big, 1)},
		{"collect", agg("COLLECT", types.MultisetType(text), 2)},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool := vector.NewPool(0)
			set, err := New(pool, []plan.Agg{c.agg}, input().Types(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			st := set.NewState([]types.Type{big}, 0)
			r := rand.New(rand.NewPCG(1, 1))
			var rows []optest.Row
			for range vector.MaxRows {
				rows = append(rows, optest.Row{Values: []any{r.IntN(256), r.IntN(100), fmt.Sprint("text ", r.IntN(100)), 1.5, 7, 8, r.IntN(2) == 0}})
			}
			batch := optest.Batch(pool, input().Types(), rows)
			ids := make([]int32, batch.Len)
			st.Table.FindBatch(batch, []int{0}, ids, true)
			var at []table.Row
			for b.Loop() {
				at = st.Table.Rows(ids, at)
				if err := set.Update(st, batch, nil, ids, at, false); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
		})
	}
}
