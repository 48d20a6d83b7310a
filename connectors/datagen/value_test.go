package datagen

import (
	"math"
	"testing"
)

// TestBetween: the range of all integers is a range like others.
func TestBetween(t *testing.T) {
	var state random
	r := &state
	for _, x := range []struct{ lo, hi int64 }{{math.MinInt64, math.MaxInt64}, {math.MinInt64, 0}, {-1, math.MaxInt64}, {5, 5}, {-3, 3}} {
		seen := map[int64]bool{}
		for range 100 {
			n := r.between(x.lo, x.hi)
			if n < x.lo || n > x.hi {
				t.Errorf("[%d, %d]: %d", x.lo, x.hi, n)
			}
			seen[n] = true
		}
		if wide := x.hi != x.lo; wide && len(seen) < 5 {
			t.Errorf("[%d, %d]: only %d different numbers of 100", x.lo, x.hi, len(seen))
		}
	}
}
