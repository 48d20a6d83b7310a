package dialect

import (
	"fmt"
	"strings"

	tidb "github.com/pingcap/tidb/pkg/parser/ast"

	"millrace/sql/ast"
)

// deadQuery stands in for a query after an internal error.
func deadQuery() *ast.Query { return &ast.Query{Body: &ast.Values{}} }

// query converts a SELECT or a chain of set operations.
func (c *converter) query(n tidb.Node) *ast.Query {
	if c.err != nil {
		return deadQuery()
	}
	q := &ast.Query{}
	switch n := n.(type) {
	case *tidb.SelectStmt:
		q.With = c.with(n.With)
		var pos int
		q.Body, pos = c.selectBody(n)
		q.Start = pos
		q.OrderBy = c.orderBy(n.OrderBy)
		q.Limit, q.Offset = c.limit(n.Limit)
	case *tidb.SetOprStmt:
		q.With = c.with(n.With)
		q.Body, q.Start = c.setOps(n.SelectList)
		q.OrderBy = c.orderBy(n.OrderBy)
		q.Limit, q.Offset = c.limit(n.Limit)
	default:
		c.fail(n, fmt.Sprintf("%T", n))
		return deadQuery()
	}
	if c.err != nil {
		return deadQuery()
	}
	return q
}

func (c *converter) with(w *tidb.WithClause) []ast.CTE {
	if w == nil {
		return nil
	}
	if w.IsRecursive {
		c.fail(w, "recursive")
	}
	var out []ast.CTE
	for _, e := range w.CTEs {
		cte := ast.CTE{Name: c.ident(e.Name.O)}
		for _, col := range e.ColNameList {
			cte.Columns = append(cte.Columns, c.ident(col.O))
		}
		cte.Query = c.query(e.Query.Query)
		out = append(out, cte)
	}
	return out
}

func (c *converter) ident(name string) ast.Ident { return c.take(name, nil, kIdent).ident }

// setOps builds the tree of a flat list; INTERSECT binds tighter.
func (c *converter) setOps(list *tidb.SetOprSelectList) (ast.Body, int) {
	if list.With != nil || list.Limit != nil || list.OrderBy != nil || len(list.Selects) == 0 {
		c.fail(list, "set operation")
		return &ast.Values{}, 0
	}
	type operand struct {
		body ast.Body
		op   ast.SetOp
	}
	var stack []operand
	start := 0
	for i, s := range list.Selects {
		sel, ok := s.(*tidb.SelectStmt)
		if !ok || sel.With != nil || sel.OrderBy != nil || sel.Limit != nil {
			c.fail(s, fmt.Sprintf("set operand %T", s))
			return &ast.Values{}, 0
		}
		body, pos := c.selectBody(sel)
		if i == 0 {
			start = pos
			stack = append(stack, operand{body: body})
			continue
		}
		op := ast.SetOp{OpPos: pos}
		if sel.AfterSetOperator == nil {
			c.fail(s, "set operator")
			return &ast.Values{}, 0
		}
		switch *sel.AfterSetOperator {
		case tidb.UnionAll:
			op.All = true
		case tidb.Except, tidb.ExceptAll:
			op.Op, op.All = ast.Except, *sel.AfterSetOperator == tidb.ExceptAll
		case tidb.Intersect, tidb.IntersectAll:
			op.Op, op.All = ast.Intersect, *sel.AfterSetOperator == tidb.IntersectAll
		}
		if op.Op == ast.Intersect {
			top := &stack[len(stack)-1]
			op.At, op.L, op.R = ast.At(top.body.Pos()), top.body, body
			top.body = &op
			continue
		}
		stack = append(stack, operand{body: body, op: op})
	}
	left := stack[0].body
	for _, s := range stack[1:] {
		op := s.op
		op.At, op.L, op.R = ast.At(left.Pos()), left, s.body
		left = &op
	}
	return left, start
}

// selectBody converts one block and returns the position of the query that it
// starts.
func (c *converter) selectBody(n *tidb.SelectStmt) (ast.Body, int) {
	none := &ast.Values{}
	if c.err != nil {
		return none, 0
	}
	if n.LockInfo != nil || n.SelectIntoOpt != nil || len(n.TableHints) > 0 || len(n.WindowSpecs) > 0 || n.Kind != tidb.SelectStmtKindSelect ||
		n.Distinct || n.Fields == nil || len(n.Fields.Fields) == 0 {
		c.fail(n, "select block")
		return none, 0
	}
	marker, ok := n.Fields.Fields[0].Expr.(*tidb.FuncCallExpr)
	if !ok {
		c.fail(n, "select marker")
		return none, 0
	}
	s := c.take(marker.FnName.O, marker, kBlock)
	args := c.exprs(marker.Args)
	if c.err != nil {
		return none, 0
	}
	b := s.block
	if b.operand {
		return c.operand(n), b.queryPos
	}
	sel := b.sel
	sel.At = ast.At(b.pos)
	for _, f := range n.Fields.Fields[1:] {
		if f.WildCard != nil || f.Expr == nil {
			c.fail(n, "wildcard")
			return none, 0
		}
		item := ast.SelectItem{X: c.expr(f.Expr)}
		if f.AsName.O != "" {
			id := c.ident(f.AsName.O)
			item.Alias = &id
		}
		sel.Items = append(sel.Items, item)
	}
	if n.From != nil {
		sel.From = c.tableRef(n.From.TableRefs)
	}
	if n.Where != nil {
		sel.Where = c.expr(n.Where)
	}
	if n.GroupBy != nil {
		sel.GroupBy = c.groupBy(n.GroupBy, b)
	}
	if n.Having != nil {
		sel.Having = c.expr(n.Having.Expr)
	}
	if c.err != nil {
		return none, 0
	}
	if b.finish == nil {
		c.fail(n, "unfinished block")
		return none, 0
	}
	return b.finish(&sel, args), b.queryPos
}

