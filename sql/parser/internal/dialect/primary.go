package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

const wantOperand = "an expression or identifier"

// primary reads one operand with its [ ] and . suffixes.
func (r *rewriter) primary() {
	if !r.enter() {
		return
	}
	defer r.leave()
	start, pos := len(r.out), r.c.Pos()
	r.operand()
	for n := 0; !r.c.Failed(); n++ {
		switch {
		case r.c.At("["):
			if n > 10*maxDepth {
				r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "more than %d subscripts in a row", 10*maxDepth)
				return
			}
			a := r.wrap(start, pos)
			r.c.Next()
			a.expr()
			r.c.Expect("]")
			a.end(func(x []ast.Expr) ast.Expr { return &ast.Item{At: ast.At(x[0].Pos()), X: x[0], Index: x[1]} })
		case r.c.At("."):
			r.c.Next()
			name := r.fieldName()
			a := r.wrap(start, pos)
			a.end(func(x []ast.Expr) ast.Expr { return &ast.Field{At: ast.At(x[0].Pos()), X: x[0], Name: name} })
		default:
			return
		}
	}
}

// fieldName reads the name after a dot, where any word is fine.
func (r *rewriter) fieldName() ast.Ident {
	t := r.c.Peek()
	if t.Kind != lex.Word && t.Kind != lex.Quoted {
		r.c.FailExpected("an identifier")
		return ast.Ident{}
	}
	r.c.Next()
	return ast.Ident{At: ast.At(t.Pos), Name: t.Text, Quoted: t.Kind == lex.Quoted}
}

// operand reads a primary without suffixes.
func (r *rewriter) operand() {
	t := r.c.Peek()
	switch t.Kind {
	case lex.Integer, lex.Decimal, lex.Approx, lex.String, lex.Hex:
		if l := Literal(r.c); l != nil {
			r.leaf(l)
		}
		return
	case lex.Quoted:
		r.pathOrCall()
		return
	case lex.Symbol:
		switch t.Upper {
		case "(":
			r.paren(true)
			return
		case "?":
			r.c.Next()
			r.leaf(&ast.Param{At: ast.At(t.Pos), Index: r.c.Params})
			r.c.Params++
			return
		case "{":
			r.jdbc()
			return
		}
	case lex.Word:
		r.wordOperand(t)
		return
	}
	r.c.FailExpected(wantOperand)
}

// wordOperand reads an operand that starts with a word.
func (r *rewriter) wordOperand(t lex.Token) {
	paren := r.c.PeekAt(1).Is("(")
	if paren {
		if f := formOf(t.Upper); f != nil {
			r.c.Next()
			f(r, t)
			return
		}
	}
	switch t.Upper {
	case "NULL", "TRUE", "FALSE", "UNKNOWN":
		r.leaf(Literal(r.c))
		return
	case "DATE", "TIME", "TIMESTAMP":
		if !paren {
			if l := Literal(r.c); l != nil {
				r.leaf(l)
			}
			return
		}
	case "INTERVAL":
		r.interval()
		return
	case "CASE":
		r.caseExpr()
		return
	case "ARRAY", "MAP", "MULTISET":
		if r.c.PeekAt(1).Is("[") || paren {
			r.collection(t)
			return
		}
	case "RUNNING", "FINAL":
		if k := r.c.PeekAt(1); !paren && (k.Kind == lex.Word || k.Kind == lex.Quoted) && r.c.PeekAt(2).AnyOf("(", ".") {
			r.runningFinal(t)
			return
		}
	}
	if niladic(t.Upper) && !paren {
		r.c.Next()
		r.leaf(&ast.Call{At: ast.At(t.Pos), Name: pathOf(t), NoParens: true})
		return
	}
	if t.IsIdent() || paren && callable(t.Upper) {
		r.pathOrCall()
		return
	}
	r.c.FailExpected(wantOperand)
}

func pathOf(t lex.Token) ast.Path {
	id := ast.Ident{At: ast.At(t.Pos), Name: t.Text, Quoted: t.Kind == lex.Quoted}
	return ast.Path{At: ast.At(t.Pos), Parts: []ast.Ident{id}}
}

func niladic(w string) bool {
	switch w {
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER",
		"USER", "CURRENT_ROLE", "CURRENT_PATH", "CURRENT_CATALOG", "CURRENT_SCHEMA":
		return true
	}
	return false
}

// callable reports whether a reserved word may be a function's name. Words that
// continue a clause are not.
func callable(w string) bool {
	switch w {
	case "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "BY", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "MINUS",
		"ON", "USING", "JOIN", "CROSS", "INNER", "OUTER", "FULL", "NATURAL", "AS", "AND", "OR", "NOT", "IN", "IS", "LIKE", "ILIKE",
		"SIMILAR", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "VALUES", "WITH", "WINDOW", "QUALIFY", "OVER", "PARTITION", "ROWS",
		"RANGE", "TABLE", "LATERAL", "UNNEST", "SET", "INTO", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "DISTINCT", "ALL",
		"ANY", "SOME", "WITHIN", "FILTER", "FOR", "TO", "OF", "MATCH_RECOGNIZE", "MEASURES", "PATTERN", "DEFINE", "SUBSET", "TABLESAMPLE",
		"ESCAPE", "UESCAPE", "NULL", "TRUE", "FALSE", "UNKNOWN", "DEFAULT", "MEMBER", "SUBMULTISET", "ROLLUP", "CUBE", "PIVOT", "UNPIVOT":
		return false
	}
	return true
}

