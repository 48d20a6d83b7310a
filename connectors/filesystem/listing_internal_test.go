package filesystem

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/connectors"
	jsonformat "millrace/connectors/format/json"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/mem"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct{ path, folder, match, miss string }{
		{"/a/b", "/a/b", "", ""},
		{"/a/*.csv", "/a", "x.csv x.csv/inner", "x.csvy d/x.csv x"},
		{"*.csv", ".", "x.csv", "x"},
		{"/*", "/", "a a/b", ""},
		{"s3://b/logs/2024-*/h=?/part", "s3://b/logs", "2024-01/h=1/part 2024-/h=2/part/x", "2024-01/h=12/part 2023-01/h=1/part 2024-01/x/h=1/part"},
		{"/a/**/x", "/a", "x d/x d/e/x", "d/y dx"},
		{"/a/d**", "/a", "d d/e/x dx", "e/d"},
		{"/a/[ab]c[!0-9]", "/a", "acx bc-", "cc0 ac5 ac"},
		{"/a/{x,y*}/z", "/a", "x/z yy/z", "z/z xx/z"},
		{`/a/*\*[.]`, "/a", "b*.", "bb."},
		{"/a/é*", "/a", "éa", "e"},
		{"/a/*,b", "/a", "x,b", "x"},
	} {
		folder, pattern := splitGlob(c.path)
		if folder != c.folder {
			t.Errorf("%s: folder %q", c.path, folder)
		}
		if pattern == "" {
			continue
		}
		re, err := compileGlob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for f := range strings.FieldsSeq(c.match) {
			if !re.MatchString(f) || !strings.HasPrefix(f, literal(pattern)) {
				t.Errorf("%s does not match %q", c.path, f)
			}
		}
		for f := range strings.FieldsSeq(c.miss) {
			if re.MatchString(f) {
				t.Errorf("%s matches %q", c.path, f)
			}
		}
	}
	for _, p := range []string{"[", "a{b", "[]x"} {
		if _, err := compileGlob(p); err == nil {
			t.Errorf("%q is taken", p)
		}
	}
}

func TestPaths(t *testing.T) {
	names := []string{"/a/b", "/a/bc/d", "/a/bc/e", "", "/é"}
	var list []byte
	for i, p := range names[1:] {
		list = appendPath(list, names[i], p)
	}
	whole := bytes.Clone(list)
	before := names[0]
	for _, want := range names[1:] {
		var err error
		if before, list, err = firstPath(list, before); err != nil || before != want {
			t.Fatalf("%q, %v, want %q", before, err, want)
		}
	}
	for i := range whole {
		for l, p, err := whole[:i], names[0], error(nil); len(l) > 0 && err == nil; {
			p, l, err = firstPath(l, p)
		}
	}
	var s, again pathSet
	for i := range 10_000 {
		s.add(fmt.Sprint(i % 5000))
	}
	if err := again.load(s.save()); err != nil || s.n != 5000 || again.n != 5000 {
		t.Fatalf("%d, %d, %v", s.n, again.n, err)
	}
	for i := range 10_000 {
		if again.has(fmt.Sprint(i)) != (i < 5000) {
			t.Fatal(i)
		}
	}
	if err := again.load([]byte("x")); err == nil {
		t.Error("a cut state is taken")
	}
	order := []string{"/a", "/a/b", "/a/b/c", "/a/b.txt", "/a.txt", "/b"}
	if !slices.IsSortedFunc(order, comparePaths) || comparePaths("/a", "/a") != 0 {
		t.Error("order of paths")
	}
}

// many is a bucket with very many objects, which are made up while they are listed.
type many struct {
	*mem.Store
	n, asked int
	pages    []string // keys behind which listings began
}

