package filesystem

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"millrace/connectors/objstore/mem"
)

// TestBuffered: what open files hold is counted until it is sent or finished.
func TestBuffered(t *testing.T) {
	ctx := context.Background()
	o := &objects{store: &mem.Store{PartBytes: 1000}, prefix: "t", slots: make(chan struct{}, partsAtOnce)}
	f := newObjectFile(o, "t/a")
	g := newObjectFile(o, "t/b")
	for _, step := range []struct {
		f    *objectFile
		n    int
		want int64
	}{{f, 600, 600}, {g, 300, 900}, {f, 500, 300}, {g, 100, 400}} {
		if err := step.f.write(ctx, make([]byte, step.n)); err != nil {
			t.Fatal(err)
		}
		if o.buffered != step.want {
			t.Errorf("%d bytes are counted, want %d", o.buffered, step.want)
		}
	}
	var p, q pending
	if err := f.finish(ctx, &p); err != nil || len(p.Parts) != 1 || p.Tail != nil || p.Upload == "" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := g.finish(ctx, &q); err != nil || q.Upload != "" || len(q.Tail) != 400 {
		t.Errorf("%+v, %v", q, err)
	}
	if o.buffered != 0 || o.crowded() {
		t.Errorf("%d bytes are counted at the end", o.buffered)
	}
	o.buffered = bufferBytes + 1
	if !o.crowded() {
		t.Error("more than the limit is not seen")
	}
}

// TestStreamReadsAtPlaces compares with the bytes themselves.
func TestStreamReadsAtPlaces(t *testing.T) {
	data := make([]byte, 3*chunkBytes+12345)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	store := mem.New("x")
	if err := store.Put(context.Background(), "k", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	s := newStream(store, "k", "mem://x/k", 0)
	defer s.Close()
	for range 500 {
		off := random.IntN(len(data) + 10)
		n := random.IntN(2000)
		if random.IntN(20) == 0 {
			n = random.IntN(2 * chunkBytes)
		}
		got, want := make([]byte, n), make([]byte, n)
		a, err := s.ReadAt(got, int64(off))
		b, wantErr := bytes.NewReader(data).ReadAt(want, int64(off))
		if a != b || !bytes.Equal(got, want) || errors.Is(err, io.EOF) != errors.Is(wantErr, io.EOF) {
			t.Fatalf("%d bytes at %d: %d, %v; want %d, %v", n, off, a, err, b, wantErr)
		}
	}
	all, err := io.ReadAll(s)
	if err != nil || !bytes.Equal(all, data) {
		t.Errorf("%d bytes in a row, %v", len(all), err)
	}
}
