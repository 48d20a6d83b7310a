package state_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"go.uber.org/goleak"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/mem"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/job"
	"millrace/runtime/state"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func schema() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType()},
		{Name: "s", Type: types.StringType()},
		{Name: "b", Type: types.BooleanType()},
		{Name: "d", Type: types.DecimalType(30, 4)},
		{Name: "l", Type: types.ArrayType(types.IntType())},
		{Name: "r", Type: types.RowType(types.Field{Name: "x", Type: types.DoubleType()})},
	}
}

// rows makes n rows that begin with the given number; every fifth value is NULL.
func rows(pool *vector.Pool, from, n int) *operators.Batch {
	r := vector.NewRows(pool, schema().Types(), n)
	defer r.Release()
	for i := from; i < from+n; i++ {
		vector.AppendFixed(r.Columns[0], int64(i))
		if i%5 == 0 {
			for _, c := range r.Columns[1:] {
				c.AppendNull()
			}
		} else {
			r.Columns[1].AppendBytes(fmt.Appendf(nil, "text %d", i))
			r.Columns[2].AppendBool(i%2 == 0)
			vector.AppendFixed(r.Columns[3], [2]uint64{uint64(i), 0})
			for j := range i % 3 {
				vector.AppendFixed(r.Columns[4].Children[0], int32(j))
			}
			r.Columns[4].EndList()
			vector.AppendFixed(r.Columns[5].Children[0], float64(i)/2)
			r.Columns[5].EndRow()
		}
		r.EndRow(0)
	}
	return r.Finish()
}

// check compares rows with what rows() makes for their number.
func check(b *operators.Batch) error {
	for i := range b.Len {
		n := vector.Values[int64](b.Columns[0])[i]
		if b.Columns[1].IsNull(i) != (n%5 == 0) {
			return fmt.Errorf("row %d: NULL %t", n, b.Columns[1].IsNull(i))
		}
		if n%5 == 0 {
			continue
		}
		if got, want := string(b.Columns[1].Bytes(i)), fmt.Sprintf("text %d", n); got != want {
			return fmt.Errorf("row %d: %q", n, got)
		}
		if b.Columns[2].Bool(i) != (n%2 == 0) || vector.Values[[2]uint64](b.Columns[3])[i][0] != uint64(n) ||
			int64(b.Columns[4].Offsets[i+1]-b.Columns[4].Offsets[i]) != n%3 || vector.Values[float64](b.Columns[5].Children[0])[i] != float64(n)/2 {
			return fmt.Errorf("row %d differs", n)
		}
	}
	return nil
}

// write writes perGroup rows for each key group of a range, and three rows of none.
func write(t testing.TB, ctx context.Context, st objstore.Store, stem string, inline int64, from, to, perGroup int) ([]job.StateFile, error) {
	t.Helper()
	pool := vector.NewPool(0)
	w := state.NewWriter(ctx, st, "folder", stem, inline, pool)
	_, err := w.Table("empty", schema())
	if err != nil {
		t.Fatal(err)
	}
	tab, err := w.Table("rows", schema())
	if err != nil {
		return nil, err
	}
	for g := from - 1; g < to && err == nil; g++ {
		b, group := rows(pool, g*perGroup, perGroup), g
		if g < from {
			b.Release()
			b, group = rows(pool, 1_000_000+from, 3), operators.NoKeyGroup
		}
		err = tab.Append(group, b)
		b.Release()
	}
	files, closeErr := w.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes are still in use", n)
	}
	return files, errors.Join(err, closeErr)
}

func read(st objstore.Store, files []job.StateFile, from, to int) (groups []int, n int, err error) {
	pool := vector.NewPool(0)
	r := state.NewReader(context.Background(), st, "folder", files, from, to, pool)
	err = r.Table("rows", schema(), func(g int, b *operators.Batch) error {
		if g != operators.NoKeyGroup && !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
		n += b.Len
		return check(b)
	})
	return groups, n, err
}

func TestRescale(t *testing.T) {
	for _, c := range []struct {
		name     string
		inline   int64
		perGroup int
	}{{"inline", 1 << 30, 20}, {"small files", 0, 20}, {"many batches", 0, 3000}, {"one row a group", 0, 1}} {
		t.Run(c.name, func(t *testing.T) {
			st := mem.New("x")
			var files []job.StateFile
			for i := range 3 {
				from, to := job.KeyRange(i, 3, 128)
				fs, err := write(t, t.Context(), st, fmt.Sprintf("op-%d", i), c.inline, from, to, c.perGroup)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, fs...)
			}
			if len(files) != 3 {
				t.Fatalf("%d files", len(files))
			}
			for _, p := range []int{1, 2, 3, 5, 128} {
				total := 0
				for i := range p {
					from, to := job.KeyRange(i, p, 128)
					groups, n, err := read(st, files, from, to)
					if err != nil {
						t.Fatal(err)
					}
					if n != 9+(to-from)*c.perGroup || len(groups) != to-from || slices.Min(groups) != from || slices.Max(groups) != to-1 {
						t.Fatalf("parallelism %d, subtask %d: %d rows of groups %v", p, i, n, groups)
					}
					total += n - 9
				}
				if total != 128*c.perGroup {
					t.Fatalf("parallelism %d: %d rows", p, total)
				}
			}
		})
	}
}

