package filesystem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
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
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/mem"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3/s3test"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// place is a bucket for tests, with a connector that knows it.
type place struct {
	uri   string
	store objstore.Multipart
	c     *filesystem.Connector
	wire  *faulty.Transport
	n     int
}

func newPlace(t testing.TB, uri string, options map[string]string) *place {
	t.Helper()
	p := &place{uri: uri, wire: &faulty.Transport{}}
	stores := resolve.NewTest(options, func(string) string { return "" }, p.wire)
	s, _, err := stores.Open(uri)
	if err != nil {
		t.Fatal(err)
	}
	p.store = s.(objstore.Multipart)
	p.c = filesystem.NewOn(format.NewRegistry(json.Format{}, csv.Format{}), stores)
	return p
}

// places runs a test on memory with tiny parts and on an S3 server.
func places(t *testing.T, f func(t *testing.T, p *place)) {
	t.Run("mem", func(t *testing.T) {
		for _, part := range []int64{1, 40, 1 << 20} {
			p := newPlace(t, "mem://x", nil)
			p.store.(*mem.Store).PartBytes = part
			f(t, p)
		}
	})
	t.Run("s3", func(t *testing.T) { f(t, newPlace(t, "s3a://data", s3test.Start(t, "data").Options())) })
}

// dir is a new prefix.
func (p *place) dir() string {
	p.n++
	return fmt.Sprintf("%s/some/dir%d", p.uri, p.n)
}

func (p *place) key(uri string) string { return strings.TrimPrefix(uri, p.uri+"/") }

