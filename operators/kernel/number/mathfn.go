package number

import (
	"math"
	"strconv"
)

// Log2 is ln(v) / ln(2) as in Flink.
func Log2(v float64) float64 { return Log(v) / math.Ln2 }

// LogBase is ln(v) / ln(base); bases and values out of range give NaN,
// infinities or zeros, never an error.
func LogBase(base, v float64) float64 { return Log(v) / Log(base) }

// Sqrt is POWER(v, 0.5): an infinity for minus infinity, NaN for other negative
// values, 0 for -0.
func Sqrt(v float64) float64 {
	switch {
	case math.IsInf(v, -1):
		return math.Inf(1)
	case v == 0:
		return 0
	}
	return math.Sqrt(v)
}

// Power is Math.pow: unlike C, 1 to the power NaN and (-1) to an infinite power
// are NaN.
func Power(x, y float64) float64 {
	if math.IsNaN(y) || math.IsInf(y, 0) && (x == 1 || x == -1) {
		return math.NaN()
	}
	return math.Pow(x, y)
}

// Cot is 1 / tan(v).
func Cot(v float64) float64 { return 1 / math.Tan(v) }

// Degrees converts radians.
func Degrees(v float64) float64 { return v * (180 / math.Pi) }

// Radians converts degrees.
func Radians(v float64) float64 { return v * (math.Pi / 180) }

// Sign returns -1, 0 or 1; zeros keep their sign, NaN stays NaN.
func Sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

// CompareDouble orders doubles as Java's Double.compare does: -0.0 before 0.0,
// NaN equal to itself and above everything else.
func CompareDouble(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	x, y := orderBits(a), orderBits(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func orderBits(v float64) int64 {
	if v != v {
		return math.MaxInt64
	}
	b := int64(math.Float64bits(v))
	return b ^ int64(uint64(b>>63)>>1)
}

// AppendBin appends the binary digits of v's 64-bit two's complement.
func AppendBin(dst []byte, v int64) []byte { return strconv.AppendUint(dst, uint64(v), 2) }

// AppendHex appends the upper case hexadecimal digits of v's 64-bit two's
// complement.
func AppendHex(dst []byte, v int64) []byte {
	start := len(dst)
	dst = strconv.AppendUint(dst, uint64(v), 16)
	for i, c := range dst[start:] {
		if c >= 'a' {
			dst[start+i] = c - 'a' + 'A'
		}
	}
	return dst
}

func appendInt(dst []byte, v int) []byte { return strconv.AppendInt(dst, int64(v), 10) }
