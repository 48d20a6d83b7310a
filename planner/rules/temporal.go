package rules

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// pushTemporal pushes predicates into a join with versions. What reads the right side stays in its condition: without the versions that it refuses,
// those before them would be valid for longer.
func pushTemporal(t *logical.Join, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	width := len(t.Left.Schema())
	j := *t
	var left, stay []*expr.Expr
	both := expr.Conjuncts(t.Condition)
	for _, p := range preds {
		switch where := side(p, width); {
		case Volatile(p):
			stay = append(stay, p)
		case where == 1:
			left = append(left, p)
		case where != 0 && t.Kind == plan.Inner:
			both = append(both, p)
		default:
			stay = append(stay, p)
		}
	}
	l, ll := push(t.Left, left)
	j.Left = logical.Filter(l, expr.And(ll...))
	bottom := t.Right
	for c, ok := bottom.(*logical.Calc); ok; c, ok = bottom.(*logical.Calc) {
		bottom = c.Input
	}
	switch bottom.(type) {
	case *logical.Scan, *logical.Watermark: // filters stay above the source: see versions
	default:
		r, rl := push(t.Right, nil)
		j.Right = logical.Filter(r, expr.And(rl...))
	}
	j.Condition = expr.And(both...)
	return &j, stay
}

// temporal finds the versions of joins FOR SYSTEM_TIME AS OF, and checks that they have a key and that it is compared.
func temporal(n logical.Node) (logical.Node, error) {
	var fail error
	n = logical.Transform(n, func(n logical.Node) logical.Node {
		j, ok := n.(*logical.Join)
		if !ok || j.AsOf == nil || fail != nil {
			return n
		}
		right, alive, keys := versions(j.Right)
		refuse := func(format string, args ...any) { fail = sqlerr.NewAt(j.Place, sqlerr.Validation, format, args...) }
		switch {
		case len(j.RightKeys) == 0:
			refuse("the join key of a temporal join can not be empty")
		case len(keys) == 0:
			refuse("a temporal join requires a primary key in the versioned table, but no primary key can be found")
		case !logical.ContainsKey(keys, j.RightKeys):
			refuse("the condition of a temporal join must compare the primary key of the versioned table: %v", j.Right.Schema().Project(keys[0]).Names())
		}
		if fail != nil {
			return n
		}
		x, as := *j, *j.AsOf
		as.Alive = alive
		x.Right, x.AsOf = right, &as
		if alive < 0 {
			return &x
		}
		cols := make([]int, len(j.Schema()))
		for i := range cols {
			cols[i] = i
		}
		return logical.Project(&x, cols)
	})
	return n, fail
}

// versions returns the versions of a table and their keys. A query that keeps the last row of each key by event time stands for all of them: each
// row is a version. A filter above does not take versions away, it says which of them are one: then a column that tells it comes last (alive).
func versions(n logical.Node) (v logical.Node, alive int, keys [][]int) {
	switch t := n.(type) {
	case *logical.Calc:
		in, below, keys := versions(t.Input)
		if in == t.Input && t.Filter == nil {
			return t, -1, logical.MapKeys(keys, t.Exprs)
		}
		c := logical.NewCalc(in, nil, slices.Clone(t.Exprs), slices.Clone(t.Names))
		var conds []*expr.Expr
		if t.Filter != nil {
			conds = append(conds, t.Filter)
		}
		if below >= 0 {
			conds = append(conds, expr.NewColumn(below, in.Schema()[below].Type))
		}
		if len(conds) == 0 {
			return c, -1, logical.MapKeys(keys, t.Exprs)
		}
		c.Exprs, c.Names = append(c.Exprs, expr.And(conds...)), append(c.Names, "$alive")
		return c, len(t.Exprs), logical.MapKeys(keys, t.Exprs)
	case *logical.Rank:
		s := t.Input.Schema()
		if t.From != 1 || t.To != 1 || t.ToColumn >= 0 || len(t.Order) != 1 || !t.Order[0].Descending ||
			s[t.Order[0].Column].Type.Attribute != types.RowTime || !appendOnly(t.Input) {
			break
		}
		if !t.Number {
			return t.Input, -1, [][]int{t.Keys}
		}
		one := expr.NewLiteral(int64(1), types.BigIntType().AsNotNull())
		return logical.NewCalc(t.Input, nil, append(logical.Columns(s), one), t.Schema().Names()), -1, [][]int{t.Keys}
	}
	return n, -1, logical.UniqueKeys(n)
}

// appendOnly tells whether a query of streams has no other changes than insertions.
func appendOnly(n logical.Node) bool {
	ok := true
	logical.Walk(n, func(n logical.Node) {
		switch t := n.(type) {
		case *logical.Scan:
			ok = ok && !t.Table.Caps.SourceMode.IsUpdating()
		case *logical.WindowAggregate:
			ok = ok && t.Emit == nil
		case *logical.Calc, *logical.Watermark, *logical.Union, *logical.WindowTVF, *logical.Values, *logical.Unnest:
		default:
			ok = false
		}
	})
	return ok
}
