package checkpoint_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/fs"
	"millrace/connectors/objstore/mem"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

func keysOf(t *testing.T, o objstore.Opener, uri string) []string {
	t.Helper()
	s, _, err := o.Open(uri)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if err := s.List(t.Context(), "", func(i objstore.Info) error {
		out = append(out, i.Key)
		return nil
	}); err != nil && !errors.Is(err, objstore.ErrNotFound) {
		t.Fatal(err)
	}
	return out
}

func put(t *testing.T, o objstore.Opener, folder, name string) {
	t.Helper()
	s, at, err := o.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if at != "" {
		name = at + "/" + name
	}
	if err := s.Put(t.Context(), name, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
}

func TestFindLatest(t *testing.T) {
	for name, o := range map[string]struct {
		opener objstore.Opener
		dir    string
	}{"mem": {&mem.Opener{}, "mem://a/checkpoints"}, "fs": {fs.Opener{}, "file://" + t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			a, b := job.NewID(), job.NewID()
			write := func(id job.ID, n int64, jobName, print string, completed int64) {
				t.Helper()
				m := &checkpoint.Manifest{Checkpoint: n, Kind: "checkpoint", Job: id, JobName: jobName, Fingerprint: print, Completed: completed}
				if err := checkpoint.Write(t.Context(), o.opener, checkpoint.Folder(o.dir, id, n), m); err != nil {
					t.Fatal(err)
				}
			}
			find := func(q checkpoint.Query) string {
				t.Helper()
				f, err := checkpoint.FindLatest(t.Context(), o.opener, o.dir, q)
				if errors.Is(err, objstore.ErrNotFound) {
					return ""
				}
				if err != nil {
					t.Fatal(err)
				}
				m, folder, err := checkpoint.Read(t.Context(), o.opener, f.Path+"/"+checkpoint.ManifestName)
				if err != nil || folder != f.Path || m.Checkpoint != f.Manifest.Checkpoint {
					t.Fatal(m, folder, err)
				}
				return strings.TrimPrefix(f.Path, o.dir+"/")
			}
			if got := find(checkpoint.Query{JobName: "x"}); got != "" {
				t.Fatal(got)
			}
			write(a, 9, "x", "p", 100)
			write(a, 10, "x", "p", 110)
			write(b, 3, "x", "q", 120)
			write(b, 4, "y", "q", 130)
			put(t, o.opener, checkpoint.Folder(o.dir, a, 11), "op1-0-0.arrows")
			for _, c := range []struct {
				q    checkpoint.Query
				want string
			}{
				{checkpoint.Query{JobName: "x"}, string(b) + "/chk-3"},
				{checkpoint.Query{JobName: "x", Fingerprint: "p"}, string(a) + "/chk-10"},
				{checkpoint.Query{JobName: "x", Fingerprint: "z"}, string(b) + "/chk-3"},
				{checkpoint.Query{JobName: "x", Skip: map[job.ID]bool{b: true}}, string(a) + "/chk-10"},
				{checkpoint.Query{JobName: "z"}, ""},
			} {
				if got := find(c.q); got != c.want {
					t.Errorf("%+v: %s, want %s", c.q, got, c.want)
				}
			}
			if err := checkpoint.Write(t.Context(), o.opener, checkpoint.Folder(o.dir, a, 10), &checkpoint.Manifest{}); !errors.Is(err, objstore.ErrExists) {
				t.Errorf("a manifest was overwritten: %v", err)
			}
			if err := checkpoint.RemoveUnfinished(t.Context(), o.opener, checkpoint.JobFolder(o.dir, a)); err != nil {
				t.Fatal(err)
			}
			if err := checkpoint.Remove(t.Context(), o.opener, checkpoint.JobFolder(o.dir, a), "chk-9"); err != nil {
				t.Fatal(err)
			}
			if got := keysOf(t, o.opener, o.dir); len(got) != 3 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

// oneStore opens everything in one store.
type oneStore struct{ objstore.Store }

func (o oneStore) Open(uri string) (objstore.Store, string, error) {
	return o.Store, strings.Trim(strings.TrimPrefix(uri, "x://"), "/"), nil
}

// TestStaleUploads: those of checkpoints that began long ago are dropped, others stay.
func TestStaleUploads(t *testing.T) {
	ctx := t.Context()
	store := mem.New("x")
	o := oneStore{store}
	id := strings.Repeat("0a", 16)
	for _, key := range []string{"d/" + id + "/chk-1/s-0", "d/" + id + "/chk-1/shared/s-1", "d/" + id + "/other/x", "d/table/chk-1/x", "d2/" + id + "/chk-1/x"} {
		if _, err := store.CreateUpload(ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := checkpoint.DropStale(ctx, o, "x://d", time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("%d young ones, %v", n, err)
	}
	if n, err := checkpoint.DropStale(ctx, o, "x://d", time.Now().Add(time.Second)); n != 2 || err != nil {
		t.Errorf("%d old ones, %v", n, err)
	}
	left := 0
	if err := store.ListUploads(ctx, "", func(objstore.Upload) error { left++; return nil }); err != nil || left != 3 {
		t.Errorf("%d are left, %v", left, err)
	}
}

func TestInterruptedDeletionIsFinished(t *testing.T) {
	for fail := range 4 {
		inner := mem.New("x")
		o := oneStore{inner}
		for _, f := range []string{"a", "b", checkpoint.ManifestName} {
			put(t, o, "x://d/job/chk-1", f)
		}
		broken := oneStore{faulty.New(inner, faulty.Fault{Skip: fail, Times: -1})}
		err := checkpoint.Remove(t.Context(), broken, "x://d/job", "chk-1")
		if err == nil {
			t.Fatalf("fault after %d operations: no error", fail)
		}
		if err := checkpoint.Sweep(t.Context(), o, "x://d/job"); err != nil {
			t.Fatal(err)
		}
		if fail == 0 {
			// Nothing was noted, nothing was deleted.
			if got := keysOf(t, o, "x://d"); len(got) != 3 {
				t.Errorf("left: %v", got)
			}
			continue
		}
		if got := keysOf(t, o, "x://d"); len(got) != 0 {
			t.Errorf("fault after %d operations: left %v", fail, got)
		}
	}
}

func TestFindLatestWithoutDirectory(t *testing.T) {
	_, err := checkpoint.FindLatest(t.Context(), fs.Opener{}, t.TempDir()+"/none/of/this", checkpoint.Query{JobName: "x"})
	if !errors.Is(err, objstore.ErrNotFound) {
		t.Fatal(err)
	}
}

// A manifest of another version, or one that is not what was written, is refused: the error says which and why.
func TestReadRefuses(t *testing.T) {
	st := mem.New("x")
	o := oneStore{st}
	if err := checkpoint.Write(t.Context(), o, "x://d/chk-1", &checkpoint.Manifest{JobName: "j", Operators: []checkpoint.Operator{{UID: "u", Enumerator: []byte("offsets")}}}); err != nil {
		t.Fatal(err)
	}
	rc, err := st.Get(t.Context(), "d/chk-1/"+checkpoint.ManifestName, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(rc)
	if err := errors.Join(err, rc.Close()); err != nil {
		t.Fatal(err)
	}
	refused := func(b []byte) error {
		if err := st.Put(t.Context(), "d/chk-2/"+checkpoint.ManifestName, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		_, _, err := checkpoint.Read(t.Context(), o, "x://d/chk-2")
		return err
	}
	if err := refused(bytes.Replace(whole, []byte(`"version":2`), []byte(`"version":99`), 1)); err == nil || !strings.Contains(err.Error(), "x://d/chk-2") || !strings.Contains(err.Error(), "version 99") {
		t.Error(err)
	}
	if err := refused(whole[:len(whole)/2]); err == nil || !strings.Contains(err.Error(), "damaged manifest") {
		t.Error(err)
	}
	for i := range whole {
		b := slices.Clone(whole)
		b[i] ^= 1
		if refused(b) == nil {
			t.Fatalf("one bit wrong in byte %d of %s is not noticed", i, whole)
		}
	}
	if _, _, err := checkpoint.Read(t.Context(), o, "x://d/chk-3"); !errors.Is(err, objstore.ErrNotFound) {
		t.Error(err)
	}
}

// FuzzRead reads any bytes as a manifest, as they are and with the right checksum: an error or a manifest that is written and read again alike.
func FuzzRead(f *testing.F) {
	b, err := checkpoint.Encode(&checkpoint.Manifest{JobName: "j", Operators: []checkpoint.Operator{{UID: "u", Commits: [][]byte{{1}}, Subtasks: []job.OperatorState{{Files: []job.StateFile{{Table: "t", Inline: []byte("x")}}}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[len(`{"version":2,"crc32c":"00000000","manifest":`) : len(b)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = checkpoint.Decode(b)
		m, err := checkpoint.Decode(checkpoint.Sealed(b))
		if err != nil {
			return
		}
		again, err := checkpoint.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		n, err := checkpoint.Decode(again)
		if d := cmp.Diff(m, n, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Fatal(err, d)
		}
	})
}
