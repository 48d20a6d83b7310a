package eval

import (
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerLogic(r registry) {
	r.add(buildAnd, "AND")
	r.add(buildOr, "OR")
	r.strict(buildNot, "NOT")
	r.add(buildIsNull, "IS NULL", "IS NOT NULL", "IS UNKNOWN", "IS NOT UNKNOWN")
	r.add(buildIsTruth, "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE")
}

func buildAnd(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.special(e, e.Type, func(n *node, f *frame) (*vector.Vector, error) { return connect(n, f, false) }, args...), nil
}

func buildOr(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.special(e, e.Type, func(n *node, f *frame) (*vector.Vector, error) { return connect(n, f, true) }, args...), nil
}

// connect computes AND, or OR, of three-valued arguments. Both go on only where no argument has decided the result: FALSE decides AND, TRUE
// decides OR. It keeps two bitmaps: the rows that are decided, and the rows where every argument so far was the opposite value.
func connect(n *node, f *frame, or bool) (*vector.Vector, error) {
	size := vector.BitmapLen(f.n)
	decided := f.pool.Alloc(size)
	open := f.pool.Alloc(size)
	clear(decided)
	vector.FillBits(open, f.n, true)
	for _, a := range n.args {
		if err := connectArg(f, a, or, decided, open); err != nil {
			f.pool.Free(decided)
			f.pool.Free(open)
			return nil, err
		}
	}
	out := f.newBool()
	unknown := false
	for i := range size {
		unknown = unknown || decided[i]|open[i] != 0xFF
	}
	if unknown {
		valid := out.EnsureValid()
		for i := range size {
			valid[i] = decided[i] | open[i]
		}
	}
	if or {
		copy(out.Data, decided)
	} else {
		copy(out.Data, open)
	}
	f.pool.Free(decided)
	f.pool.Free(open)
	return out, nil
}

func connectArg(f *frame, a *node, or bool, decided, open []byte) error {
	if a.cheap() || f.has(a) {
		return connectAll(f, a, or, decided, open)
	}
	sel := unsetRows(f.selection(), decided, f.n)
	defer func() { f.unlend(sel) }()
	if len(sel) == 0 {
		return nil
	}
	if len(sel) == f.n {
		return connectAll(f, a, or, decided, open)
	}
	sub := f.child(f, sel)
	defer f.end(sub)
	v, err := sub.full(a)
	if err != nil {
		return err
	}
	for i, r := range sel {
		switch {
		case v.IsNull(i):
			vector.ClearBit(open, int(r))
		case v.Bool(i) == or:
			vector.SetBit(decided, int(r))
			vector.ClearBit(open, int(r))
		}
	}
	v.Release()
	return nil
}

func connectAll(f *frame, a *node, or bool, decided, open []byte) error {
	v, err := f.full(a)
	if err != nil {
		return err
	}
	var flip byte // AND is decided by FALSE
	if !or {
		flip = 0xFF
	}
	data := v.Data[:len(decided)]
	if v.Valid == nil {
		for i, d := range data {
			decided[i] |= d ^ flip
			open[i] &= ^(d ^ flip)
		}
	} else {
		valid := v.Valid[:len(decided)]
		for i, d := range data {
			decided[i] |= (d ^ flip) & valid[i]
			open[i] &= ^(d ^ flip) & valid[i]
		}
	}
	v.Release()
	return nil
}

func buildNot(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, a[0])
		for i := range out.Data {
			out.Data[i] = ^a[0].Data[i]
		}
		return out, nil
	}, args...), nil
}

func buildIsNull(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	want := e.Func == "IS NULL" || e.Func == "IS UNKNOWN"
	if args[0].konst == nil && args[0].typ.NotNull && args[0].cheap() {
		v, err := constant(c.pool, !want, types.BooleanType())
		return c.constNode(v), err
	}
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		if a[0].Valid == nil {
			vector.FillBits(out.Data, f.n, !want)
			return out, nil
		}
		copy(out.Data, a[0].Valid)
		if want {
			invert(out.Data)
		}
		return out, nil
	}, args...), nil
}

func buildIsTruth(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	value := e.Func == "IS TRUE" || e.Func == "IS NOT TRUE"
	not := e.Func == "IS NOT TRUE" || e.Func == "IS NOT FALSE"
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		for i := range out.Data {
			x := a[0].Data[i]
			if !value {
				x = ^x
			}
			if a[0].Valid != nil {
				x &= a[0].Valid[i]
			}
			if not {
				x = ^x
			}
			out.Data[i] = x
		}
		return out, nil
	}, args...), nil
}
