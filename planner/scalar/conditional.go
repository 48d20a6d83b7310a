package scalar

import (
	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// caseExpr is CASE in both forms, as condition, value, …, else.
func (b *binder) caseExpr(n *ast.Case) (*expr.Expr, error) {
	var operand *expr.Expr
	var err error
	if n.Operand != nil {
		if operand, err = b.bind(n.Operand); err != nil {
			return nil, err
		}
	}
	var conds, values []*expr.Expr
	for _, w := range n.Whens {
		c, err := b.when(operand, w)
		if err != nil {
			return nil, err
		}
		v, err := b.bind(w.Result)
		if err != nil {
			return nil, err
		}
		conds, values = append(conds, c), append(values, v)
	}
	last := expr.NewNull(types.NullType())
	if n.Else != nil {
		if last, err = b.bind(n.Else); err != nil {
			return nil, err
		}
	}
	values = append(values, last)
	t, err := function.Common(typesOf(values)...)
	if err != nil {
		return nil, typeError(n.Pos(), "the results of CASE do not go together: %s", err)
	}
	if t.Kind == types.Null {
		return nil, typeError(n.Pos(), "one result of CASE must not be NULL, or the type of CASE is unknown")
	}
	values = coerceAll(values, t)
	var args []*expr.Expr
	for i, c := range conds {
		args = append(args, c, values[i])
	}
	return call(n.Pos(), "CASE", t, append(args, values[len(conds)])...), nil
}

// when is the condition of one branch.
func (b *binder) when(operand *expr.Expr, w ast.When) (*expr.Expr, error) {
	xs, err := b.bindAll(w.Conds)
	if err != nil {
		return nil, err
	}
	for i, x := range xs {
		if operand == nil {
			if x.Type.Kind == types.Null {
				x = Coerce(x, types.BooleanType())
			}
			x, err = wantBoolean(x, w.Conds[i].Pos(), "WHEN")
		} else {
			x, err = Compare(ast.Eq, operand, x, w.Conds[i].Pos())
		}
		if err != nil {
			return nil, err
		}
		xs[i] = x
	}
	if len(xs) == 1 {
		return xs[0], nil
	}
	return predicate(w.Pos(), "OR", xs...), nil
}

// nullIf is NULLIF(a, b). Where the comparison casts a, it is a CASE.
func nullIf(a, b *expr.Expr, pos int) (*expr.Expr, error) {
	if a.Type.Kind == types.Null {
		return nil, typeError(pos, "the first argument of NULLIF must not be NULL, or its type is unknown")
	}
	eq, err := Compare(ast.Eq, a, b, pos)
	if err != nil {
		return nil, err
	}
	t := a.Type.AsNullable().WithAttribute(types.NoTime)
	if eq.Args[0] == a {
		return call(pos, "NULLIF", t, a, eq.Args[1]), nil
	}
	return call(pos, "CASE", t, eq, expr.NewNull(t), a), nil
}
