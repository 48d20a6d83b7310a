package bind

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// mapping carries an expression of the outer query's scope to the node that a sub-query is joined to.
type mapping func(*expr.Expr) (*expr.Expr, error)

func identity(e *expr.Expr) (*expr.Expr, error) { return e, nil }

// prepared is a sub-query used as a value: bound, not yet joined.
type prepared struct {
	typ types.Type
	// attach joins the sub-query to n and returns the value over the result, whose first columns are those of n.
	attach func(n logical.Node, m mapping) (logical.Node, *expr.Expr, error)
}

// Subquery binds a sub-query used as a value: it is joined to the scope's node.
func (s *scope) Subquery(q scalar.Subquery) (*expr.Expr, error) {
	if s.attach != nil {
		return s.attach(q)
	}
	if s.b == nil || s.node == nil {
		return s.NoScope.Subquery(q)
	}
	p, err := s.b.prepare(q, s)
	if err != nil {
		return nil, err
	}
	n, x, err := p.attach(s.node, identity)
	if err != nil {
		return nil, err
	}
	s.node = n
	return x, nil
}

// subqueryValue joins a sub-query of ON to one side.
func (s *scope) subqueryValue(q scalar.Subquery, down func(*expr.Expr) (*expr.Expr, bool)) (*expr.Expr, error) {
	p, err := s.b.prepare(q, s)
	if err != nil {
		return nil, err
	}
	n, x, err := p.attach(s.node, func(e *expr.Expr) (*expr.Expr, error) {
		d, ok := down(e)
		if !ok {
			return nil, unsupported(q.Pos, "a sub-query in ON that reads both sides")
		}
		return d, nil
	})
	if err != nil {
		return nil, err
	}
	s.node = n
	return x, nil
}

// outerCondition rewrites a condition of decorrelate to left ++ sub-query: w columns on the left.
func (f *frame) outerCondition(c *expr.Expr, w int) *expr.Expr {
	x, _ := f.mapped(c, w, identity)
	return x
}

func (f *frame) mapped(c *expr.Expr, w int, m mapping) (*expr.Expr, error) {
	var fail error
	out := expr.Transform(c, func(x *expr.Expr) *expr.Expr {
		if x.Kind != expr.Column {
			return x
		}
		if x.Index < outerBase {
			return expr.NewColumn(x.Index+w, x.Type)
		}
		r, err := m(f.refs[x.Index-outerBase])
		if err != nil {
			fail = err
			return x
		}
		return r
	})
	return out, fail
}

// joinTo joins sub to n under the conditions, which read outer columns through f.
func (f *frame) joinTo(n, sub logical.Node, kind plan.JoinKind, conds []*expr.Expr, m mapping) (*logical.Join, error) {
	w := len(n.Schema())
	j := &logical.Join{Left: n, Right: sub, Kind: kind, LeftTTL: -1, RightTTL: -1}
	for _, c := range conds {
		x, err := f.mapped(c, w, m)
		if err != nil {
			return nil, err
		}
		j.Condition = and(j.Condition, x)
	}
	return j, nil
}

// prepare binds a sub-query used as a value.
func (b *Binder) prepare(q scalar.Subquery, outer scalar.Scope) (*prepared, error) {
	f := &frame{outer: outer}
	n, err := b.query(q.Query, f, false)
	if err != nil {
		return nil, err
	}
	switch q.Kind {
	case scalar.ScalarQuery:
		return b.prepareScalar(q, n, f)
	case scalar.ExistsQuery:
		return b.prepareExists(q, n, f)
	case scalar.InQuery:
		return b.prepareIn(q, n, f)
	case scalar.AnyQuery, scalar.AllQuery:
		return b.prepareQuantified(q, n, f)
	default:
		return nil, unsupported(q.Pos, "this kind of sub-query")
	}
}

