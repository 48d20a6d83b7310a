package eval

import (
	"bytes"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerCompare(r registry) {
	r.strict(buildCompare, "=", "<>", "<", "<=", ">", ">=")
	r.add(buildDistinct, "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
}

// comparison is the kind of a comparison.
type comparison uint8

const (
	equal comparison = iota
	less
	lessEqual
	greater
	greaterEqual
	notEqual
)

func comparisonOf(fn string) comparison {
	switch fn {
	case "=":
		return equal
	case "<":
		return less
	case "<=":
		return lessEqual
	case ">":
		return greater
	case ">=":
		return greaterEqual
	default:
		return notEqual
	}
}

// swapped is the comparison with its operands exchanged.
func (op comparison) swapped() comparison {
	switch op {
	case less:
		return greater
	case lessEqual:
		return greaterEqual
	case greater:
		return less
	case greaterEqual:
		return lessEqual
	default:
		return op
	}
}

// accepts tells whether the comparison holds for a three-way result.
func (op comparison) accepts(c int) bool {
	switch op {
	case equal:
		return c == 0
	case less:
		return c < 0
	case lessEqual:
		return c <= 0
	case greater:
		return c > 0
	case greaterEqual:
		return c >= 0
	default:
		return c != 0
	}
}

func buildCompare(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args, k, err := c.compareKernel(comparisonOf(e.Func), args)
	if err != nil {
		return nil, err
	}
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, a...)
		k(f, out, a[0], a[1])
		return out, nil
	}, args...), nil
}

// comparer writes the truth of a comparison into out.Data, or, for nested types, NULL into out too.
type comparer func(f *frame, out, a, b *vector.Vector)

// compareKernel chooses the kernel and brings the operands to one type.
func (c *compiler) compareKernel(op comparison, args []*node) ([]*node, comparer, error) {
	a, b, err := c.commonOperands(args[0], args[1])
	if err != nil {
		return nil, nil, err
	}
	args = []*node{a, b}
	if a.typ.Kind == types.Decimal && a.typ.Scale != b.typ.Scale {
		return args, compareScales(op, a.typ, b.typ), nil
	}
	switch s := a.typ.Storage(); s {
	case types.StoreBool:
		return args, compareBools(op), nil
	case types.StoreI8:
		return args, compareFixed[int8](op), nil
	case types.StoreI16:
		return args, compareFixed[int16](op), nil
	case types.StoreI32:
		return args, compareFixed[int32](op), nil
	case types.StoreI64:
		return args, compareFixed[int64](op), nil
	case types.StoreF32:
		return args, compareFixed[float32](op), nil
	case types.StoreF64:
		return args, compareFixed[float64](op), nil
	case types.StoreI128:
		return args, compareWide(op), nil
	case types.StoreBytes:
		if op == equal || op == notEqual {
			return args, equalBytes(op), nil
		}
		return args, compareBytes(op), nil
	case types.StoreNone:
		return args, func(_ *frame, out, _, _ *vector.Vector) { out.AllNull() }, nil
	default:
		return args, compareNested(op, a.typ), nil
	}
}

// commonOperands casts operands whose storage differs to one type, without loss.
func (c *compiler) commonOperands(a, b *node) (*node, *node, error) {
	ta, tb := a.typ, b.typ
	var t types.Type
	switch {
	case ta.Kind == types.Null:
		return c.null(tb), b, nil
	case tb.Kind == types.Null:
		return a, c.null(ta), nil
	case ta.Kind == types.Decimal && tb.Kind == types.Decimal:
		if ta.Scale == tb.Scale && ta.Storage() == tb.Storage() {
			return a, b, nil
		}
		scale := max(ta.Scale, tb.Scale)
		precision := max(ta.Precision-ta.Scale, tb.Precision-tb.Scale) + scale
		if precision > decimal.MaxPrecision {
			a, err := c.coerce(a, types.DecimalType(decimal.MaxPrecision, ta.Scale))
			if err != nil {
				return nil, nil, err
			}
			b, err := c.coerce(b, types.DecimalType(decimal.MaxPrecision, tb.Scale))
			return a, b, err
		}
		t = types.DecimalType(precision, scale)
	case ta.Storage() == tb.Storage() && !(ta.IsTimestamp() && tb.IsTimestamp() && ta.TimeUnit() != tb.TimeUnit()):
		return a, b, nil
	case ta.IsNumeric() && tb.IsNumeric():
		t = wider(ta, tb)
	case ta.IsTimestamp() && tb.IsTimestamp():
		t = ta
		t.Precision = max(ta.Precision, tb.Precision)
	default:
		t = ta
	}
	a, err := c.coerce(a, t)
	if err != nil {
		return nil, nil, err
	}
	b, err = c.coerce(b, t)
	return a, b, err
}

// wider is a numeric type that holds the values of both.
func wider(a, b types.Type) types.Type {
	switch {
	case a.Kind == types.Double || b.Kind == types.Double || (a.Kind == types.Float || b.Kind == types.Float) && a.Kind != b.Kind:
		return types.DoubleType()
	case a.Kind == types.Decimal && b.IsInteger():
		return types.DecimalType(max(a.Precision, min(38, 19+a.Scale)), a.Scale)
	case b.Kind == types.Decimal && a.IsInteger():
		return types.DecimalType(max(b.Precision, min(38, 19+b.Scale)), b.Scale)
	case a.Kind >= b.Kind:
		return a
	default:
		return b
	}
}

