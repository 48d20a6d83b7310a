package filesystem

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/avro"
	jsonformat "millrace/connectors/format/json"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/mem"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func looseFile(name string, size int64) pending { return pending{Final: name, Size: size, Loose: true} }

// TestBins: what is put together depends on the checkpoint alone, not on what is committed beside it or in which order.
func TestBins(t *testing.T) {
	names := func(bs []bin) (out []string) {
		for _, b := range bs {
			s := ""
			for _, p := range b.files {
				s += " " + p.Final
			}
			out = append(out, s[1:])
		}
		return out
	}
	a := handle{Tag: "t", Checkpoint: 1, Target: 10, Files: []pending{looseFile("p=1/part-0-0", 6), looseFile("p=2/part-0-1", 1), looseFile("p=1/part-0-2", 4)}}
	b := handle{Tag: "t", Checkpoint: 1, Target: 10, Files: []pending{looseFile("p=1/part-1-0", 1), {Final: "p=1/plain", Size: 1}, looseFile("p=2/part-1-1", 99)}}
	later := handle{Tag: "t", Checkpoint: 2, Target: 10, Files: []pending{looseFile("p=1/part-0-3", 1)}}
	last := handle{Tag: "t", Checkpoint: 2, Target: 10, Final: true, Files: []pending{looseFile("p=1/part-1-2", 1), looseFile("p=1/part-1-3", 1)}}
	want := []string{"p=1/part-0-0 p=1/part-0-2", "p=1/part-1-0", "p=2/part-0-1", "p=2/part-1-1"}
	for _, all := range [][]handle{{a, b}, {b, a}} {
		if got := names(bins(all)); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
	got := names(bins([]handle{later, b, last, a}))
	for _, w := range append(want, "p=1/part-0-3", "p=1/part-1-2 p=1/part-1-3") {
		if !slices.Contains(got, w) {
			t.Errorf("%q has no %q", got, w)
		}
	}
	if n := newBin(a.Files).name; n == newBin(a.Files[:2]).name || !strings.HasPrefix(n, "p=1/compacted-part-0-0-") {
		t.Errorf("name %q", n)
	}
}

// compaction is a sink whose compaction is interrupted at a step.
type compaction struct {
	format format.Format
	rows   []string // that are to be seen
	store  *mem.Store
	s      *plan.Sink
	loose  []handle
}

// newCompaction writes loose files, some of them in the handles.
func newCompaction(t *testing.T, f format.Format) *compaction {
	t.Helper()
	x := &compaction{format: f, store: &mem.Store{PartBytes: 20}}
	x.s = &plan.Sink{Table: "t", Schema: types.Schema{{Name: "i", Type: types.IntType()}, {Name: "p", Type: types.IntType()}}, Partition: []string{"p"}}
	ctx := context.Background()
	pool := vector.NewPool(0)
	d, err := jsonformat.Format{}.Decoder(format.Config{Physical: x.s.Schema, Columns: x.s.Schema, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	for sub := range 2 {
		w, err := newWriter(ctx, x.config(x.store), x.s, x.env(sub), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			var r format.Records
			for k := range 1 + 5*(i%2) { // one row is less than a part
				r.Append(fmt.Appendf(nil, `{"i":%d,"p":%d}`, 100*sub+10*i+k, i/3))
				x.rows = append(x.rows, fmt.Sprintf("p=%d: %d", i/3, 100*sub+10*i+k))
			}
			if _, err := d.Decode(&r, 0); err != nil {
				t.Fatal(err)
			}
			b := d.Take()
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
			b.Release()
		}
		c, state, err := w.Prepare(ctx, 1, false)
		if err != nil || state != nil {
			t.Fatalf("%q, %v", state, err)
		}
		h, err := decodeHandle(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range h.Files { // as if small files had been too large for a handle
			if p := &h.Files[i]; i%2 == 0 && p.Tail != nil {
				if err := x.store.Put(ctx, "t/"+p.Temp, strings.NewReader(string(p.Tail))); err != nil {
					t.Fatal(err)
				}
				p.Tail = nil
			}
		}
		x.loose = append(x.loose, h)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(x.rows)
	return x
}

func (x *compaction) config(store objstore.Multipart) *config {
	return &config{
		root: "mem://x/t", format: x.format, formatOptions: map[string]string{}, defaultName: "none", fileSize: 1, compact: 150, compactors: 1,
		policies: []string{"success-file"}, successFile: "_SUCCESS", trigger: "process-time",
		space: &objects{store: store, prefix: "t", root: "mem://x/t", fileSize: 1, slots: make(chan struct{}, partsAtOnce)},
	}
}

func (x *compaction) env(sub int) connectors.Env {
	return connectors.Env{Pool: vector.NewPool(0), Now: func() int64 { return 1 }, JobID: "j", Node: "n", Subtask: sub, Parallelism: 2, Streaming: true, Checkpointing: true}
}

func (x *compaction) handles(t *testing.T) (out [][]byte) {
	t.Helper()
	for _, h := range x.loose {
		b, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// seen reads the rows that are visible.
func (x *compaction) seen(t *testing.T) (out []string) {
	t.Helper()
	ctx := context.Background()
	if err := x.store.List(ctx, "t/p=", func(i objstore.Info) error {
		if strings.HasSuffix(i.Key, "_SUCCESS") {
			return nil
		}
		f, ok := x.format.(format.Filing)
		dir := i.Key[2:5] + ": "
		if !ok {
			r, err := x.store.Get(ctx, i.Key, 0, -1)
			if err != nil {
				return err
			}
			b, err := io.ReadAll(r)
			for line := range strings.Lines(string(b)) {
				out = append(out, dir+strings.TrimSuffix(strings.TrimPrefix(line, `{"i":`), "}\n"))
			}
			return err
		}
		in := newStream(x.store, i.Key, i.Key, 0)
		defer func() { _ = in.Close() }()
		c := x.s.Schema[:1]
		r, err := f.OpenFile(format.Config{Columns: c, Physical: c, Pool: vector.NewPool(0)}, in, i.Size)
		if err != nil {
			return err
		}
		defer r.Close()
		for {
			b, err := r.Next()
			if err != nil {
				return nil // the end
			}
			for k := range b.Len {
				out = append(out, dir+fmt.Sprint(vector.Values[int32](b.Columns[0])[k]))
			}
			b.Release()
		}
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// TestCompactionInterrupted ends the process at each request to the store, before it is carried out and after, and has another one commit the same
// handles again.
func TestCompactionInterrupted(t *testing.T) {
	ctx := context.Background()
	for _, f := range []format.Format{jsonformat.Format{}, avro.Format{}} {
		by := 1
		if _, ok := f.(format.Filing); ok {
			by = 3 // it takes longer
		}
		for step, done := 0, false; !done; step += by {
			for _, after := range []bool{false, true} {
				x := newCompaction(t, f)
				if x.seen(t) != nil {
					t.Fatal("rows are seen before the commit")
				}
				store := faulty.New(x.store, faulty.Fault{Skip: step, After: after}, faulty.Fault{Skip: step, Times: -1})
				c := newCommitter(x.config(store), x.s, x.env(0))
				err := c.Commit(ctx, 1, x.handles(t))
				done = err == nil
				for again := range 2 {
					c := newCommitter(x.config(x.store), x.s, x.env(0))
					if err := c.Commit(ctx, 1, x.handles(t)); err != nil {
						t.Fatalf("step %d, after %t, repeated %d: %v", step, after, again, err)
					}
					if err := c.Abort(ctx, x.handles(t), nil); err != nil {
						t.Fatal(err)
					}
					if got := x.seen(t); !slices.Equal(got, x.rows) {
						t.Fatalf("format %s, step %d, after %t: %d rows, want %d", f.Name(), step, after, len(got), len(x.rows))
					}
				}
				if err := x.store.List(ctx, "", func(i objstore.Info) error {
					if strings.Contains(i.Key, loosePrefix) {
						t.Errorf("step %d: %s is left", step, i.Key)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if err := x.store.ListUploads(ctx, "", func(u objstore.Upload) error { t.Errorf("step %d: upload of %s is left", step, u.Key); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if step > 200 {
				t.Fatal("it never ends")
			}
		}
	}
}

// TestLocalCompactionInterrupted is what a crash may leave in a folder: a part of the new file, the new file beside all that it was made of, or
// beside some of it.
func TestLocalCompactionInterrupted(t *testing.T) {
	ctx := context.Background()
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	x := compaction{format: jsonformat.Format{}, s: &plan.Sink{Table: "t", Schema: types.Schema{{Name: "i", Type: types.IntType()}}}}
	env := x.env(0)
	tag := tag(env)
	h := handle{Version: handleVersion, Tag: tag, Checkpoint: 1, Target: 100}
	for i := range 3 {
		h.Files = append(h.Files, pending{Temp: fmt.Sprintf("p=1/.part-%d.inprogress.%s.x", i, tag), Final: fmt.Sprintf("p=1/part-%d", i), Size: 2, Loose: true})
	}
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	whole := newBin(h.Files).name
	for name, left := range map[string]func(dir string){
		"nothing":  func(string) {},
		"a part":   func(dir string) { write(dir, "p=1/."+filepath.Base(whole)+".inprogress."+tag+".y", "0\n") },
		"the file": func(dir string) { write(dir, whole, "0\n1\n2\n") },
		"the file and some": func(dir string) {
			write(dir, whole, "0\n1\n2\n")
			_ = os.Remove(filepath.Join(dir, h.Files[0].Temp))
		},
		"the file alone": func(dir string) {
			write(dir, whole, "0\n1\n2\n")
			for _, p := range h.Files {
				_ = os.Remove(filepath.Join(dir, p.Temp))
			}
		},
	} {
		dir := t.TempDir()
		for i, p := range h.Files {
			write(dir, p.Temp, fmt.Sprintf("%d\n", i))
		}
		left(dir)
		for range 2 {
			c := x.config(nil)
			c.space = &local{root: dir}
			m := newCommitter(c, x.s, env)
			if err := m.Commit(ctx, 1, [][]byte{b}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := m.Abort(ctx, [][]byte{b}, nil); err != nil {
				t.Fatal(err)
			}
			found, err := os.ReadDir(filepath.Join(dir, "p=1"))
			if err != nil || len(found) != 1 {
				t.Errorf("%s: %v, %v", name, found, err)
			}
			if text, err := os.ReadFile(filepath.Join(dir, whole)); string(text) != "0\n1\n2\n" {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
	}
}
