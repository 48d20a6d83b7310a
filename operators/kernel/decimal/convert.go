package decimal

import (
	"strconv"
	"unsafe"
)

// OfInt64 returns the integer v as DECIMAL(p, s); ok is false if it does not
// fit.
func OfInt64(v int64, p, s int) (r Int128, ok bool) {
	return Rescale(FromInt64(v), 0, s, p)
}

// ToInt64 cuts v of scale s to an integer and wraps it to 64 bits; narrower
// types wrap the result further.
func ToInt64(v Int128, s int) int64 {
	if s == 0 {
		return int64(v.Lo)
	}
	q, _ := v.QuoRem(Pow10Int128(s))
	return int64(q.Lo)
}

// ToInt64Compact is ToInt64 for a compact value.
func ToInt64Compact(v int64, s int) int64 { return v / pow10x64[s] }

// ToFloat64Compact converts a compact value as Flink does: the unscaled integer
// as a double, divided by the power of ten.
func ToFloat64Compact(v int64, s int) float64 {
	return float64(v) / float64(pow10x64[s])
}

// ToFloat64 converts a value of precision above MaxCompact: the nearest double.
func ToFloat64(v Int128, s int) float64 {
	if s <= 22 {
		if i := int64(v.Lo); v.IsInt64() && i < 1<<53 && i > -1<<53 {
			return float64(i) / Pow10Int128(s).Float64()
		}
	}
	if s == 0 {
		return v.Float64()
	}
	var buf [64]byte
	b := AppendInt(buf[:0], v)
	b = append(b, 'e', '-')
	b = strconv.AppendInt(b, int64(s), 10)
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64)
	if err != nil {
		panic("decimal: own text does not parse")
	}
	return f
}
