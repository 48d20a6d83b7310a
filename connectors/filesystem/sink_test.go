package filesystem_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/json"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// batches decodes lines of JSON, one batch for each element.
func batches(t testing.TB, pool *vector.Pool, s types.Schema, texts ...string) []*operators.Batch {
	t.Helper()
	d, err := json.Format{}.Decoder(format.Config{Physical: s, Columns: s, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	var out []*operators.Batch
	for _, text := range texts {
		var r format.Records
		for line := range strings.Lines(text) {
			r.Append([]byte(strings.TrimSpace(line)))
		}
		if _, err := d.Decode(&r, 0); err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Take())
	}
	d.Close()
	return out
}

// visible returns the lines of the files that readers see, each with its folder.
func visible(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, filepath.Dir(path))
		if !strings.HasPrefix(strings.TrimPrefix(d.Name(), "compacted-"), "part-") {
			out = append(out, rel+"/"+d.Name())
		}
		for line := range strings.Lines(string(b)) {
			out = append(out, rel+": "+strings.TrimSuffix(line, "\n"))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

func sink(dir string, s types.Schema, partition []string, pairs ...string) *plan.Sink {
	return &plan.Sink{
		Table: "t", Connector: "filesystem", Schema: s, Partition: partition,
		Options: conntest.Options(append([]string{"path", dir, "format", "json"}, pairs...)...),
	}
}

var sinkSchema = schema("i", integer, "dt", text, "h", integer, "s", text)

var sinkRows = []string{
	`{"i":1,"dt":"2024-01-01","h":1,"s":"a"}
{"i":2,"h":2,"s":"b"}`,
	`{"i":3,"dt":"","s":"c"}`,
	`{"i":4,"dt":"a/b=c d:%é","h":4,"s":"d"}
{"i":5,"dt":"2024-01-01","h":1,"s":"e"}
{"i":6,"h":2,"s":"f"}`,
	`{"i":7,"dt":"2024-01-01","h":1,"s":"g"}`,
}

func TestSinkIsExactlyOnce(t *testing.T) {
	const def = "__DEFAULT_PARTITION__"
	for _, c := range []struct {
		name      string
		partition []string
		options   []string
		want      []string
	}{
		{"plain", nil, nil, []string{
			`.: {"i":1,"dt":"2024-01-01","h":1,"s":"a"}`, `.: {"i":2,"dt":null,"h":2,"s":"b"}`, `.: {"i":3,"dt":"","h":null,"s":"c"}`,
			`.: {"i":4,"dt":"a/b=c d:%é","h":4,"s":"d"}`, `.: {"i":5,"dt":"2024-01-01","h":1,"s":"e"}`,
			`.: {"i":6,"dt":null,"h":2,"s":"f"}`, `.: {"i":7,"dt":"2024-01-01","h":1,"s":"g"}`,
		}},
		{"partitioned", []string{"dt", "h"}, nil, []string{
			`dt=2024-01-01/h=1: {"i":1,"s":"a"}`, "dt=" + def + `/h=2: {"i":2,"s":"b"}`, "dt=" + def + "/h=" + def + `: {"i":3,"s":"c"}`,
			`dt=a%2Fb%3Dc d%3A%25é/h=4: {"i":4,"s":"d"}`, `dt=2024-01-01/h=1: {"i":5,"s":"e"}`, "dt=" + def + `/h=2: {"i":6,"s":"f"}`,
			`dt=2024-01-01/h=1: {"i":7,"s":"g"}`,
		}},
		{"small files", []string{"dt", "h"}, []string{"sink.rolling-policy.file-size", "1b"}, []string{
			`dt=2024-01-01/h=1: {"i":1,"s":"a"}`, "dt=" + def + `/h=2: {"i":2,"s":"b"}`, "dt=" + def + "/h=" + def + `: {"i":3,"s":"c"}`,
			`dt=a%2Fb%3Dc d%3A%25é/h=4: {"i":4,"s":"d"}`, `dt=2024-01-01/h=1: {"i":5,"s":"e"}`, "dt=" + def + `/h=2: {"i":6,"s":"f"}`,
			`dt=2024-01-01/h=1: {"i":7,"s":"g"}`,
		}},
		{"success files", []string{"dt"}, []string{"sink.partition-commit.policy.kind", "success-file"}, []string{
			"dt=2024-01-01/_SUCCESS", "dt=" + def + "/_SUCCESS", "dt=a%2Fb%3Dc d%3A%25é/_SUCCESS",
			`dt=2024-01-01: {"i":1,"h":1,"s":"a"}`, "dt=" + def + `: {"i":2,"h":2,"s":"b"}`, "dt=" + def + `: {"i":3,"h":null,"s":"c"}`,
			`dt=a%2Fb%3Dc d%3A%25é: {"i":4,"h":4,"s":"d"}`, `dt=2024-01-01: {"i":5,"h":1,"s":"e"}`, "dt=" + def + `: {"i":6,"h":2,"s":"f"}`,
			`dt=2024-01-01: {"i":7,"h":1,"s":"g"}`,
		}},
	} {
		for _, batch := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				var last string
				conntest.Sink(t, conntest.SinkTest{
					Connector: connector(), Batch: batch, Want: c.want,
					Open: func(t *testing.T) (*plan.Sink, func() []string) {
						dir := t.TempDir()
						last = dir
						return sink(dir, sinkSchema, c.partition, c.options...), func() []string { return visible(t, dir) }
					},
					Batches: func(pool *vector.Pool) []*operators.Batch { return batches(t, pool, sinkSchema, sinkRows...) },
				})
				// Nothing is left behind after the last run but what is seen.
				_ = filepath.WalkDir(last, func(path string, d fs.DirEntry, err error) error {
					if err == nil && strings.HasPrefix(d.Name(), ".pending") {
						t.Errorf("%s is left", path)
					}
					return err
				})
			})
		}
	}
}