// prepareScalar: a left join with the one row of the query.
func (b *Binder) prepareScalar(q scalar.Subquery, n logical.Node, f *frame) (*prepared, error) {
	if len(n.Schema()) != 1 {
		return nil, invalid(q.Pos, "a sub-query used as a value must have one column, this has %d", len(n.Schema()))
	}
	empty := emptyValue(n)
	n, conds, err := decorrelate(n, q.Pos)
	if err != nil {
		return nil, err
	}
	typ := n.Schema()[0].Type.AsNullable().WithAttribute(types.NoTime)
	if len(conds) == 0 {
		if !oneRow(n) {
			n = singleValue(n, nil)
		}
		return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
			j, err := f.joinTo(in, n, plan.Left, nil, m)
			return j, expr.NewColumn(len(in.Schema()), typ), err
		}}, nil
	}
	keys := innerColumns(conds)
	if !logical.ContainsKey(logical.UniqueKeys(n), keys) {
		var remap []int
		n = singleValue(n, keys)
		remap = make([]int, keys[len(keys)-1]+1)
		for i, k := range keys {
			remap[k] = i + 1
		}
		for i, c := range conds {
			conds[i] = remapColumns(c, remap)
		}
		for i := range keys {
			keys[i] = i + 1
		}
	}
	return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
		w := len(in.Schema())
		sub := n
		x := expr.NewColumn(w, typ)
		if empty != nil {
			s := n.Schema()
			xs := append(logical.Columns(s), expr.NewBool(true))
			sub = logical.NewCalc(n, nil, xs, append(s.Names(), "$i"))
			miss := expr.NewCall("IS NULL", types.BooleanType().AsNotNull(), expr.NewColumn(w+len(s), types.BooleanType()))
			x = expr.NewCall("CASE", typ, miss, expr.NewCast(empty, typ), x)
		}
		j, err := f.joinTo(in, sub, plan.Left, conds, m)
		return j, x, err
	}}, nil
}

// remapColumns renumbers inner columns.
func remapColumns(e *expr.Expr, to []int) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Kind == expr.Column && x.Index < outerBase {
			return expr.NewColumn(to[x.Index], x.Type)
		}
		return x
	})
}

// innerColumns are the columns of the sub-query in conditions, in order.
func innerColumns(conds []*expr.Expr) []int {
	var out []int
	top := 0
	set := expr.Columns(conds...)
	for c := range set {
		if c < outerBase {
			top = max(top, c)
		}
	}
	for c := 0; c <= top; c++ {
		if set[c] {
			out = append(out, c)
		}
	}
	return out
}

// singleValue makes sure that there is one row for each key, or the job fails. Output: the value, then the keys.
func singleValue(n logical.Node, keys []int) logical.Node {
	s := n.Schema()
	t := s[0].Type.AsNullable().WithAttribute(types.NoTime)
	a := &logical.Aggregate{Input: n, Keys: keys, TTL: -1, Aggs: []logical.Agg{{
		Name: s[0].Name,
		Agg:  plan.Agg{Func: "SINGLE_VALUE", Args: []int{0}, Filter: -1, Type: t, IgnoreNulls: true},
	}}}
	if len(keys) == 0 {
		return a
	}
	order := []int{len(keys)}
	for i := range keys {
		order = append(order, i)
	}
	return logical.Project(a, order)
}

// oneRow tells whether a node has at most one valid row.
func oneRow(n logical.Node) bool {
	switch t := n.(type) {
	case *logical.Calc:
		return oneRow(t.Input)
	case *logical.Aggregate:
		return len(t.Keys) == 0
	case *logical.Values:
		return len(t.Rows) <= 1
	case *logical.Limit:
		return t.Count >= 0 && t.Count <= 1
	case *logical.Sort:
		return oneRow(t.Input)
	}
	return false
}

// emptyValue is the value of a query of one aggregation without keys over no rows, if that is not NULL: COUNT is 0.
func emptyValue(n logical.Node) *expr.Expr {
	xs := emptyRow(n)
	if xs == nil || xs[0].IsNull() {
		return nil
	}
	return xs[0]
}

// emptyRow is the row of a query of one aggregation without keys over no rows: NULLs where no COUNT is involved; nil for other queries.
func emptyRow(n logical.Node) []*expr.Expr {
	c, ok := n.(*logical.Calc)
	if !ok || c.Filter != nil {
		return nil
	}
	a, ok := c.Input.(*logical.Aggregate)
	if !ok || len(a.Keys) > 0 {
		return nil
	}
	out := make([]*expr.Expr, len(c.Exprs))
	for i, e := range c.Exprs {
		out[i] = emptyAggregate(e, a)
	}
	return out
}

