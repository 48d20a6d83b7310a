package scalar

import (
	"math/big"
	"strconv"

	"millrace/planner/expr"
	"millrace/sql/function"
	"millrace/sql/types"
)

// CommonType is the type that CASE, COALESCE, UNION, VALUES, IN and ARRAY give values of the types ts. It is nullable if one of them is.
// The error has no position.
func CommonType(ts ...types.Type) (types.Type, error) { return function.Common(ts...) }

// ImplicitCastable tells whether a value of type from may be used where to is wanted without a CAST: insertion into a sink, a branch of a
// UNION, an argument. Nullability at the top is not looked at.
func ImplicitCastable(from, to types.Type) bool { return function.Implicit(from, to) }

// Castable tells whether CAST(from AS to) is allowed; the error says why not, without a position.
func Castable(from, to types.Type) error { return function.Castable(from, to) }

// Coerce casts e to t where the types differ by more than nullability at the top; the type of the result is t, nullable as e is. A NULL
// literal becomes a NULL of t, and a literal whose value stays the same becomes a literal of t. It does not ask whether the cast is allowed.
func Coerce(e *expr.Expr, t types.Type) *expr.Expr {
	t = t.WithNullable(!e.Type.NotNull || e.Type.Kind == types.Null)
	if e.IsNull() || e.Type.Kind == types.Null {
		n := expr.NewNull(t)
		n.Pos = e.Pos
		return n
	}
	if e.Type.Same(t) {
		return e
	}
	if e.Kind == expr.Literal {
		if v, ok := literalAs(e, t); ok {
			l := expr.NewLiteral(v, t)
			l.Pos = e.Pos
			return l
		}
	}
	return expr.NewCast(e, t)
}

// coerceAll casts every expression to t.
func coerceAll(es []*expr.Expr, t types.Type) []*expr.Expr {
	out := make([]*expr.Expr, len(es))
	for i, e := range es {
		out[i] = Coerce(e, t)
	}
	return out
}

// literalAs is the value of a literal in another type, where that is the same value in the wider type.
func literalAs(e *expr.Expr, t types.Type) (any, bool) {
	from := e.Type
	switch {
	case from.IsInteger() && t.IsInteger():
		v, ok := e.Value.(int64)
		return v, ok && from.Kind <= t.Kind
	case t.Kind == types.Decimal && (from.IsInteger() || from.Kind == types.Decimal):
		return rescaled(e, t)
	case isApprox(t) && (from.IsInteger() || from.Kind == types.Decimal):
		bits := 64
		if t.Kind == types.Float {
			bits = 32
		}
		f, err := strconv.ParseFloat(expr.LiteralText(e), bits)
		return f, err == nil
	case from.Kind == types.Float && t.Kind == types.Double:
		return e.Value, true
	case from.IsText() && t.Kind == types.VarChar:
		return e.Value, from.Length <= t.Length
	case from.IsBinary() && t.Kind == types.VarBinary:
		return e.Value, from.Length <= t.Length
	case from.Kind == t.Kind && from.IsTimestamp() && from.Precision <= t.Precision:
		v := wide(e.Value)
		if v == nil {
			return nil, false
		}
		v.Mul(v, big.NewInt(t.TimeUnit()/from.TimeUnit()))
		return narrow(v, t), true
	case from.Kind == types.Time && t.Kind == types.Time && from.Precision <= t.Precision:
		return e.Value, true
	default:
		return nil, false
	}
}

// rescaled is an exact number with more fraction digits, if it fits.
func rescaled(e *expr.Expr, t types.Type) (any, bool) {
	from := function.AsDecimal(e.Type)
	v := wide(e.Value)
	if v == nil || from.Scale > t.Scale {
		return nil, false
	}
	v.Mul(v, pow10(t.Scale-from.Scale))
	if new(big.Int).Abs(v).Cmp(pow10(t.Precision)) >= 0 {
		return nil, false
	}
	return narrow(v, t), true
}

func isApprox(t types.Type) bool { return t.Kind == types.Float || t.Kind == types.Double }

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// wide is a whole value as a big integer of its own, nil for other values.
func wide(v any) *big.Int {
	switch x := v.(type) {
	case int64:
		return big.NewInt(x)
	case *big.Int:
		return new(big.Int).Set(x)
	default:
		return nil
	}
}

// narrow is the value in the form that literals of t have.
func narrow(v *big.Int, t types.Type) any {
	if t.Storage() == types.StoreI128 {
		return v
	}
	return v.Int64()
}
