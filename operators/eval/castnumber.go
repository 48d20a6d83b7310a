package eval

import (
	"fmt"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// castNumber casts among BOOLEAN and numbers.
func (c *compiler) castNumber(from, to types.Type, try bool) (caster, error) {
	switch {
	case from.Kind == types.Boolean && to.IsNumeric():
		return boolToNumber(to), nil
	case to.Kind == types.Boolean && from.IsNumeric():
		return numberToBool(from)
	case !from.IsNumeric() || !to.IsNumeric():
		return caster{}, noCast(from, to)
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return decimalToDecimal(from, to), nil
	case to.Kind == types.Decimal && from.IsInteger():
		return integerToDecimal(from, to), nil
	case to.Kind == types.Decimal:
		return floatToDecimal(from, to, try), nil
	case from.Kind == types.Decimal:
		return decimalToNumber(from, to), nil
	}
	switch from.Storage() {
	case types.StoreI8:
		return integerTo[int8](to), nil
	case types.StoreI16:
		return integerTo[int16](to), nil
	case types.StoreI32:
		return integerTo[int32](to), nil
	case types.StoreI64:
		return integerTo[int64](to), nil
	case types.StoreF32:
		return floatTo[float32](to), nil
	default:
		return floatTo[float64](to), nil
	}
}

// convert is a kernel whose loop converts S to D as Go does: integers wrap.
func convert[S, D integer | float](t types.Type) caster {
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		src, dst := vector.Values[S](args[0]), vector.Values[D](out)
		src = src[:len(dst)]
		for i := range dst {
			dst[i] = D(src[i])
		}
		return out, nil
	}}
}

func integerTo[S integer](to types.Type) caster {
	switch to.Storage() {
	case types.StoreI8:
		return convert[S, int8](to)
	case types.StoreI16:
		return convert[S, int16](to)
	case types.StoreI32:
		return convert[S, int32](to)
	case types.StoreI64:
		return convert[S, int64](to)
	case types.StoreF32:
		return convert[S, float32](to)
	default:
		return convert[S, float64](to)
	}
}

func floatTo[S float](to types.Type) caster {
	switch to.Storage() {
	case types.StoreI8:
		return mapped[S, int8](to, func(x S) int8 { return int8(number.ToInt32(float64(x))) })
	case types.StoreI16:
		return mapped[S, int16](to, func(x S) int16 { return int16(number.ToInt32(float64(x))) })
	case types.StoreI32:
		return mapped[S, int32](to, func(x S) int32 { return number.ToInt32(float64(x)) })
	case types.StoreI64:
		return mapped[S, int64](to, func(x S) int64 { return number.ToInt64(float64(x)) })
	case types.StoreF32:
		return convert[S, float32](to)
	default:
		return convert[S, float64](to)
	}
}

// mapped is a kernel for conversions that are calls anyway.
func mapped[S, D any](t types.Type, fn func(S) D) caster {
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		src, dst := vector.Values[S](args[0]), vector.Values[D](out)
		src = src[:len(dst)]
		for i := range dst {
			dst[i] = fn(src[i])
		}
		return out, nil
	}}
}

func boolToNumber(to types.Type) caster {
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		one := int64(1)
		if to.Kind == types.Decimal && to.Precision == to.Scale {
			out.AllNull()
			clear(out.Data)
			return out, nil
		}
		if to.Kind == types.Decimal && to.Precision <= decimal.MaxCompact {
			one = decimal.Pow10(to.Scale)
		}
		for i := range f.n {
			x := int64(b2u(args[0].Bool(i)))
			switch to.Storage() {
			case types.StoreI8:
				vector.Values[int8](out)[i] = int8(x)
			case types.StoreI16:
				vector.Values[int16](out)[i] = int16(x)
			case types.StoreI32:
				vector.Values[int32](out)[i] = int32(x)
			case types.StoreI64:
				vector.Values[int64](out)[i] = x * one
			case types.StoreF32:
				vector.Values[float32](out)[i] = float32(x)
			case types.StoreF64:
				vector.Values[float64](out)[i] = float64(x)
			default:
				var d decimal.Int128
				if x != 0 {
					d = decimal.Pow10Int128(to.Scale)
				}
				vector.Values[decimal.Int128](out)[i] = d
			}
		}
		return out, nil
	}}
}

func numberToBool(from types.Type) (caster, error) {
	nonZero := func(_ *frame, out, v *vector.Vector) {
		switch from.Storage() {
		case types.StoreI8:
			eqCK(out.Data, vector.Values[int8](v), 0)
		case types.StoreI16:
			eqCK(out.Data, vector.Values[int16](v), 0)
		case types.StoreI32:
			eqCK(out.Data, vector.Values[int32](v), 0)
		case types.StoreI64:
			eqCK(out.Data, vector.Values[int64](v), 0)
		case types.StoreF32:
			eqCK(out.Data, vector.Values[float32](v), 0)
		case types.StoreF64:
			eqCK(out.Data, vector.Values[float64](v), 0)
		default:
			for i, x := range vector.Values[decimal.Int128](v) {
				if x == (decimal.Int128{}) {
					vector.SetBit(out.Data, i)
				}
			}
		}
		invert(out.Data)
	}
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, args...)
		nonZero(f, out, args[0])
		return out, nil
	}}, nil
}

