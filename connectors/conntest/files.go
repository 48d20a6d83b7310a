package conntest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/connectors/format"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// FileConfig is for columns that are written and read as they are.
func FileConfig(s types.Schema, options map[string]string) format.Config {
	c := format.Config{Options: options, Physical: s, Columns: s, Pool: vector.NewPool(0)}
	for i := range s {
		c.Positions = append(c.Positions, i)
	}
	return c
}

// WriteFile writes batches of random rows and returns the file and the rows.
func WriteFile(t testing.TB, f format.Filing, c format.Config, batches, rows int) (data []byte, want []string) {
	t.Helper()
	var out format.Output
	w, err := f.CreateFile(c, &out)
	if err != nil {
		t.Fatal(err)
	}
	for i := range batches {
		b := RandomBatch(rand.New(rand.NewPCG(uint64(i), uint64(rows))), c.Pool, c.Columns, rows)
		var sel []uint16
		for k := range b.Len {
			if i%2 == 0 || k%3 > 0 {
				sel = append(sel, uint16(k))
				want = append(want, Row(b, k))
			}
		}
		if i%2 == 0 {
			sel = nil
		}
		if err := w.Encode(b, sel, &out); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	if err := w.Finish(&out); err != nil {
		t.Fatal(err)
	}
	return out.Data, want
}

// ReadFile reads the rows of a file from a place on; visit, if not nil, is told each place and how many rows were before it.
func ReadFile(f format.Filing, c format.Config, data []byte, from int64, visit func(place int64, n int)) (got []string, err error) {
	r, err := f.OpenFile(c, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := r.MoveTo(from); err != nil {
		return nil, err
	}
	for {
		if visit != nil {
			visit(r.Place(), len(got))
		}
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for i, col := range b.Columns {
			if err := col.Check(); err != nil {
				return got, err
			}
			if col.Len != b.Len {
				return got, errors.New("column " + c.Columns[i].Name + " has another length than the batch")
			}
		}
		for i := range b.Len {
			got = append(got, Row(b, i))
		}
		b.Release()
	}
}

// FileRoundTrip writes random rows to a file and reads them back, from its beginning and from each of its places.
func FileRoundTrip(t *testing.T, f format.Filing, s types.Schema, options map[string]string, batches, rows int) []byte {
	t.Helper()
	c := FileConfig(s, options)
	data, want := WriteFile(t, f, c, batches, rows)
	type mark struct {
		place int64
		n     int
	}
	var marks []mark
	got, err := ReadFile(f, c, data, 0, func(p int64, n int) { marks = append(marks, mark{p, n}) })
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows are read, %d were written", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d: read %q, want %q", i, got[i], want[i])
		}
	}
	for _, m := range marks {
		got, err := ReadFile(f, c, data, m.place, nil)
		if err != nil || len(got) != len(want)-m.n || len(got) > 0 && got[0] != want[m.n] {
			t.Fatalf("%d rows from place %d, %v; want those from %d on", len(got), m.place, err, m.n)
		}
	}
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
	return data
}

// DamagedFiles reads a file with each of its bytes wrong in turn, and one that is cut or lacks bytes at random places: the answer is an error or rows, never a
// panic, no more memory than such a file can need, and none that stays in use. How many were refused is returned, and of how many.
func DamagedFiles(t *testing.T, f format.Filing, s types.Schema, options map[string]string) (refused, of int) {
	t.Helper()
	c := FileConfig(s, options)
	whole, _ := WriteFile(t, f, c, 2, 50)
	r := rand.New(rand.NewPCG(1, 2))
	read := func(b []byte) {
		of++
		if _, err := ReadFile(f, c, b, 0, nil); err != nil {
			refused++
		}
		if n := c.Pool.InUse(); n != 0 {
			t.Fatalf("file %d: %d bytes in use at the end", of, n)
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= byte(1 + r.IntN(255))
		read(b)
	}
	for range 100 {
		at := r.IntN(len(whole))
		read(whole[:at])
		read(slices.Delete(bytes.Clone(whole), at, min(len(whole), at+1+r.IntN(40))))
	}
	return refused, of
}
