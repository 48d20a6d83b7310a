package eval

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/kernel/text"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerMath(r registry) {
	one := func(fn func(float64) float64, names ...string) {
		r.floats(fixed(floatFunc(func(a []arg, i int) float64 { return fn(a[0].float(i)) })), names...)
	}
	two := func(fn func(x, y float64) float64, names ...string) {
		r.floats(fixed(floatFunc(func(a []arg, i int) float64 { return fn(a[0].float(i), a[1].float(i)) })), names...)
	}
	one(number.Sqrt, "SQRT")
	one(number.Log, "LN")
	one(number.Log10, "LOG10")
	one(number.Log2, "LOG2")
	one(math.Exp, "EXP")
	one(math.Sin, "SIN")
	one(math.Cos, "COS")
	one(math.Tan, "TAN")
	one(number.Cot, "COT")
	one(math.Asin, "ASIN")
	one(math.Acos, "ACOS")
	one(math.Atan, "ATAN")
	one(math.Sinh, "SINH")
	one(math.Cosh, "COSH")
	one(math.Tanh, "TANH")
	one(number.Degrees, "DEGREES")
	one(number.Radians, "RADIANS")
	two(math.Atan2, "ATAN2")
	two(number.Power, "POWER")
	r.floats(fixed(floatFunc(func(a []arg, i int) float64 {
		if len(a) == 1 {
			return number.Log(a[0].float(i))
		}
		return number.LogBase(a[0].float(i), a[1].float(i))
	})), "LOG")
	r.add(constantDouble(math.Pi), "PI")
	r.add(constantDouble(math.E), "E")
	r.strict(buildAbs, "ABS")
	r.strict(buildSign, "SIGN")
	r.strict(buildRound, "ROUND", "TRUNCATE")
	r.strict(buildFloorCeil, "FLOOR", "CEIL", "CEILING")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { return number.AppendBin(dst, a[0].int(i)), nil })), "BIN")
	r.texts(traits{}, makeHex, "HEX")
	r.add(buildRandom, "RAND", "RAND_INTEGER", "UUID")
	r.add(buildExtreme, "GREATEST", "LEAST")
}

func constantDouble(x float64) builder {
	return func(c *compiler, e *expr.Expr, _ []*node) (*node, error) {
		v, err := constant(c.pool, x, e.Type)
		return c.constNode(v), err
	}
}

func makeHex(_ *compiler, _ *expr.Expr, args []*node) (textFunc, error) {
	if args[0].typ.IsInteger() {
		return func(a []arg, i int, dst []byte) ([]byte, error) { return number.AppendHex(dst, a[0].int(i)), nil }, nil
	}
	return func(a []arg, i int, dst []byte) ([]byte, error) { return text.AppendHex(dst, a[0].bytes(i)), nil }, nil
}

// unary makes a node of one numeric argument from a kernel for each storage.
func (c *compiler) unary(e *expr.Expr, arg *node, t types.Type, k kernel) (*node, error) {
	n, err := c.coerce(arg, t)
	if err != nil {
		return nil, err
	}
	return c.call(e, t, k, n), nil
}

func absKernel[T integer | float](t types.Type) kernel {
	return mapped[T, T](t, func(x T) T {
		if x < 0 {
			return -x
		}
		return x + 0 // -0.0 becomes 0.0
	}).k
}

func buildAbs(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	t := e.Type
	var k kernel
	switch t.Storage() {
	case types.StoreI8:
		k = absKernel[int8](t)
	case types.StoreI16:
		k = absKernel[int16](t)
	case types.StoreI32:
		k = absKernel[int32](t)
	case types.StoreI64:
		k = absKernel[int64](t)
	case types.StoreF32:
		k = absKernel[float32](t)
	case types.StoreF64:
		k = absKernel[float64](t)
	case types.StoreI128:
		k = mapped[decimal.Int128, decimal.Int128](t, decimal.Int128.Abs).k
	default:
		return nil, unsupported(e)
	}
	return c.unary(e, args[0], t, k)
}

func signKernel[T integer](t types.Type, one T) kernel {
	return mapped[T, T](t, func(x T) T {
		switch {
		case x < 0:
			return -one
		case x > 0:
			return one
		default:
			return 0
		}
	}).k
}

