package nexmark

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func source(options map[string]string, columns ...string) *plan.Source {
	s := &plan.Source{Table: "t", Connector: "nexmark", Options: options, Physical: schema()}
	for _, f := range schema() {
		var fields []types.Field
		whole := false
		for _, c := range columns {
			whole = whole || c == f.Name
			if name, ok := strings.CutPrefix(c, f.Name+"."); ok {
				at := types.Schema(f.Type.Fields).Index(name)
				fields = append(fields, f.Type.Fields[at])
			}
		}
		switch {
		case whole:
			s.Projected = append(s.Projected, plan.SourceColumn{Name: f.Name, Type: f.Type})
		case fields != nil:
			s.Projected = append(s.Projected, plan.SourceColumn{Name: f.Name, Type: types.RowType(fields...)})
		}
	}
	return s
}

func open(t testing.TB, s *plan.Source, splits int) *reader {
	t.Helper()
	c := New()
	env := connectors.Env{Pool: vector.NewPool(0), Parallelism: splits, Now: func() int64 { return time.Now().UnixMilli() }}
	e, err := c.OpenEnumerator(context.Background(), s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := e.Discover(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.OpenReader(context.Background(), s, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(found); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	return r.(*reader)
}

// appendJSON writes row i as a line of JSON, as the specification has it.
func appendJSON(out []byte, b *vector.Batch, s *plan.Source, i int) []byte {
	kind := vector.Values[int32](b.Columns[0])[i]
	out = fmt.Appendf(out, `{"event_type":%d`, kind)
	for c, col := range s.Projected[1:] {
		v := b.Columns[c+1]
		if v.IsNull(i) {
			continue
		}
		out = fmt.Appendf(out, `,"%s":{`, col.Name)
		for k, f := range col.Type.Fields {
			if k > 0 {
				out = append(out, ',')
			}
			out = fmt.Appendf(out, `"%s":`, f.Name)
			child := v.Children[k]
			switch f.Type.Kind {
			case types.VarChar:
				out = append(append(append(out, '"'), child.Bytes(i)...), '"')
			case types.Timestamp:
				out = time.UnixMilli(vector.Values[int64](child)[i]).UTC().AppendFormat(out, `"2006-01-02 15:04:05.000"`)
			default:
				out = fmt.Appendf(out, "%d", vector.Values[int64](child)[i])
			}
		}
		out = append(out, '}')
	}
	return append(out, '}', '\n')
}

// lines reads all rows of a source as JSON.
func lines(t testing.TB, s *plan.Source, splits int) []byte {
	t.Helper()
	r := open(t, s, splits)
	var out []byte
	for {
		f, err := r.Poll(context.Background())
		if errors.Is(err, io.EOF) {
			if n := r.env.Pool.InUse(); n != 0 {
				t.Errorf("%d bytes in use at the end", n)
			}
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Batch.Columns {
			if err := c.Check(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range f.Batch.Len {
			out = appendJSON(out, f.Batch, s, i)
		}
		f.Batch.Release()
	}
}

func TestGolden(t *testing.T) {
	want, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	got := lines(t, source(map[string]string{"events.num": "12"}, "event_type", "person", "auction", "bid"), 1)
	if !bytes.Equal(bytes.TrimSpace(got), bytes.TrimSpace(want)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSHA256(t *testing.T) {
	got := lines(t, source(map[string]string{"events.num": "100000"}, "event_type", "person", "auction", "bid"), 1)
	const want = "82431ce3b9de01afeae01173462b9037841a82141ebce2467fe95501181c07fe"
	if sum := fmt.Sprintf("%x", sha256.Sum256(got)); sum != want {
		t.Errorf("sum %s, want %s", sum, want)
	}
}

func sorted(b []byte) string {
	var l []string
	for sc := bufio.NewScanner(bytes.NewReader(b)); sc.Scan(); {
		l = append(l, sc.Text())
	}
	return strings.Join(sortStrings(l), "\n")
}

func sortStrings(l []string) []string {
	for i := 1; i < len(l); i++ {
		for j := i; j > 0 && l[j] < l[j-1]; j-- {
			l[j], l[j-1] = l[j-1], l[j]
		}
	}
	return l
}

func TestSplitsAndShuffleGiveTheSameEvents(t *testing.T) {
	options := map[string]string{"events.num": "2010", "person.proportion": "2", "bid.proportion": "17"}
	want := sorted(lines(t, source(options, "event_type", "person", "auction", "bid"), 1))
	for _, splits := range []int{2, 3, 7} {
		if got := sorted(lines(t, source(options, "event_type", "person", "auction", "bid"), splits)); got != want {
			t.Errorf("%d splits give other events", splits)
		}
	}
	options["out-of-order.group-size"] = "30"
	shuffled := lines(t, source(options, "event_type", "person", "auction", "bid"), 1)
	if got := sorted(shuffled); got != want {
		t.Error("the shuffled stream has other events")
	}
}

func TestFilterAndProjection(t *testing.T) {
	s := source(map[string]string{"events.num": "1000"}, "event_type", "bid.price", "bid.url")
	all := lines(t, s, 1)
	var want []byte
	for _, l := range bytes.SplitAfter(all, []byte("\n")) {
		if bytes.HasPrefix(l, []byte(`{"event_type":2`)) {
			want = append(want, l...)
		}
	}
	s.Filter = []*expr.Expr{expr.NewCall("=", types.BooleanType(), expr.NewColumn(0, types.IntType()), expr.NewInt(2))}
	if got := lines(t, s, 1); !bytes.Equal(got, want) {
		t.Errorf("filtered: %d bytes, want %d", len(got), len(want))
	}
}

func TestRestoreAtEveryBatch(t *testing.T) {
	s := source(map[string]string{"events.num": "30000"}, "event_type", "bid.price")
	want := sorted(lines(t, source(map[string]string{"events.num": "3000"}, "event_type", "bid.price"), 2))
	s.Options["events.num"] = "3000"
	r := open(t, s, 2)
	r.limit = 333
	var got []byte
	for {
		f, err := r.Poll(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Batch.Len {
			got = appendJSON(got, f.Batch, s, i)
		}
		state, err := r.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		next, err := New().OpenReader(context.Background(), s, r.env)
		if err != nil {
			t.Fatal(err)
		}
		if err := next.Add(state); err != nil {
			t.Fatal(err)
		}
		next.NoMoreSplits()
		r = next.(*reader)
		r.limit = 333
	}
	if sorted(got) != want {
		t.Error("rows differ after restores")
	}
}

func TestPaced(t *testing.T) {
	s := source(map[string]string{"events.num": "200", "first-event.rate": "1000", "max-emit-speed": "false"}, "event_type")
	r := open(t, s, 1)
	now := int64(5000)
	r.env.Now = func() int64 { return now }
	f, err := r.Poll(context.Background())
	if err != nil || f.Batch.Len != 1 {
		t.Fatalf("first: %v, %v", f.Batch, err)
	}
	now += 10
	if f, err = r.Poll(context.Background()); err != nil || f.Batch.Len != 10 {
		t.Fatalf("after 10 ms: %v, %v", f.Batch, err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		options map[string]string
		schema  types.Schema
		want    string
	}{
		{map[string]string{"event.num": "1"}, schema(), "did you mean 'events.num'?"},
		{map[string]string{"bid.proportion": "-1"}, schema(), "allowed are 0 to 1000000"},
		{map[string]string{"out-of-order.group-size": "953"}, schema(), "no multiple of 953"},
		{nil, types.Schema{{Name: "x", Type: types.IntType()}}, "column 'x' is not one of"},
		{nil, types.Schema{{Name: "event_type", Type: types.BigIntType()}}, "is of type INT, not BIGINT"},
	} {
		_, err := New().Capabilities(connectors.Table{Options: c.options, Schema: c.schema})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.options, err, c.want)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, c := range []struct {
		name    string
		columns []string
		bids    bool
	}{
		{"all columns", []string{"event_type", "person", "auction", "bid"}, false},
		{"bid", []string{"event_type", "bid"}, true},
		{"q1", []string{"event_type", "bid.auction", "bid.bidder", "bid.price", "bid.dateTime", "bid.extra"}, true},
		{"auction price", []string{"event_type", "bid.auction", "bid.price"}, true},
		{"auction dateTime", []string{"event_type", "bid.auction", "bid.dateTime"}, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := source(nil, c.columns...)
			if c.bids {
				s.Filter = []*expr.Expr{expr.NewCall("=", types.BooleanType(), expr.NewColumn(0, types.IntType()), expr.NewInt(2))}
			}
			r := open(b, s, 1)
			start := r.splits[0].cursor.next
			b.ReportAllocs()
			for b.Loop() {
				f, err := r.Poll(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				f.Batch.Release()
			}
			events := float64(r.splits[0].cursor.next - start)
			b.ReportMetric(events/b.Elapsed().Seconds()/1e6, "Mevents/s")
		})
	}
}
