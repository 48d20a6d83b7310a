package filesystem_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/filesystem"
	"millrace/connectors/format"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/mem"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3/s3test"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

var compacted = []string{
	`dt=2024-01-01/h=1: {"i":1,"s":"a"}`, `dt=__DEFAULT_PARTITION__/h=2: {"i":2,"s":"b"}`, `dt=__DEFAULT_PARTITION__/h=__DEFAULT_PARTITION__: {"i":3,"s":"c"}`,
	`dt=a%2Fb%3Dc d%3A%25é/h=4: {"i":4,"s":"d"}`, `dt=2024-01-01/h=1: {"i":5,"s":"e"}`, `dt=__DEFAULT_PARTITION__/h=2: {"i":6,"s":"f"}`,
	`dt=2024-01-01/h=1: {"i":7,"s":"g"}`,
}

// TestCompactionIsExactlyOnce: as the sink without compaction, with files of one row that are put together.
func TestCompactionIsExactlyOnce(t *testing.T) {
	for name, options := range map[string][]string{
		"to one": {"auto-compaction", "true", "sink.rolling-policy.file-size", "1b", "compaction.file-size", "1mb"},
		"to two": {"auto-compaction", "true", "sink.rolling-policy.file-size", "1b", "compaction.file-size", "40b", "compaction.parallelism", "1"},
		"alone":  {"auto-compaction", "true"},
	} {
		for _, batch := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				conntest.Sink(t, conntest.SinkTest{
					Connector: connector(), Batch: batch, Want: compacted,
					Open: func(t *testing.T) (*plan.Sink, func() []string) {
						dir := t.TempDir()
						return sink(dir, sinkSchema, []string{"dt", "h"}, options...), func() []string { return visible(t, dir) }
					},
					Batches: func(pool *vector.Pool) []*operators.Batch { return batches(t, pool, sinkSchema, sinkRows...) },
				})
			})
		}
	}
	places(t, func(t *testing.T, p *place) {
		for name, options := range map[string][]string{
			"to one": {"auto-compaction", "true", "sink.rolling-policy.file-size", "1b", "compaction.file-size", "1mb"},
			"alone":  {"auto-compaction", "true"},
		} {
			if strings.HasPrefix(p.uri, "s3") && name == "alone" {
				continue // the bucket in memory has shown it
			}
			t.Run(name, func(t *testing.T) {
				var dirs []string
				conntest.Sink(t, conntest.SinkTest{
					Connector: p.c, Want: compacted,
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
	})
}

// TestBulkCompaction puts files with a structure together, in a folder and in a bucket.
func TestBulkCompaction(t *testing.T) {
	s := schema("i", integer, "s", text, "p", text)
	lines := []string{
		"{\"i\":1,\"s\":\"a\",\"p\":\"x\"}\n{\"i\":2,\"p\":\"y\"}", `{"i":3,"s":"c","p":"x"}`,
		"{\"i\":4,\"s\":\"d\",\"p\":\"x\"}\n{\"s\":\"e\",\"p\":\"y\"}",
	}
	want := []string{"p=x: 1, a", "p=y: 2, null", "p=x: 3, c", "p=x: 4, d", "p=y: null, e"}
	stores := resolve.New(nil)
	store, _, err := stores.Open("mem://bulk")
	if err != nil {
		t.Fatal(err)
	}
	bucket := store.(*mem.Store)
	bucket.PartBytes = 100
	n := 0
	for _, f := range filings() {
		for _, uri := range []string{"", "mem://bulk/"} {
			t.Run(f.Name()+uri, func(t *testing.T) {
				conntest.Sink(t, conntest.SinkTest{
					Connector: filesystem.NewOn(format.NewRegistry(f), stores), Want: want,
					Open: func(t *testing.T) (*plan.Sink, func() []string) {
						dir := t.TempDir()
						if uri != "" {
							n++
							dir = fmt.Sprintf("%sd%d", uri, n)
						}
						p := sink(dir, s, []string{"p"}, "auto-compaction", "true", "sink.rolling-policy.file-size", "1b", "compaction.file-size", "1mb")
						p.Options["format"] = f.Name()
						return p, func() []string { return bulkRows(t, p, filesystem.NewOn(format.NewRegistry(f), stores)) }
					},
					Batches: func(pool *vector.Pool) []*operators.Batch { return batches(t, pool, s, lines...) },
				})
			})
		}
	}
}

// bulkRows reads a table by its source.
func bulkRows(t *testing.T, s *plan.Sink, c *filesystem.Connector) (out []string) {
	t.Helper()
	src := source(s.Schema, s.Partition, s.Options)
	ctx := context.Background()
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	e, err := c.OpenEnumerator(ctx, src, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	splits, _, err := e.Discover(ctx)
	if err != nil {
		return nil // nothing was written
	}
	r, err := c.OpenReader(ctx, src, env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Add(splits); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	for {
		f, err := r.Poll(ctx)
		if err != nil {
			if err == connectors.ErrEnd { //nolint:errorlint // as it is
				return out
			}
			t.Fatal(err)
		}
		if f.Batch == nil {
			continue
		}
		for i := range f.Batch.Len {
			row := conntest.Row(f.Batch, i)
			at := strings.LastIndex(row, ", ")
			out = append(out, "p="+row[at+2:]+": "+row[:at])
		}
		f.Batch.Release()
	}
}

// TestCompactedFiles: how many files there are, and that the target is kept to.
func TestCompactedFiles(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer), nil, "auto-compaction", "true", "sink.rolling-policy.file-size", "8b", "compaction.file-size", "27b")
	ctx := context.Background()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 2)
	c, err := connector().OpenCommitter(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	var commits [][]byte
	for i := range 2 {
		env.Subtask = i
		w, err := connector().OpenWriter(ctx, s, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches(t, pool, s.Schema, `{"i":1}`, `{"i":2}`, `{"i":3}`, `{"i":4}`) { // 8 bytes each with the line's end: 9
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		h, state, err := w.Prepare(ctx, 1, false)
		if err != nil || state != nil {
			t.Fatalf("state %q, %v", state, err)
		}
		commits = append(commits, h)
	}
	if err := c.Commit(ctx, 1, commits); err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !strings.HasPrefix(d.Name(), "compacted-part-") {
			t.Errorf("%s is left", path)
		}
		i, err := d.Info()
		sizes = append(sizes, i.Size())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(sizes)
	if fmt.Sprint(sizes) != "[16 24 24]" {
		t.Errorf("files of %v bytes", sizes)
	}
}

// TestCompactionOfLargeFiles puts files together that are uploads of several parts.
func TestCompactionOfLargeFiles(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, "s3://data", s3test.Start(t, "data").Options())
	dir := p.dir()
	s := sink(dir, schema("i", integer, "s", text), nil, "sink.rolling-policy.file-size", "11mb", "auto-compaction", "true", "compaction.file-size", "25mb")
	pool := vector.NewPool(0)
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "{\"i\":%d,\"s\":%q}\n", i, strings.Repeat("x", 1000))
	}
	b := batches(t, pool, s.Schema, lines.String())[0]
	env := conntest.Env(t, pool, 0, 1)
	c, err := p.c.OpenCommitter(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.c.OpenWriter(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for range 40 {
		rows += b.Len
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	h, _, err := w.Prepare(ctx, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(h) > 4<<10 {
		t.Errorf("the handle has %d bytes", len(h))
	}
	if got := p.visible(t, dir); len(got) > 0 {
		t.Errorf("%d rows are seen before the commit", len(got))
	}
	for range 2 {
		if err := c.Commit(ctx, 1, [][]byte{h}); err != nil {
			t.Fatal(err)
		}
		if got := p.visible(t, dir); len(got) != rows {
			t.Errorf("%d rows", len(got))
		}
	}
	files := 0
	if err := p.store.List(ctx, p.key(dir)+"/compacted-", func(objstore.Info) error { files++; return nil }); err != nil || files != 2 {
		t.Errorf("%d files, %v", files, err)
	}
	for _, l := range p.left(t, dir) {
		if !strings.HasPrefix(path.Base(l), ".millrace-") {
			t.Errorf("%s is left", l)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCompactionPartsGone: nothing is lost in silence.
func TestCompactionPartsGone(t *testing.T) {
	dir := t.TempDir()
	s := sink(dir, schema("i", integer), nil, "auto-compaction", "true", "sink.rolling-policy.file-size", "1b")
	for _, file := range []string{"1b", "1mb"} {
		s.Options["compaction.file-size"] = file
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
		for _, b := range batches(t, pool, s.Schema, `{"i":1}`, `{"i":2}`) {
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		h, _, err := w.Prepare(ctx, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		hidden, _ := filepath.Glob(filepath.Join(dir, ".part-*-1.*"))
		for _, f := range hidden {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Commit(ctx, 1, [][]byte{h}); err == nil || !strings.Contains(err.Error(), "it is not there, and neither is what it is made of") {
			t.Errorf("%v", err)
		}
	}
}
