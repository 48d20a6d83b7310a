package unnest_test

import (
	"fmt"
	"slices"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/unnest"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func array(vs ...any) []any { return vs }

func TestUnnest(t *testing.T) {
	ints := types.ArrayType(types.IntType())
	row := types.RowType(types.Field{Name: "p", Type: types.IntType()}, types.Field{Name: "q", Type: types.StringType()})
	rows := types.ArrayType(row)
	number := types.Field{Name: "o", Type: types.IntType().AsNotNull()}
	id := types.Field{Name: "id", Type: types.IntType()}
	cases := []struct {
		name       string
		collection types.Type
		add        types.Schema
		ordinality bool
		outer      bool
		values     []any
		want       []string
	}{
		{
			"array", ints,
			types.Schema{{Name: "e", Type: types.IntType()}},
			false, false,
			[]any{array(10, 20), array(), nil, array(nil, 5)},
			[]string{"1|[10,20]|10", "1|[10,20]|20", "4|[NULL,5]|5", "4|[NULL,5]|NULL"},
		},
		{
			"outer", ints,
			types.Schema{{Name: "e", Type: types.IntType()}},
			false, true,
			[]any{array(10), array(), nil},
			[]string{"1|[10]|10", "2|[]|NULL", "3|NULL|NULL"},
		},
		{
			"ordinality", ints,
			types.Schema{{Name: "e", Type: types.IntType()}, number},
			true, false,
			[]any{array(7, nil, 8)},
			[]string{"1|[7,NULL,8]|7|1", "1|[7,NULL,8]|8|3", "1|[7,NULL,8]|NULL|2"},
		},
		{
			"outer ordinality", ints,
			types.Schema{{Name: "e", Type: types.IntType()}, {Name: "o", Type: types.IntType()}},
			true, true,
			[]any{array(7), nil},
			[]string{"1|[7]|7|1", "2|NULL|NULL|NULL"},
		},
		{
			"rows", rows,
			types.Schema{{Name: "p", Type: types.IntType()}, {Name: "q", Type: types.StringType()}},
			false, false,
			[]any{array(array(1, "x"), nil, array(nil, "y"))},
			[]string{"1|[(1,x),NULL,(NULL,y)]|1|x", "1|[(1,x),NULL,(NULL,y)]|NULL|y"},
		},
		{
			"only null rows", rows,
			types.Schema{{Name: "p", Type: types.IntType()}, {Name: "q", Type: types.StringType()}},
			false, true,
			[]any{array(nil, nil)},
			[]string{"1|[NULL,NULL]|NULL|NULL"},
		},
		{
			"nested", types.ArrayType(ints),
			types.Schema{{Name: "e", Type: ints}},
			false, false,
			[]any{array(array(1, 2), nil, array())},
			[]string{"1|[[1,2],NULL,[]]|NULL", "1|[[1,2],NULL,[]]|[1,2]", "1|[[1,2],NULL,[]]|[]"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := types.Schema{id, {Name: "c", Type: c.collection}}
			out := append(slices.Clone(in), c.add...)
			spec := &plan.Unnest{Collection: expr.NewColumn(1, c.collection), Ordinality: c.ordinality, Outer: c.outer}
			var events []optest.Event
			for i, v := range c.values {
				events = append(events, optest.Event{Row: &optest.Row{Values: []any{i + 1, v}}})
			}
			// A row that is taken back takes its elements with it.
			gone := []any{99, c.values[0]}
			events = append(events, optest.Event{Row: &optest.Row{Values: gone}}, optest.Event{Row: &optest.Row{Kind: vector.Delete, Values: gone}})
			slices.Sort(c.want)
			optest.Run(t, &optest.Case{
				New: func() (operators.Operator, error) { return unnest.New(spec, in, out) }, Inputs: []types.Schema{in},
				Output: out.Types(), Events: events, Want: c.want, NoState: true,
			})
		})
	}
}

// TestCondition: a row without chosen elements comes once, with NULLs, also where its elements fill several batches.
func TestCondition(t *testing.T) {
	ints := types.ArrayType(types.IntType())
	in := types.Schema{{Name: "id", Type: types.IntType()}, {Name: "c", Type: ints}}
	out := append(slices.Clone(in), types.Field{Name: "e", Type: types.IntType()}, types.Field{Name: "o", Type: types.IntType()})
	cond := expr.NewCall(">", types.BooleanType(), expr.NewColumn(2, types.IntType()), expr.NewColumn(0, types.IntType()))
	spec := &plan.Unnest{Collection: expr.NewColumn(1, ints), Ordinality: true, Outer: true, Condition: cond}
	var events []optest.Event
	for _, row := range [][]any{{1, array(1, 2, nil, 3)}, {2, array(1, 2)}, {3, array()}, {4, nil}, {5, array(nil, 6)}} {
		events = append(events, optest.Event{Row: &optest.Row{Values: row}})
	}
	optest.Run(t, &optest.Case{
		New: func() (operators.Operator, error) { return unnest.New(spec, in, out) }, Inputs: []types.Schema{in},
		Output: out.Types(), Events: events, NoState: true,
		Want: []string{"1|[1,2,NULL,3]|2|2", "1|[1,2,NULL,3]|3|4", "2|[1,2]|NULL|NULL", "3|[]|NULL|NULL", "4|NULL|NULL|NULL", "5|[NULL,6]|6|2"},
	})

	// 10 000 elements of the first row, of which none, and of the second, of which the first one is chosen.
	pool := vector.NewPool(0)
	short := *spec // without the collection, which would be copied for each element
	short.Pass = []int{0}
	short.Condition = expr.NewCall(">", types.BooleanType(), expr.NewColumn(1, types.IntType()), expr.NewColumn(0, types.IntType()))
	op, err := unnest.New(&short, in, append(types.Schema{in[0]}, out[2:]...))
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	long := make([]any, 10000)
	for i := range long {
		long[i] = 0
	}
	first := slices.Clone(long)
	first[0] = 9
	b := optest.Batch(pool, in.Types(), []optest.Row{{Values: []any{1, long}}, {Values: []any{2, first}}})
	var got rows
	if err := op.Process(0, b, &got); err != nil {
		t.Fatal(err)
	}
	b.Release()
	if want := []string{"1NULL", "29"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
}

// rows are id and element of what is emitted.
type rows []string

func (r *rows) Emit(b *operators.Batch) error {
	for i := range b.Len {
		e := "NULL"
		if !b.Columns[1].IsNull(i) {
			e = fmt.Sprint(vector.Values[int32](b.Columns[1])[i])
		}
		*r = append(*r, fmt.Sprint(vector.Values[int32](b.Columns[0])[i], e))
	}
	return nil
}

func (r *rows) Watermark(int64) error { return nil }

// TestMaps: entries of a MAP, and elements of a MULTISET as often as they count.
func TestMaps(t *testing.T) {
	for _, typ := range []types.Type{types.MapType(types.StringType(), types.IntType()), types.MultisetType(types.StringType())} {
		in := types.Schema{{Name: "m", Type: typ}}
		out := append(slices.Clone(in), types.Field{Name: "k", Type: types.StringType()})
		if typ.Kind == types.Map {
			out = append(out, types.Field{Name: "v", Type: types.IntType()})
		}
		op, err := unnest.New(&plan.Unnest{Collection: expr.NewColumn(0, typ)}, in, out)
		if err != nil {
			t.Fatal(err)
		}
		pool := vector.NewPool(0)
		if err := op.Open(optest.NewContext(pool)); err != nil {
			t.Fatal(err)
		}
		m := vector.NewBuilder(pool, typ, 1)
		for i, k := range []string{"x", "y"} {
			m.Children[0].AppendBytes([]byte(k))
			vector.AppendFixed(m.Children[1], int32(i+1))
		}
		m.EndList()
		b := vector.NewBatch(1, m.Finish())
		m.Release()
		c := &collector{}
		if err := op.Process(0, b, c); err != nil {
			t.Fatal(err)
		}
		b.Release()
		want := []string{"{x:1,y:2}|x|1", "{x:1,y:2}|y|2"}
		if typ.Kind == types.Multiset {
			want = []string{"{x:1,y:2}|x", "{x:1,y:2}|y", "{x:1,y:2}|y"}
		}
		if !slices.Equal(c.rows, want) {
			t.Errorf("%s: got %q, want %q", typ, c.rows, want)
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d bytes in use", n)
		}
	}
}

type collector struct{ rows []string }

func (c *collector) Emit(b *vector.Batch) error {
	for i := range b.Len {
		c.rows = append(c.rows, optest.RowText(b, i, nil))
	}
	return nil
}

func (c *collector) Watermark(int64) error { return nil }

func BenchmarkUnnest(b *testing.B) {
	in := types.Schema{{Name: "id", Type: types.BigIntType()}, {Name: "c", Type: types.ArrayType(types.BigIntType())}}
	out := append(slices.Clone(in), types.Field{Name: "e", Type: types.BigIntType()})
	op, err := unnest.New(&plan.Unnest{Collection: expr.NewColumn(1, in[1].Type)}, in, out)
	if err != nil {
		b.Fatal(err)
	}
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	rows := make([]optest.Row, 1024)
	for i := range rows {
		rows[i].Values = []any{i, array(1, 2, 3, 4)}
	}
	batch := optest.Batch(pool, in.Types(), rows)
	defer batch.Release()
	b.SetBytes(4 * 1024 * 8)
	b.ReportAllocs()
	for b.Loop() {
		if err := op.Process(0, batch, &optest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
