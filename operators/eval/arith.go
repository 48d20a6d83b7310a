package eval

import (
	"errors"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerArithmetic(r registry) {
	r.strict(buildArithmetic, "+", "-", "*", "/", "%", "MOD")
	r.strict(buildNegate, "NEG")
	r.strict(func(_ *compiler, _ *expr.Expr, args []*node) (*node, error) { return args[0], nil }, "POS")
}

var errDivision = errors.New("division by zero")

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64
}

type float interface{ ~float32 | ~float64 }

// loops are the three shapes of a binary operation: column with column, column with constant, constant with column.
type loops[T any] struct {
	cc func(dst, a, b []T)
	ck func(dst, a []T, k T)
	kc func(dst []T, k T, b []T)
}

func addLoops[T integer | float]() loops[T] {
	return loops[T]{
		func(dst, a, b []T) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = a[i] + b[i]
			}
		},
		func(dst, a []T, k T) {
			a = a[:len(dst)]
			for i := range dst {
				dst[i] = a[i] + k
			}
		},
		func(dst []T, k T, b []T) {
			b = b[:len(dst)]
			for i := range dst {
				dst[i] = k + b[i]
			}
		},
	}
}

func subLoops[T integer | float]() loops[T] {
	return loops[T]{
		func(dst, a, b []T) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = a[i] - b[i]
			}
		},
		func(dst, a []T, k T) {
			a = a[:len(dst)]
			for i := range dst {
				dst[i] = a[i] - k
			}
		},
		func(dst []T, k T, b []T) {
			b = b[:len(dst)]
			for i := range dst {
				dst[i] = k - b[i]
			}
		},
	}
}

func mulLoops[T integer | float]() loops[T] {
	return loops[T]{
		func(dst, a, b []T) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = a[i] * b[i]
			}
		},
		func(dst, a []T, k T) {
			a = a[:len(dst)]
			for i := range dst {
				dst[i] = a[i] * k
			}
		},
		func(dst []T, k T, b []T) {
			b = b[:len(dst)]
			for i := range dst {
				dst[i] = k * b[i]
			}
		},
	}
}

func divLoops[T float]() loops[T] {
	return loops[T]{
		func(dst, a, b []T) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = a[i] / b[i]
			}
		},
		func(dst, a []T, k T) {
			a = a[:len(dst)]
			for i := range dst {
				dst[i] = a[i] / k
			}
		},
		func(dst []T, k T, b []T) {
			b = b[:len(dst)]
			for i := range dst {
				dst[i] = k / b[i]
			}
		},
	}
}

// kernel applies the loops to columns of t.
func (l loops[T]) kernel(t types.Type) kernel {
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, a, b := vector.Values[T](out), vector.Values[T](args[0]), vector.Values[T](args[1])
		switch {
		case len(a) == f.n && len(b) == f.n:
			l.cc(dst, a, b)
		case len(a) == f.n:
			l.ck(dst, a, b[0])
		case len(b) == f.n:
			l.kc(dst, a[0], b)
		default:
			for i := range dst {
				dst[i] = a[0]
			}
			l.ck(dst, dst, b[0])
		}
		return out, nil
	}
}

// numericKernel chooses the kernel of an operator for two operands of the storage of t.
func numericKernel(op string, t types.Type) (k kernel, fails bool) {
	switch t.Storage() {
	case types.StoreI8:
		return integerKernel[int8](op, t)
	case types.StoreI16:
		return integerKernel[int16](op, t)
	case types.StoreI32:
		return integerKernel[int32](op, t)
	case types.StoreI64:
		return integerKernel[int64](op, t)
	case types.StoreF32:
		return floatKernel[float32](op, t), false
	case types.StoreF64:
		return floatKernel[float64](op, t), false
	default:
		return nil, false
	}
}

func integerKernel[T integer](op string, t types.Type) (kernel, bool) {
	switch op {
	case "+":
		return addLoops[T]().kernel(t), false
	case "-":
		return subLoops[T]().kernel(t), false
	case "*":
		return mulLoops[T]().kernel(t), false
	case "/":
		return divideKernel[T](t, false), true
	default:
		return divideKernel[T](t, true), true
	}
}

