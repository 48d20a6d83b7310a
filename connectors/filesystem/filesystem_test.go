package filesystem_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/filesystem"
	"millrace/connectors/format"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func connector() *filesystem.Connector {
	return filesystem.New(format.NewRegistry(json.Format{}, csv.Format{}, raw.Format{}))
}

func schema(fields ...any) types.Schema {
	var s types.Schema
	for i := 0; i < len(fields); i += 2 {
		s = append(s, types.Field{Name: fields[i].(string), Type: fields[i+1].(types.Type)})
	}
	return s
}

var (
	integer = types.IntType()
	text    = types.StringType()
)

// files writes files below a new folder and returns it.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, c := range content {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func source(s types.Schema, partition []string, options map[string]string) *plan.Source {
	p := &plan.Source{Table: "t", Connector: "filesystem", Options: options, Physical: s, Partition: partition, Bounded: true}
	for _, f := range s {
		p.Projected = append(p.Projected, plan.SourceColumn{Name: f.Name, Type: f.Type})
	}
	return p
}

// hive is the recorded folder of partitions.
func hive(t *testing.T) string {
	return files(t, map[string]string{
		"dt=2024-01-01/h=5/a.csv": "1,a\n2,b\n", "dt=2024-01-02/h=10/a.csv": "3,c\n", "dt=a%2Fb/h=-7/a.csv": "4,d\n",
		"dt=2024-01-02/h=07/_hidden.csv": "98,x\n", "dt=2024-01-02/h=07/.dot.csv": "99,x\n", "dt=2024-01-02/h=07/ok.csv": "5,e",
		"_hidden/x.csv": "97,x\n",
	})
}

func TestPartitions(t *testing.T) {
	dir := hive(t)
	s := source(schema("h", integer, "i", integer, "dt", text, "s", text), []string{"dt", "h"}, conntest.Options("path", "file://"+dir, "format", "csv"))
	got := conntest.Source(t, connector(), s, 10)
	want := []string{"+I[5, 1, 2024-01-01, a]", "+I[5, 2, 2024-01-01, b]", "+I[7, 5, 2024-01-02, e]", "+I[10, 3, 2024-01-02, c]", "+I[-7, 4, a/b, d]"}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	s.Projected = s.Projected[2:3]
	if got := conntest.Source(t, connector(), s, 3); len(got) != 5 {
		t.Errorf("only a partition column: %v", got)
	}
	s.Projected = nil
	if got := conntest.Source(t, connector(), s, 3); len(got) != 5 {
		t.Errorf("no column: %v", got)
	}
	s = source(schema("i", integer, "s", text), nil, conntest.Options("path", dir, "format", "csv", "source.path.regex-pattern", ".*/h=0.*"))
	if d := cmp.Diff([]string{"+I[5, e]"}, conntest.Source(t, connector(), s, 3)); d != "" {
		t.Error(d)
	}
}

func TestPartitionsArePruned(t *testing.T) {
	dir := hive(t)
	s := source(schema("i", integer, "s", text, "dt", types.DateType(), "h", integer), []string{"dt", "h"}, conntest.Options("path", dir, "format", "csv"))
	compare := func(op string, column int, ty types.Type, v any) *expr.Expr {
		return expr.NewCall(op, types.BooleanType(), expr.NewColumn(column, ty), expr.NewLiteral(v, ty))
	}
	// dt=a%2Fb is no date: it must not be looked at.
	s.Filter = []*expr.Expr{compare(">", 3, integer, int64(0)), compare("<=", 3, integer, int64(7)), compare("<>", 2, types.DateType(), int64(19723))}
	for _, f := range s.Filter {
		if !connector().AcceptFilter(connectors.Table{Partition: s.Partition}, s.Projected, f) {
			t.Errorf("%s is not accepted", f)
		}
	}
	if d := cmp.Diff([]string{"+I[5, e, 2024-01-02, 7]"}, conntest.Source(t, connector(), s, 2)); d != "" {
		t.Error(d)
	}
	if f := compare("=", 0, integer, int64(1)); connector().AcceptFilter(connectors.Table{Partition: s.Partition}, s.Projected, f) {
		t.Errorf("%s is accepted", f)
	}
}