func (p *place) put(t testing.TB, uri, text string) {
	t.Helper()
	if err := p.store.Put(context.Background(), p.key(uri), strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// visible returns the lines of the objects that readers see, each with its folder, and marks.
func (p *place) visible(t testing.TB, uri string) (out []string) {
	t.Helper()
	ctx := context.Background()
	base := p.key(uri) + "/"
	err := p.store.List(ctx, base, func(i objstore.Info) error {
		rel := i.Key[len(base):]
		if strings.HasPrefix(rel, ".") || strings.Contains(rel, "/.") {
			return nil
		}
		if !strings.HasPrefix(strings.TrimPrefix(path.Base(rel), "compacted-"), "part-") {
			out = append(out, path.Dir(rel)+"/"+path.Base(rel))
			return nil
		}
		r, err := p.store.Get(ctx, i.Key, 0, -1)
		if err != nil {
			return err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		for line := range strings.Lines(string(b)) {
			out = append(out, path.Dir(rel)+": "+strings.TrimSuffix(line, "\n"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// left returns uploads that are pending and hidden objects.
func (p *place) left(t testing.TB, uri string) (out []string) {
	t.Helper()
	ctx := context.Background()
	if err := p.store.ListUploads(ctx, p.key(uri), func(u objstore.Upload) error {
		out = append(out, "upload "+u.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.store.List(ctx, p.key(uri), func(i objstore.Info) error {
		if strings.Contains(i.Key, "/.") {
			out = append(out, i.Key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestObjectSinkIsExactlyOnce(t *testing.T) {
	const def = "__DEFAULT_PARTITION__"
	partitioned := []string{
		`dt=2024-01-01/h=1: {"i":1,"s":"a"}`, "dt=" + def + `/h=2: {"i":2,"s":"b"}`, "dt=" + def + "/h=" + def + `: {"i":3,"s":"c"}`,
		`dt=a%2Fb%3Dc d%3A%25é/h=4: {"i":4,"s":"d"}`, `dt=2024-01-01/h=1: {"i":5,"s":"e"}`, "dt=" + def + `/h=2: {"i":6,"s":"f"}`,
		`dt=2024-01-01/h=1: {"i":7,"s":"g"}`,
	}
	marks := []string{"dt=2024-01-01/h=1/_SUCCESS", "dt=" + def + "/h=2/_SUCCESS", "dt=" + def + "/h=" + def + "/_SUCCESS", "dt=a%2Fb%3Dc d%3A%25é/h=4/_SUCCESS"}
	places(t, func(t *testing.T, p *place) {
		for name, options := range map[string][]string{
			"large files": nil, "small files": {"sink.rolling-policy.file-size", "1b"}, "marks": {"sink.partition-commit.policy.kind", "success-file"},
		} {
			for _, batch := range []bool{false, true} {
				t.Run(name, func(t *testing.T) {
					want := partitioned
					if name == "marks" {
						want = slices.Concat(partitioned, marks)
					}
					var dirs []string
					conntest.Sink(t, conntest.SinkTest{
						Connector: p.c, Batch: batch, Want: want,
						Open: func(*testing.T) (*plan.Sink, func() []string) {
							dir := p.dir()
							dirs = append(dirs, dir)
							return sink(dir, sinkSchema, []string{"dt", "h"}, options...), func() []string { return p.visible(t, dir) }
						},
						Batches: func(pool *vector.Pool) []*operators.Batch { return batches(t, pool, sinkSchema, sinkRows...) },
					})
					for _, dir := range dirs {
						if left := p.left(t, dir); left != nil {
							t.Errorf("%v is left", left)
						}
					}
				})
			}
		}
	})
}

// TestObjectSinkLarge writes files of several parts through restarts, each by a job of another id, with faults on the way.
func TestObjectSinkLarge(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, "s3://data", s3test.Start(t, "data").Options())
	dir := p.dir()
	s := sink(dir, schema("i", integer, "s", text), nil, "sink.rolling-policy.file-size", "30mb")
	pool := vector.NewPool(0)
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "{\"i\":%d,\"s\":%q}\n", i, strings.Repeat("x", 1000))
	}
	b := batches(t, pool, s.Schema, lines.String())[0]
	var commits, states [][]byte
	rows := 0
	for job := range 4 {
		p.wire.Script(faulty.Wire{Method: "PUT", Match: "uploadId", Status: 503, Skip: job, Times: 2},
			faulty.Wire{Method: "POST", Match: "uploadId", Lost: true, Times: 2}, faulty.Wire{Method: "POST", Match: "uploads", Status: 500})
		env := conntest.Env(t, pool, 0, 1)
		env.JobID = fmt.Sprintf("job-%d", job)
		c, err := p.c.OpenCommitter(ctx, s, env)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Commit(ctx, int64(job), commits); err != nil {
			t.Fatal(err)
		}
		if err := c.Abort(ctx, commits, states); err != nil {
			t.Fatal(err)
		}
		w, err := p.c.OpenWriter(ctx, s, env, states)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 + 7*job {
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
			rows += b.Len
		}
		commit, state, err := w.Prepare(ctx, int64(job+1), job == 3)
		if err != nil {
			t.Fatal(err)
		}
		commits, states = [][]byte{commit}, [][]byte{state}
		if job == 3 {
			if err := c.Commit(ctx, 4, commits); err != nil {
				t.Fatal(err)
			}
			break
		}
		// Rows that the crash loses: the writer is not closed.
		for range 12 {
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.wire.Script()
	if got := p.visible(t, dir); len(got) != rows {
		t.Errorf("%d rows, want %d", len(got), rows)
	}
	if left := p.left(t, dir); left != nil {
		t.Errorf("%v is left", left)
	}
}

// TestSweep: which uploads a restart drops.
func TestSweep(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, "mem://x", nil)
	p.store.(*mem.Store).PartBytes = 1
	dir := p.dir()
	pool := vector.NewPool(0)
	s := sink(dir, schema("i", integer), nil)
	b := batches(t, pool, s.Schema, `{"i":1}`)[0]
	job := func(id string) (connectors.Committer, connectors.Writer) {
		env := conntest.Env(t, pool, 0, 1)
		env.JobID = id
		c, err := p.c.OpenCommitter(ctx, s, env)
		if err != nil {
			t.Fatal(err)
		}
		w, err := p.c.OpenWriter(ctx, s, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c, w
	}
	prepare := func(w connectors.Writer, n int64) ([]byte, []byte) {
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		commit, state, err := w.Prepare(ctx, n, false)
		if err != nil {
			t.Fatal(err)
		}
		return commit, state
	}
	sweep := func(c connectors.Committer, commit, state []byte, want int, what string) {
		t.Helper()
		if err := c.Abort(ctx, [][]byte{commit}, [][]byte{state}); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, l := range p.left(t, dir) {
			if strings.HasPrefix(l, "upload") {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d uploads are left, want %d", what, n, want)
		}
	}
	a, w1 := job("a")
	commit1, state1 := prepare(w1, 1) // upload 1
	if err := a.Commit(ctx, 1, [][]byte{commit1}); err != nil {
		t.Fatal(err)
	}
	_, w2 := job("a")
	commit2, state2 := prepare(w2, 2) // upload 2
	if err := a.Commit(ctx, 2, [][]byte{commit2}); err != nil {
		t.Fatal(err)
	}
	_, w3 := job("a")
	prepare(w3, 3) // upload 3, of a checkpoint that is not complete
	next, _ := job("b")
	sweep(next, commit1, state1, 3, "restored from an older checkpoint")
	other, w4 := job("other")
	prepare(w4, 1) // upload 4, of a job that has just begun
	sweep(next, nil, nil, 4, "started from nothing")
	sweep(next, commit2, state2, 2, "restored from the newest")
	s.Options["sink.abandoned-uploads.age"] = "0 s"
	next, _ = job("b")
	sweep(next, commit2, state2, 1, "abandoned uploads are dropped")
	sweep(other, commit2, state2, 1, "another job")
}

func TestObjectSource(t *testing.T) {
	places(t, func(t *testing.T, p *place) {
		dir := p.dir()
		for name, text := range map[string]string{
			"dt=2024-01-01/h=5/a.csv": "1,a\n2,b\n", "dt=2024-01-02/h=10/a.csv": "3,c\n", "dt=a%2Fb/h=-7/a.csv": "4,d\n",
			"dt=2024-01-02/h=07/_hidden.csv": "98,x\n", "dt=2024-01-02/h=07/.dot.csv": "99,x\n", "dt=2024-01-02/h=07/ok.csv": "5,e", "_hidden/x.csv": "97,x\n",
		} {
			p.put(t, dir+"/"+name, text)
		}
		p.put(t, dir+"2", "96,x")
		s := source(schema("h", integer, "i", integer, "dt", text, "s", text), []string{"dt", "h"}, conntest.Options("path", dir, "format", "csv"))
		got := conntest.Source(t, p.c, s, 10)
		want := []string{"+I[5, 1, 2024-01-01, a]", "+I[5, 2, 2024-01-01, b]", "+I[7, 5, 2024-01-02, e]", "+I[10, 3, 2024-01-02, c]", "+I[-7, 4, a/b, d]"}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		file := dir + "/dt=2024-01-01/h=5/a.csv"
		s = source(schema("i", integer, "s", text), nil, conntest.Options("path", file, "format", "csv"))
		s.Projected = []plan.SourceColumn{
			{Name: "fn", Type: text.AsNotNull(), Metadata: "file.name"},
			{Name: "i", Type: integer},
			{Name: "fs", Type: types.BigIntType().AsNotNull(), Metadata: "file.size"},
			{Name: "fp", Type: text.AsNotNull(), Metadata: "file.path"},
		}
		shown := p.store.URI() + "/" + p.key(file)
		want = []string{"+I[a.csv, 1, 8, " + shown + "]", "+I[a.csv, 2, 8, " + shown + "]"}
		if d := cmp.Diff(want, conntest.Source(t, p.c, s, 3)); d != "" {
			t.Error(d)
		}
	})
}

// TestObjectSourceTorn reads a file larger than a stream chunk while answers break off, and a monitored prefix.
func TestObjectSourceTorn(t *testing.T) {
	p := newPlace(t, "s3://data", s3test.Start(t, "data").Options())
	dir := p.dir()
	var b bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintf(&b, "%d,row %d\n", i, i)
	}
	p.put(t, dir+"/big.csv", b.String())
	p.wire.Script(faulty.Wire{Method: "GET", Match: "big.csv", Torn: 700_001, Times: 6}, faulty.Wire{Method: "GET", Status: 503, Times: 3})
	s := source(schema("i", integer, "s", text), nil, conntest.Options("path", dir, "format", "csv"))
	got := conntest.Source(t, p.c, s, 3)
	if len(got) != 200_000 || got[199_999] != "+I[199999, row 199999]" {
		t.Errorf("%d rows", len(got))
	}
	ctx := context.Background()
	s.Options["source.monitor-interval"] = "5 ms"
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	var state []byte
	for i, want := range []int{1, 0, 1, 0} {
		if i == 2 {
			p.put(t, dir+"/a.csv", "1,later\n")
		}
		e, err := p.c.OpenEnumerator(ctx, s, env, state)
		if err != nil {
			t.Fatal(err)
		}
		found, done, err := e.Discover(ctx)
		if err != nil || done || len(found) != want {
			t.Errorf("step %d: %v, %v, %v", i, found, done, err)
		}
		if state, err = e.Snapshot(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestObjectErrors: missing bucket, prefix, credentials and server, by the table's options.
func TestObjectErrors(t *testing.T) {
	server := s3test.Start(t, "data")
	p := newPlace(t, "s3://data", server.Options())
	discover := func(pairs ...string) error {
		s := source(schema("i", integer), nil, conntest.Options(append([]string{"format", "csv"}, pairs...)...))
		e, err := p.c.OpenEnumerator(context.Background(), s, conntest.Env(t, vector.NewPool(0), 0, 1), nil)
		if err == nil {
			_, _, err = e.Discover(context.Background())
		}
		return err
	}
	write := func(pairs ...string) error {
		s := &plan.Sink{Table: "t", Schema: schema("i", integer), Options: conntest.Options(append([]string{"format", "csv"}, pairs...)...)}
		_, err := p.c.OpenWriter(context.Background(), s, conntest.Env(t, vector.NewPool(0), 0, 1), nil)
		return err
	}
	begin := time.Now()
	for _, c := range []struct {
		err  error
		is   error
		text string
	}{
		{discover("path", "s3://none/x"), objstore.ErrNoBucket, "table t: list objects \"x/\" in s3://none: bucket does not exist"},
		{discover("path", "s3://data/nothing"), connectors.ErrNotFound, `table t: path "s3://data/nothing": not found`},
		{discover("path", "s3://data/x", "s3.access-key", "nobody", "s3.secret-key", "hidden-secret"), objstore.ErrDenied, "access denied"},
		{discover("path", "s3://data/x", "s3.endpoint", "http://127.0.0.1:1", "s3.connect.budget", "200 ms"), objstore.ErrUnreachable, "server http://127.0.0.1:1"},
		{discover("path", "s3://data/x", "s3.endpoint", "nonsense://"), nil, "an address such as"},
		{write("path", "s3://none/x"), objstore.ErrNoBucket, "bucket does not exist"},
		{write("path", "s3://data/x", "s3.access-key", "nobody", "s3.secret-key", "hidden-secret"), objstore.ErrDenied, "access denied"},
		{write("path", "s3://data/x"), nil, ""},
	} {
		if c.text == "" && c.err == nil {
			continue
		}
		if c.err == nil || c.is != nil && !errors.Is(c.err, c.is) || !strings.Contains(c.err.Error(), c.text) || strings.Contains(c.err.Error(), "hidden-secret") {
			t.Errorf("%v, want %q", c.err, c.text)
		}
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}
