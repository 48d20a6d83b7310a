package eval

import (
	"errors"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// Row-wise kernels are for functions whose work on one value is far dearer than a call: texts, patterns, dates in words. The loop, NULLs and
// the buffer are here; the function sees one row.

// arg is an argument of a row-wise function. A constant has the same value in every row.
type arg struct {
	*vector.Vector
	step int
}

func (a arg) null(i int) bool    { return a.IsNull(i * a.step) }
func (a arg) bytes(i int) []byte { return a.Bytes(i * a.step) }
func (a arg) bool(i int) bool    { return a.Bool(i * a.step) }

// int reads an integer argument, which the builder has cast to BIGINT.
func (a arg) int(i int) int64 { return vector.Values[int64](a.Vector)[i*a.step] }

// float reads a DOUBLE argument.
func (a arg) float(i int) float64 { return vector.Values[float64](a.Vector)[i*a.step] }

// errNull is how a row-wise function says that its result is NULL.
var errNull = errors.New("NULL")

// The row-wise functions, by result. Any error but errNull fails the query.
type (
	textFunc  func(a []arg, i int, dst []byte) ([]byte, error)
	intFunc   func(a []arg, i int) (int64, error)
	boolFunc  func(a []arg, i int) (bool, error)
	floatFunc func(a []arg, i int) float64
)

// traits say how a row-wise function is to be called.
type traits struct {
	loose bool // called for rows with NULL arguments too
	fails bool // can fail
	elem  bool // of an array and an element of it: no argument is widened
	memo  bool // dear and a function of its one argument that is not constant: equal values of a batch are computed once
}

// maker makes the function for one call; it may keep what is constant.
type maker[F any] func(c *compiler, e *expr.Expr, args []*node) (F, error)

func fixed[F any](fn F) maker[F] {
	return func(*compiler, *expr.Expr, []*node) (F, error) { return fn, nil }
}

// prepare casts integer arguments to BIGINT and FLOAT to DOUBLE.
func (c *compiler) prepare(args []*node) ([]*node, error) {
	args = append([]*node(nil), args...)
	for i, a := range args {
		t := types.BigIntType()
		switch {
		case a.typ.Kind == types.Float:
			t = types.DoubleType()
		case !a.typ.IsInteger():
			continue
		}
		if err := c.coerceTo(&args[i], t); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func (c *compiler) arguments(t traits, args []*node) ([]*node, error) {
	if !t.elem {
		return c.prepare(args)
	}
	args = append([]*node(nil), args...)
	return args, c.coerceTo(&args[1], *args[0].typ.Elem)
}

func (r registry) register(t traits, build builder, names []string) {
	for _, n := range names {
		r[n] = entry{strict: !t.loose, build: func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
			args, err := c.arguments(t, args)
			if err != nil {
				return nil, err
			}
			m, err := build(c, e, args)
			if err != nil {
				return nil, err
			}
			if t.fails {
				failing(m)
			}
			return dear(m), nil
		}}
	}
}

// texts registers functions whose result is text or binary.
func (r registry) texts(t traits, m maker[textFunc], names ...string) {
	r.register(t, func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		fn, err := m(c, e, args)
		if err != nil {
			return nil, err
		}
		one := -1
		if t.memo && !t.loose {
			one = onlyVariable(args)
		}
		return c.call(e, e.Type, textKernel(e.Type, t, fn, one), args...), nil
	}, names)
}

// onlyVariable is the position of the only argument that is not constant, if it is text; else -1.
func onlyVariable(args []*node) int {
	at := -1
	for i, a := range args {
		if a.konst != nil {
			continue
		}
		if at >= 0 || a.typ.Storage() != types.StoreBytes {
			return -1
		}
		at = i
	}
	return at
}

func bind(f *frame, vs []*vector.Vector, space []arg) []arg {
	for _, v := range vs {
		space = append(space, arg{v, step(f, v)})
	}
	return space
}

func textKernel(t types.Type, tr traits, fn textFunc, one int) kernel {
	return func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		var space [4]arg
		a := bind(f, vs, space[:0])
		hint := 0
		for _, v := range vs {
			if v.Len == f.n && v.Offsets != nil {
				hint = max(hint, len(v.Data))
			}
		}
		b := f.textBuffer(t, hint)
		if !tr.loose {
			strictValid(f, b.out, vs...)
		}
		var memo *memo
		if one >= 0 {
			memo = f.memoOf()
		}
		for i := range f.n {
			if b.out.IsNull(i) {
				b.skip(i)
				continue
			}
			if memo != nil {
				if j := memo.find(vs[one], i); j >= 0 {
					b.same(i, j)
					continue
				}
			}
			dst, err := fn(a, i, b.next(64))
			switch err {
			case nil:
				b.put(i, dst)
			case errNull: //nolint:errorlint // per row, and errNull is never wrapped
				b.null(i)
			default:
				b.finish().Release()
				return nil, err
			}
		}
		return b.finish(), nil
	}
}