func emptyAggregate(x *expr.Expr, a *logical.Aggregate) *expr.Expr {
	count := false
	e := expr.Transform(x, func(e *expr.Expr) *expr.Expr {
		if e.Kind != expr.Column || e.Index >= len(a.Aggs) {
			return e
		}
		if a.Aggs[e.Index].Func == "COUNT" {
			count = true
			return expr.NewLiteral(int64(0), e.Type)
		}
		return expr.NewNull(e.Type)
	})
	if !count {
		return expr.NewNull(x.Type)
	}
	return e
}

func (b *Binder) boolean(notNull bool) types.Type {
	return types.BooleanType().WithNullable(!notNull)
}

func isNull(e *expr.Expr) *expr.Expr {
	return expr.NewCall("IS NULL", types.BooleanType().AsNotNull(), e)
}

func isNotNull(e *expr.Expr) *expr.Expr {
	return expr.NewCall("IS NOT NULL", types.BooleanType().AsNotNull(), e)
}

// countStar counts the rows of n; with column >= 0 also the values that are not NULL.
func counts(n logical.Node, columns int) *logical.Aggregate {
	t := types.BigIntType().AsNotNull()
	a := &logical.Aggregate{Input: n, TTL: -1, Aggs: []logical.Agg{{Name: "c", Agg: plan.Agg{Func: "COUNT", Filter: -1, Type: t, IgnoreNulls: true}}}}
	if columns > 0 {
		a.Aggs = append(a.Aggs, logical.Agg{Name: "ck", Agg: plan.Agg{Func: "COUNT", Args: []int{0}, Filter: -1, Type: t, IgnoreNulls: true}})
	}
	return a
}

// zeroIfNull is a count that is missing while there are no rows.
func zeroIfNull(e *expr.Expr) *expr.Expr {
	t := types.BigIntType().AsNotNull()
	return expr.NewCall("COALESCE", t, e, expr.NewLiteral(int64(0), t))
}

func compare(op string, a, c *expr.Expr) *expr.Expr {
	return expr.NewCall(op, types.BooleanType().WithNullable(!(a.Type.NotNull && c.Type.NotNull)), a, c)
}

// prepareExists: a left join with the distinct keys of the query, or with its count.
func (b *Binder) prepareExists(q scalar.Subquery, n logical.Node, f *frame) (*prepared, error) {
	n, conds, err := decorrelate(n, q.Pos)
	if err != nil {
		return nil, err
	}
	typ := types.BooleanType().AsNotNull()
	if len(conds) == 0 {
		c := counts(n, 0)
		return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
			j, err := f.joinTo(in, c, plan.Left, nil, m)
			count := zeroIfNull(expr.NewColumn(len(in.Schema()), types.BigIntType()))
			return j, compare(">", count, expr.NewLiteral(int64(0), types.BigIntType().AsNotNull())), err
		}}, nil
	}
	sub, conds, err := distinctKeys(n, conds, q.Pos)
	if err != nil {
		return nil, err
	}
	return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
		j, err := f.joinTo(in, sub, plan.Left, conds, m)
		return j, isNotNull(expr.NewColumn(len(in.Schema())+len(sub.Schema())-1, types.BooleanType())), err
	}}, nil
}

// distinctKeys reduces a query to the distinct inner sides of its conditions and an indicator that is TRUE.
func distinctKeys(n logical.Node, conds []*expr.Expr, pos int) (logical.Node, []*expr.Expr, error) {
	for _, c := range conds {
		if !isEquality(c) {
			return nil, nil, unsupported(pos, "a correlated sub-query as a value with another condition than equality")
		}
	}
	keys := innerColumns(conds)
	a := &logical.Aggregate{Input: n, Keys: keys, TTL: -1}
	remap := make([]int, keys[len(keys)-1]+1)
	for i, k := range keys {
		remap[k] = i
	}
	out := make([]*expr.Expr, len(conds))
	for i, c := range conds {
		out[i] = remapColumns(c, remap)
	}
	s := a.Schema()
	return logical.NewCalc(a, nil, append(logical.Columns(s), expr.NewBool(true)), append(s.Names(), "$i")), out, nil
}

// isEquality tells whether a condition is inner = outer, each side of one kind.
func isEquality(c *expr.Expr) bool {
	if !c.IsCall("=") && !c.IsCall("IS NOT DISTINCT FROM") {
		return false
	}
	a, o := sides(c.Args[0]), sides(c.Args[1])
	return a != o && a != 3 && o != 3 && a != 0 && o != 0
}

