package scalar

import (
	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Bind turns an expression into its typed form. Errors are *sqlerr.Error with the place of the fault.
func Bind(e ast.Expr, s Scope, env Env) (*expr.Expr, error) {
	return nil, sqlerr.New(sqlerr.Unsupported, e.Pos(), "expressions are not supported yet")
}

// BindCondition binds an expression that has to be BOOLEAN; what names its place for the message: "WHERE".
func BindCondition(e ast.Expr, s Scope, env Env, what string) (*expr.Expr, error) {
	return Bind(e, s, env)
}

// BindLiteral turns a literal into a constant.
func BindLiteral(l *ast.Literal, env Env) (*expr.Expr, error) {
	return nil, sqlerr.New(sqlerr.Unsupported, l.Pos(), "literals are not supported yet")
}

// BindType turns a written type into a type.
func BindType(t *ast.TypeName) (types.Type, error) {
	return types.Type{}, sqlerr.New(sqlerr.Unsupported, t.Pos(), "types are not supported yet")
}

// CommonType is the type that CASE, COALESCE, UNION, VALUES, IN and ARRAY give values of the types ts. It is nullable if one of them is.
// The error has no position.
func CommonType(ts ...types.Type) (types.Type, error) { return function.Common(ts...) }

// Coerce casts e to t where the types differ by more than nullability at the top; the type of the result is t, nullable as e is. A NULL
// literal becomes a NULL of t. It does not ask whether the cast is allowed.
func Coerce(e *expr.Expr, t types.Type) *expr.Expr {
	return expr.NewCast(e, t.WithNullable(!e.Type.NotNull))
}

// ImplicitCastable tells whether a value of type from may be used where to is wanted without a CAST: insertion into a sink, a branch of a
// UNION, an argument. Nullability at the top is not looked at.
func ImplicitCastable(from, to types.Type) bool { return function.Implicit(from, to) }

// Castable tells whether CAST(from AS to) is allowed; the error says why not, without a position.
func Castable(from, to types.Type) error { return function.Castable(from, to) }

// Compare makes the comparison l op r of two bound operands, with the casts that they need. Operators are those of ast.BinaryOp from Eq to
// NotDistinctFrom.
func Compare(op ast.BinaryOp, l, r *expr.Expr, pos int) (*expr.Expr, error) {
	return nil, sqlerr.New(sqlerr.Unsupported, pos, "comparisons are not supported yet")
}

// AggregateCall is a resolved aggregate or ranking call: its arguments, cast as the function wants them, and the type of its result.
type AggregateCall struct {
	Func *function.Function
	Args []*expr.Expr
	Type types.Type
}

// BindAggregate binds the arguments of an aggregate, ranking or grouping call in the scope inner (the rows that are aggregated) and resolves its
// type. nullable says that there may be no input row: no GROUP BY key and no OVER, or a FILTER.
func BindAggregate(c Call, inner Scope, env Env, nullable bool) (*AggregateCall, error) {
	return nil, sqlerr.New(sqlerr.Unsupported, c.Pos(), "aggregates are not supported yet")
}
