package text

import "testing"

// The hashes are those that a real Flink shows.
func TestMurmur(t *testing.T) {
	for s, want := range map[string]uint32{
		"": 0x87fcd5c, "hi": 0xdff4c098, "abc": 0x4ed2cbb4, "Hello World": 0x1500aa9f, "é😀ñß": 0xca70f1e5, "ΣΑΣ": 0x5b7d086a,
	} {
		if got := uint32(Murmur([]byte(s))); got != want {
			t.Errorf("%q: %x, want %x", s, got, want)
		}
	}
	if n := Units([]byte("é😀x")); n != 4 {
		t.Errorf("%d units", n)
	}
}