func buildSign(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	t := e.Type
	var k kernel
	switch t.Storage() {
	case types.StoreI8:
		k = signKernel[int8](t, 1)
	case types.StoreI16:
		k = signKernel[int16](t, 1)
	case types.StoreI32:
		k = signKernel[int32](t, 1)
	case types.StoreI64:
		one := int64(1)
		if t.Kind == types.Decimal {
			one = decimal.Pow10(t.Scale)
		}
		k = signKernel(t, one)
	case types.StoreF32:
		k = mapped[float32, float32](t, func(x float32) float32 { return float32(number.Sign(float64(x))) }).k
	case types.StoreF64:
		k = mapped[float64, float64](t, number.Sign).k
	case types.StoreI128:
		k = mapped[decimal.Int128, decimal.Int128](t, func(x decimal.Int128) decimal.Int128 { return decimal.Signum(x, t.Scale) }).k
	default:
		return nil, unsupported(e)
	}
	return c.unary(e, args[0], t, k)
}

// buildRound compiles ROUND and TRUNCATE.
func buildRound(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	truncate := e.Func == "TRUNCATE"
	args, err := c.prepare(args)
	if err != nil {
		return nil, err
	}
	x := args[0]
	if orig := e.Args[0].Type; orig.Kind == types.Float {
		if x, err = c.coerce(x, types.FloatType()); err != nil {
			return nil, err
		}
	}
	operands := []*node{x}
	if len(args) > 1 {
		operands = append(operands, args[1])
	}
	digits := func(f *frame, vs []*vector.Vector, i int) int {
		if len(vs) == 1 {
			return 0
		}
		return int(max(-400, min(vector.Values[int64](vs[1])[i*step(f, vs[1])], 400)))
	}
	one, err := roundOne(e, x.typ, truncate)
	if err != nil {
		return nil, err
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		s := step(f, vs[0])
		for i := range f.n {
			if out.IsNull(i) {
				continue
			}
			if !one(out, i, vs[0], i*s, digits(f, vs, i)) {
				out.SetNull(i)
			}
		}
		return out, nil
	}, operands...), nil
}

// roundOne rounds one value; false: NULL.
func roundOne(e *expr.Expr, t types.Type, truncate bool) (func(out *vector.Vector, i int, v *vector.Vector, j, digits int) bool, error) {
	switch {
	case t.IsInteger():
		fn := number.RoundInt64
		if truncate {
			fn = number.TruncateInt64
		}
		return func(out *vector.Vector, i int, v *vector.Vector, j, digits int) bool {
			x := vector.Values[int64](v)[j]
			if digits < 0 {
				x = fn(x, digits)
			}
			putInt(out, i, x)
			return true
		}, nil
	case t.Kind == types.Float:
		fn := number.RoundFloat
		if truncate {
			fn = number.TruncateFloat
		}
		return func(out *vector.Vector, i int, v *vector.Vector, j, digits int) bool {
			x := vector.Values[float32](v)[j]
			if r, ok := fn(x, digits); ok {
				x = r
			}
			vector.Values[float32](out)[i] = x
			return true
		}, nil
	case t.Kind == types.Double:
		fn := number.RoundDouble
		if truncate {
			fn = number.TruncateDouble
		}
		return func(out *vector.Vector, i int, v *vector.Vector, j, digits int) bool {
			x := vector.Values[float64](v)[j]
			if r, ok := fn(x, digits); ok {
				x = r
			}
			vector.Values[float64](out)[i] = x
			return true
		}, nil
	case t.Kind == types.Decimal:
		how := decimal.HalfUp
		if truncate {
			how = decimal.Down
		}
		return func(out *vector.Vector, i int, v *vector.Vector, j, digits int) bool {
			r, ok := decimal.Round(decimalAt(v, j), t.Scale, max(digits, -38), how, out.Type.Precision, out.Type.Scale)
			putDecimal(out, i, r)
			return ok
		}, nil
	default:
		return nil, unsupported(e)
	}
}

// buildFloorCeil compiles FLOOR and CEIL of numbers, and of temporal values to a unit.
func buildFloorCeil(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if len(args) == 2 {
		return buildFloorTo(c, e, args)
	}
	floor := e.Func == "FLOOR"
	x := args[0]
	switch t := x.typ; {
	case t.IsInteger():
		return x, nil
	case t.Kind == types.Float:
		fn := math.Ceil
		if floor {
			fn = math.Floor
		}
		return c.call(e, e.Type, mapped[float32, float32](e.Type, func(x float32) float32 { return float32(fn(float64(x))) }).k, x), nil
	case t.Kind == types.Double:
		fn := math.Ceil
		if floor {
			fn = math.Floor
		}
		return c.call(e, e.Type, mapped[float64, float64](e.Type, fn).k, x), nil
	case t.Kind == types.Decimal:
		how := decimal.Ceil
		if floor {
			how = decimal.Floor
		}
		return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			out := f.new(e.Type)
			strictValid(f, out, vs...)
			for i := range f.n {
				r, ok := decimal.Round(decimalAt(vs[0], i*step(f, vs[0])), t.Scale, 0, how, e.Type.Precision, e.Type.Scale)
				if !ok {
					out.SetNull(i)
				}
				putDecimal(out, i, r)
			}
			return out, nil
		}, x), nil
	default:
		return nil, unsupported(e)
	}
}

