package unnest_test

import (
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
		if err := op.Process(0, batch, discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Emit(*vector.Batch) error { return nil }
func (discard) Watermark(int64) error    { return nil }
