package filesystem_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/filesystem"
	"millrace/connectors/format"
	"millrace/connectors/format/arrow"
	"millrace/connectors/format/avro"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/json"
	"millrace/connectors/format/parquet"
	"millrace/operators/vector"
)

// readAll reads a table by one reader.
func readAll(t *testing.T, c *filesystem.Connector, fate string, options map[string]string) (rows int, malformed int64, err error) {
	t.Helper()
	ctx := context.Background()
	s := source(schema("i", integer, "s", text), nil, options)
	s.Malformed = fate
	env := conntest.Env(t, vector.NewPool(0), 0, 1)
	e, err := c.OpenEnumerator(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	splits, _, err := e.Discover(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.OpenReader(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := env.Pool.InUse(); n != 0 {
			t.Errorf("%d bytes in use", n)
		}
	}()
	if err := r.Add(splits); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	for {
		f, err := r.Poll(ctx)
		if err != nil {
			malformed = env.Count("numRecordsMalformed").Load()
			if err == connectors.ErrEnd { //nolint:errorlint // an error must not wrap it
				return rows, malformed, nil
			}
			if errors.Is(err, connectors.ErrEnd) {
				t.Errorf("an error looks like the end: %v", err)
			}
			return rows, malformed, err
		}
		if f.Batch != nil {
			rows += f.Batch.Len
			f.Batch.Release()
		}
	}
}

// TestTruncatedFiles cuts files of all formats at many places: whatever is missing is an error that names the file, never the end of it.
func TestTruncatedFiles(t *testing.T) {
	c := filesystem.New(format.NewRegistry(csv.Format{}, json.Format{}, avro.Format{}, parquet.Format{}, arrow.Format{}))
	s := schema("i", integer, "s", text)
	random := rand.New(rand.NewPCG(1, 2))
	var lines bytes.Buffer
	for i := range 400 {
		fmt.Fprintf(&lines, "{\"i\":%d,\"s\":\"row %d\"}\n", i, random.Uint64())
	}
	packed := func(w io.WriteCloser, b *bytes.Buffer) []byte {
		if _, err := w.Write(lines.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	files := map[string][]byte{}
	var gz, zl, zs bytes.Buffer
	files["json .gz"] = packed(gzip.NewWriter(&gz), &gz)
	files["json .deflate"] = packed(zlib.NewWriter(&zl), &zl)
	z, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	files["json .zst"] = packed(z, &zs)
	for _, f := range filings() {
		files[f.Name()+" "], _ = conntest.WriteFile(t, f, conntest.FileConfig(s, nil), 3, 200)
	}
	for name, data := range files {
		kind, suffix, _ := strings.Cut(name, " ")
		dir := t.TempDir()
		path := filepath.Join(dir, "f"+suffix)
		options := conntest.Options("path", dir, "format", kind)
		put := func(b []byte) {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		put(data)
		whole, _, err := readAll(t, c, "FAIL", options)
		if err != nil || whole == 0 {
			t.Fatalf("%s: %d rows, %v", name, whole, err)
		}
		for i := range 60 {
			n := len(data) - 1 - i
			if i >= 20 {
				n = random.IntN(len(data))
			}
			if n < 1 {
				continue
			}
			put(data[:n])
			// A block of avro that is whole is a file that is whole: only the rows before the cut are there then, and they are right.
			rows, _, err := readAll(t, c, "SKIP", options)
			if err == nil && (kind != "avro" || rows >= whole) || err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %d bytes of %d: %d rows, %v", name, n, len(data), rows, err)
			}
		}
		put(nil)
		if rows, _, err := readAll(t, c, "FAIL", options); rows != 0 || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: empty: %d rows, %v", name, rows, err)
		}
		// Bytes that are others: an error or rows, never a panic.
		for range 40 {
			bad := bytes.Clone(data)
			bad[random.IntN(len(bad))] ^= byte(1 + random.IntN(255))
			put(bad)
			if _, _, err := readAll(t, c, "SKIP", options); err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%s: damaged: %v", name, err)
			}
		}
	}
}

// TestTruncatedText: the last record of a text file that is cut off has the fate of a malformed one, and is counted.
func TestTruncatedText(t *testing.T) {
	c := filesystem.New(format.NewRegistry(csv.Format{}, json.Format{}))
	for kind, text := range map[string]string{
		"json": "{\"i\":1,\"s\":\"a\"}\n{\"i\":2,\"s\":\"b\"}\n{\"i\":3,\"s\":",
		"csv":  "1,a\n2,b\n3",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		options := conntest.Options("path", dir, "format", kind)
		at := fmt.Sprintf("%s@%d: malformed record", path, strings.LastIndex(text, "\n")+1)
		if _, n, err := readAll(t, c, "FAIL", options); n != 1 || err == nil || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: %d, %v, want %q", kind, n, err, at)
		}
		if rows, n, err := readAll(t, c, "SKIP", options); rows != 2 || n != 1 || err != nil {
			t.Errorf("%s: %d rows, %d malformed, %v", kind, rows, n, err)
		}
	}
}