// operand converts SELECT k() FROM (query) AS t.
func (c *converter) operand(n *tidb.SelectStmt) ast.Body {
	if n.From != nil && n.Where == nil && n.GroupBy == nil && n.Having == nil && len(n.Fields.Fields) == 1 {
		j := n.From.TableRefs
		if ts, ok := j.Left.(*tidb.TableSource); ok && j.Right == nil {
			s := c.take(ts.AsName.O, nil, kDerived)
			q := c.query(ts.Source)
			if s.table != nil {
				c.fail(n, "operand")
			}
			return q
		}
	}
	c.fail(n, "operand")
	return &ast.Values{}
}

func (c *converter) groupBy(g *tidb.GroupByClause, b *block) *ast.GroupBy {
	out := b.groupBy
	if out == nil || g.Rollup {
		c.fail(g, "group by")
		return nil
	}
	for _, it := range g.Items {
		if it.Desc {
			c.fail(g, "group by order")
		}
		out.Items = append(out.Items, groupItemOf(c.expr(it.Expr)))
	}
	return out
}

func (c *converter) orderBy(o *tidb.OrderByClause) []ast.OrderItem {
	if o == nil {
		return nil
	}
	var out []ast.OrderItem
	for _, it := range o.Items {
		if f, ok := it.Expr.(*tidb.FuncCallExpr); ok && strings.HasPrefix(f.FnName.O, "n") && len(out) > 0 {
			out[len(out)-1].Nulls = c.take(f.FnName.O, f, kNulls).nulls
			continue
		}
		out = append(out, ast.OrderItem{X: c.expr(it.Expr), Desc: it.Desc})
	}
	return out
}

func (c *converter) limit(l *tidb.Limit) (count, offset ast.Expr) {
	if l == nil {
		return nil, nil
	}
	get := func(n tidb.ExprNode) ast.Expr {
		v, ok := n.(*valueExpr)
		if !ok {
			c.fail(l, "limit")
			return nil
		}
		i, ok := v.int()
		if !ok {
			c.fail(l, "limit")
			return nil
		}
		s := c.take(fmt.Sprintf("c%d", i), nil, kLeaf)
		if s.leaf == nil {
			return nil
		}
		return s.leaf
	}
	return get(l.Count), get(l.Offset)
}

// tableRef converts what stands in FROM.
func (c *converter) tableRef(n tidb.Node) ast.TableRef {
	none := &ast.TableName{}
	if c.err != nil {
		return none
	}
	switch n := n.(type) {
	case *tidb.Join:
		if n.Right == nil {
			return c.tableRef(n.Left)
		}
		return c.join(n)
	case *tidb.TableSource:
		t := c.source(n)
		if t == nil {
			c.fail(nil, "table")
			return none
		}
		return t
	}
	c.fail(nil, fmt.Sprintf("%T", n))
	return none
}

func (c *converter) source(n *tidb.TableSource) ast.TableRef {
	if n.Lateral || len(n.ColumnNames) > 0 {
		return nil
	}
	if t, ok := n.Source.(*tidb.TableName); ok {
		if t.Schema.O != "" || n.AsName.O != "" || len(t.IndexHints) > 0 || len(t.PartitionNames) > 0 || t.TableSample != nil || t.AsOf != nil {
			return nil
		}
		s := c.take(t.Name.O, nil, kTable)
		if s.table == nil {
			return nil
		}
		return s.table(nil, nil, nil)
	}
	s := c.take(n.AsName.O, nil, kDerived, kCarrier)
	if c.err != nil || s.table == nil {
		return nil
	}
	if s.kind == kDerived {
		return s.table(nil, nil, c.query(n.Source))
	}
	sel, ok := n.Source.(*tidb.SelectStmt)
	if !ok || sel.Where != nil || sel.GroupBy != nil || sel.Having != nil || sel.OrderBy != nil || sel.Limit != nil || sel.With != nil ||
		len(sel.Fields.Fields) != 1 {
		return nil
	}
	call, ok := sel.Fields.Fields[0].Expr.(*tidb.FuncCallExpr)
	if !ok || call.FnName.O != n.AsName.O {
		return nil
	}
	args := c.exprs(call.Args)
	var in ast.TableRef
	if sel.From != nil {
		in = c.tableRef(sel.From.TableRefs)
	}
	if c.err != nil {
		return nil
	}
	t := s.table(args, in, nil)
	if t == nil {
		return nil
	}
	return t
}

func (c *converter) join(n *tidb.Join) ast.TableRef {
	if n.NaturalJoin || n.StraightJoin || len(n.Using) > 0 {
		c.fail(nil, "join")
		return &ast.TableName{}
	}
	j := &ast.Join{Kind: ast.CommaJoin}
	var cond *tidb.FuncCallExpr
	if n.On != nil {
		f, ok := n.On.Expr.(*tidb.FuncCallExpr)
		if !ok {
			c.fail(nil, "join condition")
			return &ast.TableName{}
		}
		cond = f
		if s := c.take(f.FnName.O, f, kJoin); s.join != nil {
			j = s.join
		}
	}
	j.Left = c.tableRef(n.Left)
	j.Right = c.tableRef(n.Right)
	j.At = ast.At(j.Left.Pos())
	if cond == nil {
		j.OpPos = j.Right.Pos()
		return j
	}
	switch len(cond.Args) {
	case 0:
	case 1:
		j.On = c.expr(cond.Args[0])
	default:
		c.fail(nil, "join condition")
	}
	return j
}
