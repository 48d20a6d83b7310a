package eval

import (
	"math/bits"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// decimalArithmetic compiles an operator whose result is a DECIMAL. Operands keep their own precision and scale.
func (c *compiler) decimalArithmetic(e *expr.Expr, op string, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i, a := range args {
		if a.typ.IsInteger() {
			if err := c.coerceTo(&args[i], types.DecimalType(integerDigits(a.typ), 0)); err != nil {
				return nil, err
			}
		} else if a.typ.Kind != types.Decimal {
			return nil, unsupported(e)
		}
	}
	a, b, t := args[0].typ, args[1].typ, e.Type
	switch op {
	case "*":
		if t.Scale == a.Scale+b.Scale && t.Precision >= a.Precision+b.Precision {
			return c.exactProduct(e, args), nil
		}
		return c.call(e, t, decimalKernel(op, a, b, t), args...), nil
	case "+", "-":
		if t.Scale == max(a.Scale, b.Scale) && t.Precision <= decimal.MaxCompact &&
			t.Precision > max(a.Precision-a.Scale, b.Precision-b.Scale)+t.Scale {
			return c.call(e, t, compactSum(op, a, b, t), args...), nil
		}
		return c.call(e, t, decimalKernel(op, a, b, t), args...), nil
	default:
		n := c.call(e, t, decimalKernel(op, a, b, t), args...)
		if args[1].konst == nil || decimalAt(args[1].konst, 0) == (decimal.Int128{}) {
			failing(n)
		}
		return n, nil
	}
}

// exactProduct multiplies where the result's type holds every product. Operands that are integers, seen through a cast to DECIMAL, and
// compact ones are multiplied as int64.
func (c *compiler) exactProduct(e *expr.Expr, args []*node) *node {
	for i, a := range args {
		if a.origin != nil {
			args[i] = a.origin.integer
		} else if a.konst != nil && a.typ.Storage() == types.StoreI128 {
			if x, ok := decimalAt(a.konst, 0).Int64(); ok {
				v, err := constant(c.pool, x, types.BigIntType())
				if err == nil {
					args[i] = c.constNode(v)
				}
			}
		}
	}
	t := e.Type
	wide := func(n *node) bool { return n.typ.Storage() == types.StoreI128 }
	switch {
	case t.Storage() == types.StoreI64:
		return c.call(e, t, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
			out := f.new(t)
			strictValid(f, out, a...)
			x, freeX := widened(f, a[0])
			y, freeY := widened(f, a[1])
			product64(vector.Values[int64](out), x, y)
			freeX()
			freeY()
			return out, nil
		}, args...)
	case !wide(args[0]) && !wide(args[1]):
		return c.call(e, t, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
			out := f.new(t)
			strictValid(f, out, a...)
			x, freeX := widened(f, a[0])
			y, freeY := widened(f, a[1])
			product128(vector.Values[decimal.Int128](out), x, y)
			freeX()
			freeY()
			return out, nil
		}, args...)
	default:
		if !wide(args[0]) {
			args[0], args[1] = args[1], args[0]
		}
		return c.call(e, t, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
			out := f.new(t)
			strictValid(f, out, a...)
			dst := vector.Values[decimal.Int128](out)
			x, sx := vector.Values[decimal.Int128](a[0]), step(f, a[0])
			if a[1].Type.Storage() == types.StoreI128 {
				y, sy := vector.Values[decimal.Int128](a[1]), step(f, a[1])
				for i := range dst {
					dst[i] = low128(x[i*sx], y[i*sy])
				}
				return out, nil
			}
			y, free := widened(f, a[1])
			sy := step(f, a[1])
			for i := range dst {
				v := y[i*sy]
				dst[i] = low128(x[i*sx], decimal.Int128{Lo: uint64(v), Hi: v >> 63})
			}
			free()
			return out, nil
		}, args...)
	}
}

func product64(dst, x, y []int64) {
	switch {
	case len(x) == len(dst) && len(y) == len(dst):
		for i := range dst {
			dst[i] = x[i] * y[i]
		}
	case len(x) == len(dst):
		k := y[0]
		for i := range dst {
			dst[i] = x[i] * k
		}
	default:
		k, sy := x[0], 1
		if len(y) != len(dst) {
			sy = 0
		}
		for i := range dst {
			dst[i] = k * y[i*sy]
		}
	}
}

func product128(dst []decimal.Int128, x, y []int64) {
	if len(x) != len(dst) {
		x, y = y, x
	}
	if len(x) == len(dst) && len(y) != len(dst) {
		k := y[0]
		ks := k >> 63
		for i := range dst {
			v := x[i]
			hi, lo := bits.Mul64(uint64(v), uint64(k))
			dst[i] = decimal.Int128{Lo: lo, Hi: int64(hi) - (v>>63)&k - ks&v}
		}
		return
	}
	sx := 1
	if len(x) != len(dst) {
		sx = 0
	}
	for i := range dst {
		v, w := x[i*sx], y[i*sx]
		hi, lo := bits.Mul64(uint64(v), uint64(w))
		dst[i] = decimal.Int128{Lo: lo, Hi: int64(hi) - (v>>63)&w - (w>>63)&v}
	}
}