func TestFilesAreArrowStreams(t *testing.T) {
	st := mem.New("x")
	files, err := write(t, t.Context(), st, "op", 0, 0, 8, 100)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := st.Get(t.Context(), "folder/"+files[0].Key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	r, err := ipc.NewReader(rc)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	n := int64(0)
	for r.Next() {
		n += r.Record().NumRows()
	}
	if r.Err() != nil || n != 803 || n != files[0].Rows {
		t.Fatalf("%d rows, %v", n, r.Err())
	}
}

func TestDamageIsNoticed(t *testing.T) {
	st := mem.New("x")
	files, err := write(t, t.Context(), st, "op", 1<<30, 0, 4, 10)
	if err != nil {
		t.Fatal(err)
	}
	whole := files[0].Inline
	damaged := func(b []byte) error {
		x := files[0]
		x.Inline, x.Bytes = b, int64(len(b))
		_, _, err := read(st, []job.StateFile{x}, 0, 128)
		return err
	}
	for name, f := range map[string]func(b []byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)-20] },
		"empty":   func([]byte) []byte { return []byte{} },
		"version": func(b []byte) []byte { binary.LittleEndian.PutUint32(b[len(b)-8:], 7); return b },
		"length":  func(b []byte) []byte { binary.LittleEndian.PutUint32(b[len(b)-12:], 1<<30); return b },
	} {
		if damaged(f(slices.Clone(whole))) == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// The end-of-stream mark is the only thing that nobody reads.
	unread := 0
	for i := range whole {
		b := slices.Clone(whole)
		b[i] ^= 1 << (i % 8)
		if damaged(b) == nil {
			unread++
		}
	}
	if unread > 8 {
		t.Errorf("one bit wrong in any of %d bytes is not noticed", unread)
	}
}

// A file in the store that is shorter than it was, or has other bytes, is named in the error.
func TestDamageInTheStore(t *testing.T) {
	st := mem.New("x")
	files, err := write(t, t.Context(), st, "op", 0, 0, 128, 3000)
	if err != nil {
		t.Fatal(err)
	}
	key := "folder/" + files[0].Key
	rc, err := st.Get(t.Context(), key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(rc)
	if err := errors.Join(err, rc.Close()); err != nil {
		t.Fatal(err)
	}
	if len(whole) < 1<<20 {
		t.Fatalf("%d bytes are read in one piece", len(whole))
	}
	other := slices.Clone(whole)
	other[len(other)/3] ^= 4
	for name, b := range map[string][]byte{"short": whole[:len(whole)/2], "other": other} {
		if err := st.Put(t.Context(), key, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		_, _, err := read(st, files, 0, 128)
		if err == nil || !strings.Contains(err.Error(), "damaged state file") || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead reads any bytes as a state file: an error or rows, never a panic. What the fuzzer changes is read also with the checksum of the index put
// right, so that the code behind it is reached; what lies behind the other checksums is the Arrow library's.
func FuzzRead(f *testing.F) {
	st := mem.New("x")
	for _, n := range []int{1, 10} {
		files, err := write(f, context.Background(), st, "op", 1<<30, 0, 4, n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(files[0].Inline)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pool := vector.NewPool(1 << 30)
		for _, b := range [][]byte{b, state.Resum(b)} {
			file := job.StateFile{Table: "rows", Unkeyed: true, To: 128, Bytes: int64(len(b)), Inline: b}
			r := state.NewReader(context.Background(), st, "folder", []job.StateFile{file}, 0, 128, pool)
			_ = r.Table("rows", schema(), func(int, *operators.Batch) error { return nil })
			if n := pool.InUse(); n != 0 {
				t.Fatalf("%d bytes are still in use", n)
			}
		}
	})
}

func TestFailingStore(t *testing.T) {
	for _, perGroup := range []int{10, 20000} { // put whole, streamed
		st := faulty.New(mem.New("x"), faulty.Fault{Op: faulty.Put, Times: -1, Err: faulty.ErrFull})
		_, err := write(t, t.Context(), st, "op", 0, 0, 64, perGroup)
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("given up"))
	if _, err := write(t, ctx, mem.New("x"), "op", 0, 0, 4, 10); err == nil || !strings.Contains(err.Error(), "given up") {
		t.Fatal(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	two := types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "v", Type: types.BigIntType()}}
	for _, keys := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			pool := vector.NewPool(0)
			st := mem.New("x")
			per := keys / 128
			batch := func() *operators.Batch {
				k, v := vector.New(pool, types.BigIntType(), per, 0), vector.New(pool, types.BigIntType(), per, 0)
				for i := range per {
					vector.Values[int64](k)[i], vector.Values[int64](v)[i] = int64(i*7919), int64(i)
				}
				return vector.NewBatch(per, k, v)
			}()
			var files []job.StateFile
			b.SetBytes(int64(16 * per * 128))
			for b.Loop() {
				w := state.NewWriter(context.Background(), st, "f", "op", 0, pool)
				t, err := w.Table("t", two)
				for g := range 128 {
					err = errors.Join(err, t.Append(g, batch))
				}
				fs, closeErr := w.Close()
				if err := errors.Join(err, closeErr); err != nil {
					b.Fatal(err)
				}
				files = fs
			}
			b.ReportMetric(float64(files[0].Bytes)/float64(files[0].Rows), "bytes/row")
		})
		b.Run(fmt.Sprintf("read/keys=%d", keys), func(b *testing.B) {
			pool := vector.NewPool(0)
			st := mem.New("x")
			w := state.NewWriter(context.Background(), st, "f", "op", 0, pool)
			t, _ := w.Table("t", two)
			for g := range 128 {
				k, v := vector.New(pool, types.BigIntType(), keys/128, 0), vector.New(pool, types.BigIntType(), keys/128, 0)
				_ = t.Append(g, vector.NewBatch(keys/128, k, v))
			}
			files, err := w.Close()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(16 * keys))
			for b.Loop() {
				r := state.NewReader(context.Background(), st, "f", files, 0, 128, pool)
				if err := r.Table("t", two, func(int, *operators.Batch) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