func TestDefaultPartitionIsNull(t *testing.T) {
	dir := files(t, map[string]string{"d=2024-01-02/h=1/a.csv": "1\n", "d=19724/h=__DEFAULT_PARTITION__/a.csv": "2\n"})
	s := source(schema("i", integer, "d", types.DateType(), "h", integer), []string{"d", "h"}, conntest.Options("path", dir, "format", "csv"))
	got := conntest.Source(t, connector(), s, 3)
	slices.Sort(got)
	if d := cmp.Diff([]string{"+I[1, 2024-01-02, 1]", "+I[2, 2024-01-02, null]"}, got); d != "" {
		t.Error(d)
	}
}

func TestMetadata(t *testing.T) {
	dir := hive(t)
	s := source(schema("i", integer, "s", text), nil, conntest.Options("path", dir+"/dt=2024-01-01/h=5", "format", "csv"))
	s.Projected = []plan.SourceColumn{
		{Name: "fn", Type: text.AsNotNull(), Metadata: "file.name"},
		{Name: "i", Type: integer},
		{Name: "fs", Type: types.BigIntType().AsNotNull(), Metadata: "file.size"},
		{Name: "fp", Type: text.AsNotNull(), Metadata: "file.path"},
	}
	got := conntest.Source(t, connector(), s, 3)
	want := []string{"+I[a.csv, 1, 8, file:" + dir + "/dt=2024-01-01/h=5/a.csv]", "+I[a.csv, 2, 8, file:" + dir + "/dt=2024-01-01/h=5/a.csv]"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOneFileAndCompression(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	for i := range 10000 {
		fmt.Fprintf(z, "%d,row %d\n", i, i)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := files(t, map[string]string{"a.csv.gz": zipped.String()})
	s := source(schema("i", integer, "s", text), nil, conntest.Options("path", dir+"/a.csv.gz", "format", "csv"))
	got := conntest.Source(t, connector(), s, 5)
	if len(got) != 10000 || got[9999] != "+I[9999, row 9999]" {
		t.Errorf("%d rows", len(got))
	}
	s.Limit = 5000
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	r, err := connector().OpenReader(context.Background(), s, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add([]connectors.Split{{State: []byte(`{"path":"` + dir + `/a.csv.gz","end":9223372036854775807}`)}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		f, err := r.Poll(context.Background())
		if errors.Is(err, connectors.ErrEnd) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n += f.Batch.Len
	}
	if n != 5000 {
		t.Errorf("limit 5000 gives %d rows", n)
	}
}

// TestRecordOfManyRows reads a record that has more rows than a batch may have.
func TestRecordOfManyRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("{\"i\":-1}\n[")
	for i := range 10000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"i":%d,"s":["x",null]}`, i)
	}
	b.WriteString("]\n{\"i\":-2}")
	dir := files(t, map[string]string{"a.json": b.String()})
	s := source(schema("i", integer, "s", types.ArrayType(text)), nil, conntest.Options("path", dir, "format", "json"))
	if got := conntest.Source(t, connector(), s, 10); len(got) != 10002 || got[10001] != "+I[-2, null]" || got[9999] != "+I[9998, [x, null]]" {
		t.Errorf("%d rows", len(got))
	}
}

func TestMalformed(t *testing.T) {
	dir := files(t, map[string]string{"a.json": "{\"i\":1}\n{\"i\":\"x\"}\n{\"i\":2}\n"})
	s := source(schema("i", integer), nil, conntest.Options("path", dir, "format", "json"))
	s.Malformed = "SKIP"
	if d := cmp.Diff([]string{"+I[1]", "+I[2]"}, conntest.Source(t, connector(), s, 3)); d != "" {
		t.Error(d)
	}
	poll := func(fate string) ([]connectors.DeadLetter, int64, error) {
		s.Malformed = fate
		env := conntest.Env(t, vector.NewPool(0), 0, 1)
		var letters []connectors.DeadLetter
		env.DeadLetter = func(d connectors.DeadLetter) error {
			letters = append(letters, d)
			return nil
		}
		r, err := connector().OpenReader(context.Background(), s, env)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add([]connectors.Split{{State: []byte(`{"path":"` + dir + `/a.json","end":9223372036854775807}`)}}); err != nil {
			t.Fatal(err)
		}
		_, err = r.Poll(context.Background())
		return letters, env.Count("numRecordsMalformed").Load(), err
	}
	letters, n, err := poll("DEAD_LETTER")
	if err != nil || n != 1 || len(letters) != 1 || string(letters[0].Record) != `{"i":"x"}` || letters[0].Position != dir+"/a.json@8" {
		t.Errorf("dead letters %+v, %d, %v", letters, n, err)
	}
	if _, n, err := poll("FAIL"); n != 1 || err == nil || !strings.Contains(err.Error(), "a.json@8: malformed record: field 'i': no INT") {
		t.Errorf("fail: %d, %v", n, err)
	}
}

func TestMonitored(t *testing.T) {
	dir := files(t, map[string]string{"a.csv": "1\n"})
	s := source(schema("i", integer), nil, conntest.Options("path", dir, "format", "csv", "source.monitor-interval", "5 ms"))
	ctx := context.Background()
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	e, err := connector().OpenEnumerator(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Interval() != 5*time.Millisecond {
		t.Errorf("interval %s", e.Interval())
	}
	found, done, err := e.Discover(ctx)
	if err != nil || done || len(found) != 1 {
		t.Fatalf("%v, %v, %v", found, done, err)
	}
	if err := os.WriteFile(dir+"/b.csv", []byte("2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if e, err = connector().OpenEnumerator(ctx, s, env, state); err != nil {
		t.Fatal(err)
	}
	found, _, err = e.Discover(ctx)
	if err != nil || len(found) != 1 || !strings.HasPrefix(found[0].ID, dir+"/b.csv") {
		t.Errorf("%v, %v", found, err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		options map[string]string
		want    string
	}{
		{conntest.Options("format", "csv"), "required options are missing: 'path'"},
		{conntest.Options("path", "/x"), "required options are missing: 'format'"},
		{conntest.Options("path", "/x", "format", "nope"), "formats are csv, json, raw"},
		{conntest.Options("path", "/x", "format", "csv", "json.ignore-parse-errors", "true"), "unknown option 'json.ignore-parse-errors'"},
		{conntest.Options("path", "/x", "format", "csv", "sourc.monitor-interval", "1"), "did you mean 'source.monitor-interval'?"},
		{conntest.Options("path", "nope://x/y", "format", "csv"), "scheme \"nope\" is not supported"},
		{conntest.Options("path", "/x", "format", "csv", "sink.rolling-policy.file-size", "many"), "a size such as"},
		{conntest.Options("path", "/x", "format", "csv", "csv.no-such-option", "1"), ""},
	} {
		_, err := connector().Capabilities(connectors.Table{Options: c.options, Schema: schema("i", integer)})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: error %v, want %q", c.options, err, c.want)
		}
	}
	e, err := connector().OpenEnumerator(context.Background(), source(schema("i", integer), nil, conntest.Options("path", "/no/such", "format", "csv")),
		conntest.Env(t, vector.NewPool(0), 0, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Discover(context.Background()); !errors.Is(err, connectors.ErrNotFound) || !strings.Contains(err.Error(), `table t: path "/no/such"`) {
		t.Errorf("missing path: %v", err)
	}
}
