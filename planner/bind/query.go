package bind

import (
	"strconv"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// query binds WITH, body, ORDER BY and LIMIT. Below the top an order without a limit means nothing and is left out.
func (b *Binder) query(q *ast.Query, f *frame, top bool) (logical.Node, error) {
	saved := b.ctes
	defer func() { b.ctes = saved }()
	for _, c := range q.With {
		n, err := b.query(c.Query, nil, false)
		if err != nil {
			return nil, err
		}
		if len(c.Columns) > 0 {
			names := make([]string, len(c.Columns))
			for i, id := range c.Columns {
				names[i] = id.Name
			}
			if len(names) != len(n.Schema()) {
				return nil, invalid(c.Name.Pos(), "number of columns must match number of query columns: %d names, %d columns", len(names), len(n.Schema()))
			}
			n = rename(n, names)
		}
		b.ctes = &cte{name: c.Name.Name, node: n, next: b.ctes}
	}
	limited := q.Limit != nil || q.Offset != nil
	order := q.OrderBy
	if !top && !limited {
		order = nil
	}
	n, keys, err := b.body(q.Body, f, order)
	if err != nil {
		return nil, err
	}
	visible := len(n.Schema())
	if s, ok := n.(*hidden); ok {
		n, visible = s.Node, s.visible
	}
	if len(keys) > 0 {
		n = &logical.Sort{Input: n, Order: keys, Place: b.place(order[0].X.Pos())}
	}
	if limited {
		if n, err = b.limit(n, q); err != nil {
			return nil, err
		}
	}
	if visible < len(n.Schema()) {
		cols := make([]int, visible)
		for i := range cols {
			cols[i] = i
		}
		n = logical.Project(n, cols)
	}
	return n, nil
}

// hidden marks columns at the end that only ORDER BY needs.
type hidden struct {
	logical.Node
	visible int
}

func (b *Binder) limit(n logical.Node, q *ast.Query) (logical.Node, error) {
	l := &logical.Limit{Input: n, Count: -1}
	var err error
	if q.Limit != nil {
		if l.Count, err = b.count(q.Limit); err != nil {
			return nil, err
		}
	}
	if q.Offset != nil {
		if l.Offset, err = b.count(q.Offset); err != nil {
			return nil, err
		}
	}
	if l.Count < 0 && l.Offset == 0 {
		return n, nil
	}
	if l.Count < 0 && !b.cfg.Batch {
		return nil, invalid(q.Offset.Pos(), "OFFSET without a limit (FETCH is missed) is not supported in streaming mode")
	}
	if l.Count == 0 {
		return &logical.Values{Out: stripTime(n.Schema())}, nil
	}
	return l, nil
}

func stripTime(s types.Schema) types.Schema {
	out := append(types.Schema(nil), s...)
	for i := range out {
		out[i].Type = out[i].Type.WithAttribute(types.NoTime)
	}
	return out
}

// count is the number in LIMIT and OFFSET.
func (b *Binder) count(x ast.Expr) (int64, error) {
	if l, ok := x.(*ast.Literal); ok && l.Kind == ast.IntegerLit {
		n, err := strconv.ParseInt(l.Text, 10, 64)
		if err != nil {
			return 0, invalid(x.Pos(), "number '%s' is too large", l.Text)
		}
		return n, nil
	}
	e, err := scalar.Bind(x, scalar.NoScope{Where: "in LIMIT"}, b.cfg.Env)
	if err != nil {
		return 0, err
	}
	if e, err = b.fold(e); err != nil {
		return 0, err
	}
	n, ok := e.Value.(int64)
	if !ok || !e.Type.IsInteger() || n < 0 {
		return 0, invalid(x.Pos(), "LIMIT and OFFSET want a number that is not negative")
	}
	return n, nil
}

// body binds a query body; order is bound with it because a SELECT's order may use columns that are not selected.
func (b *Binder) body(body ast.Body, f *frame, order []ast.OrderItem) (logical.Node, []plan.SortKey, error) {
	switch t := body.(type) {
	case *ast.Select:
		return b.selectBlock(t, f, order)
	case *ast.Query:
		n, err := b.query(t, f, false)
		return b.ordered(n, order, err)
	case *ast.SetOp:
		n, err := b.setOp(t, f)
		return b.ordered(n, order, err)
	case *ast.Values:
		n, err := b.values(t)
		return b.ordered(n, order, err)
	case *ast.TableQuery:
		n, _, err := b.table(t.Table, nil)
		return b.ordered(n, order, err)
	default:
		return nil, nil, unsupported(body.Pos(), "this query")
	}
}

// ordered binds ORDER BY over the columns of a node alone.
func (b *Binder) ordered(n logical.Node, order []ast.OrderItem, err error) (logical.Node, []plan.SortKey, error) {
	if err != nil || len(order) == 0 {
		return n, nil, err
	}
	s := n.Schema()
	sc := b.newScope(n, "", nil)
	xs := logical.Columns(s)
	names := s.Names()
	var keys []plan.SortKey
	for _, o := range order {
		at, err := ordinal(o.X, len(s))
		if err != nil {
			return nil, nil, err
		}
		if at < 0 {
			e, err := sc.bind(o.X)
			if err != nil {
				return nil, nil, err
			}
			if e.Kind == expr.Column {
				at = e.Index
			} else {
				at = len(xs)
				xs = append(xs, e)
				names = append(names, "$order"+strconv.Itoa(at))
			}
		}
		keys = append(keys, sortKey(at, o))
	}
	if len(xs) > len(s) || sc.node != n {
		return &hidden{logical.NewCalc(sc.node, nil, xs, names), len(s)}, keys, nil
	}
	return n, keys, nil
}

// ordinal is the column that a number in ORDER BY means, or -1.
func ordinal(x ast.Expr, n int) (int, error) {
	l, ok := x.(*ast.Literal)
	if !ok || l.Kind != ast.IntegerLit {
		return -1, nil
	}
	i, err := strconv.Atoi(l.Text)
	if err != nil || i < 1 || i > n {
		return 0, invalid(x.Pos(), "ordinal %s out of range: there are %d columns", l.Text, n)
	}
	return i - 1, nil
}

// sortKey: NULLs are the smallest values unless the text says otherwise.
func sortKey(at int, o ast.OrderItem) plan.SortKey {
	k := plan.SortKey{Column: at, Descending: o.Desc, NullsLast: o.Desc}
	switch o.Nulls {
	case ast.NullsFirst:
		k.NullsLast = false
	case ast.NullsLast:
		k.NullsLast = true
	}
	return k
}

// setOp binds UNION, INTERSECT and EXCEPT.
func (b *Binder) setOp(t *ast.SetOp, f *frame) (logical.Node, error) {
	l, _, err := b.body(t.L, f, nil)
	if err != nil {
		return nil, err
	}
	r, _, err := b.body(t.R, f, nil)
	if err != nil {
		return nil, err
	}
	name := t.Op.String()
	if t.All {
		name += " ALL"
	}
	ls, rs := l.Schema(), r.Schema()
	if len(ls) != len(rs) {
		return nil, invalid(t.OpPos, "column count mismatch in %s: %d and %d columns", name, len(ls), len(rs))
	}
	to := make([]types.Type, len(ls))
	for i := range ls {
		if to[i], err = scalar.CommonType(ls[i].Type, rs[i].Type); err != nil {
			return nil, sqlerr.New(sqlerr.Type, t.OpPos, "type mismatch in column %d of %s: %s and %s", i+1, name, ls[i].Type, rs[i].Type)
		}
	}
	l, r = coerceColumns(l, to, ls.Names()), coerceColumns(r, to, ls.Names())
	switch t.Op {
	case ast.Union:
		u := &logical.Union{In: append(branches(l), branches(r)...)}
		if t.All {
			return u, nil
		}
		return distinct(u), nil
	default:
		return &logical.SetOp{Left: l, Right: r, Except: t.Op == ast.Except, All: t.All}, nil
	}
}

func branches(n logical.Node) []logical.Node {
	if u, ok := n.(*logical.Union); ok {
		return u.In
	}
	return []logical.Node{n}
}

// distinct groups by all columns.
func distinct(n logical.Node) logical.Node {
	keys := make([]int, len(n.Schema()))
	for i := range keys {
		keys[i] = i
	}
	return &logical.Aggregate{Input: n, Keys: keys, TTL: -1}
}

// coerceColumns casts columns to the types of a set operation.
func coerceColumns(n logical.Node, to []types.Type, names []string) logical.Node {
	s := n.Schema()
	xs := logical.Columns(s)
	same := true
	for i := range xs {
		if !s[i].Type.Same(to[i]) {
			xs[i] = scalar.Coerce(xs[i], to[i])
		}
		same = same && xs[i].Kind == expr.Column && s[i].Name == names[i]
	}
	if same {
		return n
	}
	return logical.NewCalc(n, nil, xs, names)
}

// values binds VALUES.
func (b *Binder) values(v *ast.Values) (logical.Node, error) {
	out := &logical.Values{}
	for _, r := range v.Rows {
		var row []*expr.Expr
		for _, x := range r.Exprs {
			e, err := scalar.Bind(x, scalar.NoScope{Where: "in VALUES"}, b.cfg.Env)
			if err != nil {
				return nil, err
			}
			if e.Type.Kind == types.Null {
				return nil, illegalNull(x.Pos())
			}
			row = append(row, e)
		}
		if len(out.Rows) > 0 && len(row) != len(out.Rows[0]) {
			return nil, invalid(r.Pos(), "values passed to VALUES must have compatible types: the rows have different numbers of columns")
		}
		out.Rows = append(out.Rows, row)
	}
	for i := range out.Rows[0] {
		ts := make([]types.Type, len(out.Rows))
		for j, row := range out.Rows {
			ts[j] = row[i].Type
		}
		t, err := scalar.CommonType(ts...)
		if err != nil {
			return nil, sqlerr.New(sqlerr.Type, v.Pos(), "values passed to VALUES must have compatible types: column %d: %s", i+1, err.Error())
		}
		for _, row := range out.Rows {
			row[i] = scalar.Coerce(row[i], t)
		}
		out.Out = append(out.Out, types.Field{Name: "EXPR$" + strconv.Itoa(i), Type: t.WithAttribute(types.NoTime)})
	}
	return out, nil
}

func illegalNull(pos int) error {
	return sqlerr.New(sqlerr.Type, pos, "illegal use of 'NULL'").WithHint("give it a type: CAST(NULL AS INT)")
}
