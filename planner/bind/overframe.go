package bind

import (
	"math"
	"math/big"

	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/types"
)

// mayBeEmpty tells whether a frame can have no rows, by its form alone: then the results of most aggregates can be NULL.
func mayBeEmpty(f *ast.Frame) bool {
	if f == nil {
		return false
	}
	place := func(b ast.Bound) int {
		switch b.Kind {
		case ast.UnboundedPreceding:
			return 0
		case ast.CurrentRow:
			return 1
		case ast.UnboundedFollowing:
			return 2
		default:
			return -1
		}
	}
	lower, upper := place(f.Start), 1
	if f.End != nil {
		upper = place(*f.End)
	}
	return lower < 0 || upper < lower
}

// overFrame is the frame of an aggregate. Without one written it reaches from the first row to the peers of the current one, or, without
// an order, over the whole partition.
func (bl *block) overFrame(spec *ast.WindowSpec, o *overCall, inner scalar.Scope) (plan.Frame, error) {
	first := plan.Bound{Unbounded: true}
	f := spec.Frame
	if f == nil {
		if len(o.order) == 0 {
			return plan.Frame{Lower: first, Upper: first}, nil
		}
		return plan.Frame{Lower: first, Upper: plan.Bound{Current: true}}, nil
	}
	out := plan.Frame{Rows: f.Unit == ast.Rows, Upper: plan.Bound{Current: true}}
	end := ast.Bound{Kind: ast.CurrentRow}
	if f.End != nil {
		end = *f.End
	}
	switch {
	case f.Unit == ast.Groups:
		return out, unsupported(f.Pos(), "GROUPS")
	case f.Start.Kind == ast.UnboundedFollowing:
		return out, invalid(f.Pos(), "UNBOUNDED FOLLOWING cannot be the lower bound of a frame")
	case end.Kind == ast.UnboundedPreceding:
		return out, invalid(f.Pos(), "UNBOUNDED PRECEDING cannot be the upper bound of a frame")
	case f.Start.Kind == ast.CurrentRow && end.Kind == ast.Preceding:
		return out, invalid(f.Pos(), "the upper bound of a frame cannot be PRECEDING when the lower bound is CURRENT ROW")
	case f.Start.Kind == ast.Following && (end.Kind == ast.Preceding || end.Kind == ast.CurrentRow):
		return out, invalid(f.Pos(), "the upper bound of a frame cannot be PRECEDING or CURRENT ROW when the lower bound is FOLLOWING")
	case len(o.order) == 0 && f.Unit == ast.Range:
		return out, invalid(f.Pos(), "RANGE needs an ORDER BY")
	}
	var err error
	if out.Lower, err = bl.bound(f, f.Start, o, inner); err != nil {
		return out, err
	}
	out.Upper, err = bl.bound(f, end, o, inner)
	return out, err
}

func (bl *block) bound(f *ast.Frame, b ast.Bound, o *overCall, inner scalar.Scope) (plan.Bound, error) {
	var out plan.Bound
	switch b.Kind {
	case ast.UnboundedPreceding, ast.UnboundedFollowing:
		out.Unbounded = true
		return out, nil
	case ast.CurrentRow:
		out.Current = true
		return out, nil
	}
	x, err := scalar.Bind(b.X, inner, bl.b.cfg.Env)
	if err != nil {
		return out, err
	}
	if x, err = bl.b.fold(x); err != nil {
		return out, err
	}
	if f.Unit == ast.Rows {
		n, ok := x.Value.(int64)
		if !ok || x.Kind != expr.Literal || !x.Type.IsInteger() || n < 0 {
			return out, invalid(b.X.Pos(), "the distance of ROWS must be a non-negative integer constant")
		}
		out.Offset = n
	} else {
		if len(o.order) > 1 {
			return out, invalid(f.Pos(), "RANGE with a distance cannot be used with several keys in ORDER BY")
		}
		if x.Kind != expr.Literal || x.Value == nil {
			return out, invalid(b.X.Pos(), "the distance of RANGE must be a constant")
		}
		ok := distance(&out, x, o.order[0].Type)
		if x.Type.Kind == types.IntervalYearMonth {
			return out, invalid(b.X.Pos(), "an interval of months or years is not allowed as a bound of a frame")
		}
		if !ok {
			return out, invalid(b.X.Pos(), "the types of ORDER BY (%s) and of the distance of RANGE (%s) do not go together", o.order[0].Type.AsNullable(),
				x.Type.AsNullable())
		}
		if out.Offset < 0 || out.Float < 0 {
			return out, invalid(b.X.Pos(), "the distance of RANGE must not be negative")
		}
	}
	if b.Kind == ast.Preceding {
		out.Offset, out.Float = -out.Offset, -out.Float
	}
	return out, nil
}

// distance turns a constant into the unit of the order key, rounded down; false if their types do not go together.
func distance(b *plan.Bound, x *expr.Expr, key types.Type) bool {
	isTime := key.IsTimestamp() || key.Kind == types.Date || key.Kind == types.Time
	if isTime != (x.Type.Kind == types.IntervalDayTime) {
		return false
	}
	switch {
	case isTime:
		ms := x.Value.(int64)
		switch {
		case key.Kind == types.Date:
			ms /= 86400000
		case key.IsTimestamp():
			ms = saturated(new(big.Int).Mul(big.NewInt(ms), big.NewInt(key.TimeUnit()/1000)))
		}
		b.Offset = ms
		return true
	case key.Kind == types.Float || key.Kind == types.Double:
		f, ok := number(x)
		b.Float, _ = f.Float64()
		return ok
	case key.IsInteger() || key.Kind == types.Decimal:
		f, ok := number(x)
		if !ok {
			return false
		}
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(key.Scale)), nil))
		if key.IsInteger() {
			scale.SetInt64(1)
		}
		f.Mul(f, scale)
		if f.Sign() < 0 {
			b.Offset = -1
			return true
		}
		b.Offset = saturated(new(big.Int).Quo(f.Num(), f.Denom()))
		return true
	}
	return false
}

func saturated(x *big.Int) int64 {
	if !x.IsInt64() {
		return math.MaxInt64
	}
	return x.Int64()
}

// number is the value of a numeric literal.
func number(x *expr.Expr) (*big.Rat, bool) {
	r := new(big.Rat)
	switch v := x.Value.(type) {
	case int64:
		r.SetInt64(v)
	case *big.Int:
		r.SetInt(v)
	case float64:
		return r, r.SetFloat64(v) != nil
	default:
		return r, false
	}
	if x.Type.Kind == types.Decimal {
		r.Quo(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(x.Type.Scale)), nil)))
	}
	return r, x.Type.IsNumeric()
}
