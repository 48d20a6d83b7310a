package number

import (
	"math"
	"math/big"
	"testing"
)

func TestPowersOfTen(t *testing.T) {
	x := 1.0
	for n := range 23 {
		if got := Log10(x); got != float64(n) {
			t.Errorf("log10 of 1e%d is %v", n, got)
		}
		x *= 10
	}
	if got := Log10(0.1); got != -1 {
		t.Errorf("log10 of 0.1 is %v", got)
	}
}

// The values are those of a real Flink.
func TestLogarithms(t *testing.T) {
	for _, c := range []struct{ x, ln, log10 float64 }{
		{3, 1.0986122886681098, 0.47712125471966244},
		{10, 2.302585092994046, 1},
		{5, 1.6094379124341003, 0.6989700043360189},
		{math.MaxInt64, 43.66827237527655, 18.964889726830815},
		{9999999.999, 16.11809565085832, 6.999999999956571},
		{math.MaxFloat32, 88.72283905206835, 38.531839419103626},
		{math.SmallestNonzeroFloat64, -744.4400719213812, -323.3062153431158},
	} {
		if got := Log(c.x); got != c.ln {
			t.Errorf("ln %v = %v, want %v", c.x, got, c.ln)
		}
		if got := Log10(c.x); got != c.log10 {
			t.Errorf("log10 %v = %v, want %v", c.x, got, c.log10)
		}
	}
	for _, x := range []float64{-1, math.NaN(), math.Inf(-1)} {
		if !math.IsNaN(Log(x)) || !math.IsNaN(Log10(x)) {
			t.Errorf("ln %v = %v, log10 = %v", x, Log(x), Log10(x))
		}
	}
	if !math.IsInf(Log(0), -1) || !math.IsInf(Log10(0), -1) || !math.IsInf(Log(math.Inf(1)), 1) || !math.IsInf(Log10(math.Inf(1)), 1) {
		t.Error("logarithms of 0 and infinity")
	}
}

func TestLogarithmOfProducts(t *testing.T) {
	for i := 1; i < 2000; i++ {
		x := float64(i) * 0.37
		got := Log(x)
		// One Newton step in high precision: ln x = y + (x e^-y - 1) for a small rest.
		rest := new(big.Float).SetPrec(200).Quo(big.NewFloat(x), exp(got))
		rest.Sub(rest, big.NewFloat(1))
		d, _ := rest.Float64()
		if ulp := math.Nextafter(math.Abs(got), math.Inf(1)) - math.Abs(got); math.Abs(d) > ulp {
			t.Errorf("ln %v = %v, off by %v ulp", x, got, d/ulp)
		}
	}
}

// exp is e to the power x by its series.
func exp(x float64) *big.Float {
	y := new(big.Float).SetPrec(200).SetFloat64(x)
	sum, term := new(big.Float).SetPrec(200).SetInt64(1), new(big.Float).SetPrec(200).SetInt64(1)
	for n := int64(1); n < 120; n++ {
		term.Mul(term, y)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	return sum
}

func BenchmarkLog(b *testing.B) {
	x := 1.5
	for b.Loop() {
		x = Log(x+10) + 1
	}
}