// low128 is the product of two values whose product fits.
func low128(x, y decimal.Int128) decimal.Int128 {
	hi, lo := bits.Mul64(x.Lo, y.Lo)
	return decimal.Int128{Lo: lo, Hi: int64(hi) + x.Hi*int64(y.Lo) + int64(x.Lo)*y.Hi}
}

// compactSum adds or subtracts compact values whose sum always fits.
func compactSum(op string, ta, tb, t types.Type) kernel {
	ma, mb := decimal.Pow10(t.Scale-ta.Scale), decimal.Pow10(t.Scale-tb.Scale)
	if op == "-" {
		mb = -mb
	}
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, x, y := vector.Values[int64](out), vector.Values[int64](args[0]), vector.Values[int64](args[1])
		sx, sy := step(f, args[0]), step(f, args[1])
		if sx == 1 && sy == 1 {
			x, y = x[:len(dst)], y[:len(dst)]
			for i := range dst {
				dst[i] = x[i]*ma + y[i]*mb
			}
			return out, nil
		}
		for i := range dst {
			dst[i] = x[i*sx]*ma + y[i*sy]*mb
		}
		return out, nil
	}
}

// decimalKernel is the general form: NULL where the result does not fit.
func decimalKernel(op string, ta, tb, t types.Type) kernel {
	if ta.Storage() == types.StoreI64 && tb.Storage() == types.StoreI64 && t.Storage() == types.StoreI64 {
		return compactKernel(op, ta, tb, t)
	}
	if (op == "+" || op == "-") && ta.Scale == t.Scale && tb.Scale == t.Scale && t.Storage() == types.StoreI128 {
		return wideSum(op, t)
	}
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		sx, sy := step(f, args[0]), step(f, args[1])
		for i := range f.n {
			if out.IsNull(i) {
				continue
			}
			x, y := decimalAt(args[0], i*sx), decimalAt(args[1], i*sy)
			var r decimal.Int128
			var ok bool
			switch op {
			case "+":
				r, ok = decimal.Add(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			case "-":
				r, ok = decimal.Sub(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			case "*":
				r, ok = decimal.Mul(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			default:
				if y == (decimal.Int128{}) {
					out.Release()
					return nil, errDivision
				}
				if op == "/" {
					r, ok = decimal.Div(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
				} else {
					r, ok = decimal.Mod(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
				}
			}
			if !ok {
				out.SetNull(i)
				r = decimal.Int128{}
			}
			putDecimal(out, i, r)
		}
		return out, nil
	}
}

// wideSum adds or subtracts values of the result's scale. Two values of at most 38 digits cannot leave 128 bits.
func wideSum(op string, t types.Type) kernel {
	limit := decimal.Pow10Int128(t.Precision)
	below := limit.Neg()
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst := vector.Values[decimal.Int128](out)
		x, freeX := widened128(f, args[0])
		y, freeY := widened128(f, args[1])
		sx, sy := step(f, args[0]), step(f, args[1])
		for i := range dst {
			r := x[i*sx].Add(y[i*sy])
			if op == "-" {
				r = x[i*sx].Sub(y[i*sy])
			}
			if !r.Less(limit) || !below.Less(r) {
				out.SetNull(i)
			}
			dst[i] = r
		}
		freeX()
		freeY()
		return out, nil
	}
}

// widened128 returns the values of a DECIMAL column as 128 bits and what gives the memory back.
func widened128(f *frame, v *vector.Vector) ([]decimal.Int128, func()) {
	if v.Type.Storage() == types.StoreI128 {
		return vector.Values[decimal.Int128](v), func() {}
	}
	w := vector.New(f.pool, types.DecimalType(decimal.MaxPrecision, 0), v.Len, 0)
	dst := vector.Values[decimal.Int128](w)
	for i, x := range vector.Values[int64](v) {
		dst[i] = decimal.FromInt64(x)
	}
	return dst, w.Release
}

func compactKernel(op string, ta, tb, t types.Type) kernel {
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, xs, ys := vector.Values[int64](out), vector.Values[int64](args[0]), vector.Values[int64](args[1])
		sx, sy := step(f, args[0]), step(f, args[1])
		for i := range dst {
			if out.IsNull(i) {
				continue
			}
			x, y := xs[i*sx], ys[i*sy]
			var r int64
			var ok bool
			switch op {
			case "+":
				r, ok = decimal.Add64(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			case "-":
				r, ok = decimal.Sub64(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			case "*":
				r, ok = decimal.Mul64(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
			default:
				if y == 0 {
					out.Release()
					return nil, errDivision
				}
				if op == "/" {
					r, ok = decimal.Div64(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
				} else {
					r, ok = decimal.Mod64(x, ta.Scale, y, tb.Scale, t.Precision, t.Scale)
				}
			}
			if !ok {
				out.SetNull(i)
				r = 0
			}
			dst[i] = r
		}
		return out, nil
	}
}

func negateWide(t types.Type) kernel {
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, a := vector.Values[decimal.Int128](out), vector.Values[decimal.Int128](args[0])
		for i := range a {
			dst[i] = a[i].Neg()
		}
		return out, nil
	}
}
