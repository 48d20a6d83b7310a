package dialect

import (
	"strconv"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// from reads the table references of FROM, separated by commas.
func (r *rewriter) from() {
	for {
		r.joined()
		if !r.c.At(",") {
			return
		}
		r.put(",", r.c.Next().Pos)
	}
}

// joined reads one table reference with the joins after it.
func (r *rewriter) joined() {
	if !r.enter() {
		return
	}
	defer r.leave()
	r.tableRef()
	for !r.c.Failed() {
		j, ok := r.joinOp()
		if !ok {
			return
		}
		r.put("LEFT", j.OpPos)
		r.put("JOIN", j.OpPos)
		r.tableRef()
		r.put("ON", r.c.Pos())
		a := r.begin(kJoin, j.OpPos)
		r.specs[a.idx].join = j
		switch {
		case j.Natural || j.Kind == ast.CrossJoin:
			if r.c.At("ON") && !r.c.At("ON", "CONFLICT") || r.c.At("USING") {
				r.c.Fail(sqlerr.Syntax, r.c.Pos(), "a NATURAL or CROSS join takes no ON or USING")
			}
		case r.c.Accept("ON"):
			a.expr()
		case r.c.Accept("USING"):
			j.Using = Idents(r.c)
		default:
			r.c.FailExpected("ON or USING")
		}
		a.end(nil)
	}
}

// joinOp reads the words of a join.
func (r *rewriter) joinOp() (*ast.Join, bool) {
	j := &ast.Join{OpPos: r.c.Pos()}
	j.Natural = r.c.Accept("NATURAL")
	t := r.c.Peek()
	outer := true
	switch t.Upper {
	case "JOIN":
		r.c.Next()
		return j, true
	case "INNER":
		outer = false
	case "LEFT":
		j.Kind = ast.LeftJoin
	case "RIGHT":
		j.Kind = ast.RightJoin
	case "FULL":
		j.Kind = ast.FullJoin
	case "CROSS":
		if r.c.PeekAt(1).Is("APPLY") {
			r.c.Next()
			r.c.Fail(sqlerr.Syntax, t.Pos, "APPLY is not supported; use a join with LATERAL TABLE")
			return nil, false
		}
		j.Kind, outer = ast.CrossJoin, false
	default:
		if j.Natural {
			r.c.FailExpected("JOIN")
		}
		return nil, false
	}
	r.c.Next()
	if outer {
		r.c.Accept("OUTER")
	}
	return j, r.c.Expect("JOIN")
}

// tableRef reads one table, query, function or parenthesised join.
func (r *rewriter) tableRef() {
	start := len(r.out)
	t := r.c.Peek()
	switch {
	case t.Is("("):
		if r.atQuery() {
			r.derived(false)
			break
		}
		r.here("(")
		r.c.Next()
		if !r.enter() {
			return
		}
		r.from()
		r.leave()
		r.here(")")
		r.c.Expect(")")
		return
	case t.Is("LATERAL"):
		r.lateral()
	case t.Is("TABLE") && r.c.PeekAt(1).Is("("):
		r.tableFunc(false)
	case t.Is("UNNEST"):
		r.unnest(false)
	case t.Is("TABLE"), t.IsIdent(), r.c.PeekAt(1).Is("(") && callable(t.Upper):
		r.tableName()
	default:
		r.c.FailExpected("a table (an identifier), a query or a function")
		return
	}
	for r.c.At("MATCH_RECOGNIZE") && !r.c.Failed() {
		r.match(start, t.Pos)
	}
}

func (r *rewriter) lateral() {
	r.c.Next()
	switch {
	case r.c.At("TABLE", "("):
		r.tableFunc(true)
	case r.c.At("UNNEST"):
		r.unnest(true)
	case r.atQuery():
		r.derived(true)
	default:
		r.c.FailExpected("TABLE(function), UNNEST or a query after LATERAL")
	}
}

// tail is what may follow any table reference.
type tail struct {
	sample *ast.Sample
	alias  *ast.Alias
}

func (r *rewriter) tail() tail {
	var t tail
	if r.c.At("MATCH_RECOGNIZE") {
		return t
	}
	t.sample = r.sample()
	t.alias = r.alias()
	if t.sample == nil {
		t.sample = r.sample()
	}
	if r.c.AtAny("PIVOT", "UNPIVOT") {
		r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "%s is not supported", r.c.Peek().Upper)
	}
	return t
}

func (r *rewriter) alias() *ast.Alias {
	as := r.c.Accept("AS")
	if !as && !r.c.Peek().IsIdent() {
		return nil
	}
	id, ok := r.ident("an alias")
	if !ok {
		return nil
	}
	a := &ast.Alias{Name: id}
	if r.c.At("(") {
		a.Columns = Idents(r.c)
	}
	return a
}

func (r *rewriter) sample() *ast.Sample {
	if !r.c.At("TABLESAMPLE") {
		return nil
	}
	s := &ast.Sample{At: ast.At(r.c.Next().Pos)}
	t := r.c.Peek()
	switch t.Upper {
	case "BERNOULLI", "SYSTEM":
		r.c.Next()
		s.Method = t.Upper
		r.c.Expect("(")
		s.Percent = r.numberText()
		r.c.Expect(")")
		if r.c.Accept("REPEATABLE") {
			r.c.Expect("(")
			seed := ""
			if r.c.Accept("-") {
				seed = "-"
			}
			seed += r.numberText()
			s.Repeatable = &seed
			r.c.Expect(")")
		}
	case "SUBSTITUTE":
		r.c.Next()
		s.Method = "SUBSTITUTE"
		r.c.Expect("(")
		s.Percent = StringText(r.c, "a string literal")
		r.c.Expect(")")
	default:
		r.c.FailExpected("BERNOULLI or SYSTEM")
	}
	return s
}

