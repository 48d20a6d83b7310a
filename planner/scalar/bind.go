package scalar

import (
	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// maxDepth bounds the nesting of expressions.
const maxDepth = 50_000

// Bind turns an expression into its typed form. Errors are *sqlerr.Error with the place of the fault.
func Bind(e ast.Expr, s Scope, env Env) (*expr.Expr, error) {
	b := binder{scope: s, env: env}
	b.intercept, _ = s.(Interceptor)
	x, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	if x.Type.Kind == types.Symbol || x.Type.Kind == types.Descriptor {
		return nil, typeError(e.Pos(), "a %s is not a value", x.Type.Kind)
	}
	return x, nil
}

// BindCondition binds an expression that has to be BOOLEAN; what names its place for the message: "WHERE".
func BindCondition(e ast.Expr, s Scope, env Env, what string) (*expr.Expr, error) {
	x, err := Bind(e, s, env)
	if err != nil {
		return nil, err
	}
	if x.Type.Kind == types.Null {
		return Coerce(x, types.BooleanType()), nil
	}
	if x.Type.Kind != types.Boolean {
		return nil, typeError(e.Pos(), "the condition of %s must be BOOLEAN, not %s", what, x.Type.AsNullable())
	}
	return x, nil
}

// binder binds one expression.
type binder struct {
	scope     Scope
	env       Env
	intercept Interceptor
	depth     int
}

func typeError(pos int, format string, args ...any) error {
	return sqlerr.New(sqlerr.Type, pos, format, args...)
}

func invalid(pos int, format string, args ...any) error {
	return sqlerr.New(sqlerr.Validation, pos, format, args...)
}

func unsupported(pos int, format string, args ...any) error {
	return sqlerr.New(sqlerr.Unsupported, pos, format+" is not supported yet", args...)
}

// call makes a node with a position.
func call(pos int, fn string, t types.Type, args ...*expr.Expr) *expr.Expr {
	e := expr.NewCall(fn, t, args...)
	e.Pos = pos
	return e
}

// predicate is a call of type BOOLEAN, nullable if an argument is.
func predicate(pos int, fn string, args ...*expr.Expr) *expr.Expr {
	return call(pos, fn, types.BooleanType().WithNullable(anyNullable(args)), args...)
}

func anyNullable(args []*expr.Expr) bool {
	for _, a := range args {
		if !a.Type.NotNull && a.Type.Kind != types.Symbol {
			return true
		}
	}
	return false
}

// not negates a condition.
func not(pos int, e *expr.Expr) *expr.Expr { return call(pos, "NOT", e.Type, e) }

// keyword is a Symbol argument.
func keyword(s string) *expr.Expr {
	return expr.NewLiteral(s, types.Type{Kind: types.Symbol, NotNull: true})
}

func (b *binder) bind(e ast.Expr) (*expr.Expr, error) {
	if b.depth++; b.depth > maxDepth {
		return nil, invalid(e.Pos(), "the expression is nested too deeply")
	}
	defer func() { b.depth-- }()
	if b.intercept != nil {
		if x, err := b.intercept.Intercept(e); x != nil || err != nil {
			return x, err
		}
	}
	switch n := e.(type) {
	case *ast.Name:
		return b.name(n)
	case *ast.Literal:
		return BindLiteral(n, b.env)
	case *ast.Interval:
		return b.interval(n)
	case *ast.IntervalDiff:
		return b.intervalDiff(n)
	case *ast.Unary:
		return b.unary(n)
	case *ast.Binary:
		return b.binary(n)
	case *ast.Like:
		return b.like(n)
	case *ast.Between:
		return b.between(n)
	case *ast.In:
		return b.in(n)
	case *ast.Quantified:
		return b.quantified(n)
	case *ast.IsTest:
		return b.isTest(n)
	case *ast.Case:
		return b.caseExpr(n)
	case *ast.Cast:
		return b.cast(n)
	case *ast.Item:
		return b.item(n)
	case *ast.Field:
		return b.field(n)
	case *ast.Ctor:
		return b.ctor(n)
	case *ast.Call:
		return b.call(n)
	case *ast.Param:
		if b.env.Param == nil {
			return nil, invalid(n.Pos(), "a parameter (?) is not allowed here")
		}
		return b.env.Param(n.Index, n.Pos())
	default:
		return b.bindSpecial(e)
	}
}

// bindSpecial binds sub-queries and the special forms.
func (b *binder) bindSpecial(e ast.Expr) (*expr.Expr, error) {
	switch n := e.(type) {
	case *ast.Subquery:
		return b.scope.Subquery(Subquery{Kind: ScalarQuery, Query: n.Query, Pos: n.Pos()})
	case *ast.Exists:
		return b.scope.Subquery(Subquery{Kind: ExistsQuery, Query: n.Query, Pos: n.Pos()})
	case *ast.Unique:
		return b.scope.Subquery(Subquery{Kind: UniqueQuery, Query: n.Query, Pos: n.Pos()})
	case *ast.Extract:
		return b.extract(n.Pos(), n.Unit, n.X)
	case *ast.RoundTo:
		return b.roundTo(n)
	case *ast.TimestampArith:
		return b.timestampArith(n)
	case *ast.Trim:
		return b.trim(n)
	case *ast.JSONExists:
		return b.jsonExists(n)
	case *ast.JSONValue:
		return b.jsonValue(n)
	case *ast.JSONQuery:
		return b.jsonQuery(n)
	case *ast.JSONObject:
		return b.jsonObject(n)
	case *ast.JSONArray:
		return b.jsonArray(n)
	case *ast.Star:
		return nil, invalid(n.Pos(), "* is not a value; it stands in a select list or in COUNT(*)")
	case *ast.Default:
		return nil, invalid(n.Pos(), "DEFAULT is not allowed here")
	case *ast.NamedArg:
		return nil, invalid(n.Pos(), "the named argument %s is not allowed here", n.Name.Name)
	case *ast.TableArg:
		return nil, invalid(n.Pos(), "a table is not allowed as an argument here")
	case *ast.ModelArg:
		return nil, invalid(n.Pos(), "a model is not allowed as an argument here")
	case *ast.Descriptor:
		return nil, invalid(n.Pos(), "DESCRIPTOR is not allowed here")
	default:
		return nil, sqlerr.New(sqlerr.Internal, e.Pos(), "expression %T", e)
	}
}

func (b *binder) bindAll(es []ast.Expr) ([]*expr.Expr, error) {
	out := make([]*expr.Expr, len(es))
	for i, e := range es {
		x, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// typesOf returns the types of expressions.
func typesOf(es []*expr.Expr) []types.Type {
	ts := make([]types.Type, len(es))
	for i, e := range es {
		ts[i] = e.Type
	}
	return ts
}