// sides: 1 if e reads inner columns, 2 if outer, 3 if both.
func sides(e *expr.Expr) int {
	n := 0
	for c := range expr.Columns(e) {
		if c >= outerBase {
			n |= 2
		} else {
			n |= 1
		}
	}
	return n
}

// leftColumns are the operands on the left of IN.
func leftColumns(l *expr.Expr) []*expr.Expr {
	if l.IsCall("ROW") {
		return l.Args
	}
	return []*expr.Expr{l}
}

// inConditions compare the left of IN with the columns of the query, as conditions of decorrelate: the left stands for outer columns.
func (b *Binder) inConditions(q scalar.Subquery, n logical.Node, f *frame) ([]*expr.Expr, error) {
	ls := leftColumns(q.Left)
	s := n.Schema()
	if len(ls) != len(s) {
		return nil, sqlerr.New(sqlerr.Type, q.Pos, "values passed to IN operator must have compatible types: %d on the left, %d columns in the query", len(ls), len(s))
	}
	var out []*expr.Expr
	for i, l := range ls {
		c, err := scalar.Compare(ast.Eq, f.ref(l), expr.NewColumn(i, s[i].Type), q.Pos)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// prepareIn: IN as a value, by a left join with the distinct values and one with the counts.
func (b *Binder) prepareIn(q scalar.Subquery, n logical.Node, f *frame) (*prepared, error) {
	if len(leftColumns(q.Left)) != 1 {
		return nil, unsupported(q.Pos, "IN over several columns as a value")
	}
	conds, err := b.inConditions(q, n, f)
	if err != nil {
		return nil, err
	}
	n, extra, err := decorrelate(n, q.Pos)
	if err != nil {
		return nil, err
	}
	if len(extra) > 0 {
		return nil, unsupported(q.Pos, "a correlated IN as a value")
	}
	inner := n.Schema()[0].Type
	c := counts(n, 1)
	if cast := innerSide(conds[0]); cast.Kind != expr.Column {
		n = logical.NewCalc(n, nil, []*expr.Expr{cast}, []string{"k"})
		conds[0] = compareWithColumn(conds[0], cast.Type)
	}
	sub, conds, err := distinctKeys(n, conds, q.Pos)
	if err != nil {
		return nil, err
	}
	typ := b.boolean(q.Left.Type.NotNull && inner.NotNull)
	return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
		w := len(in.Schema())
		j, err := f.joinTo(in, sub, plan.Left, conds, m)
		if err != nil {
			return nil, nil, err
		}
		left, err := m(q.Left)
		if err != nil {
			return nil, nil, err
		}
		j2, err := f.joinTo(j, c, plan.Left, nil, m)
		big := types.BigIntType()
		count := zeroIfNull(expr.NewColumn(w+2, big))
		known := zeroIfNull(expr.NewColumn(w+3, big))
		zero := expr.NewLiteral(int64(0), big.AsNotNull())
		x := expr.NewCall("CASE", typ, compare("=", count, zero), expr.NewBool(false), isNull(left), nullBool(typ),
			isNotNull(expr.NewColumn(w+1, types.BooleanType())), expr.NewBool(true), compare("<", known, count), nullBool(typ), expr.NewBool(false))
		if q.Not {
			x = expr.NewCall("NOT", typ, x)
		}
		return j2, x, err
	}}, nil
}

func nullBool(t types.Type) *expr.Expr { return expr.NewNull(t.AsNullable()) }

// innerSide is the side of an equality that reads the query.
func innerSide(c *expr.Expr) *expr.Expr {
	if sides(c.Args[0]) == 1 {
		return c.Args[0]
	}
	return c.Args[1]
}

// compareWithColumn replaces the inner side of an equality by column 0.
func compareWithColumn(c *expr.Expr, t types.Type) *expr.Expr {
	out := *c
	out.Args = append([]*expr.Expr(nil), c.Args...)
	for i, a := range out.Args {
		if sides(a) == 1 {
			out.Args[i] = expr.NewColumn(0, t)
		}
	}
	return &out
}

