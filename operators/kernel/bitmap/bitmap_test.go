package bitmap

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"testing"
)

// The bytes are those that Flink gives.
func TestPortableForm(t *testing.T) {
	for text, values := range map[string][]uint32{
		"OjAAAAEAAAAAAAIAEAAAAAEAAgADAA==": {3, 1, 2, 2},
		"OjAAAAAAAAA=":                     {},
		"OjAAAAQAAAAAAAAA/38AAACAAAD//wAAKAAAACoAAAAsAAAALgAAAAAA//8AAP//": {0xffffffff, 0, 1<<31 - 1, 1 << 31},
		"OjAAAAMAAAAAAAAAAQAAAAIAAAAgAAAAIgAAACQAAAD//wAAAAA=":             {65536, 65535, 131072},
	} {
		b := Build(nil, values)
		if got := base64.StdEncoding.EncodeToString(b); got != text {
			t.Errorf("%v: %s, want %s", values, got, text)
		}
		if back, err := Parse(nil, b); err != nil || string(back) != string(b) {
			t.Errorf("%v: read back as %x, %v", values, back, err)
		}
	}
}

func TestParseRuns(t *testing.T) {
	// One container with the runs 10..12 and 20.
	data := []byte{0x3b, 0x30, 0, 0, 1, 0, 0, 3, 0, 2, 0, 10, 0, 2, 0, 20, 0, 0, 0}
	b, err := Parse(nil, data)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(AppendText(nil, b)); got != "{10,11,12,20}" {
		t.Error(got)
	}
	for n := range data {
		if _, err := Parse(nil, data[:n]); err == nil {
			t.Errorf("%d of %d bytes are a bitmap", n, len(data))
		}
	}
}

func TestOperations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() []uint32 {
		s := make([]uint32, r.IntN(300))
		for i := range s {
			s[i] = r.Uint32N(2_000) * (1 + r.Uint32N(3)*65_536)
		}
		return s
	}
	for round := range 50 {
		x, y := draw(), draw()
		if round%10 == 0 {
			for v := range uint32(5000) {
				x = append(x, 100_000+v)
			}
		}
		in := slices.Contains[[]uint32]
		a, b := Build(nil, slices.Clone(x)), Build(nil, slices.Clone(y))
		all := append(slices.Clone(x), y...)
		slices.Sort(all)
		all = slices.Compact(all)
		for name, c := range map[string]struct {
			got  []byte
			want func(v uint32) bool
		}{
			"and":    {And(nil, a, b), func(v uint32) bool { return in(x, v) && in(y, v) }},
			"or":     {Or(nil, a, b), func(uint32) bool { return true }},
			"xor":    {Xor(nil, a, b), func(v uint32) bool { return in(x, v) != in(y, v) }},
			"andnot": {AndNot(nil, a, b), func(v uint32) bool { return in(x, v) && !in(y, v) }},
		} {
			var want []uint32
			for _, v := range all {
				if c.want(v) {
					want = append(want, v)
				}
			}
			if got := Members(c.got); !slices.Equal(got, want) || Cardinality(c.got) != int64(len(want)) {
				t.Fatalf("%s: %d members (%d), want %d", name, len(got), Cardinality(c.got), len(want))
			}
		}
	}
}

func BenchmarkOr(b *testing.B) {
	x, y := make([]uint32, 10_000), make([]uint32, 10_000)
	for i := range x {
		x[i], y[i] = uint32(i*7), uint32(i*11)
	}
	p, q := Build(nil, x), Build(nil, y)
	var buf []byte
	for b.Loop() {
		buf = Or(buf[:0], p, q)
	}
}