func integerToDecimal(from, to types.Type) caster {
	exact := to.Precision-to.Scale >= integerDigits(from)
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		src, done := widened(f, args[0])
		defer done()
		if to.Storage() == types.StoreI64 {
			dst := vector.Values[int64](out)
			scale := decimal.Pow10(to.Scale)
			if exact {
				for i := range dst {
					dst[i] = src[i] * scale
				}
				return out, nil
			}
			limit := decimal.Pow10(to.Precision - to.Scale)
			for i := range dst {
				if src[i] >= limit || src[i] <= -limit {
					out.SetNull(i)
					dst[i] = 0
					continue
				}
				dst[i] = src[i] * scale
			}
			return out, nil
		}
		dst := vector.Values[decimal.Int128](out)
		if exact && to.Scale == 0 {
			for i := range dst {
				dst[i] = decimal.Int128{Lo: uint64(src[i]), Hi: src[i] >> 63}
			}
			return out, nil
		}
		for i := range dst {
			r, ok := decimal.OfInt64(src[i], to.Precision, to.Scale)
			if !ok {
				out.SetNull(i)
			}
			dst[i] = r
		}
		return out, nil
	}}
}

// widened returns the values of an integer column as int64 and what gives the memory back.
func widened(f *frame, v *vector.Vector) ([]int64, func()) {
	if v.Type.Storage() == types.StoreI64 {
		return vector.Values[int64](v), func() {}
	}
	t := vector.New(f.pool, types.BigIntType(), v.Len, 0)
	dst := vector.Values[int64](t)
	switch v.Type.Storage() {
	case types.StoreI8:
		widen(dst, vector.Values[int8](v))
	case types.StoreI16:
		widen(dst, vector.Values[int16](v))
	default:
		widen(dst, vector.Values[int32](v))
	}
	return dst, t.Release
}

func widen[S integer](dst []int64, src []S) {
	for i := range src {
		dst[i] = int64(src[i])
	}
}

func floatToDecimal(from, to types.Type, try bool) caster {
	return caster{fails: true, k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		for i := range f.n {
			if args[0].IsNull(i) {
				continue
			}
			var x float64
			if from.Kind == types.Float {
				x = float64(vector.Values[float32](args[0])[i])
			} else {
				x = vector.Values[float64](args[0])[i]
			}
			if !number.IsFinite(x) && !try {
				out.Release()
				return nil, fmt.Errorf("cast of %s to %s", number.AppendDouble(nil, x), to.AsNullable())
			}
			r, ok := number.DoubleToDecimal(x, to.Precision, to.Scale)
			if !ok {
				out.SetNull(i)
				r = decimal.Int128{}
			}
			putDecimal(out, i, r)
		}
		return out, nil
	}}
}

// putDecimal stores a value that fits the column's precision.
func putDecimal(out *vector.Vector, i int, r decimal.Int128) {
	if out.Type.Storage() == types.StoreI64 {
		vector.Values[int64](out)[i] = int64(r.Lo)
		return
	}
	vector.Values[decimal.Int128](out)[i] = r
}

// decimalAt reads a DECIMAL of either storage.
func decimalAt(v *vector.Vector, i int) decimal.Int128 {
	if v.Type.Storage() == types.StoreI64 {
		return decimal.FromInt64(vector.Values[int64](v)[i])
	}
	return vector.Values[decimal.Int128](v)[i]
}

func decimalToDecimal(from, to types.Type) caster {
	grow := to.Scale - from.Scale
	exact := grow >= 0 && to.Precision-to.Scale >= from.Precision-from.Scale
	compact := from.Storage() == types.StoreI64 && to.Storage() == types.StoreI64
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		switch {
		case compact && exact:
			src, dst, m := vector.Values[int64](args[0]), vector.Values[int64](out), decimal.Pow10(grow)
			for i := range dst {
				dst[i] = src[i] * m
			}
		case compact:
			src, dst := vector.Values[int64](args[0]), vector.Values[int64](out)
			for i := range dst {
				r, ok := decimal.Rescale64(src[i], from.Scale, to.Scale, to.Precision)
				if !ok {
					out.SetNull(i)
				}
				dst[i] = r
			}
		default:
			for i := range f.n {
				if out.IsNull(i) {
					continue
				}
				r, ok := decimal.Rescale(decimalAt(args[0], i), from.Scale, to.Scale, to.Precision)
				if !ok {
					out.SetNull(i)
					r = decimal.Int128{}
				}
				putDecimal(out, i, r)
			}
		}
		return out, nil
	}}
}

func decimalToNumber(from, to types.Type) caster {
	compact := from.Storage() == types.StoreI64
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		if to.Kind == types.Float || to.Kind == types.Double {
			for i := range f.n {
				var x float64
				if compact {
					x = decimal.ToFloat64Compact(vector.Values[int64](args[0])[i], from.Scale)
				} else {
					x = decimal.ToFloat64(vector.Values[decimal.Int128](args[0])[i], from.Scale)
				}
				if to.Kind == types.Float {
					vector.Values[float32](out)[i] = float32(x)
				} else {
					vector.Values[float64](out)[i] = x
				}
			}
			return out, nil
		}
		for i := range f.n {
			var x int64
			if compact {
				x = decimal.ToInt64Compact(vector.Values[int64](args[0])[i], from.Scale)
			} else {
				x = decimal.ToInt64(vector.Values[decimal.Int128](args[0])[i], from.Scale)
			}
			putInt(out, i, x)
		}
		return out, nil
	}}
}

// putInt stores x, wrapped to the width of the column.
func putInt(out *vector.Vector, i int, x int64) {
	switch out.Type.Storage() {
	case types.StoreI8:
		vector.Values[int8](out)[i] = int8(x)
	case types.StoreI16:
		vector.Values[int16](out)[i] = int16(x)
	case types.StoreI32:
		vector.Values[int32](out)[i] = int32(x)
	default:
		vector.Values[int64](out)[i] = x
	}
}
