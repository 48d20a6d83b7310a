package accum

import (
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// newVariance returns the part of VAR_* and STDDEV_* of a column. Sums forget rows that are taken back: exactly for integers and decimals of
// 64 bits, within doubled precision for floating point and wider decimals.
func newVariance(t types.Type, src, arg int) part {
	b := base{src: src}
	if t.IsInteger() || t.Kind == types.Decimal && t.Storage() == types.StoreI64 {
		return &exactVariance{base: b, arg: arg, typ: t}
	}
	return &pairVariance{base: b, arg: arg, typ: t}
}

// deviation is what a function of the family makes of the squared distances.
type deviation struct{ sample, root bool }

func deviationOf(function string) deviation {
	d := deviation{}
	switch function {
	case "STDDEV_SAMP", "STDDEV":
		d.sample, d.root = true, true
	case "VAR_SAMP", "VARIANCE":
		d.sample = true
	case "STDDEV_POP":
		d.root = true
	}
	return d
}

// divisor is what the squared distances of n rows are divided by; 0: the result is NULL.
func (d deviation) divisor(n int64) int64 {
	if d.sample {
		n--
	}
	return max(n, 0)
}

// toFloats converts the first n values of a numeric column.
func toFloats(v *vector.Vector, n int, dst []float64) []float64 {
	switch v.Type.Storage() {
	case types.StoreI8:
		return widen[int8](v, n, dst)
	case types.StoreI16:
		return widen[int16](v, n, dst)
	case types.StoreI32:
		return widen[int32](v, n, dst)
	case types.StoreF32:
		return widen[float32](v, n, dst)
	case types.StoreF64:
		return widen[float64](v, n, dst)
	case types.StoreI128:
		for _, x := range vector.Values[decimal.Int128](v)[:n] {
			dst = append(dst, decimal.ToFloat64(x, v.Type.Scale))
		}
		return dst
	default:
		if v.Type.Kind != types.Decimal {
			return widen[int64](v, n, dst)
		}
		for _, x := range vector.Values[int64](v)[:n] {
			dst = append(dst, decimal.ToFloat64Compact(x, v.Type.Scale))
		}
		return dst
	}
}

func widen[T int8 | int16 | int32 | int64 | float32 | float64](v *vector.Vector, n int, dst []float64) []float64 {
	for _, x := range vector.Values[T](v)[:n] {
		dst = append(dst, float64(x))
	}
	return dst
}