// buildRandom compiles RAND, RAND_INTEGER and UUID: another value for every row and call. With a constant seed RAND and RAND_INTEGER are
// Java's sequence, from its start in every instance; with the seeds of a column each row has the first value of its own sequence.
func buildRandom(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args, err := c.prepare(args)
	if err != nil {
		return nil, err
	}
	seed := rand.Int64()
	seeded := e.Func == "RAND" && len(args) == 1 || e.Func == "RAND_INTEGER" && len(args) == 2
	constant := !seeded || args[0].konst != nil
	var g *number.Random
	n := c.special(e, e.Type, func(n *node, f *frame) (*vector.Vector, error) {
		var bound *vector.Vector
		if len(n.args) > 0 {
			v, err := f.full(n.args[len(n.args)-1])
			if err != nil {
				return nil, err
			}
			defer v.Release()
			bound = v
		}
		if !constant {
			seeds, err := f.full(n.args[0])
			if err != nil {
				return nil, err
			}
			defer seeds.Release()
			return randomValues(e, f, func(i int) *number.Random { return number.NewRandom(vector.Values[int64](seeds)[i]) }, bound)
		}
		if g == nil {
			if seeded {
				v, err := f.full(n.args[0])
				if err != nil {
					return nil, err
				}
				if v.Len > 0 && !v.IsNull(0) {
					seed = vector.Values[int64](v)[0]
				}
				v.Release()
			}
			g = number.NewRandom(seed)
		}
		return randomValues(e, f, func(int) *number.Random { return g }, bound)
	}, args...)
	n.random = true
	return dear(n), nil
}

func randomValues(e *expr.Expr, f *frame, g func(i int) *number.Random, bound *vector.Vector) (*vector.Vector, error) {
	if e.Func == "UUID" {
		b := f.textBuffer(e.Type, 36*f.n)
		for i := range f.n {
			b.put(i, appendUUID(b.next(36)))
		}
		return b.finish(), nil
	}
	out := f.new(e.Type)
	for i := range f.n {
		if e.Func == "RAND" {
			if bound != nil && bound.IsNull(i) {
				out.SetNull(i)
			}
			vector.Values[float64](out)[i] = g(i).Double()
			continue
		}
		if bound.IsNull(i) {
			out.SetNull(i)
			continue
		}
		x, ok := g(i).Int(int32(vector.Values[int64](bound)[i]))
		if !ok {
			out.Release()
			return nil, fmt.Errorf("bound %d is not positive", vector.Values[int64](bound)[i])
		}
		vector.Values[int32](out)[i] = x
	}
	return out, nil
}

// appendUUID appends a random UUID, version 4.
func appendUUID(dst []byte) []byte {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], rand.Uint64())
	binary.LittleEndian.PutUint64(raw[8:], rand.Uint64())
	raw[6], raw[8] = raw[6]&0x0F|0x40, raw[8]&0x3F|0x80
	for k, x := range raw {
		if k == 4 || k == 6 || k == 8 || k == 10 {
			dst = append(dst, '-')
		}
		const digits = "0123456789abcdef"
		dst = append(dst, digits[x>>4], digits[x&15])
	}
	return dst
}

// buildExtreme compiles GREATEST and LEAST: NULL if any argument is.
func buildExtreme(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i := range args {
		if args[i].isNull() {
			return c.null(e.Type), nil
		}
		if err := c.coerceTo(&args[i], e.Type); err != nil {
			return nil, err
		}
	}
	sign := 1
	if e.Func == "LEAST" {
		sign = -1
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		b := vector.NewBuilder(f.pool, e.Type, f.n)
		defer b.Release()
		for i := range f.n {
			best, null := 0, false
			for k, v := range vs {
				null = null || isNull(f, v, i)
				if k > 0 && !null && compareAt(v, i*step(f, v), vs[best], i*step(f, vs[best]))*sign > 0 {
					best = k
				}
			}
			if null {
				b.AppendNull()
				continue
			}
			b.AppendFrom(vs[best], i*step(f, vs[best]))
		}
		return b.Finish(), nil
	}, args...), nil
}
