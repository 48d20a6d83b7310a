package number

import "math"

// The logarithms of package math are an ulp or two off on some machines (the tenth of 1000 is not 3). These are within an ulp everywhere and
// exact for powers of ten.

const (
	ln2High   = 6.93147180369123816490e-01 // the upper bits of ln 2, so that a multiple by an exponent is exact
	ln2Low    = 1.90821492927058770002e-10
	log10High = 3.01029995663611771306e-01 // log10 of 2, likewise
	log10Low  = 3.69423907715893078616e-13
	invLn10   = 4.34294481903251816668e-01
)

// lnSeries are the coefficients of the minimax polynomial for (ln(1+s) - ln(1-s) - 2s) / s in powers of s².
func lnSeries(z float64) float64 {
	w := z * z
	even := w * (3.999999999940941908e-01 + w*(2.222219843214978396e-01+w*1.531383769920937332e-01))
	odd := z * (6.666666666666735130e-01 + w*(2.857142874366239149e-01+w*(1.818357216161805012e-01+w*1.479819860511658591e-01)))
	return even + odd
}

// Log is the natural logarithm: -Infinity of 0, NaN of negative numbers.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	f, k := m-1, float64(e)
	if f == 0 {
		return k*ln2High + k*ln2Low
	}
	// ln(1+f) = 2s + s·R(s²) with s = f/(2+f); what the quotient and the sums lose is carried along.
	d := 2 + f
	s := f / d
	lost := (math.FMA(-s, d, f) - s*(f-(d-2))) / d
	high, big := k*ln2High, 2*s
	sum := high + big
	var rest float64
	if math.Abs(high) >= math.Abs(big) {
		rest = big - (sum - high)
	} else {
		rest = high - (sum - big)
	}
	return sum + (rest + (k*ln2Low + (2*lost + s*lnSeries(s*s))))
}

// Log10 is the logarithm to the base 10.
func Log10(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || x <= 0 {
		return Log(x)
	}
	m, e := math.Frexp(x)
	m *= 2
	e--
	if e < 0 {
		m /= 2
		e++
	}
	k := float64(e)
	return (k*log10Low + invLn10*Log(m)) + k*log10High
}
