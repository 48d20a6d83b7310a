package logical

import (
	"math"
	"slices"

	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Interval is a bound on the distance of two event times, or two processing times: Lower <= right - left <= Upper, in milliseconds.
type Interval struct {
	Left, Right  int // columns of the inputs
	Lower, Upper int64
	ProcTime     bool
}

// IntervalOf finds a bound, from below and above, in the condition of a join of streams; nil: there is none, and the join is a regular one.
func IntervalOf(n *Join) *Interval { return intervalOf(n, n.Left.Schema(), n.Right.Schema()) }

func intervalOf(n *Join, left, right types.Schema) *Interval {
	if n.AsOf != nil || n.Condition == nil || n.NullAware || n.Kind == plan.Semi || n.Kind == plan.Anti || !hasTime(left) || !hasTime(right) {
		return nil
	}
	var found []*Interval
	for _, p := range expr.Conjuncts(n.Condition) {
		b, ok := timeBound(p, left, right)
		if !ok {
			continue
		}
		var same *Interval
		for _, f := range found {
			if f.Left == b.Left && f.Right == b.Right {
				same = f
			}
		}
		if same == nil {
			found = append(found, &b)
			continue
		}
		same.Lower, same.Upper = max(same.Lower, b.Lower), min(same.Upper, b.Upper)
	}
	for _, f := range found {
		if f.Lower != math.MinInt64 && f.Upper != math.MaxInt64 {
			return f
		}
	}
	return nil
}

// IsTimeBound tells whether p bounds the distance of the times of a join.
func IsTimeBound(p *expr.Expr, n *Join) bool {
	_, ok := timeBound(p, n.Left.Schema(), n.Right.Schema())
	return ok
}

func hasTime(s types.Schema) bool {
	return slices.ContainsFunc(s, func(f types.Field) bool { return isTime(f.Type) })
}

// isTime tells whether t is a time attribute of milliseconds.
func isTime(t types.Type) bool {
	return t.Attribute != types.NoTime && t.IsTimestamp() && t.Precision == 3
}

// WithoutBounds leaves out the conjuncts of a condition that bound the times of i.
func (i *Interval) WithoutBounds(n *Join) *expr.Expr {
	var rest []*expr.Expr
	for _, p := range expr.Conjuncts(n.Condition) {
		if b, ok := timeBound(p, n.Left.Schema(), n.Right.Schema()); !ok || b.Left != i.Left || b.Right != i.Right {
			rest = append(rest, p)
		}
	}
	return expr.And(rest...)
}

// timeBound reads a comparison of a time of the left with one of the right, each perhaps moved by an interval.
func timeBound(p *expr.Expr, left, right types.Schema) (Interval, bool) {
	if p.Kind != expr.Call || len(p.Args) != 2 {
		return Interval{}, false
	}
	a, x, ok1 := moved(p.Args[0])
	b, y, ok2 := moved(p.Args[1])
	if !ok1 || !ok2 {
		return Interval{}, false
	}
	op, w := p.Func, len(left)
	if a >= w && b < w {
		a, b, x, y = b, a, y, x
		if f, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]; ok {
			op = f
		}
	}
	if a >= w || b < w {
		return Interval{}, false
	}
	lt, rt := left[a].Type, right[b-w].Type
	if !isTime(lt) || !isTime(rt) || lt.Kind != rt.Kind || lt.Attribute != rt.Attribute {
		return Interval{}, false
	}
	// left + x op right + y bounds right - left by x - y.
	i := Interval{Left: a, Right: b - w, Lower: math.MinInt64, Upper: math.MaxInt64, ProcTime: lt.Attribute == types.ProcTime}
	d := x - y
	switch op {
	case "=":
		i.Lower, i.Upper = d, d
	case "<":
		i.Lower = d + 1
	case "<=":
		i.Lower = d
	case ">":
		i.Upper = d - 1
	case ">=":
		i.Upper = d
	default:
		return Interval{}, false
	}
	return i, true
}

// moved takes apart column + interval.
func moved(e *expr.Expr) (col int, by int64, ok bool) {
	for e.Kind == expr.Call && (e.Func == "+" || e.Func == "-") && len(e.Args) == 2 {
		d := e.Args[1]
		n, isInt := d.Value.(int64)
		if d.Kind != expr.Literal || !isInt || d.Type.Kind != types.IntervalDayTime {
			return 0, 0, false
		}
		if e.Func == "-" {
			n = -n
		}
		by += n
		e = e.Args[0]
	}
	return e.Index, by, e.Kind == expr.Column
}