// paren reads ( query ), ( e ) or the row (e, e, …), and (l - r) unit if diff is
// set.
func (r *rewriter) paren(diff bool) {
	if r.atQuery() {
		r.here("(")
		r.c.Next()
		r.query()
		r.here(")")
		r.c.Expect(")")
		return
	}
	start, pos := len(r.out), r.c.Pos()
	r.here("(")
	r.c.Next()
	for {
		r.expr()
		if !r.c.At(",") {
			break
		}
		r.put(",", r.c.Next().Pos)
	}
	r.here(")")
	if !r.c.Accept(")") {
		r.c.FailExpected("an operator, ',' or ')'")
	}
	if t := r.c.Peek(); diff && intervalUnits[t.Upper] != ast.NoUnit && lex.Reserved(t.Upper) {
		a := r.wrap(start, pos)
		q := Qualifier(r.c)
		a.end(func(x []ast.Expr) ast.Expr {
			b, ok := x[0].(*ast.Binary)
			if !ok || b.Op != ast.Sub {
				return nil
			}
			return &ast.IntervalDiff{At: ast.At(pos), L: b.L, R: b.R, Qualifier: q}
		})
	}
}

// jdbc reads {d '…'}, {t '…'}, {ts '…'} and {fn f(…)}.
func (r *rewriter) jdbc() {
	r.c.Next()
	t := r.c.Next()
	kinds := map[string]ast.LiteralKind{"D": ast.DateLit, "T": ast.TimeLit, "TS": ast.TimestampLit}
	if k, ok := kinds[t.Upper]; ok && r.c.Peek().Kind == lex.String {
		s := r.c.Next()
		l := &ast.Literal{At: ast.At(t.Pos), Kind: k, Text: s.Text}
		checkTime(r.c, l, s.Pos)
		r.leaf(l)
	} else if t.Is("FN") {
		r.primary()
	} else {
		r.c.Fail(sqlerr.Syntax, t.Pos, "expected d, t, ts or fn after '{'")
	}
	r.c.Expect("}")
}

// caseExpr reads both forms of CASE.
func (r *rewriter) caseExpr() {
	simple := !r.c.PeekAt(1).Is("WHEN")
	r.put("CASE", r.c.Next().Pos)
	if simple && !r.c.At("ELSE") {
		r.expr()
	}
	if !r.c.At("WHEN") {
		r.c.FailExpected("WHEN")
	}
	for r.c.At("WHEN") {
		r.put("WHEN", r.c.Next().Pos)
		if simple {
			start, pos := len(r.out), r.c.Pos()
			r.expr()
			if r.c.At(",") {
				a := r.wrap(start, pos)
				for r.c.Accept(",") {
					a.expr()
				}
				a.end(func(x []ast.Expr) ast.Expr { return &exprList{Default: ast.Default{At: ast.At(pos)}, list: x} })
			}
		} else {
			r.expr()
		}
		r.here("THEN")
		r.c.Expect("THEN")
		r.expr()
	}
	if r.c.At("ELSE") {
		r.put("ELSE", r.c.Next().Pos)
		r.expr()
	}
	r.here("END")
	r.c.Expect("END")
}

// collection reads ARRAY[…], MAP[…], MULTISET[…] and their query forms.
func (r *rewriter) collection(t lex.Token) {
	kind := map[string]ast.CtorKind{"ARRAY": ast.ArrayCtor, "MAP": ast.MapCtor, "MULTISET": ast.MultisetCtor}[t.Upper]
	r.c.Next()
	a := r.begin(kFunc, t.Pos)
	build := func(x []ast.Expr) ast.Expr { return &ast.Ctor{At: ast.At(t.Pos), Kind: kind, Args: x} }
	if r.c.Accept("[") {
		if !r.c.At("]") {
			a.exprs()
		}
		r.c.Expect("]")
		a.end(build)
		return
	}
	isQuery := r.atQuery()
	r.c.Expect("(")
	switch {
	case isQuery:
		a.query()
		build = func(x []ast.Expr) ast.Expr {
			return &ast.Ctor{At: ast.At(t.Pos), Kind: kind, Query: x[0].(*ast.Subquery).Query}
		}
	case !r.c.At(")"):
		a.exprs()
	}
	r.c.Expect(")")
	a.end(build)
}

// interval reads INTERVAL '…' unit and INTERVAL expr unit.
func (r *rewriter) interval() {
	n := r.c.PeekAt(1)
	if n.Kind == lex.String || n.AnyOf("-", "+") && r.c.PeekAt(2).Kind == lex.String {
		if l := Literal(r.c); l != nil {
			r.leaf(l)
		}
		return
	}
	pos := r.c.Next().Pos
	a := r.begin(kFunc, pos)
	a.slot()
	if r.c.At("(") {
		r.paren(false)
	} else {
		r.primary()
	}
	q := Qualifier(r.c)
	a.end(func(x []ast.Expr) ast.Expr { return &ast.Interval{At: ast.At(pos), X: x[0], Qualifier: q} })
}

// runningFinal reads RUNNING f(x) and FINAL f(x).
func (r *rewriter) runningFinal(t lex.Token) {
	r.c.Next()
	op := ast.Running
	if t.Is("FINAL") {
		op = ast.Final
	}
	a := r.begin(kFunc, t.Pos)
	a.slot()
	r.primary()
	a.end(func(x []ast.Expr) ast.Expr { return &ast.Unary{At: ast.At(t.Pos), Op: op, X: x[0]} })
}