func (m *many) ListAfter(_ context.Context, prefix, after string, each func(objstore.Info) error) error {
	m.pages = append(m.pages, after)
	i := 0
	if after != "" {
		_, _ = fmt.Sscanf(after[len(prefix):], "day=1/file-%d.json", &i)
		i++
	}
	for ; i < m.n; i++ {
		m.asked++
		if err := each(objstore.Info{Key: fmt.Sprintf("%sday=1/file-%07d.json", prefix, i), Size: 100, Modified: time.UnixMilli(int64(i))}); err != nil {
			return err
		}
	}
	return nil
}

func (m *many) config(monitor time.Duration) *config {
	return &config{
		root: "mem://x/t", format: jsonformat.Format{}, formatOptions: map[string]string{}, monitor: monitor, startup: startEarliest,
		space: &objects{store: m, prefix: "t", root: "mem://x/t"},
	}
}

// all calls Discover up to the end of a listing, each time of an enumerator that was restored.
func all(t *testing.T, c *config, state []byte, visit func([]connectors.Split)) []byte {
	t.Helper()
	s := &plan.Source{Table: "t", Options: map[string]string{}, Physical: types.Schema{{Name: "i", Type: types.IntType()}}}
	env := connectors.Env{Pool: vector.NewPool(0), Parallelism: 2}
	for range 1000 {
		e, err := newEnumerator(c, s, env, state)
		if err != nil {
			t.Fatal(err)
		}
		splits, done, err := e.Discover(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		visit(splits)
		if state, err = e.Snapshot(); err != nil {
			t.Fatal(err)
		}
		if done || !e.More {
			return state
		}
	}
	t.Fatal("the listing does not end")
	return nil
}

// TestMillionFiles: a listing of very many objects goes page by page, each begins behind the last one, and what is kept of it is small.
func TestMillionFiles(t *testing.T) {
	const n = 1_000_000
	m := &many{Store: &mem.Store{PartBytes: 100}, n: n}
	files, states := 0, 0
	last := ""
	count := func(splits []connectors.Split) {
		for _, sp := range splits {
			var p position
			if err := json.Unmarshal(sp.State, &p); err != nil {
				t.Fatal(err)
			}
			states += len(sp.State)
			for path, list := p.Path, p.More; ; {
				if path <= last {
					t.Fatalf("%s comes behind %s", path, last)
				}
				files, last = files+1, path
				if len(list) == 0 {
					break
				}
				path, list, _ = firstPath(list, path)
			}
		}
	}
	c := m.config(0)
	state := all(t, c, nil, count)
	if files != n || m.asked > n+200 || len(m.pages) > 102 || states > 30*n || len(state) > 200 {
		t.Errorf("%d files, %d keys were listed in %d pages; splits have %d bytes, the enumerator %d", files, m.asked, len(m.pages), states, len(state))
	}

	// A monitored listing remembers 16 bytes for each file; the state is as large as its text.
	files, last = 0, ""
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := &plan.Source{Table: "t", Options: map[string]string{}}
	e, err := newEnumerator(m.config(time.Second), s, connectors.Env{Pool: vector.NewPool(0)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		found := 0
		for more := true; more; more = e.More {
			splits, _, err := e.Discover(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			found += len(splits)
		}
		if (found == 0) != (round == 1) {
			t.Errorf("round %d: %d splits", round, found)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 || e.seen.n != n {
		t.Errorf("%d bytes for %d files", grown, e.seen.n)
	}
	if b, err := e.Snapshot(); err != nil || len(b) > 22*n {
		t.Errorf("%d bytes of state, %v", len(b), err)
	}

	// With names in order only the last one is remembered, and the next listing begins there.
	files, last = 0, ""
	c = m.config(time.Second)
	c.byName = true
	m.n = n / 10
	state = all(t, c, nil, count)
	if files != n/10 || len(state) > 200 {
		t.Errorf("%d files, %d bytes of state", files, len(state))
	}
	m.n, m.asked, files = n/10+5, 0, 0
	all(t, c, state, count)
	if files != 5 || m.asked != 5 {
		t.Errorf("%d files of %d listed", files, m.asked)
	}
}
