package scalar

import (
	"strconv"
	"strings"
	"time"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/types"
)

// isMonths tells whether intervals of the unit count months, not milliseconds.
func isMonths(u ast.Unit) bool { return u == ast.Year || u == ast.Quarter || u == ast.Month }

// unitSize is the unit in months or in milliseconds; 0 for a unit that no interval has.
func unitSize(u ast.Unit) int64 {
	switch u {
	case ast.Year:
		return 12
	case ast.Quarter:
		return 3
	case ast.Month:
		return 1
	case ast.Week:
		return 7 * millisPerDay
	case ast.Day:
		return millisPerDay
	case ast.Hour:
		return 3600 * millisPerSecond
	case ast.Minute:
		return 60 * millisPerSecond
	case ast.Second:
		return millisPerSecond
	case ast.Millisecond:
		return 1
	default:
		return 0
	}
}

// intervalType is the type of intervals of a unit.
func intervalType(u ast.Unit) types.Type {
	if isMonths(u) {
		return monthsType().AsNotNull()
	}
	return millisType().AsNotNull()
}

func qualifierText(q ast.IntervalQualifier) string {
	if q.To == ast.NoUnit {
		return q.From.String()
	}
	return q.From.String() + " TO " + q.To.String()
}

// intervalLiteral is INTERVAL '…' unit [TO unit].
func intervalLiteral(l *ast.Literal) (*expr.Expr, error) {
	q := *l.Qualifier
	text := strings.TrimSpace(l.Text)
	negative := l.Negative
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		negative, text = !negative, strings.TrimSpace(rest)
	} else if rest, ok := strings.CutPrefix(text, "+"); ok {
		text = strings.TrimSpace(rest)
	}
	v, lead, ok := parseInterval(text, q)
	if !ok {
		return nil, invalid(l.Pos(), "INTERVAL '%s' is no interval of the form %s", l.Text, qualifierText(q))
	}
	p := q.Precision
	if p < 0 {
		p = 2
	}
	if len(strings.TrimLeft(lead, "0")) > p {
		return nil, invalid(l.Pos(), "interval field value %s exceeds the precision of %s(%d)", lead, q.From, p)
	}
	if negative {
		v = -v
	}
	return expr.NewLiteral(v, intervalType(q.From)), nil
}

// parseInterval reads the content of an interval without its sign: the value in months or milliseconds, and the digits of the leading field.
func parseInterval(s string, q ast.IntervalQualifier) (v int64, lead string, ok bool) {
	units := unitsOf(q)
	for i, u := range units {
		part := s
		if i < len(units)-1 {
			sep := ":"
			switch u {
			case ast.Year:
				sep = "-"
			case ast.Day:
				sep = " "
			}
			if part, s, ok = strings.Cut(s, sep); !ok {
				return 0, "", false
			}
			s = strings.TrimLeft(s, " ")
		}
		var millis int64
		if u == ast.Second {
			whole, fraction, dotted := strings.Cut(part, ".")
			if part = whole; dotted {
				nanos, ok := fractionNanos(fraction)
				if !ok || fraction == "" {
					return 0, "", false
				}
				millis = nanos / int64(time.Millisecond)
			}
		}
		n, ok := digits(part, 18)
		if !ok || i > 0 && n >= limitOf(u) {
			return 0, "", false
		}
		if i == 0 {
			lead = part
		}
		v += n*unitSize(u) + millis
	}
	return v, lead, true
}

// unitsOf are the fields of an interval, from the leading to the trailing one.
func unitsOf(q ast.IntervalQualifier) []ast.Unit {
	if q.To == ast.NoUnit || q.To == q.From {
		return []ast.Unit{q.From}
	}
	if q.From == ast.Year {
		return []ast.Unit{ast.Year, ast.Month}
	}
	var units []ast.Unit
	for u := q.From; u <= q.To; u++ {
		if u == ast.Day || u == ast.Hour || u == ast.Minute || u == ast.Second {
			units = append(units, u)
		}
	}
	return units
}

// limitOf bounds a field that is not the leading one.
func limitOf(u ast.Unit) int64 {
	switch u {
	case ast.Month:
		return 12
	case ast.Hour:
		return 24
	default:
		return 60
	}
}

// interval is INTERVAL x unit: x times the unit.
func (b *binder) interval(n *ast.Interval) (*expr.Expr, error) {
	q := n.Qualifier
	size := unitSize(q.From)
	if size == 0 || q.To != ast.NoUnit {
		return nil, invalid(n.Pos(), "INTERVAL of an expression cannot have the unit %s", qualifierText(q))
	}
	if l, ok := n.X.(*ast.Literal); ok && l.Kind == ast.IntegerLit {
		return BindLiteral(&ast.Literal{At: n.At, Kind: ast.IntervalLit, Text: l.Text, Qualifier: &q}, b.env)
	}
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	if !x.Type.IsInteger() {
		return nil, typeError(n.X.Pos(), "INTERVAL needs an integer, not %s", x.Type.AsNullable())
	}
	return times(n.Pos(), expr.NewLiteral(size, intervalType(q.From)), x), nil
}

// times multiplies an interval; two constants give a constant.
func times(pos int, iv, x *expr.Expr) *expr.Expr {
	if a, ok := iv.Value.(int64); ok && x.Type.IsInteger() {
		if n, ok := x.Value.(int64); ok && (n == 0 || a*n/n == a) {
			l := expr.NewLiteral(a*n, iv.Type)
			l.Pos = pos
			return l
		}
	}
	return call(pos, "*", iv.Type.WithNullable(!iv.Type.NotNull || !x.Type.NotNull), iv, x)
}

// intervalDiff is (l - r) unit: an interval of months or of milliseconds.
func (b *binder) intervalDiff(n *ast.IntervalDiff) (*expr.Expr, error) {
	q := n.Qualifier
	if unitSize(q.From) == 0 {
		return nil, invalid(n.Pos(), "an interval cannot have the unit %s", qualifierText(q))
	}
	xs, err := b.bindAll([]ast.Expr{n.L, n.R})
	if err != nil {
		return nil, err
	}
	l, r, ok := points(xs[0], xs[1])
	if !ok || xs[0].Type.Kind != xs[1].Type.Kind {
		return nil, typeError(n.Pos(), "the difference as an interval needs two points in time of one kind, not %s and %s", l.Type.AsNullable(), r.Type.AsNullable())
	}
	t := intervalType(q.From).WithNullable(!l.Type.NotNull || !r.Type.NotNull)
	unit := q.From
	if q.To != ast.NoUnit {
		unit = q.To
	}
	return call(n.Pos(), "MINUS_DATE", t, keyword(unit.String()), l, r), nil
}

// castToInterval is CAST(x AS INTERVAL unit): a constant counts units, a column months or milliseconds.
func castToInterval(x *expr.Expr, q *ast.IntervalQualifier, pos int) (*expr.Expr, error) {
	if q.To != ast.NoUnit {
		return nil, typeError(pos, "cannot cast %s to INTERVAL %s; only intervals of one unit are made of numbers", x.Type.AsNullable(), qualifierText(*q))
	}
	t := intervalType(q.From).WithNullable(!x.Type.NotNull)
	if v, ok := x.Value.(int64); ok && x.Kind == expr.Literal {
		size := unitSize(q.From)
		if v != 0 && v*size/v != size {
			return nil, invalid(pos, "interval of %s %s is out of range", strconv.FormatInt(v, 10), q.From)
		}
		l := expr.NewLiteral(v*size, t)
		l.Pos = pos
		return l, nil
	}
	c := expr.NewCast(x, t)
	c.Pos = pos
	return c, nil
}