// prepareQuantified: x op ANY or ALL (query), by the least, the greatest and the number of values.
func (b *Binder) prepareQuantified(q scalar.Subquery, n logical.Node, f *frame) (*prepared, error) {
	all := q.Kind == scalar.AllQuery
	if q.Op == ast.Eq && !all {
		in := q
		in.Kind = scalar.InQuery
		return b.prepareIn(in, n, f)
	}
	if q.Op == ast.NotEq && all {
		in := q
		in.Kind, in.Not = scalar.InQuery, true
		return b.prepareIn(in, n, f)
	}
	s := n.Schema()
	if len(s) != 1 {
		return nil, sqlerr.New(sqlerr.Type, q.Pos, "the query after ANY or ALL must have one column, this has %d", len(s))
	}
	n, extra, err := decorrelate(n, q.Pos)
	if err != nil {
		return nil, err
	}
	if len(extra) > 0 {
		return nil, unsupported(q.Pos, "a correlated sub-query after ANY or ALL")
	}
	c := counts(n, 1)
	vt := s[0].Type.AsNullable().WithAttribute(types.NoTime)
	for _, fn := range []string{"MIN", "MAX"} {
		c.Aggs = append(c.Aggs, logical.Agg{Name: fn, Agg: plan.Agg{Func: fn, Args: []int{0}, Filter: -1, Type: vt, IgnoreNulls: true}})
	}
	typ := b.boolean(false)
	// The comparisons are made once here to report types that do not compare.
	if _, err := scalar.Compare(q.Op, q.Left, expr.NewColumn(0, vt), q.Pos); err != nil {
		return nil, err
	}
	return &prepared{typ: typ, attach: func(in logical.Node, m mapping) (logical.Node, *expr.Expr, error) {
		w := len(in.Schema())
		j, err := f.joinTo(in, c, plan.Left, nil, m)
		if err != nil {
			return nil, nil, err
		}
		left, err := m(q.Left)
		if err != nil {
			return nil, nil, err
		}
		low, high := expr.NewColumn(w+2, vt), expr.NewColumn(w+3, vt)
		test, err := quantifiedTest(q, all, left, low, high)
		if err != nil {
			return nil, nil, err
		}
		big := types.BigIntType()
		count, known := zeroIfNull(expr.NewColumn(w, big)), zeroIfNull(expr.NewColumn(w+1, big))
		zero := expr.NewLiteral(int64(0), big.AsNotNull())
		// Without rows ALL holds and ANY does not. One value may decide; if none does, a NULL among the values leaves it open.
		decided := expr.NewCall(map[bool]string{true: "IS FALSE", false: "IS TRUE"}[all], types.BooleanType().AsNotNull(), test)
		x := expr.NewCall("CASE", typ, compare("=", count, zero), expr.NewBool(all), decided, expr.NewBool(!all),
			compare("<", known, count), nullBool(typ), test)
		return j, x, nil
	}}, nil
}

// quantifiedTest compares with the values that decide: x > ALL is x > greatest, x > ANY is x > least.
func quantifiedTest(q scalar.Subquery, all bool, left, low, high *expr.Expr) (*expr.Expr, error) {
	one := func(v *expr.Expr) (*expr.Expr, error) { return scalar.Compare(q.Op, left, v, q.Pos) }
	switch q.Op {
	case ast.Greater, ast.GreaterEq:
		if all {
			return one(high)
		}
		return one(low)
	case ast.Less, ast.LessEq:
		if all {
			return one(low)
		}
		return one(high)
	}
	a, err := one(low)
	if err != nil {
		return nil, err
	}
	c, err := one(high)
	if err != nil {
		return nil, err
	}
	fn := "OR"
	if all {
		fn = "AND"
	}
	return expr.NewCall(fn, types.BooleanType(), a, c), nil
}

