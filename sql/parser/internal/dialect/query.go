package dialect

import (
	"strconv"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// query reads a complete query and emits it.
func (r *rewriter) query() {
	if !r.enter() {
		return
	}
	defer r.leave()
	pos := r.c.Pos()
	if r.c.At("WITH") {
		r.with()
	}
	r.term(pos)
	for r.c.AtAny("UNION", "INTERSECT", "EXCEPT", "MINUS") {
		t := r.c.Next()
		if t.Is("MINUS") {
			r.c.FailWith(&sqlerr.Error{Code: sqlerr.Syntax, Pos: t.Pos, Msg: "MINUS is not a set operator here", Hint: "write EXCEPT", Near: t.Text})
			return
		}
		r.put(t.Upper, t.Pos)
		if r.c.At("ALL") {
			r.put("ALL", r.c.Next().Pos)
		} else {
			r.c.Accept("DISTINCT")
		}
		r.term(r.c.Pos())
	}
	if r.c.At("ORDER") {
		r.orderBy()
	}
	r.limit()
}

func (r *rewriter) with() {
	r.put("WITH", r.c.Next().Pos)
	if r.c.At("RECURSIVE") {
		r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "WITH RECURSIVE is not supported")
	}
	for {
		id, ok := r.ident("a name (an identifier) after WITH")
		if !ok {
			return
		}
		r.put(r.identMarker(id), id.Pos())
		if r.c.At("(") {
			r.here("(")
			for i, col := range Idents(r.c) {
				if i > 0 {
					r.put(",", col.Pos())
				}
				r.put(r.identMarker(col), col.Pos())
			}
			r.here(")")
		}
		r.here("AS")
		r.c.Expect("AS")
		r.here("(")
		r.c.Expect("(")
		r.query()
		r.here(")")
		r.c.Expect(")")
		if !r.c.At(",") {
			return
		}
		r.put(",", r.c.Next().Pos)
	}
}

// term reads one operand of a set operation; queryPos is where the query that
// it may be the first operand of begins.
func (r *rewriter) term(queryPos int) {
	t := r.c.Peek()
	switch {
	case t.Is("SELECT"):
		r.selectBlock(queryPos)
	case t.Is("VALUES"):
		r.values(queryPos)
	case t.Is("TABLE"):
		r.c.Next()
		p := Path(r.c)
		r.block(&block{pos: t.Pos, queryPos: queryPos, finish: func(*ast.Select, []ast.Expr) ast.Body {
			return &ast.TableQuery{At: ast.At(t.Pos), Table: p}
		}}).end(nil)
	case t.Is("("):
		r.block(&block{pos: t.Pos, queryPos: queryPos, operand: true}).end(nil)
		r.here("FROM")
		r.here("(")
		r.c.Next()
		r.query()
		r.here(")")
		if !r.c.Accept(")") {
			r.c.FailExpected("')' or the rest of the query")
		}
		r.here("AS")
		r.here(r.add(spec{kind: kDerived, pos: t.Pos}))
	default:
		r.c.FailExpected("a query")
	}
}

// block emits SELECT and the opening of the block marker.
func (r *rewriter) block(b *block) *args {
	r.put("SELECT", b.pos)
	a := r.begin(kBlock, b.pos)
	r.specs[a.idx].block = b
	return a
}

func (r *rewriter) values(queryPos int) {
	t := r.c.Next()
	b := &block{pos: t.Pos, queryPos: queryPos}
	a := r.block(b)
	n := &ast.Values{At: ast.At(t.Pos)}
	var rows []span
	for {
		pos := r.c.Pos()
		row := span{from: a.n}
		r.c.Accept("ROW")
		if r.c.At("(") && !r.atQuery() {
			r.c.Next()
			a.exprs()
			r.c.Expect(")")
			// What looked like a row may be the start of an expression.
			if r.c.AtAny("+", "-", "*", "/", "||", "%", "[", ".") {
				r.c.FailExpected("',' or the end of VALUES")
			}
		} else {
			a.expr()
		}
		row.to = a.n
		rows = append(rows, row)
		n.Rows = append(n.Rows, ast.ValuesRow{At: ast.At(pos)})
		if !r.c.Accept(",") {
			break
		}
	}
	b.finish = func(_ *ast.Select, x []ast.Expr) ast.Body {
		for i := range n.Rows {
			n.Rows[i].Exprs = rows[i].of(x)
		}
		return n
	}
	a.end(nil)
}

