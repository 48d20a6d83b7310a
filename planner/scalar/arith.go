package scalar

import (
	"fmt"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

func (b *binder) binary(n *ast.Binary) (*expr.Expr, error) {
	switch n.Op {
	case ast.And, ast.Or:
		return b.junction(n)
	case ast.Overlaps:
		return b.overlaps(n)
	}
	l, err := b.bind(n.L)
	if err != nil {
		return nil, err
	}
	r, err := b.bind(n.R)
	if err != nil {
		return nil, err
	}
	switch n.Op {
	case ast.Eq, ast.NotEq, ast.Less, ast.LessEq, ast.Greater, ast.GreaterEq, ast.DistinctFrom, ast.NotDistinctFrom:
		return Compare(n.Op, l, r, n.OpPos)
	case ast.Add, ast.Sub, ast.Mul, ast.Div, ast.Mod:
		return arithmetic(n.Op.String(), l, r, n.OpPos)
	case ast.Concat:
		return concat(l, r, n.OpPos)
	default:
		return nil, unsupported(n.OpPos, "%s", n.Op)
	}
}

// junction is AND and OR; a chain of one operator becomes one call.
func (b *binder) junction(n *ast.Binary) (*expr.Expr, error) {
	var operands []ast.Expr
	var flatten func(e ast.Expr)
	flatten = func(e ast.Expr) {
		for {
			x, ok := e.(*ast.Binary)
			if !ok || x.Op != n.Op || b.intercept != nil && x != n {
				operands = append(operands, e)
				return
			}
			flatten(x.L)
			e = x.R
		}
	}
	flatten(n)
	var args []*expr.Expr
	for _, o := range operands {
		x, err := b.bind(o)
		if err != nil {
			return nil, err
		}
		if x, err = wantBoolean(x, o.Pos(), n.Op.String()); err != nil {
			return nil, err
		}
		if x.IsCall(n.Op.String()) {
			args = append(args, x.Args...)
		} else {
			args = append(args, x)
		}
	}
	return predicate(n.Pos(), n.Op.String(), args...), nil
}

// arithmetic is l op r for numbers, points in time and intervals.
func arithmetic(op string, l, r *expr.Expr, pos int) (*expr.Expr, error) {
	if err := noNull(pos, l, r); err != nil {
		return nil, err
	}
	if t, ok := function.Arithmetic(op, l.Type, r.Type); ok {
		return numeric(op, t, l, r, pos), nil
	}
	if e := intervals(op, l, r, pos); e != nil {
		return e, nil
	}
	err := typeError(pos, "cannot apply %s to %s and %s", op, l.Type.AsNullable(), r.Type.AsNullable())
	if op == "-" && l.Type.IsTemporal() && r.Type.IsTemporal() {
		return nil, invalid(pos, "%s; TIMESTAMPDIFF(unit, from, to) is the time between two points in time", err)
	}
	return nil, err
}

// numeric makes the call with the operands as the table of conventions has them.
func numeric(op string, t types.Type, l, r *expr.Expr, pos int) *expr.Expr {
	if op == "%" {
		return modulo(t, l, r, pos)
	}
	if t.Kind == types.Decimal {
		return call(pos, op, t, Coerce(l, function.AsDecimal(l.Type)), Coerce(r, function.AsDecimal(r.Type)))
	}
	return call(pos, op, t, Coerce(l, t), Coerce(r, t))
}

// modulo: of integers it is computed in the wider type and has the type of the second operand.
func modulo(t types.Type, l, r *expr.Expr, pos int) *expr.Expr {
	if l.Type.Kind != types.Decimal && r.Type.Kind != types.Decimal {
		wide := l.Type
		if r.Type.Kind > wide.Kind {
			wide = r.Type
		}
		wide = wide.WithNullable(!t.NotNull)
		return Coerce(call(pos, "%", wide, Coerce(l, wide), Coerce(r, wide)), t)
	}
	if t.Kind == types.Decimal {
		return call(pos, "%", t, Coerce(l, function.AsDecimal(l.Type)), Coerce(r, function.AsDecimal(r.Type)))
	}
	// Without fraction digits and with an integer to divide by, it is computed in BIGINT, as Flink does: a wider DECIMAL wraps.
	wide := types.BigIntType().WithNullable(!t.NotNull)
	return Coerce(call(pos, "%", wide, Coerce(l, wide), Coerce(r, wide)), t)
}

// intervals is arithmetic with an interval; nil if the operands are no such pair.
func intervals(op string, l, r *expr.Expr, pos int) *expr.Expr {
	nullable := !l.Type.NotNull || !r.Type.NotNull
	switch op {
	case "+", "-":
		if op == "+" && l.Type.IsInterval() && r.Type.IsTemporal() {
			l, r = r, l
		}
		switch {
		case l.Type.IsTemporal() && r.Type.IsInterval():
			if l.Type.Kind == types.Time && r.Type.Kind == types.IntervalYearMonth {
				return nil
			}
			return call(pos, op, l.Type.WithNullable(nullable).WithAttribute(types.NoTime), l, r)
		case l.Type.IsInterval() && l.Type.Kind == r.Type.Kind:
			return call(pos, op, l.Type.WithNullable(nullable), l, r)
		}
	case "*":
		if r.Type.IsInterval() {
			l, r = r, l
		}
		if l.Type.IsInterval() && r.Type.IsInteger() {
			return times(pos, l, r)
		}
	}
	return nil
}

func concat(l, r *expr.Expr, pos int) (*expr.Expr, error) {
	if err := noNull(pos, l, r); err != nil {
		return nil, err
	}
	t, ok := function.Concat(l.Type, r.Type)
	if !ok {
		return nil, typeError(pos, "cannot apply || to %s and %s", l.Type.AsNullable(), r.Type.AsNullable())
	}
	return call(pos, "||", t, l, r), nil
}

// overlaps is (a, b) OVERLAPS (c, d), where b and d may be intervals.
func (b *binder) overlaps(n *ast.Binary) (*expr.Expr, error) {
	var args []*expr.Expr
	for _, side := range []ast.Expr{n.L, n.R} {
		c, ok := side.(*ast.Ctor)
		if !ok || c.Kind != ast.RowCtor || len(c.Args) != 2 {
			return nil, invalid(side.Pos(), "OVERLAPS needs two periods, each (start, end) or (start, interval)")
		}
		xs, err := b.bindAll(c.Args)
		if err != nil {
			return nil, err
		}
		if xs[0].Type.IsTemporal() && xs[1].Type.IsInterval() {
			if xs[1] = intervals("+", xs[0], xs[1], c.Pos()); xs[1] == nil {
				return nil, typeError(c.Pos(), "cannot add a year-month interval to a TIME")
			}
		}
		if !xs[0].Type.IsTemporal() || !xs[1].Type.IsTemporal() {
			return nil, typeError(c.Pos(), "OVERLAPS needs points in time, not %s and %s", xs[0].Type.AsNullable(), xs[1].Type.AsNullable())
		}
		args = append(args, xs...)
	}
	t, err := function.Common(typesOf(args)...)
	for _, a := range args {
		if err == nil && a.Type.Kind != t.Kind {
			err = fmt.Errorf("%s and %s are of different kinds", a.Type.AsNullable(), t.AsNullable())
		}
	}
	if err != nil {
		return nil, typeError(n.OpPos, "the periods of OVERLAPS do not go together: %s", err)
	}
	return predicate(n.Pos(), "OVERLAPS", coerceAll(args, t)...), nil
}
