package filesystem_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/filesystem"
	"millrace/connectors/format"
	"millrace/connectors/format/arrow"
	"millrace/connectors/format/avro"
	"millrace/connectors/format/parquet"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// filings are the formats with a file structure.
func filings() []format.Filing {
	return []format.Filing{avro.Format{}, parquet.Format{}, arrow.Format{}}
}

// TestBulkSinkIsExactlyOnce writes files that are finished with every checkpoint.
func TestBulkSinkIsExactlyOnce(t *testing.T) {
	s := schema("i", integer, "s", text)
	lines := []string{"{\"i\":1,\"s\":\"a\"}\n{\"i\":2}", `{"i":3,"s":"c"}`, "{\"i\":4,\"s\":\"d\"}\n{\"s\":\"e\"}"}
	want := []string{"1, a", "2, null", "3, c", "4, d", "null, e"}
	for _, f := range filings() {
		for _, batch := range []bool{false, true} {
			t.Run(f.Name(), func(t *testing.T) {
				conntest.Sink(t, conntest.SinkTest{
					Connector: filesystem.New(format.NewRegistry(f)), Batch: batch, Want: want,
					Open: func(t *testing.T) (*plan.Sink, func() []string) {
						dir := t.TempDir()
						p := sink(dir, s, nil)
						p.Options["format"] = f.Name()
						return p, func() []string { return shown(t, f, s, dir) }
					},
					Batches: func(pool *vector.Pool) []*operators.Batch { return batches(t, pool, s, lines...) },
				})
			})
		}
	}
}

// shown returns the rows of the files that readers see.
func shown(t *testing.T, f format.Filing, s types.Schema, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rows, err := conntest.ReadFile(f, conntest.FileConfig(s, nil), data, 0, nil)
		out = append(out, rows...)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

// TestBulkSource reads files with restores at many places, and the columns of directories.
func TestBulkSource(t *testing.T) {
	s := schema("i", integer, "s", text, "day", text)
	for _, f := range filings() {
		dir := t.TempDir()
		var want []string
		for k, day := range []string{"d1", "d2"} {
			c := conntest.FileConfig(s[:2], nil)
			var out format.Output
			w, err := f.CreateFile(c, &out)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				b := conntest.RandomBatch(rand.New(rand.NewPCG(uint64(i), uint64(k))), c.Pool, c.Columns, 3000)
				if err := w.Encode(b, nil, &out); err != nil {
					t.Fatal(err)
				}
				for i := range b.Len {
					want = append(want, conntest.Row(b, i)+", "+day)
				}
				b.Release()
			}
			if err := w.Finish(&out); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(dir, "day="+day), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "day="+day, "f"), out.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := source(s, []string{"day"}, conntest.Options("path", dir, "format", f.Name()))
		got := conntest.Source(t, filesystem.New(format.NewRegistry(f)), p, 20)
		for i := range got {
			_, got[i], _ = strings.Cut(got[i], "[")
			got[i] = strings.TrimSuffix(got[i], "]")
		}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %.500s", f.Name(), d)
		}
	}
}

// TestBulkDamage says which file is damaged.
func TestBulkDamage(t *testing.T) {
	s := schema("i", integer, "s", text)
	for _, f := range filings() {
		data, _ := conntest.WriteFile(t, f, conntest.FileConfig(s, nil), 1, 100)
		_, err := conntest.ReadFile(f, conntest.FileConfig(s, nil), bytes.Clone(data[:len(data)-7]), 0, nil)
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
}
