package dialect

import (
	"strings"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
)

// pathOrCall reads a dotted name, or a call if a parenthesis follows.
func (r *rewriter) pathOrCall() {
	t := r.c.Next()
	p := pathOf(t)
	for r.c.At(".") && !r.c.PeekAt(1).Is("*") {
		r.c.Next()
		p.Parts = append(p.Parts, r.fieldName())
	}
	if !r.c.At("(") {
		r.leaf(&ast.Name{At: p.At, Parts: p.Parts})
		return
	}
	r.call(p)
}

// call reads the parentheses of a call and everything that may follow them.
func (r *rewriter) call(name ast.Path) {
	r.c.Expect("(")
	a := r.begin(kFunc, name.Pos())
	n := &ast.Call{At: name.At, Name: name}
	if r.c.Accept("DISTINCT") {
		n.Distinct = true
	} else if r.c.At("ALL") && !r.c.PeekAt(1).AnyOf(",", ")") {
		r.c.Next()
		n.All = true
	}
	list := span{from: a.n, to: a.n}
	if !r.c.At(")") && !r.c.At("ORDER") || n.Distinct || n.All {
		for {
			r.callArg(a, n.Distinct)
			if !r.c.Accept(",") {
				break
			}
		}
		list.to = a.n
	}
	var order []orderRef
	if r.c.Accept("ORDER", "BY") {
		order = a.order()
	}
	if len(name.Parts) == 1 && strings.EqualFold(name.Last(), "ARRAY_AGG") {
		n.Nulls = r.nullTreatment()
	}
	if !r.c.Accept(")") {
		r.c.FailExpected("',' or ')' in the argument list")
	}
	mods := r.modifiers(a, &n.Modifiers)
	a.end(func(x []ast.Expr) ast.Expr {
		n.Args = list.of(x)
		n.OrderBy = orderItems(order, x)
		mods(x)
		return n
	})
}

func (r *rewriter) nullTreatment() ast.NullTreatment {
	switch {
	case r.c.Accept("RESPECT", "NULLS"):
		return ast.RespectNulls
	case r.c.Accept("IGNORE", "NULLS"):
		return ast.IgnoreNulls
	}
	return ast.NullsUnspecified
}

// modifiers reads WITHIN GROUP, FILTER, null treatment and OVER after a call;
// the returned function completes m.
func (r *rewriter) modifiers(a *args, m *ast.Modifiers) func(x []ast.Expr) {
	var within []orderRef
	filter := -1
	var window func(x []ast.Expr) *ast.WindowSpec
	if t := r.nullTreatment(); t != ast.NullsUnspecified {
		m.Nulls = t
	}
	if r.c.Accept("WITHIN", "GROUP") {
		r.c.Expect("(", "ORDER", "BY")
		within = a.order()
		r.c.Expect(")")
	}
	if r.c.At("FILTER", "(") {
		r.c.Expect("FILTER", "(", "WHERE")
		filter = a.expr()
		r.c.Expect(")")
	}
	if t := r.nullTreatment(); t != ast.NullsUnspecified {
		m.Nulls = t
	}
	if r.c.At("OVER") {
		window = r.over(a)
	}
	return func(x []ast.Expr) {
		m.WithinGroup = orderItems(within, x)
		if filter >= 0 {
			m.Filter = x[filter]
		}
		if window != nil {
			m.Over = window(x)
		}
	}
}

// over reads OVER w or OVER ( … ).
func (r *rewriter) over(a *args) func(x []ast.Expr) *ast.WindowSpec {
	r.c.Next()
	if r.c.At("(") {
		return r.windowSpec(a)
	}
	id, ok := r.ident("a window name or '('")
	if !ok {
		return nil
	}
	return func([]ast.Expr) *ast.WindowSpec { return &ast.WindowSpec{At: id.At, Ref: &id, Bare: true} }
}

