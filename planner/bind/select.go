package bind

import (
	"strconv"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// block is a SELECT while it is bound.
type block struct {
	b   *Binder
	sel *ast.Select
	s   *scope       // FROM and WHERE
	x   scalar.Scope // what the select list sees: s, or groups
	*group
	overs []*overCall
	subs  []*prepared // sub-queries above the grouping

	items []*expr.Expr
	names []string
}

// selectBlock binds a SELECT and the ORDER BY after it.
func (b *Binder) selectBlock(sel *ast.Select, f *frame, order []ast.OrderItem) (logical.Node, []plan.SortKey, error) {
	saved := b.hints
	b.hints = sel.Hints
	defer func() { b.hints = saved }()
	s, err := b.from(sel.From, f, nil)
	if err != nil {
		return nil, nil, err
	}
	s.frame = f
	if sel.Where != nil {
		if err := s.where(sel.Where); err != nil {
			return nil, nil, err
		}
	}
	bl := &block{b: b, sel: sel, s: s}
	if bl.isGrouped(order) {
		if err := bl.groupBy(); err != nil {
			return nil, nil, err
		}
		bl.x = &groupScope{scope: s.with(bl.call), bl: bl}
	} else {
		bl.x = &itemScope{scope: s, bl: bl}
	}
	if err := bl.bindItems(); err != nil {
		return nil, nil, err
	}
	var having, qualify *expr.Expr
	if sel.Having != nil {
		if having, err = scalar.BindCondition(sel.Having, bl.x, b.cfg.Env, "HAVING"); err != nil {
			return nil, nil, err
		}
	}
	if sel.Qualify != nil {
		if qualify, err = scalar.BindCondition(sel.Qualify, &aliasScope{bl.x, bl}, b.cfg.Env, "QUALIFY"); err != nil {
			return nil, nil, err
		}
	}
	visible := len(bl.items)
	keys, err := bl.order(order)
	if err != nil {
		return nil, nil, err
	}
	n, err := bl.assemble(having, qualify)
	if err != nil {
		return nil, nil, err
	}
	if sel.Distinct {
		if len(bl.items) > visible {
			return nil, nil, invalid(sel.Pos(), "for SELECT DISTINCT, ORDER BY may only use columns of the select list")
		}
		n = distinct(n)
	}
	if len(bl.items) > visible {
		return &hidden{n, visible}, keys, nil
	}
	return n, keys, nil
}

// isGrouped tells whether the block groups: by a clause or by an aggregate call.
func (bl *block) isGrouped(order []ast.OrderItem) bool {
	if bl.sel.GroupBy != nil || bl.sel.Having != nil {
		return true
	}
	for _, it := range bl.sel.Items {
		if hasAggregate(it.X) {
			return true
		}
	}
	for _, o := range order {
		if hasAggregate(o.X) {
			return true
		}
	}
	return bl.sel.Qualify != nil && hasAggregate(bl.sel.Qualify)
}

// hasAggregate looks for aggregate calls, not inside sub-queries and not under OVER.
func hasAggregate(x ast.Expr) bool {
	found := false
	ast.Walk(x, func(n ast.Node) bool {
		switch t := n.(type) {
		case *ast.Query:
			return false
		case *ast.Call:
			if len(t.Name.Parts) == 1 && t.Over == nil {
				if f := function.Lookup(t.Name.Last()); f != nil && f.Class == function.Aggregate {
					found = true
				}
			}
		case *ast.JSONObject:
			found = found || t.Agg && t.Over == nil
		case *ast.JSONArray:
			found = found || t.Agg && t.Over == nil
		}
		return !found
	})
	return found
}

// hasSubquery looks for queries inside an expression.
func hasSubquery(x ast.Expr) bool {
	found := false
	ast.Walk(x, func(n ast.Node) bool {
		if _, ok := n.(*ast.Query); ok {
			found = true
		}
		return !found
	})
	return found
}

// bindItems binds the select list.
func (bl *block) bindItems() error {
	for _, it := range bl.sel.Items {
		if st, ok := it.X.(*ast.Star); ok {
			xs, names, err := bl.s.star(st)
			if err != nil {
				return err
			}
			if bl.group != nil {
				for i, x := range xs {
					y := bl.keyColumn(x)
					if y == nil {
						return bl.notGrouped(st.Pos(), names[i])
					}
					xs[i] = y
				}
			}
			bl.items = append(bl.items, xs...)
			bl.names = append(bl.names, names...)
			continue
		}
		e, err := scalar.Bind(it.X, bl.x, bl.b.cfg.Env)
		if err != nil {
			return err
		}
		if e.Type.Kind == types.Null {
			return illegalNull(it.X.Pos())
		}
		if _, ok := it.X.(*ast.Cast); ok && e.Type.Attribute == types.RowTime {
			// A cast makes an ordinary column, also where it changes nothing.
			c := *e
			c.Type = c.Type.WithAttribute(types.NoTime)
			e = &c
		}
		name := "EXPR$" + strconv.Itoa(len(bl.items))
		switch {
		case it.Alias != nil:
			name = it.Alias.Name
		default:
			if n, ok := it.X.(*ast.Name); ok {
				name = n.Parts[len(n.Parts)-1].Name
			} else if f, ok := it.X.(*ast.Field); ok {
				name = f.Name.Name
			}
		}
		if bl.group != nil && it.Alias != nil && e.Kind == expr.Column && e.Index >= aggBase && e.Index < overBase {
			bl.aggs[e.Index-aggBase].name = name
		}
		bl.items = append(bl.items, e)
		bl.names = append(bl.names, name)
	}
	return nil
}

// order binds ORDER BY: by number, by alias, by selected expression, else by a hidden column.
func (bl *block) order(order []ast.OrderItem) ([]plan.SortKey, error) {
	var keys []plan.SortKey
	visible := len(bl.items)
	for _, o := range order {
		at, err := ordinal(o.X, visible)
		if err != nil {
			return nil, err
		}
		if n, ok := o.X.(*ast.Name); ok && at < 0 && len(n.Parts) == 1 {
			for i := range visible {
				if bl.names[i] == n.Parts[0].Name {
					at = i
					break
				}
			}
		}
		if at < 0 {
			e, err := scalar.Bind(o.X, &aliasScope{bl.x, bl}, bl.b.cfg.Env)
			if err != nil {
				return nil, err
			}
			for i, x := range bl.items {
				if expr.Equal(x, e) {
					at = i
					break
				}
			}
			if at < 0 {
				at = len(bl.items)
				bl.items = append(bl.items, e)
				bl.names = append(bl.names, "$order"+strconv.Itoa(at))
			}
		}
		keys = append(keys, sortKey(at, o))
	}
	return keys, nil
}

// assemble builds the operators above FROM and WHERE.
func (bl *block) assemble(having, qualify *expr.Expr) (logical.Node, error) {
	n := bl.s.node
	resolve := func(e *expr.Expr) (*expr.Expr, error) { return e, nil }
	if bl.group != nil {
		var err error
		if n, err = bl.groupNode(); err != nil {
			return nil, err
		}
		values := make([]*expr.Expr, len(bl.subs))
		bl.subValues = values
		resolve = func(e *expr.Expr) (*expr.Expr, error) { return bl.resolve(e) }
		for i, p := range bl.subs {
			if n, values[i], err = p.attach(n, resolve); err != nil {
				return nil, err
			}
		}
		if having != nil {
			if having, err = resolve(having); err != nil {
				return nil, err
			}
			n = logical.Filter(n, having)
		}
	}
	items := make([]*expr.Expr, len(bl.items))
	for i, e := range bl.items {
		var err error
		if items[i], err = resolve(e); err != nil {
			return nil, err
		}
	}
	if qualify != nil {
		var err error
		if qualify, err = resolve(qualify); err != nil {
			return nil, err
		}
	}
	if len(bl.overs) > 0 {
		var err error
		var at int
		if n, at, err = bl.overNodes(n, resolve); err != nil {
			return nil, err
		}
		for i := range items {
			items[i] = overColumns(items[i], at)
		}
		if qualify != nil {
			qualify = overColumns(qualify, at)
		}
	} else if qualify != nil {
		return nil, invalid(bl.sel.Qualify.Pos(), "QUALIFY expression must contain a window function")
	}
	n = logical.Filter(n, qualify)
	return logical.NewCalc(n, nil, items, bl.names), nil
}

// itemScope is what the select list of a block without groups sees.
type itemScope struct {
	*scope
	bl *block
}

func (s *itemScope) Call(c scalar.Call) (*expr.Expr, error) {
	if c.Over() {
		return s.bl.over(c, s)
	}
	switch c.Func.Class {
	case function.GroupWindow:
		return nil, invalid(c.Pos(), "group function '%s' can only appear next to a GROUP BY with its window", c.Func.Name)
	case function.Grouping:
		return nil, invalid(c.Pos(), "%s may only occur in an aggregate query", c.Func.Name)
	case function.Ranking:
		return nil, invalid(c.Pos(), "%s needs an OVER clause", c.Func.Name)
	}
	return s.scope.Call(c)
}

// aliasScope adds the names of the select list after those of FROM.
type aliasScope struct {
	scalar.Scope
	bl *block
}

func (s *aliasScope) Column(path []ast.Ident) (*expr.Expr, int, error) {
	e, used, err := s.Scope.Column(path)
	if used > 0 || err != nil && len(path) > 1 {
		return e, used, err
	}
	for i, n := range s.bl.names {
		if n == path[0].Name {
			return s.bl.items[i], 1, nil
		}
	}
	return e, used, err
}