func compareFixed[T ordered](op comparison) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		x, y := vector.Values[T](a), vector.Values[T](b)
		op := op
		if len(x) != f.n { // constant on the left
			x, y, op = y, x, op.swapped()
		}
		if len(x) != f.n { // both constant
			vector.FillBits(out.Data, f.n, compareValues(op, x[0], y[0]))
			return
		}
		dst := out.Data
		if len(y) == f.n {
			//exhaustive:enforce
			switch op {
			case equal, notEqual:
				eqCC(dst, x, y)
			case less:
				ltCC(dst, x, y)
			case lessEqual:
				leCC(dst, x, y)
			case greater:
				ltCC(dst, y, x)
			case greaterEqual:
				leCC(dst, y, x)
			}
		} else {
			//exhaustive:enforce
			switch op {
			case equal, notEqual:
				eqCK(dst, x, y[0])
			case less:
				ltCK(dst, x, y[0])
			case lessEqual:
				leCK(dst, x, y[0])
			case greater:
				gtCK(dst, x, y[0])
			case greaterEqual:
				geCK(dst, x, y[0])
			}
		}
		if op == notEqual {
			invert(dst)
		}
	}
}

func compareValues[T ordered](op comparison, x, y T) bool {
	switch op {
	case equal:
		return x == y
	case less:
		return x < y
	case lessEqual:
		return x <= y
	case greater:
		return x > y
	case greaterEqual:
		return x >= y
	default:
		return x != y
	}
}

func compareBools(op comparison) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		word := func(v *vector.Vector, i int) byte {
			if v.Len != f.n {
				return -b2u(v.Bool(0))
			}
			return v.Data[i]
		}
		for i := range out.Data {
			x, y := word(a, i), word(b, i)
			//exhaustive:enforce
			switch op {
			case equal:
				out.Data[i] = ^(x ^ y)
			case notEqual:
				out.Data[i] = x ^ y
			case less:
				out.Data[i] = ^x & y
			case lessEqual:
				out.Data[i] = ^x | y
			case greater:
				out.Data[i] = x & ^y
			case greaterEqual:
				out.Data[i] = x | ^y
			}
		}
	}
}

// step is 1 for a column and 0 for a constant: the factor of the row number.
func step(f *frame, v *vector.Vector) int {
	if v.Len == f.n {
		return 1
	}
	return 0
}

func compareWide(op comparison) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		x, y := vector.Values[decimal.Int128](a), vector.Values[decimal.Int128](b)
		sa, sb := step(f, a), step(f, b)
		var m byte
		for i := range f.n {
			m |= b2u(op.accepts(x[i*sa].Cmp(y[i*sb]))) << (i & 7)
			if i&7 == 7 || i == f.n-1 {
				out.Data[i>>3] = m
				m = 0
			}
		}
	}
}

func compareScales(op comparison, ta, tb types.Type) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		x, y := vector.Values[decimal.Int128](a), vector.Values[decimal.Int128](b)
		sa, sb := step(f, a), step(f, b)
		for i := range f.n {
			if op.accepts(decimal.Compare(x[i*sa], ta.Scale, y[i*sb], tb.Scale)) {
				vector.SetBit(out.Data, i)
			}
		}
	}
}

func compareBytes(op comparison) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		sa, sb := step(f, a), step(f, b)
		var m byte
		for i := range f.n {
			m |= b2u(op.accepts(bytes.Compare(a.Bytes(i*sa), b.Bytes(i*sb)))) << (i & 7)
			if i&7 == 7 || i == f.n-1 {
				out.Data[i>>3] = m
				m = 0
			}
		}
	}
}

func equalBytes(op comparison) comparer {
	return func(f *frame, out, a, b *vector.Vector) {
		if a.Len != f.n {
			a, b = b, a
		}
		if b.Len != f.n && a.Len == f.n {
			equalBytesConst(out.Data, a, b.Bytes(0))
		} else {
			sa, sb := step(f, a), step(f, b)
			for i := range f.n {
				if bytes.Equal(a.Bytes(i*sa), b.Bytes(i*sb)) {
					vector.SetBit(out.Data, i)
				}
			}
		}
		if op == notEqual {
			invert(out.Data)
		}
	}
}

func equalBytesConst(dst []byte, a *vector.Vector, k []byte) {
	n := int32(len(k))
	from := a.Offsets[0]
	for i, to := range a.Offsets[1 : a.Len+1] {
		if to-from == n && string(a.Data[from:to]) == string(k) {
			dst[i>>3] |= 1 << (i & 7)
		}
		from = to
	}
}

func buildDistinct(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args, k, err := c.compareKernel(equal, args)
	if err != nil {
		return nil, err
	}
	distinct := e.Func == "IS DISTINCT FROM"
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		k(f, out, a[0], a[1])
		if out.Valid != nil { // a NULL field of a ROW: decided value by value
			for i := range f.n {
				vector.PutBit(out.Data, i, sameValue(a[0], i*step(f, a[0]), a[1], i*step(f, a[1])))
			}
			out.Valid = nil
		} else if a[0].Valid != nil || a[1].Valid != nil {
			for i := range f.n {
				x, y := isNull(f, a[0], i), isNull(f, a[1], i)
				if x || y {
					vector.PutBit(out.Data, i, x && y)
				}
			}
		}
		if distinct {
			invert(out.Data)
		}
		return out, nil
	}, args...), nil
}
