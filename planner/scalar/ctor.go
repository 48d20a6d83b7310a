package scalar

import (
	"fmt"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// ctor is ARRAY[…], MAP[…], ROW(…), (a, b), MULTISET[…], and their forms with a query.
func (b *binder) ctor(n *ast.Ctor) (*expr.Expr, error) {
	if n.Query != nil {
		kind := ArrayQuery
		switch n.Kind {
		case ast.MapCtor:
			kind = MapQuery
		case ast.MultisetCtor:
			kind = MultisetQuery
		}
		return b.scope.Subquery(Subquery{Kind: kind, Query: n.Query, Pos: n.Pos()})
	}
	args, err := b.bindAll(n.Args)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case ast.RowCtor:
		return row(n, args)
	case ast.MapCtor:
		return mapOf(n, args)
	}
	args, t, err := elements(n, args, n.Args)
	if err != nil {
		return nil, err
	}
	if n.Kind == ast.ArrayCtor {
		return call(n.Pos(), "ARRAY", types.ArrayType(t).AsNotNull(), args...), nil
	}
	return call(n.Pos(), "MULTISET", types.MultisetType(t).AsNotNull(), args...), nil
}

// elements gives values one type.
func elements(n *ast.Ctor, args []*expr.Expr, nodes []ast.Expr) ([]*expr.Expr, types.Type, error) {
	if len(args) == 0 {
		return nil, types.Type{}, invalid(n.Pos(), "%s[] needs at least one element", n.Kind)
	}
	t, err := function.Common(typesOf(args)...)
	if err != nil {
		return nil, t, typeError(nodes[0].Pos(), "the elements of %s do not go together: %s", n.Kind, err)
	}
	if t.Kind == types.Null {
		return nil, t, typeError(n.Pos(), "one element of %s must not be NULL, or its type is unknown", n.Kind)
	}
	return coerceAll(args, t), t, nil
}

func mapOf(n *ast.Ctor, args []*expr.Expr) (*expr.Expr, error) {
	if len(args)%2 != 0 {
		return nil, invalid(n.Pos(), "MAP[…] needs pairs of key and value, but has %d elements", len(args))
	}
	var keys, values []*expr.Expr
	var keyNodes, valueNodes []ast.Expr
	for i := 0; i < len(args); i += 2 {
		keys, values = append(keys, args[i]), append(values, args[i+1])
		keyNodes, valueNodes = append(keyNodes, n.Args[i]), append(valueNodes, n.Args[i+1])
	}
	keys, k, err := elements(n, keys, keyNodes)
	if err != nil {
		return nil, err
	}
	if t, err := function.Common(typesOf(values)...); err == nil && t.Kind == types.Null {
		values = coerceAll(values, k.AsNullable()) // as Flink: NULLs alone have the type of the keys
	}
	values, v, err := elements(n, values, valueNodes)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		args[2*i], args[2*i+1] = keys[i], values[i]
	}
	return call(n.Pos(), "MAP", types.MapType(k, v).AsNotNull(), args...), nil
}

func row(n *ast.Ctor, args []*expr.Expr) (*expr.Expr, error) {
	fields := make([]types.Field, len(args))
	for i, a := range args {
		if a.Type.Kind == types.Null {
			return nil, typeError(n.Args[i].Pos(), "a NULL in a ROW needs a type; write CAST(NULL AS type)")
		}
		fields[i] = types.Field{Name: fmt.Sprintf("EXPR$%d", i), Type: a.Type.WithAttribute(types.NoTime)}
	}
	return call(n.Pos(), "ROW", types.RowType(fields...).AsNotNull(), args...), nil
}
