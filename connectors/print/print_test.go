package print_test

import (
	"bytes"
	"context"
	"testing"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/print"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestLines(t *testing.T) {
	pool := vector.NewPool(0)
	rows := vector.NewRows(pool, []types.Type{types.IntType(), types.StringType()}, 4)
	for i, kind := range []vector.RowKind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete} {
		vector.AppendFixed(rows.Columns[0], int32(i))
		if i == 3 {
			rows.Columns[1].AppendNull()
		} else {
			rows.Columns[1].AppendBytes([]byte("x, y"))
		}
		rows.EndRow(kind)
	}
	b := rows.Finish()
	defer b.Release()
	for _, c := range []struct {
		options     map[string]string
		subtask, of int
		want        string
		toErr       bool
	}{
		{nil, 0, 1, "+I[0, x, y]\n-U[1, x, y]\n+U[2, x, y]\n-D[3, null]\n", false},
		{nil, 1, 2, "2> +I[0, x, y]\n2> -U[1, x, y]\n2> +U[2, x, y]\n2> -D[3, null]\n", false},
		{conntest.Options("print-identifier", "ID"), 0, 1, "ID> +I[0, x, y]\nID> -U[1, x, y]\nID> +U[2, x, y]\nID> -D[3, null]\n", false},
		{conntest.Options("print-identifier", "ID", "standard-error", "true"), 0, 2, "ID:1> +I[0, x, y]\nID:1> -U[1, x, y]\nID:1> +U[2, x, y]\nID:1> -D[3, null]\n", true},
	} {
		var out, err bytes.Buffer
		k := print.NewTo(&out, &err)
		w, e := k.OpenWriter(context.Background(), &plan.Sink{Options: c.options}, conntest.Env(t, pool, c.subtask, c.of), nil)
		if e != nil {
			t.Fatal(e)
		}
		if e := w.Write(context.Background(), b); e != nil {
			t.Fatal(e)
		}
		got, other := out.String(), err.String()
		if c.toErr {
			got, other = other, got
		}
		if got != c.want || other != "" {
			t.Errorf("%v: %q and %q, want %q", c.options, got, other, c.want)
		}
	}
	b.Sel = []uint16{2}
	var out bytes.Buffer
	w, err := print.NewTo(&out, &out).OpenWriter(context.Background(), &plan.Sink{}, conntest.Env(t, pool, 0, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(context.Background(), b); err != nil || out.String() != "+U[2, x, y]\n" {
		t.Errorf("selection: %q, %v", out.String(), err)
	}
	if _, err := print.New().Capabilities(connectors.Table{Options: conntest.Options("print-name", "x")}); err == nil {
		t.Error("an unknown option is taken")
	}
}

func BenchmarkWrite(b *testing.B) {
	pool := vector.NewPool(0)
	rows := vector.NewRows(pool, []types.Type{types.BigIntType(), types.StringType(), types.TimestampType(3)}, 4096)
	for i := range 4096 {
		vector.AppendFixed(rows.Columns[0], int64(i))
		rows.Columns[1].AppendBytes([]byte("some text"))
		vector.AppendFixed(rows.Columns[2], int64(i)*1000)
		rows.EndRow(vector.Insert)
	}
	batch := rows.Finish()
	var out bytes.Buffer
	w, err := print.NewTo(&out, &out).OpenWriter(context.Background(), &plan.Sink{}, conntest.Env(b, pool, 0, 1), nil)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		out.Reset()
		if err := w.Write(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		n += batch.Len
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