// windowSpec reads ( [name] [PARTITION BY …] [ORDER BY …] [frame] ).
func (r *rewriter) windowSpec(a *args) func(x []ast.Expr) *ast.WindowSpec {
	w := &ast.WindowSpec{At: ast.At(r.c.Pos())}
	r.c.Expect("(")
	if t := r.c.Peek(); t.IsIdent() {
		id, _ := r.ident("a window name")
		w.Ref = &id
	}
	var part span
	var order []orderRef
	var frame func(x []ast.Expr) *ast.Frame
	if r.c.Accept("PARTITION", "BY") {
		part = a.exprs()
	}
	if r.c.Accept("ORDER", "BY") {
		order = a.order()
	}
	if r.c.AtAny("ROWS", "RANGE") {
		frame = r.frame(a)
	}
	if !r.c.Accept(")") {
		r.c.FailExpected("PARTITION BY, ORDER BY, ROWS, RANGE or ')'")
	}
	return func(x []ast.Expr) *ast.WindowSpec {
		w.PartitionBy = part.of(x)
		w.OrderBy = orderItems(order, x)
		if frame != nil {
			w.Frame = frame(x)
		}
		return w
	}
}

func (r *rewriter) frame(a *args) func(x []ast.Expr) *ast.Frame {
	t := r.c.Next()
	f := &ast.Frame{At: ast.At(t.Pos)}
	if t.Is("RANGE") {
		f.Unit = ast.Range
	}
	between := r.c.Accept("BETWEEN")
	start, si := r.bound(a)
	var end ast.Bound
	ei := -1
	if between {
		r.c.Expect("AND")
		end, ei = r.bound(a)
	}
	return func(x []ast.Expr) *ast.Frame {
		f.Start = start
		if si >= 0 {
			f.Start.X = x[si]
		}
		if between {
			e := end
			if ei >= 0 {
				e.X = x[ei]
			}
			f.End = &e
		}
		return f
	}
}

// bound reads one frame bound; the index is that of its distance, or -1.
func (r *rewriter) bound(a *args) (ast.Bound, int) {
	switch {
	case r.c.Accept("CURRENT", "ROW"):
		return ast.Bound{Kind: ast.CurrentRow}, -1
	case r.c.Accept("UNBOUNDED", "PRECEDING"):
		return ast.Bound{Kind: ast.UnboundedPreceding}, -1
	case r.c.Accept("UNBOUNDED", "FOLLOWING"):
		return ast.Bound{Kind: ast.UnboundedFollowing}, -1
	}
	i := a.expr()
	switch {
	case r.c.Accept("PRECEDING"):
		return ast.Bound{Kind: ast.Preceding}, i
	case r.c.Accept("FOLLOWING"):
		return ast.Bound{Kind: ast.Following}, i
	}
	r.c.FailExpected("PRECEDING or FOLLOWING")
	return ast.Bound{}, -1
}

// callArg reads one argument of a call.
func (r *rewriter) callArg(a *args, distinct bool) {
	t := r.c.Peek()
	if t.IsIdent() || t.Kind == lex.Word {
		if r.c.PeekAt(1).Is("=>") {
			id := ast.Ident{At: ast.At(t.Pos), Name: t.Text, Quoted: t.Kind == lex.Quoted}
			if t.Kind == lex.Word && lex.Reserved(t.Upper) {
				r.c.FailExpected("an identifier")
				return
			}
			r.c.Next()
			r.c.Next()
			a.slot()
			in := r.begin(kFunc, t.Pos)
			r.argValue(in)
			in.end(func(x []ast.Expr) ast.Expr { return &ast.NamedArg{At: ast.At(t.Pos), Name: id, X: x[0]} })
			return
		}
	}
	if t.Is("*") && !distinct {
		r.c.Next()
		a.slot()
		r.leaf(&ast.Star{At: ast.At(t.Pos)})
		return
	}
	r.argValue(a)
}

// argValue reads what may stand as an argument, with or without a name.
func (r *rewriter) argValue(a *args) {
	t := r.c.Peek()
	next := r.c.PeekAt(1)
	switch {
	case t.Is("DEFAULT") && next.AnyOf(",", ")"):
		r.c.Next()
		a.slot()
		r.leaf(&ast.Default{At: ast.At(t.Pos)})
	case t.Is("DESCRIPTOR") && next.Is("("):
		r.c.Next()
		a.slot()
		r.leaf(r.descriptor(t))
	case t.Is("MODEL") && next.IsIdent():
		r.c.Next()
		a.slot()
		r.leaf(&ast.ModelArg{At: ast.At(t.Pos), Model: Path(r.c)})
	case t.Is("TABLE"):
		a.slot()
		r.tableArg()
	case t.Is("("):
		i := r.atQuery()
		if end := r.c.MatchParen(0); i && end > 0 && r.c.PeekAt(end).AnyOf("PARTITION", "ORDER", "AS") {
			a.slot()
			r.tableArg()
			return
		}
		a.expr()
	case t.IsIdent() && r.qualifiedStar() > 0:
		a.slot()
		r.star()
	default:
		a.expr()
	}
}

