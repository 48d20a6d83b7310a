package sink

import "testing"

func TestMurmur2(t *testing.T) {
	// The values that Kafka's own test has.
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

func TestPick(t *testing.T) {
	top := &topic{}
	for range 4 {
		top.parts = append(top.parts, &partition{topic: top})
	}
	at := func(s spread, key []byte, subtask int) int {
		p := top.pick(s, key, subtask)
		for i := range top.parts {
			if top.parts[i] == p {
				return i
			}
		}
		return -1
	}
	if got := at(byKey, []byte("abc"), 0); got != 479470107%4 {
		t.Errorf("key: %d", got)
	}
	if got := at(fixed, []byte("abc"), 6); got != 2 {
		t.Errorf("fixed: %d", got)
	}
	seen := map[int]bool{}
	for range 4 {
		seen[at(rotating, nil, 0)] = true
	}
	if len(seen) != 4 {
		t.Errorf("round-robin reaches %d partitions", len(seen))
	}
	before := at(sticky, nil, 0)
	if again := at(sticky, []byte("abc"), 0); again != before {
		t.Errorf("sticky: %d, then %d", before, again)
	}
	top.move(top.parts[before])
	if after := at(byKey, nil, 0); after == before {
		t.Error("sticky does not move on")
	}
}

func TestForward(t *testing.T) {
	if got := forward(1<<31-2, 3); got != 1 {
		t.Errorf("%d, want 1", got)
	}
}
