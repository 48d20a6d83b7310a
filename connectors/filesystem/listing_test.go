package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/filesystem"
	"millrace/connectors/objstore/s3/s3test"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// listing finds files round by round, each time with a restored enumerator; put adds files before a round.
func listing(t *testing.T, c *filesystem.Connector, s *plan.Source, rounds int, put func(round int)) (out []string) {
	t.Helper()
	ctx := context.Background()
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	var state []byte
	for round := range rounds {
		put(round)
		e, err := c.OpenEnumerator(ctx, s, env, state)
		if err != nil {
			t.Fatal(err)
		}
		splits, done, err := e.Discover(ctx)
		if err != nil {
			return append(out, err.Error())
		}
		var names []string
		for _, sp := range splits {
			names = append(names, strings.TrimSuffix(filepath.Base(sp.ID), "#0"))
		}
		slices.Sort(names)
		out = append(out, strings.Join(names, " "))
		if state, err = e.Snapshot(); err != nil {
			t.Fatal(err)
		}
		if done {
			return append(out, "done")
		}
	}
	return out
}

// TestStartPosition: which files are read at first, and which later, in folders and buckets.
func TestStartPosition(t *testing.T) {
	past := time.Now().Add(-time.Hour).UnixMilli()
	for _, c := range []struct {
		name    string
		options []string
		want    string
	}{
		{"all", []string{"source.monitor-interval", "1 s"}, "a b c|a0 d|"},
		{"once", nil, "a b c|done"},
		{"by name", []string{"source.monitor-interval", "1 s", "source.monitor-order", "name"}, "a b c|d|"},
		{"latest", []string{"source.monitor-interval", "1 s", "source.startup.mode", "latest"}, "|a0 d|"},
		{"latest by name", []string{"source.monitor-interval", "1 s", "source.startup.mode", "latest", "source.monitor-order", "name"}, "|d|"},
		{"path", []string{"source.startup.mode", "path", "source.startup.path", "a"}, "b c|done"},
		{"path monitored", []string{"source.monitor-interval", "1 s", "source.startup.mode", "path", "source.startup.path", "b"}, "c|d|"},
		{"whole path", []string{"source.startup.mode", "path", "source.startup.path", "DIR/b"}, "c|done"},
		{"old", []string{"source.startup.mode", "timestamp", "source.startup.timestamp-millis", strconv.FormatInt(past, 10)}, "a b c|done"},
		{"new", []string{"source.startup.mode", "timestamp", "source.startup.timestamp-millis", strconv.FormatInt(past+7_200_000, 10)}, "|done"},
		{"pattern", []string{"path", "DIR/[bx]"}, "b|done"},
		{"pattern of folders", []string{"path", "DIR/../*/{a,c}"}, "a c|done"},
		{"pattern without files", []string{"path", "DIR/x*"}, "table t: path \"DIR/x*\": no file has a name of this form: not found"},
		{"monitored pattern", []string{"path", "DIR/*[0d]", "source.monitor-interval", "1 s"}, "|a0 d|"},
		{"regex", []string{"source.path.regex-pattern", ".*/[bc]"}, "b c|done"},
	} {
		run := func(t *testing.T, con *filesystem.Connector, dir string, put func(name string)) {
			t.Helper()
			if c.name == "pattern of folders" && strings.Contains(dir, "://") {
				return
			}
			s := source(schema("i", integer), nil, conntest.Options("path", dir, "format", "csv"))
			for i := 0; i < len(c.options); i += 2 {
				s.Options[c.options[i]] = strings.ReplaceAll(c.options[i+1], "DIR", dir)
			}
			got := listing(t, con, s, 3, func(round int) {
				for _, f := range [][]string{{"a", "b", "c"}, {"a0", "d"}, nil}[round] {
					put(f)
				}
			})
			if g := strings.ReplaceAll(strings.Join(got, "|"), dir, "DIR"); g != c.want {
				t.Errorf("%s: %s, want %s", c.name, g, c.want)
			}
		}
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "t")
			run(t, connector(), dir, func(name string) {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte("1\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			})
			p := newPlace(t, "mem://x", nil)
			run(t, p.c, "mem://x/t", func(name string) { p.put(t, "mem://x/t/"+name, "1\n") })
		})
	}
	for _, c := range []struct {
		options map[string]string
		want    string
	}{
		{conntest.Options("source.startup.mode", "latest"), "without 'source.monitor-interval' no files come later"},
		{conntest.Options("source.startup.mode", "timestamp"), "'source.startup.timestamp-millis' is needed"},
		{conntest.Options("source.startup.mode", "path"), "'source.startup.path' is needed"},
		{conntest.Options("source.startup.path", "x"), "it is for 'source.startup.mode' = 'path'"},
		{conntest.Options("source.startup.mode", "path", "source.startup.path", "/other/x"), "it is not below /a"},
		{conntest.Options("source.startup.mode", "newest"), "earliest, latest, timestamp, path"},
		{conntest.Options("path", "/a/[x"), "a [ has no ]"},
		{conntest.Options("path", "s3://a*/x"), "a bucket's name cannot be a pattern"},
		{conntest.Options("source.path.regex-pattern", "("), "missing closing )"},
	} {
		if c.options["path"] == "" {
			c.options["path"] = "/a"
		}
		c.options["format"] = "csv"
		_, err := connector().Capabilities(connectors.Table{Options: c.options, Schema: schema("i", integer)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.options, err, c.want)
		}
	}
	s := sink(t.TempDir()+"/*", schema("i", integer), nil)
	if _, err := connector().OpenWriter(context.Background(), s, conntest.Env(t, vector.NewPool(0), 0, 1), nil); err == nil || !strings.Contains(err.Error(), "a pattern for reading") {
		t.Errorf("writing to a pattern: %v", err)
	}
}