// write runs a whole job.
func write(t *testing.T, s *plan.Sink, texts ...string) {
	t.Helper()
	ctx := context.Background()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 1)
	env.Streaming = false
	c, err := connector().OpenCommitter(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	w, err := connector().OpenWriter(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches(t, pool, s.Schema, texts...) {
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	h, _, err := w.Prepare(ctx, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Commit(ctx, 1, [][]byte{h}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOverwrite(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer, "p", text), []string{"p"})
	write(t, s, `{"i":1,"p":"a"}`, `{"i":2,"p":"b"}`)
	s.Overwrite = true
	write(t, s, `{"i":3,"p":"a"}`)
	if d := cmp.Diff([]string{`p=a: {"i":3}`, `p=b: {"i":2}`}, visible(t, dir)); d != "" {
		t.Error(d)
	}
	plain := sink(dir+"/plain", schema("i", integer), nil)
	write(t, plain, `{"i":1}`)
	plain.Overwrite = true
	write(t, plain)
	if got := visible(t, dir+"/plain"); len(got) != 0 {
		t.Errorf("overwritten with nothing: %v", got)
	}
	if _, err := connector().OpenWriter(context.Background(), plain, conntest.Env(t, vector.NewPool(0), 0, 1), nil); err == nil {
		t.Error("INSERT OVERWRITE is possible in streaming mode")
	}
}

// TestAbort drops what a cancelled job left behind, but not what its last checkpoint refers to, nor the files of others.
func TestAbort(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer), nil)
	ctx := context.Background()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 1)
	c, err := connector().OpenCommitter(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	b := batches(t, pool, s.Schema, `{"i":1}`)[0]
	begin := func(job string) ([]byte, []byte) {
		env := env
		env.JobID = job
		w, err := connector().OpenWriter(ctx, s, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		commit, state, err := w.Prepare(ctx, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		return commit, state
	}
	_, kept := begin("job-1")
	begin("job-1")
	begin("job-2")
	if err := c.Abort(ctx, nil, [][]byte{kept}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%v are left, %v", left, err)
	}
	// A job that goes on for job-2 from its checkpoint drops what that one did later, if it owns the checkpoint.
	_, last := begin("job-2")
	begin("job-2")
	for _, claimed := range []bool{false, true} {
		env := env
		env.JobID, env.Claimed = "job-3", claimed
		if c, err = connector().OpenCommitter(ctx, s, env); err != nil {
			t.Fatal(err)
		}
		if err := c.Abort(ctx, nil, [][]byte{last}); err != nil {
			t.Fatal(err)
		}
		left, err := os.ReadDir(dir)
		if want := map[bool]int{false: 4, true: 2}[claimed]; err != nil || len(left) != want {
			t.Errorf("claimed %t: %v are left, %v", claimed, left, err)
		}
	}
}

func TestPartitionTime(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer, "d", text, "h", text), []string{"d", "h"}, "sink.partition-commit.trigger", "partition-time",
		"partition.time-extractor.timestamp-pattern", "$d $h:00:00", "sink.partition-commit.delay", "1 h",
		"sink.partition-commit.policy.kind", "success-file", "sink.partition-commit.watermark-time-zone", "Europe/Berlin")
	ctx := context.Background()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 1)
	c, err := connector().OpenCommitter(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	w, err := connector().OpenWriter(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(hour int) int64 { return time.Date(2024, 1, 2, hour, 0, 0, 1e6, time.UTC).UnixMilli() }
	for i, b := range batches(t, pool, s.Schema, `{"i":1,"d":"2024-01-02","h":"03"}`, `{"i":2,"d":"2024-01-02","h":"04"}`, `{"i":3,"d":"2024-01-02","h":"05"}`) {
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		w.(connectors.WatermarkWriter).Watermark(at(3 + i - 1))
		h, _, err := w.Prepare(ctx, int64(i), false)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Commit(ctx, int64(i), [][]byte{h}); err != nil {
			t.Fatal(err)
		}
		// The committer is a new one each time: what waits is on disk.
		if c, err = connector().OpenCommitter(ctx, s, env); err != nil {
			t.Fatal(err)
		}
	}
	got := visible(t, dir)
	// 03 in Berlin is 02 in UTC, an hour later complete; 04 likewise at 04; the watermark is at 04 now.
	got = slices.DeleteFunc(got, func(l string) bool { return !strings.HasSuffix(l, "_SUCCESS") })
	if d := cmp.Diff([]string{"d=2024-01-02/h=03/_SUCCESS", "d=2024-01-02/h=04/_SUCCESS"}, got); d != "" {
		t.Error(d)
	}
}

func TestRollingByAge(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer), nil, "sink.rolling-policy.rollover-interval", "10 s", "sink.rolling-policy.check-interval", "1 s")
	ctx := context.Background()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 1)
	now := int64(1000)
	env.Now = func() int64 { return now }
	w, err := connector().OpenWriter(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := batches(t, pool, s.Schema, `{"i":1}`)[0]
	var finished []bool
	for range 4 {
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		commit, _, err := w.Prepare(ctx, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		finished = append(finished, commit != nil)
		now += 5000
	}
	if d := cmp.Diff([]bool{false, false, true, false}, finished); d != "" {
		t.Error(d)
	}
}

func BenchmarkWrite(b *testing.B) {
	ctx := context.Background()
	pool := vector.NewPool(0)
	s := sink(b.TempDir(), sinkSchema, nil)
	w, err := connector().OpenWriter(ctx, s, conntest.Env(b, pool, 0, 1), nil)
	if err != nil {
		b.Fatal(err)
	}
	in := batches(b, pool, sinkSchema, strings.Repeat(sinkRows[0]+"\n", 2000))[0]
	n := 0
	for b.Loop() {
		if err := w.Write(ctx, in); err != nil {
			b.Fatal(err)
		}
		n += in.Len
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	_ = w.Close()
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(dir+"/a.json", []byte(strings.Repeat(`{"i":1,"dt":"2024-01-01","h":1,"s":"some text"}`+"\n", 200_000)), 0o644); err != nil {
		b.Fatal(err)
	}
	s := source(sinkSchema, nil, conntest.Options("path", dir, "format", "json"))
	n := 0
	for b.Loop() {
		r, err := connector().OpenReader(context.Background(), s, conntest.Env(b, vector.NewPool(0), 0, 1))
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Add([]connectors.Split{{State: []byte(`{"path":"` + dir + `/a.json","end":9223372036854775807}`)}}); err != nil {
			b.Fatal(err)
		}
		r.NoMoreSplits()
		for {
			f, err := r.Poll(context.Background())
			if errors.Is(err, connectors.ErrEnd) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n += f.Batch.Len
			f.Batch.Release()
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
