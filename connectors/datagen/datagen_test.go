package datagen_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/datagen"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func schema() types.Schema {
	return types.Schema{
		{Name: "id", Type: types.BigIntType()},
		{Name: "s", Type: types.StringType()},
		{Name: "t", Type: types.TinyIntType()},
		{Name: "d", Type: types.DecimalType(10, 2)},
		{Name: "f", Type: types.DoubleType()},
		{Name: "b", Type: types.BooleanType()},
		{Name: "a", Type: types.ArrayType(types.IntType())},
		{Name: "m", Type: types.MapType(types.CharType(2), types.BooleanType())},
		{Name: "r", Type: types.RowType(types.Field{Name: "x", Type: types.IntType()}, types.Field{Name: "y", Type: types.BytesType()})},
	}
}

func source(s types.Schema, pairs ...string) *plan.Source {
	p := &plan.Source{Table: "t", Connector: "datagen", Options: conntest.Options(pairs...), Physical: s, Bounded: true}
	for _, f := range s {
		p.Projected = append(p.Projected, plan.SourceColumn{Name: f.Name, Type: f.Type})
	}
	return p
}

func TestRows(t *testing.T) {
	rows := conntest.Source(t, datagen.Connector{}, source(schema(), "rows-per-second", "1000000", "fields.id.kind", "sequence", "fields.id.start", "5",
		"fields.id.end", "9999", "fields.s.length", "4", "fields.t.min", "3", "fields.t.max", "4", "fields.a.element.max", "0", "fields.a.element.min", "0",
		"fields.a.length", "2", "fields.r.x.null-rate", "1", "fields.r.y.length", "1", "fields.b.null-rate", "0.5"), 4)
	if len(rows) != 9995 {
		t.Fatalf("%d rows", len(rows))
	}
	nulls := 0
	for i, r := range rows {
		parts := strings.SplitN(r, ", ", 7)
		switch {
		case i == 0 && parts[0] != "+I[5", len(parts[1]) != 4, parts[2] != "3" && parts[2] != "4", !strings.HasPrefix(parts[6], "[0, 0], {"),
			!strings.Contains(parts[6], "+I[null, ["):
			t.Fatalf("row %d: %s", i, r)
		case parts[5] == "null":
			nulls++
		}
	}
	if nulls < 4500 || nulls > 5500 {
		t.Errorf("%d of %d are NULL", nulls, len(rows))
	}
}

func TestRate(t *testing.T) {
	s := source(schema()[:1], "rows-per-second", "100", "fields.id.kind", "sequence", "fields.id.start", "0", "fields.id.end", "1000000")
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	now := int64(1000)
	env.Now = func() int64 { return now }
	r, err := datagen.Connector{}.OpenReader(context.Background(), s, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add([]connectors.Split{{State: []byte(`{"index":0,"count":1}`)}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	for _, want := range []int{100, 0, 50} {
		f, err := r.Poll(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n := 0; f.Batch != nil && f.Batch.Len != want || f.Batch == nil && want != n {
			t.Errorf("%v rows, want %d", f.Batch, want)
		}
		if f.Batch == nil {
			now += 500
		}
	}
}

func TestTimes(t *testing.T) {
	s := source(types.Schema{{Name: "d", Type: types.DateType()}, {Name: "t", Type: types.TimeType(0)}, {Name: "ts", Type: types.TimestampType(3)}},
		"number-of-rows", "10", "fields.ts.max-past", "1 d")
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	env.Now = func() int64 { return 86_400_000*3 + 3_600_000 }
	r, err := datagen.Connector{}.OpenReader(context.Background(), s, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add([]connectors.Split{{State: []byte(`{"index":0,"count":1}`)}}); err != nil {
		t.Fatal(err)
	}
	f, err := r.Poll(context.Background())
	if err != nil || f.Batch.Len != 10 {
		t.Fatalf("%v, %v", f.Batch, err)
	}
	for i := range 10 {
		if got := conntest.Row(f.Batch, i); !strings.HasPrefix(got, "1970-01-04, 01:00, 1970-01-03T") && !strings.HasPrefix(got, "1970-01-04, 01:00, 1970-01-04T00") {
			t.Errorf("row %s", got)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		options []string
		want    string
	}{
		{[]string{"rows-per-second", "0"}, "must be more than 0"},
		{[]string{"rows-per-second", "many"}, "an integer is expected"},
		{[]string{"fields.nope.kind", "sequence"}, "does not belong to a column"},
		{[]string{"fields.id.kind", "sequence"}, "option 'fields.id.start' is required"},
		{[]string{"fields.b.kind", "sequence"}, "is always random"},
		{[]string{"fields.id.lenght", "3"}, "unknown option 'fields.id.lenght'"},
		{[]string{"fields.id.length", "3"}, "does not belong to a column"},
	} {
		_, err := datagen.Connector{}.Capabilities(connectors.Table{Options: conntest.Options(c.options...), Schema: schema()})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.options, err, c.want)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	s := source(schema()[:2], "rows-per-second", "1000000000000", "fields.s.length", "16")
	r, err := datagen.Connector{}.OpenReader(context.Background(), s, conntest.Env(b, vector.NewPool(0), 0, 1))
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Add([]connectors.Split{{State: []byte(`{"index":0,"count":1}`)}}); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		f, err := r.Poll(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		n += f.Batch.Len
		f.Batch.Release()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