// selectBlock reads SELECT … QUALIFY.
func (r *rewriter) selectBlock(queryPos int) {
	t := r.c.Next()
	b := &block{pos: t.Pos, queryPos: queryPos}
	b.sel.Hints = Hints(r.c)
	if r.c.At("STREAM") {
		r.c.FailExpected("a select item (an identifier or expression)")
	}
	if r.c.Accept("DISTINCT") {
		b.sel.Distinct = true
	} else {
		b.sel.All = r.c.Accept("ALL")
	}
	a := r.block(b)
	extras := len(r.out)
	r.here(")")
	for {
		r.here(",")
		r.selectItem()
		if !r.c.Accept(",") {
			break
		}
	}
	if r.c.At("FROM") {
		r.put("FROM", r.c.Next().Pos)
		r.from()
	}
	if r.c.At("WHERE") {
		if r.c.PeekAt(1).Kind == lex.EOF {
			r.c.Next()
			r.c.FailExpected(wantOperand)
		}
		pos := r.c.Next().Pos
		r.put("WHERE", pos)
		r.expr()
	}
	if r.c.At("GROUP") {
		r.groupBy(b)
	}
	if r.c.At("HAVING") {
		r.put("HAVING", r.c.Next().Pos)
		r.expr()
	}
	r.blockExtras(a, b, extras)
}

// blockExtras reads WINDOW and QUALIFY, which travel in the block marker.
func (r *rewriter) blockExtras(a *args, b *block, at int) {
	var windows []func(x []ast.Expr) *ast.WindowSpec
	qualify := -1
	from := len(r.out)
	if r.c.Accept("WINDOW") {
		for {
			id, ok := r.ident("a window name")
			if !ok {
				return
			}
			b.sel.Windows = append(b.sel.Windows, ast.NamedWindow{Name: id})
			r.c.Expect("AS")
			windows = append(windows, r.windowSpec(a))
			if !r.c.Accept(",") {
				break
			}
		}
	}
	if r.c.Accept("QUALIFY") {
		qualify = a.expr()
	}
	r.move(from, at)
	b.finish = func(s *ast.Select, x []ast.Expr) ast.Body {
		for i, w := range windows {
			s.Windows[i].Spec = w(x)
		}
		if qualify >= 0 {
			s.Qualify = x[qualify]
		}
		return s
	}
}

func (r *rewriter) selectItem() {
	if t := r.c.Peek(); t.Is("*") || t.IsIdent() && r.qualifiedStar() > 0 {
		r.star()
		return
	}
	r.expr()
	t := r.c.Peek()
	switch {
	case r.c.Accept("AS"):
		id, ok := r.ident("an alias")
		if !ok {
			return
		}
		r.put("AS", id.Pos())
		r.put(r.identMarker(id), id.Pos())
	case t.IsIdent():
		id, _ := r.ident("an alias")
		r.put("AS", id.Pos())
		r.put(r.identMarker(id), id.Pos())
	case t.Kind == lex.String:
		r.c.FailWith(&sqlerr.Error{
			Code: sqlerr.Syntax, Pos: t.Pos, Near: t.Raw(r.c.Src), Msg: "expected an alias but found a string literal",
			Hint: "write names in back-quotes: `name`",
		})
	}
}

func (r *rewriter) groupBy(b *block) {
	g := &ast.GroupBy{At: ast.At(r.c.Pos())}
	r.put("GROUP", r.c.Next().Pos)
	r.here("BY")
	r.c.Expect("BY")
	if r.c.Accept("DISTINCT") {
		g.Distinct = true
	} else {
		r.c.Accept("ALL")
	}
	b.groupBy = g
	for {
		r.groupItem(maxDepth)
		if !r.c.At(",") {
			return
		}
		r.put(",", r.c.Next().Pos)
	}
}

// groupExpr carries a group item out of a marker.
type groupExpr struct {
	ast.Default
	item ast.GroupItem
}