// same ends value i as a copy of value j, which was put before.
func (b *textBuffer) same(i, j int) {
	if b.out.IsNull(j) {
		b.null(i)
		return
	}
	from, to := b.out.Offsets[j], b.out.Offsets[j+1]
	dst := b.next(int(to - from))
	b.put(i, append(dst, b.out.Data[:to:to][from:to]...))
}

// memo finds rows of a batch with equal text: a direct-mapped table from a hash to the last row that had it.
type memo struct{ rows [1024]int32 }

// memoOf lends the engine's memo, emptied.
func (g *engine) memoOf() *memo {
	if g.table == nil {
		g.table = &memo{}
	}
	for i := range g.table.rows {
		g.table.rows[i] = -1
	}
	return g.table
}

// find returns an earlier row with the same text as row i, or -1, and remembers i.
func (m *memo) find(v *vector.Vector, i int) int {
	x := v.Bytes(i)
	slot := &m.rows[hashText(x)&1023]
	j := int(*slot)
	if j >= 0 && string(v.Bytes(j)) == string(x) {
		return j
	}
	*slot = int32(i)
	return -1
}

// hashText mixes the length, the start, the middle and the end of a text.
func hashText(x []byte) uint64 {
	n := len(x)
	h := uint64(n)
	if n >= 8 {
		h = hash64(h ^ word(x, 0))
		h = hash64(h ^ word(x, n/2-4))
		h = hash64(h ^ word(x, n-8))
		if n > 32 {
			h = hash64(h ^ word(x, n/4))
			h = hash64(h ^ word(x, n-16))
		}
		return h
	}
	for _, c := range x {
		h = h*31 + uint64(c)
	}
	return hash64(h)
}

func word(x []byte, at int) uint64 {
	_ = x[at+7]
	return uint64(x[at]) | uint64(x[at+1])<<8 | uint64(x[at+2])<<16 | uint64(x[at+3])<<24 |
		uint64(x[at+4])<<32 | uint64(x[at+5])<<40 | uint64(x[at+6])<<48 | uint64(x[at+7])<<56
}

// ints registers functions whose result is an integer, DATE, TIME, or another type held in 8 to 64 bits.
func (r registry) ints(t traits, m maker[intFunc], names ...string) {
	r.register(t, func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		fn, err := m(c, e, args)
		if err != nil {
			return nil, err
		}
		return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			var space [4]arg
			a := bind(f, vs, space[:0])
			out := f.new(e.Type)
			if !t.loose {
				strictValid(f, out, vs...)
			}
			for i := range f.n {
				if out.IsNull(i) {
					putInt(out, i, 0)
					continue
				}
				x, err := fn(a, i)
				switch err {
				case nil:
				case errNull: //nolint:errorlint // per row, and errNull is never wrapped
					out.SetNull(i)
				default:
					out.Release()
					return nil, err
				}
				putInt(out, i, x)
			}
			return out, nil
		}, args...), nil
	}, names)
}

// bools registers functions whose result is BOOLEAN.
func (r registry) bools(t traits, m maker[boolFunc], names ...string) {
	r.register(t, func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		fn, err := m(c, e, args)
		if err != nil {
			return nil, err
		}
		return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			var space [4]arg
			a := bind(f, vs, space[:0])
			out := f.newBool()
			if !t.loose {
				strictValid(f, out, vs...)
			}
			for i := range f.n {
				if out.IsNull(i) {
					continue
				}
				x, err := fn(a, i)
				switch err {
				case nil:
				case errNull: //nolint:errorlint // per row, and errNull is never wrapped
					out.SetNull(i)
				default:
					out.Release()
					return nil, err
				}
				if x {
					vector.SetBit(out.Data, i)
				}
			}
			return out, nil
		}, args...), nil
	}, names)
}

// floats registers functions whose result is DOUBLE.
func (r registry) floats(m maker[floatFunc], names ...string) {
	r.register(traits{}, func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		fn, err := m(c, e, args)
		if err != nil {
			return nil, err
		}
		for i := range args {
			if err := c.coerceTo(&args[i], types.DoubleType()); err != nil {
				return nil, err
			}
		}
		return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			var space [4]arg
			a := bind(f, vs, space[:0])
			out := f.new(e.Type)
			strictValid(f, out, vs...)
			dst := vector.Values[float64](out)
			for i := range dst {
				dst[i] = fn(a, i)
			}
			return out, nil
		}, args...), nil
	}, names)
}