// where binds WHERE. [NOT] IN and [NOT] EXISTS among its conjuncts become semi and anti joins; other sub-queries are values.
func (s *scope) where(x ast.Expr) error {
	width := len(s.node.Schema())
	w := *s
	w.Where = "in WHERE"
	var rest []ast.Expr
	var plain []*expr.Expr
	for _, c := range astConjuncts(x) {
		if hasSubquery(c) {
			rest = append(rest, c)
			continue
		}
		e, err := scalar.BindCondition(c, &w, s.b.cfg.Env, "WHERE")
		if err != nil {
			return err
		}
		plain = append(plain, e)
	}
	w.node = interval(w.node, plain)
	if j, ok := w.node.(*logical.Join); ok && logical.IntervalOf(j) != nil {
		w.retype(j)
	}
	for _, c := range rest {
		done, err := w.semi(c)
		if err != nil {
			return err
		}
		if done {
			continue
		}
		e, err := scalar.BindCondition(c, &w, s.b.cfg.Env, "WHERE")
		if err != nil {
			return err
		}
		w.node = logical.Filter(w.node, e)
	}
	if len(w.node.Schema()) > width {
		cols := make([]int, width)
		for i := range cols {
			cols[i] = i
		}
		w.node = logical.Project(w.node, cols)
	}
	s.node = w.node
	return nil
}

func astConjuncts(x ast.Expr) []ast.Expr {
	if b, ok := x.(*ast.Binary); ok && b.Op == ast.And {
		return append(astConjuncts(b.L), astConjuncts(b.R)...)
	}
	return []ast.Expr{x}
}

// semi joins a conjunct of the form [NOT] x [NOT] IN (query) or [NOT] EXISTS (query); false if it has another form.
func (s *scope) semi(x ast.Expr) (bool, error) {
	not := false
	for {
		u, ok := x.(*ast.Unary)
		if !ok || u.Op != ast.Not {
			break
		}
		not = !not
		x = u.X
	}
	f := &frame{outer: s}
	switch t := x.(type) {
	case *ast.Exists:
		n, err := s.b.query(t.Query, f, false)
		if err != nil {
			return false, err
		}
		n, conds, err := decorrelate(n, t.Pos())
		if err != nil {
			return false, err
		}
		return true, s.semiJoin(f, n, not, conds, false)
	case *ast.In:
		if t.Query == nil || hasSubquery(t.X) {
			return false, nil
		}
		left, err := s.bind(t.X)
		if err != nil {
			return false, err
		}
		n, err := s.b.query(t.Query, f, false)
		if err != nil {
			return false, err
		}
		q := scalar.Subquery{Kind: scalar.InQuery, Query: t.Query, Left: left, Pos: t.OpPos}
		conds, err := s.b.inConditions(q, n, f)
		if err != nil {
			return false, err
		}
		n, extra, err := decorrelate(n, t.Pos())
		if err != nil {
			return false, err
		}
		if not == t.Not {
			return true, s.semiJoin(f, n, false, append(conds, extra...), false)
		}
		return true, s.notIn(f, n, conds, extra)
	}
	return false, nil
}

func (s *scope) semiJoin(f *frame, n logical.Node, anti bool, conds []*expr.Expr, nullAware bool) error {
	kind := plan.Semi
	if anti {
		kind = plan.Anti
	}
	j, err := f.joinTo(s.node, n, kind, conds, identity)
	if err != nil {
		return err
	}
	j.NullAware = nullAware
	s.node = j
	return nil
}

// notIn: NOT IN is an anti join in which a NULL on either side may be equal. One column without correlation is the operator's own form;
// otherwise the comparison says so itself.
func (s *scope) notIn(f *frame, n logical.Node, conds, extra []*expr.Expr) error {
	nullable := false
	for _, c := range conds {
		nullable = nullable || !c.Type.NotNull
	}
	if !nullable {
		return s.semiJoin(f, n, true, append(conds, extra...), false)
	}
	if len(conds) == 1 && len(extra) == 0 {
		return s.semiJoin(f, n, true, conds, true)
	}
	var loose []*expr.Expr
	for _, c := range conds {
		loose = append(loose, expr.NewCall("IS NOT FALSE", types.BooleanType().AsNotNull(), c))
	}
	return s.semiJoin(f, n, true, append(loose, extra...), false)
}

// interval puts a condition above a node. What makes an inner join one over an interval becomes part of its condition, so that event times stay.
func interval(n logical.Node, conds []*expr.Expr) logical.Node {
	if j, ok := n.(*logical.Join); ok && j.Kind == plan.Inner && logical.IntervalOf(j) == nil {
		c := *j
		c.Condition = expr.And(append(expr.Conjuncts(j.Condition), conds...)...)
		if logical.IntervalOf(&c) != nil {
			return &c
		}
	}
	return logical.Filter(n, expr.And(conds...))
}
