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
	defer func() { _ = s.Close() }()
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

// TestHandles: tails stand in handles and states as they are, and what is cut off is noticed.
func TestHandles(t *testing.T) {
	tail := bytes.Repeat([]byte{0, 255, '"'}, 100_000)
	h := handle{Version: handleVersion, Tag: "t", Files: []pending{{Final: "a", Tail: tail[:5]}, {Final: "b"}, {Final: "c", Tail: tail}}}
	s := state{Version: handleVersion, Open: []opened{{pending: pending{Final: "a", Tail: tail}, Created: 3}, {pending: pending{Final: "b", Tail: []byte{}}}}}
	a, err := encode(&h, h.visit)
	if err != nil {
		t.Fatal(err)
	}
	b, err := encode(&s, s.visit)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) > len(tail)+500 || len(h.Files[2].Tail) != len(tail) {
		t.Errorf("%d bytes", len(a))
	}
	gotH, err := decodeHandle(a)
	if err != nil || !bytes.Equal(gotH.Files[0].Tail, tail[:5]) || gotH.Files[1].Tail != nil || !bytes.Equal(gotH.Files[2].Tail, tail) || gotH.Files[2].TailBytes != 0 {
		t.Errorf("%v", err)
	}
	gotS, err := decodeState(b)
	if err != nil || !bytes.Equal(gotS.Open[0].Tail, tail) || gotS.Open[0].Created != 3 {
		t.Errorf("%v", err)
	}
	for _, n := range []int{1, 2, 30, len(a) - 1} {
		if _, err := decodeHandle(a[:n]); err == nil {
			t.Errorf("%d bytes of a handle are taken", n)
		}
		if _, err := decodeState(b[:min(n, len(b)-1)]); err == nil {
			t.Errorf("%d bytes of a state are taken", n)
		}
	}
	old := []byte(`{"version":1,"files":[{"final":"a","size":3,"tail":"YWJj"}],"watermark":0}`)
	if got, err := decodeHandle(old); err != nil || string(got.Files[0].Tail) != "abc" {
		t.Errorf("a handle of before: %+v, %v", got, err)
	}
}
