package vector_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"unsafe"

	"millrace/operators/vector"
)

func TestPool(t *testing.T) {
	p := vector.NewPool(1 << 20)
	p.Check = true
	var held [][]byte
	for n := 0; n < 100_000; n = n*3/2 + 1 {
		b := p.Alloc(n)
		if len(b) != n || cap(b) < n+vector.Slack || n > 0 && uintptr(unsafe.Pointer(&b[0]))&63 != 0 {
			t.Fatalf("%d bytes: length %d, capacity %d at %p", n, len(b), cap(b), b)
		}
		held = append(held, b)
	}
	peak := p.InUse()
	if p.Peak() != peak || peak == 0 {
		t.Errorf("peak %d, in use %d", p.Peak(), peak)
	}
	g := p.Alloc(10)
	copy(g, "0123456789")
	for n := 20; n < 5000; n *= 2 {
		g = p.Grow(g, n)
	}
	if string(g[:10]) != "0123456789" {
		t.Errorf("grown: %q", g[:10])
	}
	for _, b := range append(held, g) {
		p.Free(b)
	}
	if p.InUse() != 0 {
		t.Errorf("%d bytes in use", p.InUse())
	}
}

func TestLimit(t *testing.T) {
	p := vector.NewPool(10_000)
	p.Account(6000)
	func() {
		defer func() {
			var limit *vector.LimitError
			if e, ok := recover().(error); !ok || !errors.As(e, &limit) || limit.Used != 6000 || limit.Limit != 10_000 {
				t.Errorf("got %v", e)
			}
		}()
		p.Alloc(5000)
	}()
	if p.InUse() != 6000 {
		t.Errorf("a refused allocation counts: %d", p.InUse())
	}
	p.Account(-6000)
	p.Free(p.Alloc(5000))
}

func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, from, to := r.IntN(150), r.IntN(40), r.IntN(40)
		src, dst, other := make([]byte, 32), make([]byte, 32), make([]byte, 32)
		for i := range src {
			src[i], dst[i], other[i] = byte(r.Int()), byte(r.Int()), byte(r.Int())
		}
		before := append([]byte(nil), dst...)
		vector.CopyBits(dst, to, src, from, n)
		count := 0
		for i := range 256 {
			want := vector.Bit(before, i)
			if i >= to && i < to+n {
				want = vector.Bit(src, from+i-to)
			}
			if vector.Bit(dst, i) != want {
				t.Fatalf("copy of %d bits from %d to %d: bit %d", n, from, to, i)
			}
			if i < n && vector.Bit(src, i) {
				count++
			}
		}
		if got := vector.CountBits(src, n); got != count {
			t.Fatalf("count of %d bits: %d, want %d", n, got, count)
		}
		and := make([]byte, 32)
		vector.AndBits(and, src, other, n)
		for i := range n {
			if vector.Bit(and, i) != (vector.Bit(src, i) && vector.Bit(other, i)) {
				t.Fatalf("and of %d bits: bit %d", n, i)
			}
		}
		vector.FillBits(and, n, true)
		if vector.CountBits(and, n) != n {
			t.Fatal("fill")
		}
	}
}