func (r *rewriter) groupItem(depth int) {
	pos := r.c.Pos()
	kind := ast.GroupExprs
	switch {
	case depth == 0:
		r.c.Fail(sqlerr.Unsupported, pos, "nested deeper than %d levels", maxDepth)
		return
	case r.c.Accept("GROUPING", "SETS"):
		kind = ast.GroupSets
	case r.c.At("CUBE", "("):
		r.c.Next()
		kind = ast.GroupCube
	case r.c.At("ROLLUP", "("):
		r.c.Next()
		kind = ast.GroupRollup
	case r.c.At("(", ")"):
		r.c.Next()
		r.c.Next()
		r.begin(kFunc, pos).end(func([]ast.Expr) ast.Expr {
			return &groupExpr{item: ast.GroupItem{At: ast.At(pos), Paren: true}}
		})
		return
	default:
		r.expr()
		return
	}
	a := r.begin(kFunc, pos)
	r.c.Expect("(")
	for {
		a.slot()
		r.groupItem(depth - 1)
		if !r.c.Accept(",") {
			break
		}
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		g := ast.GroupItem{At: ast.At(pos), Kind: kind}
		for _, e := range x {
			g.Items = append(g.Items, groupItemOf(e))
		}
		return &groupExpr{Default: ast.Default{At: ast.At(pos)}, item: g}
	})
}

// groupItemOf turns a converted group item into its node.
func groupItemOf(x ast.Expr) ast.GroupItem {
	switch n := x.(type) {
	case *groupExpr:
		return n.item
	case *ast.Ctor:
		if n.Implicit {
			return ast.GroupItem{At: n.At, Exprs: n.Args, Paren: true}
		}
	}
	return ast.GroupItem{At: ast.At(x.Pos()), Exprs: []ast.Expr{x}}
}

func (r *rewriter) orderBy() {
	r.put("ORDER", r.c.Next().Pos)
	r.here("BY")
	r.c.Expect("BY")
	for {
		pos := r.c.Pos()
		r.expr()
		desc, nulls := r.direction()
		if desc {
			r.put("DESC", pos)
		}
		if nulls != ast.NullsDefault {
			r.put(",", pos)
			r.put(r.add(spec{kind: kNulls, pos: pos, nulls: nulls}), pos)
			r.put("(", pos)
			r.put(")", pos)
		}
		if !r.c.At(",") {
			return
		}
		r.put(",", r.c.Next().Pos)
	}
}

// limit reads LIMIT, OFFSET and FETCH and emits LIMIT n OFFSET m, the numbers
// of their leaves.
func (r *rewriter) limit() {
	var count, offset ast.Expr
	pos := r.c.Pos()
	found := false
	read := func() ast.Expr {
		t := r.c.Peek()
		switch {
		case t.Is("?"):
			r.c.Next()
			r.c.Params++
			return &ast.Param{At: ast.At(t.Pos), Index: r.c.Params - 1}
		case t.Kind == lex.Integer || t.Kind == lex.Decimal || t.Kind == lex.Approx:
			return Literal(r.c)
		}
		r.c.FailExpected("an unsigned number")
		return nil
	}
	if r.c.Accept("LIMIT") {
		found = true
		if !r.c.Accept("ALL") {
			count = read()
		}
		if r.c.At(",") {
			r.c.FailWith(&sqlerr.Error{Code: sqlerr.Syntax, Pos: r.c.Pos(), Near: ",", Msg: "LIMIT takes one number", Hint: "write LIMIT count OFFSET start"})
		}
	}
	if r.c.Accept("OFFSET") {
		found = true
		offset = read()
		if r.c.AtAny("ROW", "ROWS") {
			r.c.Next()
		}
	}
	if count == nil && r.c.At("FETCH") {
		r.c.Next()
		found = true
		if !r.c.Accept("FIRST") {
			r.c.Expect("NEXT")
		}
		count = &ast.Literal{At: ast.At(r.c.Pos()), Kind: ast.IntegerLit, Text: "1"}
		if !r.c.AtAny("ROW", "ROWS") {
			count = read()
		}
		if !r.c.Accept("ROWS") {
			r.c.Expect("ROW")
		}
		r.c.Expect("ONLY")
	}
	if !found || r.c.Failed() {
		return
	}
	for i, x := range []ast.Expr{count, offset} {
		r.put([]string{"LIMIT", "OFFSET"}[i], pos)
		r.specs = append(r.specs, spec{kind: kLeaf, pos: pos, leaf: x})
		r.put(strconv.Itoa(len(r.specs)-1), pos)
	}
}
