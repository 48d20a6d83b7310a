package eval

import (
	"fmt"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// caster is what casts values between two types.
type caster struct {
	k     kernel
	fails bool // some value cannot be cast
	heavy bool
}

// cast makes the node of CAST and TRY_CAST.
func (c *compiler) cast(e *expr.Expr, n *node, to types.Type, try bool) (*node, error) {
	if n.isNull() || n.typ.Kind == types.Null {
		return c.null(to), nil
	}
	if n.typ.Same(to) {
		return n, nil
	}
	if sameShape(n.typ, to) {
		return c.renamed(n, to), nil
	}
	x, err := c.caster(n.typ, to, try)
	if err != nil {
		return nil, err
	}
	m := c.call(e, to, x.k, n)
	if x.fails && !try {
		failing(m)
	}
	if x.heavy {
		dear(m)
	}
	if n.typ.IsInteger() && to.Kind == types.Decimal && to.Precision-to.Scale >= integerDigits(n.typ) && to.Scale == 0 {
		m.origin = &origin{integer: n}
	}
	return m, nil
}

// coerce casts a node that the compiler needs in another type.
func (c *compiler) coerce(n *node, t types.Type) (*node, error) {
	if n.typ.Same(t) || sameShape(n.typ, t) || n.typ.IsText() && t.IsText() || n.typ.IsBinary() && t.IsBinary() {
		return n, nil
	}
	key := fmt.Sprintf("coerce|%d|%s", c.id(n), t)
	if m := c.nodes[key]; m != nil {
		return m, nil
	}
	m, err := c.cast(n.expr, n, t, false)
	if err != nil {
		return nil, err
	}
	m = c.folded(m)
	if !m.random {
		c.nodes[key] = m
	}
	return m, nil
}

// renamed is n under a type of the same shape.
func (c *compiler) renamed(n *node, t types.Type) *node {
	if !t.IsNested() {
		return n
	}
	return c.call(n.expr, t, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		v := a[0]
		if v.Len != f.n {
			return retype(repeat(f.pool, v, f.n), t), nil
		}
		return retype(v.Retain(), t), nil
	}, n)
}

// integerDigits is how many decimal digits an integer type needs.
func integerDigits(t types.Type) int {
	switch t.Kind {
	case types.TinyInt:
		return 3
	case types.SmallInt:
		return 5
	case types.Int:
		return 10
	default:
		return 19
	}
}

// sameShape tells whether types differ only in nullability and in names of fields.
func sameShape(a, b types.Type) bool {
	if a.Kind != b.Kind || len(a.Fields) != len(b.Fields) {
		return false
	}
	if !a.IsNested() {
		return a.AsNullable().Equal(b.AsNullable()) || a.IsInterval()
	}
	ca, cb := a.Children(), b.Children()
	for i := range ca {
		if !sameShape(ca[i], cb[i]) {
			return false
		}
	}
	return true
}

// noCast is the answer for pairs of types without a cast.
func noCast(from, to types.Type) error {
	return fmt.Errorf("cast from %s to %s is not supported yet", from.AsNullable(), to.AsNullable())
}

// caster chooses the kernel for a pair of types.
func (c *compiler) caster(from, to types.Type, try bool) (caster, error) {
	switch {
	case to.IsText():
		return c.castToText(from, to)
	case from.IsText():
		return c.castFromText(from, to, try)
	case to.IsBinary() || from.IsBinary():
		return c.castBinary(from, to)
	case from.IsNested() || to.IsNested():
		return c.castNested(from, to, try)
	case from.IsInterval() || to.IsInterval():
		return c.castInterval(from, to)
	case from.IsTemporal() && to.IsTemporal():
		return c.castTemporal(from, to)
	default:
		return c.castNumber(from, to, try)
	}
}