func (r *rewriter) numberText() string {
	t := r.c.Peek()
	if t.Kind != lex.Integer && t.Kind != lex.Decimal && t.Kind != lex.Approx {
		r.c.FailExpected("an unsigned number")
		return ""
	}
	r.c.Next()
	return t.Text
}

// derived reads ( query ) [AS a].
func (r *rewriter) derived(lateral bool) {
	pos := r.c.Pos()
	r.here("(")
	r.c.Expect("(")
	r.query()
	r.here(")")
	r.c.Expect(")")
	tl := r.tail()
	r.put("AS", pos)
	r.put(r.add(spec{kind: kDerived, pos: pos, table: func(_ []ast.Expr, _ ast.TableRef, q *ast.Query) ast.TableRef {
		return &ast.Derived{At: ast.At(pos), Lateral: lateral, Query: q, Sample: tl.sample, Alias: tl.alias}
	}}), pos)
}

// carrier emits the opening of ( SELECT t12 ( … ) ) AS t12.
func (r *rewriter) carrier(pos int) *args {
	r.put("(", pos)
	r.put("SELECT", pos)
	return r.begin(kCarrier, pos)
}

// closeCarrier closes it.
func (r *rewriter) closeCarrier(a *args, pos int, build func(x []ast.Expr, in ast.TableRef, q *ast.Query) ast.TableRef) {
	r.here(")")
	r.here(")")
	r.here("AS")
	r.put(r.markerOf(a.idx), pos)
	r.specs[a.idx].table = build
}

// tableName reads [TABLE] path or a function call path(…).
func (r *rewriter) tableName() {
	n := &ast.TableName{At: ast.At(r.c.Pos())}
	n.Explicit = r.c.Accept("TABLE")
	if t := r.c.Peek(); t.Kind == lex.Word && r.c.PeekAt(1).Is("(") || !n.Explicit && r.isCall() {
		r.call0(false, false, n.Pos())
		return
	}
	n.Path = Path(r.c)
	n.Hints = Hints(r.c)
	if r.c.At("FOR") {
		r.c.Expect("FOR", "SYSTEM_TIME", "AS", "OF")
		a := r.carrier(n.Pos())
		a.expr()
		tl := r.tail()
		n.Sample, n.Alias = tl.sample, tl.alias
		r.closeCarrier(a, n.Pos(), func(x []ast.Expr, _ ast.TableRef, _ *ast.Query) ast.TableRef {
			n.AsOf = x[0]
			return n
		})
		return
	}
	tl := r.tail()
	n.Sample, n.Alias = tl.sample, tl.alias
	r.put(r.add(spec{kind: kTable, pos: n.Pos(), table: func([]ast.Expr, ast.TableRef, *ast.Query) ast.TableRef { return n }}), n.Pos())
}

// isCall reports whether a path with a parenthesis behind it comes.
func (r *rewriter) isCall() bool {
	n := 1
	for r.c.PeekAt(n).Is(".") {
		n += 2
	}
	return r.c.PeekAt(n).Is("(")
}

// tableFunc reads TABLE ( f(…) ).
func (r *rewriter) tableFunc(lateral bool) {
	pos := r.c.Pos()
	r.c.Expect("TABLE", "(")
	r.call0(lateral, true, pos)
}

// call0 reads a function as a table; wrapped means that ) of TABLE( follows.
func (r *rewriter) call0(lateral, wrapped bool, pos int) {
	a := r.carrier(pos)
	a.slot()
	t := r.c.Peek()
	if !t.IsIdent() && !(t.Kind == lex.Word && callable(t.Upper)) {
		r.c.FailExpected("a function name (an identifier)")
		return
	}
	r.c.Next()
	p := pathOf(t)
	for r.c.Accept(".") {
		p.Parts = append(p.Parts, r.fieldName())
	}
	r.call(p)
	if wrapped {
		r.c.Expect(")")
	}
	tl := r.tail()
	r.closeCarrier(a, pos, func(x []ast.Expr, _ ast.TableRef, _ *ast.Query) ast.TableRef {
		call, ok := x[0].(*ast.Call)
		if !ok {
			return nil
		}
		return &ast.TableFunc{At: ast.At(pos), Lateral: lateral, Wrapped: wrapped, Call: call, Sample: tl.sample, Alias: tl.alias}
	})
}

func (r *rewriter) unnest(lateral bool) {
	pos := r.c.Next().Pos
	a := r.carrier(pos)
	r.c.Expect("(")
	n := &ast.Unnest{At: ast.At(pos), Lateral: lateral}
	for {
		if r.atBareQuery() {
			a.query()
		} else {
			a.expr()
		}
		if !r.c.Accept(",") {
			break
		}
	}
	r.c.Expect(")")
	if r.c.Accept("WITH") {
		r.c.Expect("ORDINALITY")
		n.Ordinality = true
	}
	tl := r.tail()
	n.Sample, n.Alias = tl.sample, tl.alias
	r.closeCarrier(a, pos, func(x []ast.Expr, _ ast.TableRef, _ *ast.Query) ast.TableRef {
		n.Args = x
		return n
	})
}

func (r *rewriter) atBareQuery() bool { return r.c.AtAny("SELECT", "VALUES", "WITH") }

// markerOf returns the marker of a side-table entry.
func (r *rewriter) markerOf(i int) string { return r.specs[i].kind.prefix() + strconv.Itoa(i) }
