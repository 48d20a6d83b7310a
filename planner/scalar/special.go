package scalar

import (
	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// extract is EXTRACT(unit FROM x), also in the form YEAR(x).
func (b *binder) extract(pos int, u ast.Unit, node ast.Expr) (*expr.Expr, error) {
	x, err := b.bind(node)
	if err != nil {
		return nil, err
	}
	if !hasField(x.Type, u) {
		return nil, typeError(pos, "%s has no field %s", x.Type.AsNullable(), u)
	}
	return call(pos, "EXTRACT", types.BigIntType().WithNullable(!x.Type.NotNull), keyword(u.String()), x), nil
}

// hasField tells whether EXTRACT finds the unit in values of t.
func hasField(t types.Type, u ast.Unit) bool {
	switch t.Kind {
	case types.Date, types.Timestamp, types.TimestampLTZ:
		return true
	case types.Time:
		return u == ast.Hour || u == ast.Minute || u == ast.Second || u == ast.Millisecond
	case types.IntervalYearMonth:
		return isMonths(u)
	case types.IntervalDayTime:
		return unitSize(u) > 0 && !isMonths(u) && u != ast.Week || u == ast.Epoch
	default:
		return false
	}
}

// roundTo is FLOOR(x TO unit) and CEIL(x TO unit).
func (b *binder) roundTo(n *ast.RoundTo) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	fn := "CEIL"
	if n.Floor {
		fn = "FLOOR"
	}
	if !x.Type.IsTemporal() {
		return nil, typeError(n.X.Pos(), "%s(x TO unit) needs a date, time or timestamp, not %s", fn, x.Type.AsNullable())
	}
	switch n.Unit {
	case ast.DayOfWeek, ast.ISODayOfWeek, ast.DayOfYear, ast.ISOYear, ast.Epoch, ast.NoUnit:
		return nil, invalid(n.Pos(), "%s cannot round to %s", fn, n.Unit)
	}
	return call(n.Pos(), fn, x.Type.WithAttribute(types.NoTime), x, keyword(n.Unit.String())), nil
}

// timestampArith is TIMESTAMPADD and TIMESTAMPDIFF.
func (b *binder) timestampArith(n *ast.TimestampArith) (*expr.Expr, error) {
	x, err := b.bind(n.A)
	if err != nil {
		return nil, err
	}
	y, err := b.bind(n.B)
	if err != nil {
		return nil, err
	}
	nullable := !x.Type.NotNull || !y.Type.NotNull
	if n.Diff {
		x, y, ok := points(x, y)
		if !ok {
			return nil, typeError(n.Pos(), "TIMESTAMPDIFF needs two points in time of one kind, not %s and %s", x.Type.AsNullable(), y.Type.AsNullable())
		}
		return call(n.Pos(), "TIMESTAMPDIFF", types.IntType().WithNullable(nullable), keyword(n.Unit.String()), x, y), nil
	}
	if !x.Type.IsInteger() || !y.Type.IsTemporal() {
		return nil, typeError(n.Pos(), "TIMESTAMPADD needs an integer and a point in time, not %s and %s", x.Type.AsNullable(), y.Type.AsNullable())
	}
	if unitSize(n.Unit) == 0 {
		return nil, invalid(n.Pos(), "TIMESTAMPADD cannot add the unit %s", n.Unit)
	}
	t := y.Type.WithAttribute(types.NoTime)
	switch {
	case t.Kind == types.Date && unitSize(n.Unit) < millisPerDay && !isMonths(n.Unit):
		t = types.TimestampType(6)
	case t.IsTimestamp() && n.Unit == ast.Millisecond:
		t.Precision = max(t.Precision, 3)
	case t.Kind == types.Time && isMonths(n.Unit):
		return nil, typeError(n.Pos(), "TIMESTAMPADD cannot add the unit %s to a TIME", n.Unit)
	}
	return call(n.Pos(), "TIMESTAMPADD", t.WithNullable(nullable), keyword(n.Unit.String()), Coerce(x, types.BigIntType()), y), nil
}

// points makes two points in time comparable; a DATE next to a TIMESTAMP is its midnight. On failure it returns its arguments.
func points(x, y *expr.Expr) (a, b *expr.Expr, ok bool) {
	if x.Type.Kind == types.Date && y.Type.Kind == types.Timestamp {
		return Coerce(x, y.Type), y, true
	}
	if x.Type.Kind == types.Timestamp && y.Type.Kind == types.Date {
		return x, Coerce(y, x.Type), true
	}
	if x.Type.Kind != y.Type.Kind || !x.Type.IsTemporal() {
		return x, y, false
	}
	t, err := function.Common(x.Type, y.Type)
	if err != nil {
		return x, y, false
	}
	return Coerce(x, t), Coerce(y, t), true
}

// trim is TRIM in all its forms.
func (b *binder) trim(n *ast.Trim) (*expr.Expr, error) {
	chars := stringLiteral(" ")
	if n.Chars != nil {
		var err error
		if chars, err = b.bind(n.Chars); err != nil {
			return nil, err
		}
	}
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	return resolve(n.Pos(), function.Lookup("TRIM"), []*expr.Expr{keyword(n.Side.String()), chars, x}, function.Mode{})
}
