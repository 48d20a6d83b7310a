package scalar

import (
	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// cast is CAST and TRY_CAST. A cast to the type that the operand has already only takes away its time attribute.
func (b *binder) cast(n *ast.Cast) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	t, err := BindType(postfixed(n.Type))
	if err != nil {
		return nil, err
	}
	if x.Type.Kind == types.Null {
		return Coerce(x, t), nil
	}
	if err := function.Castable(x.Type, t); err != nil {
		return nil, sqlerr.New(sqlerr.Type, n.Pos(), "%s", err)
	}
	if t.IsInterval() && x.Type.IsInteger() {
		return castToInterval(x, n.Type.Interval, n.Pos())
	}
	t = t.WithNullable(!x.Type.NotNull || n.Try)
	if x.Type.Same(t) {
		return retyped(x, t), nil
	}
	kind := expr.Cast
	if n.Try {
		kind = expr.TryCast
	}
	return &expr.Expr{Kind: kind, Type: t, Args: []*expr.Expr{x}, Pos: n.Pos()}, nil
}

// postfixed is a type in which the elements of "t ARRAY" and "t MULTISET" are NOT NULL, as in a CAST (but not in the column of a table).
// Those of ARRAY<t> have a place of their own.
func postfixed(t *ast.TypeName) *ast.TypeName {
	if t.Kind != ast.ArrayType && t.Kind != ast.MultisetType || t.Elem.Pos() != t.Pos() {
		return t
	}
	c, e := *t, *postfixed(t.Elem)
	if e.Null == ast.NullUnspecified {
		e.Null = ast.NotNull
	}
	c.Elem = &e
	return &c
}

// retyped is e with another nullability or attribute.
func retyped(e *expr.Expr, t types.Type) *expr.Expr {
	if e.Type.Equal(t) && e.Type.Attribute == t.Attribute {
		return e
	}
	c := *e
	c.Type = t
	return &c
}
