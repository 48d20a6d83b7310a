package eval

import (
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// temporalArithmetic compiles + and - of temporal values and intervals, and * and / of intervals and numbers.
func (c *compiler) temporalArithmetic(e *expr.Expr, op string, args []*node) (*node, error) {
	a, b := args[0].typ, args[1].typ
	if a.IsInterval() && b.IsTemporal() && op == "+" {
		args = []*node{args[1], args[0]}
		a, b = b, a
	}
	switch {
	case a.IsInterval() && b.IsInterval() && a.Kind == b.Kind && (op == "+" || op == "-"):
		k, _ := numericKernel(op, e.Type)
		return c.call(e, e.Type, k, args...), nil
	case a.IsInterval() && b.IsNumeric(), b.IsInterval() && a.IsNumeric() && op == "*":
		return c.scaleInterval(e, op, args)
	case a.IsTemporal() && b.IsInterval() && (op == "+" || op == "-"):
		t := a
		t.NotNull = e.Type.NotNull
		n := c.call(e, t, addInterval(t, b.Kind, op == "-"), args...)
		return c.coerce(n, e.Type)
	default:
		return nil, unsupported(e)
	}
}

// addInterval is the kernel of temporal ± interval; the result has the temporal's type t.
func addInterval(t types.Type, interval types.Kind, minus bool) kernel {
	sign := int64(1)
	if minus {
		sign = -1
	}
	months := interval == types.IntervalYearMonth
	perMilli := int64(1)
	if t.IsTimestamp() {
		perMilli = t.TimeUnit() / 1000
	}
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		sa, sb := step(f, args[0]), step(f, args[1])
		by := func(i int) int64 {
			if months {
				return sign * int64(vector.Values[int32](args[1])[i*sb])
			}
			return sign * vector.Values[int64](args[1])[i*sb]
		}
		switch {
		case t.Kind == types.Date:
			src, dst := vector.Values[int32](args[0]), vector.Values[int32](out)
			for i := range dst {
				if months {
					dst[i] = civil.AddMonths(src[i*sa], int(by(i)))
				} else {
					dst[i] = civil.AddDayTime(src[i*sa], by(i))
				}
			}
		case t.Kind == types.Time:
			src, dst := vector.Values[int32](args[0]), vector.Values[int32](out)
			for i := range dst {
				dst[i] = src[i*sa]
				if !months {
					dst[i] = civil.AddTime(dst[i], by(i))
				}
			}
		case months:
			for i := range f.n {
				if out.IsNull(i) {
					continue
				}
				x := stampAt(args[0], i*sa)
				x.Millis = civil.AddMonthsMillis(x.Millis, int(by(i)))
				putStamp(out, i, x)
			}
		case t.Storage() == types.StoreI64:
			addMillis(vector.Values[int64](out), vector.Values[int64](args[0]), vector.Values[int64](args[1]), sa, sb, sign*perMilli)
		default:
			src, dst := vector.Values[decimal.Int128](args[0]), vector.Values[decimal.Int128](out)
			for i := range dst {
				d, _ := decimal.FromInt64(by(i)).MulChecked(decimal.FromInt64(1e6))
				dst[i] = src[i*sa].Add(d)
			}
		}
		return out, nil
	}
}

func addMillis(dst, a, b []int64, sa, sb int, factor int64) {
	if sa == 1 && sb == 0 {
		k := b[0] * factor
		a = a[:len(dst)]
		for i := range dst {
			dst[i] = a[i] + k
		}
		return
	}
	for i := range dst {
		dst[i] = a[i*sa] + b[i*sb]*factor
	}
}

// scaleInterval compiles interval * number and interval / number.
func (c *compiler) scaleInterval(e *expr.Expr, op string, args []*node) (*node, error) {
	if !args[0].typ.IsInterval() {
		args = []*node{args[1], args[0]}
	}
	t := e.Type
	if args[1].typ.IsInteger() {
		whole := types.BigIntType()
		if t.Kind == types.IntervalYearMonth {
			whole = types.IntType()
		}
		y, err := c.coerce(args[1], whole)
		if err != nil {
			return nil, err
		}
		k, fails := numericKernel(op, t)
		n := c.call(e, t, k, args[0], y)
		if fails && (y.konst == nil || isZero(y.konst)) {
			failing(n)
		}
		return n, nil
	}
	y, err := c.coerce(args[1], types.DoubleType())
	if err != nil {
		return nil, err
	}
	return c.call(e, t, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, a...)
		sx, sy := step(f, a[0]), step(f, a[1])
		factors := vector.Values[float64](a[1])
		for i := range f.n {
			k := factors[i*sy]
			if op == "/" {
				k = 1 / k
			}
			if t.Kind == types.IntervalYearMonth {
				vector.Values[int32](out)[i] = int32(float64(vector.Values[int32](a[0])[i*sx]) * k)
			} else {
				vector.Values[int64](out)[i] = int64(float64(vector.Values[int64](a[0])[i*sx]) * k)
			}
		}
		return out, nil
	}, args[0], y), nil
}