func floatKernel[T float](op string, t types.Type) kernel {
	switch op {
	case "+":
		return addLoops[T]().kernel(t)
	case "-":
		return subLoops[T]().kernel(t)
	case "*":
		return mulLoops[T]().kernel(t)
	case "/":
		return divLoops[T]().kernel(t)
	default:
		return nil
	}
}

// divideKernel divides integers, or takes the remainder, and fails for a zero divisor where the row is not NULL.
func divideKernel[T integer](t types.Type, rem bool) kernel {
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, a, b := vector.Values[T](out), vector.Values[T](args[0]), vector.Values[T](args[1])
		sa, sb := step(f, args[0]), step(f, args[1])
		if sb == 0 && b[0] != 0 && sa == 1 {
			divideConst(dst, a, b[0], rem)
			return out, nil
		}
		for i := range dst {
			x, y := a[i*sa], b[i*sb]
			switch {
			case y == 0:
				if !out.IsNull(i) {
					out.Release()
					return nil, errDivision
				}
				dst[i] = 0
			case rem:
				dst[i] = x % y
			default:
				dst[i] = x / y
			}
		}
		return out, nil
	}
}

func divideConst[T integer](dst, a []T, k T, rem bool) {
	a = a[:len(dst)]
	d, ok := newDivisor(int64(k))
	switch {
	case !ok && rem:
		for i := range dst {
			dst[i] = a[i] % k
		}
	case !ok:
		for i := range dst {
			dst[i] = a[i] / k
		}
	case rem:
		for i := range dst {
			x := int64(a[i])
			dst[i] = T(x - d.quotient(x)*d.d)
		}
	default:
		for i := range dst {
			dst[i] = T(d.quotient(int64(a[i])))
		}
	}
}

func buildArithmetic(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if len(args) == 1 && e.Func == "-" {
		return buildNegate(c, e, args)
	}
	if len(args) != 2 {
		return nil, unsupported(e)
	}
	op := e.Func
	if op == "MOD" {
		op = "%"
	}
	a, b := args[0].typ, args[1].typ
	switch {
	case a.IsTemporal() || b.IsTemporal() || a.IsInterval() || b.IsInterval():
		return c.temporalArithmetic(e, op, args)
	case !a.IsNumeric() || !b.IsNumeric():
		return nil, unsupported(e)
	case a.Kind == types.Decimal || b.Kind == types.Decimal:
		if e.Type.Kind == types.Decimal {
			return c.decimalArithmetic(e, op, args)
		}
	}
	t := e.Type
	if op == "%" && t.IsInteger() && a.IsInteger() && b.IsInteger() {
		t = wider(a, b)
	}
	args = append([]*node(nil), args...)
	for i := range args {
		if err := c.coerceTo(&args[i], t); err != nil {
			return nil, err
		}
	}
	k, fails := numericKernel(op, t)
	if k == nil {
		return nil, unsupported(e)
	}
	n := c.call(e, t, k, args...)
	if fails && (args[1].konst == nil || isZero(args[1].konst)) {
		failing(n)
	}
	return c.coerce(n, e.Type)
}

func isZero(v *vector.Vector) bool {
	x, ok := Value(v, 0).(int64)
	return !ok || x == 0
}

func buildNegate(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	t := e.Type
	n, err := c.coerce(args[0], t)
	if err != nil {
		return nil, err
	}
	var k kernel
	switch t.Storage() {
	case types.StoreI8:
		k = negateKernel[int8](t)
	case types.StoreI16:
		k = negateKernel[int16](t)
	case types.StoreI32:
		k = negateKernel[int32](t)
	case types.StoreI64:
		k = negateKernel[int64](t)
	case types.StoreF32:
		k = negateKernel[float32](t)
	case types.StoreF64:
		k = negateKernel[float64](t)
	case types.StoreI128:
		k = negateWide(t)
	default:
		return nil, unsupported(e)
	}
	return c.call(e, t, k, n), nil
}

func negateKernel[T integer | float](t types.Type) kernel {
	return func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, args...)
		dst, a := vector.Values[T](out), vector.Values[T](args[0])
		for i := range a {
			dst[i] = -a[i]
		}
		return out, nil
	}
}