func (r *rewriter) descriptor(t lex.Token) ast.Expr {
	d := &ast.Descriptor{At: ast.At(t.Pos)}
	r.c.Expect("(")
	for {
		id, ok := r.ident("a column name")
		if !ok {
			return d
		}
		col := ast.DescriptorColumn{Name: id}
		if !r.c.AtAny(",", ")") {
			col.Type = Type(r.c)
		}
		d.Columns = append(d.Columns, col)
		if !r.c.Accept(",") {
			break
		}
	}
	r.c.Expect(")")
	return d
}

// tableArg reads TABLE t, TABLE (query) or (query), with PARTITION BY and ORDER BY.
func (r *rewriter) tableArg() {
	n := &ast.TableArg{At: ast.At(r.c.Pos())}
	a := r.begin(kFunc, r.c.Pos())
	q := -1
	if !r.c.Accept("TABLE") && r.c.At("(") {
		r.c.Next()
		q = a.query()
		r.c.Expect(")")
	} else {
		n.Table = Path(r.c)
		n.Hints = Hints(r.c)
	}
	if r.c.Accept("AS") {
		if id, ok := r.ident("an alias"); ok {
			n.Alias = &ast.Alias{Name: id}
		}
	}
	var part span
	var order []orderRef
	if r.c.Accept("PARTITION", "BY") {
		if r.c.Accept("(") {
			part = a.exprs()
			r.c.Expect(")")
		} else {
			part.from = a.expr()
			part.to = a.n
		}
	}
	if r.c.Accept("ORDER", "BY") {
		if r.c.At("(") {
			r.c.Next()
			order = a.order()
			r.c.Expect(")")
		} else {
			o := orderRef{i: a.expr()}
			o.desc, o.nulls = r.direction()
			order = []orderRef{o}
		}
	}
	a.end(func(x []ast.Expr) ast.Expr {
		if q >= 0 {
			n.Query = x[q].(*ast.Subquery).Query
		}
		n.PartitionBy = part.of(x)
		n.OrderBy = orderItems(order, x)
		return n
	})
}

// qualifiedStar returns the number of tokens of t.* or a.b.* if that is what
// comes, else 0.
func (r *rewriter) qualifiedStar() int {
	for n := 1; r.c.PeekAt(n).Is("."); n += 2 {
		t := r.c.PeekAt(n + 1)
		if t.Is("*") {
			return n + 2
		}
		if t.Kind != lex.Word && t.Kind != lex.Quoted {
			break
		}
	}
	return 0
}

// star reads * or t.*.
func (r *rewriter) star() {
	s := &ast.Star{At: ast.At(r.c.Pos())}
	for !r.c.Accept("*") && !r.c.Failed() {
		s.Qualifier = append(s.Qualifier, r.fieldName())
		r.c.Expect(".")
	}
	r.leaf(s)
}

// ident reads an identifier, or fails with what was expected.
func (r *rewriter) ident(what string) (ast.Ident, bool) { return Ident(r.c, what) }

// Ident reads an identifier, or fails saying what was expected.
func Ident(c *lex.Cursor, what string) (ast.Ident, bool) {
	t := c.Peek()
	if !t.IsIdent() {
		if t.Kind == lex.Word && !strings.Contains(what, "identifier") {
			what += " (an identifier)"
		}
		c.FailExpected(what)
		return ast.Ident{}, false
	}
	c.Next()
	return ast.Ident{At: ast.At(t.Pos), Name: t.Text, Quoted: t.Kind == lex.Quoted}, true
}

// Path reads a dotted name.
func Path(c *lex.Cursor) ast.Path {
	p := ast.Path{At: ast.At(c.Pos())}
	for {
		id, ok := Ident(c, "an identifier")
		if !ok {
			return p
		}
		p.Parts = append(p.Parts, id)
		if !c.Accept(".") {
			return p
		}
	}
}

// Idents reads ( a, b, … ).
func Idents(c *lex.Cursor) []ast.Ident {
	var out []ast.Ident
	c.Expect("(")
	for !c.Failed() {
		id, _ := Ident(c, "an identifier")
		out = append(out, id)
		if !c.Accept(",") {
			break
		}
	}
	c.Expect(")")
	return out
}