// TestManyFiles reads more files than get a split each, with restores.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	const n = 1100
	var want []string
	for i := range n {
		sub := filepath.Join(dir, fmt.Sprintf("p=%d", i%3))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("f%d", i)), fmt.Appendf(nil, "%d\n%d\n", i, -i), 0o644); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("+I[%d, %d]", i, i%3), fmt.Sprintf("+I[%d, %d]", -i, i%3))
	}
	s := source(schema("i", integer, "p", integer), []string{"p"}, conntest.Options("path", dir, "format", "csv"))
	got := conntest.Source(t, connector(), s, 2)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

// counted counts listings.
type counted struct {
	http.RoundTripper
	n atomic.Int64
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.RawQuery, "list-type=2") {
		c.n.Add(1)
	}
	return c.RoundTripper.RoundTrip(r)
}

// TestListingOfServer: more keys than an answer has, and that a listing by names begins behind the last one.
func TestListingOfServer(t *testing.T) {
	p := newPlace(t, "s3://data", s3test.Start(t, "data").Options())
	count := &counted{RoundTripper: http.DefaultTransport}
	p.wire.Base = count
	dir := p.dir()
	const n = 2100
	for i := range n {
		p.put(t, fmt.Sprintf("%s/d%d/f%04d", dir, i/1000, i), "1\n")
	}
	ctx := context.Background()
	s := source(schema("i", integer), nil, conntest.Options("path", dir, "format", "csv", "source.monitor-interval", "1 s", "source.monitor-order", "name"))
	e, err := p.c.OpenEnumerator(ctx, s, conntest.Env(t, vector.NewPool(0), 0, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.c.OpenReader(ctx, s, conntest.Env(t, vector.NewPool(0), 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for round, want := range []int64{3, 1, 1} {
		if round == 2 {
			p.put(t, dir+"/d2/g", "1\n")
		}
		count.n.Store(0)
		splits, _, err := e.Discover(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := count.n.Load(); got != want {
			t.Errorf("round %d: %d requests, want %d", round, got, want)
		}
		if err := r.Add(splits); err != nil {
			t.Fatal(err)
		}
	}
	r.NoMoreSplits()
	rows := 0
	for {
		f, err := r.Poll(ctx)
		if errors.Is(err, connectors.ErrEnd) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Batch != nil {
			rows += f.Batch.Len
			f.Batch.Release()
		}
	}
	if rows != n+1 {
		t.Errorf("%d rows, want %d", rows, n+1)
	}
}
