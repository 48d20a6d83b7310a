package accum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"millrace/operators/kernel/decimal"
)

// TestSquareSums compares with big numbers, over rows that come and go.
func TestSquareSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var m, half squareSums
		var held []int64
		step := r.IntN(3)
		for range 50 {
			if len(held) > 0 && r.IntN(3) == 0 {
				i := r.IntN(len(held))
				m.minus(held[i])
				held = append(held[:i], held[i+1:]...)
				continue
			}
			x := int64(r.Uint64()) >> []int{0, 30, 60}[step]
			if r.IntN(9) == 0 {
				x = math.MinInt64
			}
			held = append(held, x)
			m.plus(x)
		}
		sum, squares := new(big.Int), new(big.Int)
		for i, x := range held {
			b := big.NewInt(x)
			sum.Add(sum, b)
			squares.Add(squares, new(big.Int).Mul(b, b))
			if i%2 == 0 {
				half.plus(x)
			}
		}
		want := squares.Mul(squares, big.NewInt(int64(len(held))))
		want.Sub(want, sum.Mul(sum, sum))
		for range 2 {
			x, wide := m.distances()
			if wide == nil {
				wide = x.Big()
			}
			if wide.Cmp(want) != 0 {
				t.Fatalf("%d rows: %s, want %s", len(held), wide, want)
			}
			// The sums in two parts are the same.
			var other squareSums
			for i, x := range held {
				if i%2 != 0 {
					other.plus(x)
				}
			}
			other.add(half)
			m = other
		}
	}
}

// TestWholeDeviation: results are cut to integers.
func TestWholeDeviation(t *testing.T) {
	for _, c := range []struct {
		x, d int64
		root bool
		want int64
	}{{115, 16, false, 7}, {115, 12, false, 9}, {115, 16, true, 2}, {115, 12, true, 3}, {16, 4, true, 2}, {0, 4, true, 0}} {
		x, d := decimal.FromInt64(c.x), decimal.FromInt64(c.d)
		if got := wholeDeviation(x, nil, d, c.root); got != c.want {
			t.Errorf("%v: %d", c, got)
		}
		if got := wholeDeviation(decimal.Int128{}, x.Big(), d, c.root); got != c.want {
			t.Errorf("%v, wide: %d", c, got)
		}
	}
	if got := wholeDeviation(decimal.Int128{}, new(big.Int).Lsh(big.NewInt(1), 100), decimal.FromInt64(1), false); got != math.MaxInt64 {
		t.Errorf("too large: %d", got)
	}
}

// TestWholeRoot: around squares.
func TestWholeRoot(t *testing.T) {
	for _, r := range []int64{1, 2, 3, 1 << 26, 94906267, 1<<31 + 1, 3037000499} {
		for _, d := range []int64{-1, 0, 1} {
			want := r
			if d < 0 {
				want--
			}
			if got := wholeRoot(r*r + d); got != want {
				t.Errorf("root of %d%+d: %d, want %d", r*r, d, got, want)
			}
		}
	}
	if got := wholeRoot(math.MaxInt64); got != 3037000499 {
		t.Errorf("root of the largest: %d", got)
	}
}

// TestPairSums: sums of DOUBLE forget rows that were taken back, and equal values have no variance.
func TestPairSums(t *testing.T) {
	one := func(x float64, n int64) pairSums {
		return pairSums{n, pair{float64(n) * x, 0}, twoMul(float64(n)*x, x)}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var m pairSums
		var held []float64
		for range 60 {
			x := r.NormFloat64() * math.Pow(10, float64(r.IntN(7)-3))
			m.add(one(x, 1))
			held = append(held, x)
		}
		for len(held) > 3 {
			m.add(one(held[0], -1))
			held = held[1:]
		}
		mean, want := (held[0]+held[1]+held[2])/3, 0.0
		for _, x := range held {
			want += (x - mean) * (x - mean)
		}
		if got := m.over(1); math.Abs(got-want) > 1e-9*want+1e-15 {
			t.Fatalf("%v: %g, want %g", held, got, want)
		}
		var same pairSums
		x := r.NormFloat64()
		for range 1 + r.IntN(100) {
			same.add(one(x, 1))
		}
		if got := same.over(1); got != 0 {
			t.Fatalf("%d times %g: %g", same.n, x, got)
		}
	}
	var m pairSums
	m.add(one(math.Inf(1), 1))
	if !math.IsNaN(m.over(1)) {
		t.Errorf("infinity: %g", m.over(1))
	}
	m.add(one(math.Inf(1), -1))
	m.add(one(2, 1))
	if m.over(1) != 0 {
		t.Errorf("after infinity: %g", m.over(1))
	}
}
