package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// exprState is what the operator step must remember within one expression.
type exprState struct {
	between int  // BETWEENs that wait for their AND
	like    bool // ESCAPE may follow
	postfix bool // the last thing was a postfix marker
}

// expr reads one expression and emits it. It knows no precedence: it alternates
// between reading an operand and reading an operator.
func (r *rewriter) expr() {
	if !r.enter() {
		return
	}
	defer r.leave()
	var st exprState
	for {
		r.prefixes()
		r.primary()
		for st.postfix = false; ; {
			more := r.operator(&st)
			if more == opEnd || r.c.Failed() {
				if st.between > 0 {
					r.c.FailExpected("AND of BETWEEN")
				}
				return
			}
			if more == opOperand {
				break
			}
		}
	}
}

// prefixes reads NOT, + and -.
func (r *rewriter) prefixes() {
	for n := 0; ; n++ {
		if n > maxDepth {
			r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "nested deeper than %d levels", maxDepth)
		}
		if !r.c.AtAny("NOT", "-", "+") {
			return
		}
		t := r.c.Next()
		r.put(t.Upper, t.Pos)
	}
}

// opStep says what comes after an operator.
type opStep uint8

const (
	opEnd     opStep = iota // no operator: the expression ends
	opOperand               // an operand must follow
	opMore                  // a postfix operator was read: another may follow
)

// The tables of operators by their first word.
//
//nolint:gochecknoglobals // tables that are never written
var (
	comparisons = map[string]ast.BinaryOp{
		"=": ast.Eq, "<>": ast.NotEq, "<": ast.Less, "<=": ast.LessEq, ">": ast.Greater, ">=": ast.GreaterEq,
	}
	quantifiers = map[string]ast.Quantifier{"ANY": ast.Any, "SOME": ast.Some, "ALL": ast.All}
	likes       = map[string]ast.LikeOp{"LIKE": ast.LikeMatch, "ILIKE": ast.ILikeMatch, "RLIKE": ast.RLikeMatch, "SIMILAR": ast.SimilarTo}
	periodOps   = map[string]ast.BinaryOp{
		"OVERLAPS": ast.Overlaps, "CONTAINS": ast.Contains, "EQUALS": ast.PeriodEquals, "PRECEDES": ast.Precedes, "SUCCEEDS": ast.Succeeds,
	}
)

// operator reads one operator.
func (r *rewriter) operator(st *exprState) opStep {
	t := r.c.Peek()
	u := t.Upper
	if u == "" {
		return opEnd
	}
	if st.postfix && tight(u) {
		r.c.FailExpected("AND, OR or the end of the expression after a test with IS")
		return opEnd
	}
	if op, ok := comparisons[u]; ok {
		st.like = false
		return r.comparison(t, op)
	}
	if op, ok := periodOps[u]; ok {
		r.c.Next()
		st.like = false
		r.infix("<=>", t.Pos, binary(op, t.Pos))
		return opOperand
	}
	switch u {
	case "+", "-", "*", "/", "%":
		r.c.Next()
		r.put(u, t.Pos)
		return opOperand
	case "||":
		r.c.Next()
		r.put("DIV", t.Pos)
		return opOperand
	case "AND", "OR":
		if u == "AND" && st.between > 0 {
			st.between--
		}
		r.c.Next()
		st.like = false
		r.put(u, t.Pos)
		return opOperand
	case "IS":
		st.like = false
		return r.is(st)
	case "!=":
		r.c.FailWith(&sqlerr.Error{Code: sqlerr.Syntax, Pos: t.Pos, Msg: "the operator != is not SQL", Hint: "write <>", Near: "!="})
		return opEnd
	}
	return r.wordOperator(st, t)
}

// tight reports whether an operator binds tighter than a postfix test, so that it would swallow its marker.
func tight(op string) bool {
	switch op {
	case "+", "-", "*", "/", "%", "||", "[", "LIKE", "ILIKE", "RLIKE", "SIMILAR", "IN", "BETWEEN", "NOT", "MULTISET":
		return true
	}
	return false
}

// wordOperator reads the operators that are words.
func (r *rewriter) wordOperator(st *exprState, t lex.Token) opStep {
	u, not := t.Upper, false
	if u == "NOT" {
		not, u = true, r.c.PeekAt(1).Upper
	}
	take := func(n int) {
		for ; n > 0; n-- {
			r.c.Next()
		}
		if not {
			r.c.Next()
		}
	}
	switch u {
	case "LIKE", "ILIKE", "RLIKE", "SIMILAR":
		take(1)
		op := likes[u]
		if u == "SIMILAR" {
			r.c.Expect("TO")
		}
		st.like = true
		r.infix("|", t.Pos, func(l, p ast.Expr) ast.Expr {
			return &ast.Like{At: ast.At(l.Pos()), Op: op, Not: not, OpPos: t.Pos, X: l, Pattern: p}
		})
		return opOperand
	case "BETWEEN":
		take(1)
		st.between++
		st.like = false
		r.between(t.Pos, not)
		return opOperand
	case "IN":
		take(1)
		r.in(t.Pos, not)
		return opMore
	case "MEMBER", "SUBMULTISET":
		take(1)
		r.c.Expect("OF")
		op := map[string]ast.BinaryOp{"MEMBER": ast.MemberOf, "SUBMULTISET": ast.SubmultisetOf}[u]
		if not {
			op++
		}
		r.infix("<=>", t.Pos, binary(op, t.Pos))
		return opOperand
	}
	if not {
		return opEnd
	}
	switch u {
	case "ESCAPE":
		if !st.like {
			return opEnd
		}
		take(1)
		st.like = false
		r.infix("|", t.Pos, func(l, e ast.Expr) ast.Expr {
			if k, ok := l.(*ast.Like); ok && k.Escape == nil {
				k.Escape = e
				return k
			}
			return nil
		})
		return opOperand
	case "IMMEDIATELY":
		op, ok := map[string]ast.BinaryOp{"PRECEDES": ast.ImmediatelyPrecedes, "SUCCEEDS": ast.ImmediatelySucceeds}[r.c.PeekAt(1).Upper]
		if !ok {
			return opEnd
		}
		take(2)
		r.infix("<=>", t.Pos, binary(op, t.Pos))
		return opOperand
	case "MULTISET":
		return r.multisetOp(t.Pos)
	case "COLLATE":
		r.c.Fail(sqlerr.Unsupported, t.Pos, "COLLATE is not supported")
	}
	return opEnd
}

func (r *rewriter) multisetOp(pos int) opStep {
	op, ok := map[string]ast.BinaryOp{"UNION": ast.MultisetUnion, "EXCEPT": ast.MultisetExcept, "INTERSECT": ast.MultisetIntersect}[r.c.PeekAt(1).Upper]
	if !ok {
		return opEnd
	}
	r.c.Next()
	r.c.Next()
	if r.c.Accept("ALL") {
		op++
	} else {
		r.c.Accept("DISTINCT")
	}
	r.infix("DIV", pos, binary(op, pos))
	return opOperand
}

// infix emits the marker of an infix operator: word o12 word.
func (r *rewriter) infix(word string, pos int, build func(l, r ast.Expr) ast.Expr) {
	m := r.add(spec{kind: kInfix, pos: pos, infix: build})
	r.put(word, pos)
	r.put(m, pos)
	r.put(word, pos)
}

func binary(op ast.BinaryOp, pos int) func(l, r ast.Expr) ast.Expr {
	return func(l, r ast.Expr) ast.Expr {
		return &ast.Binary{At: ast.At(l.Pos()), Op: op, OpPos: pos, L: l, R: r}
	}
}

// comparison reads = and its like, with ANY, SOME or ALL.
func (r *rewriter) comparison(t lex.Token, op ast.BinaryOp) opStep {
	r.c.Next()
	q, quantified := quantifiers[r.c.Peek().Upper]
	if !quantified || !r.c.PeekAt(1).Is("(") {
		r.put(t.Upper, t.Pos)
		return opOperand
	}
	r.infix("<=>", t.Pos, func(l, x ast.Expr) ast.Expr {
		n := &ast.Quantified{At: ast.At(l.Pos()), Op: op, OpPos: t.Pos, Quantifier: q, X: l}
		if c, ok := x.(*exprList); ok {
			n.List, n.Query = c.list, c.query
		}
		return n
	})
	pos := r.c.Next().Pos
	a := r.begin(kFunc, pos)
	r.listOrQuery(a)
	a.end(func(x []ast.Expr) ast.Expr { return newList(pos, x) })
	return opMore
}

// exprList is a list on its way from a marker to the node that holds it.
type exprList struct {
	ast.Default
	list  []ast.Expr
	query *ast.Query
}

func newList(pos int, x []ast.Expr) *exprList {
	l := &exprList{Default: ast.Default{At: ast.At(pos)}, list: x}
	if len(x) == 1 {
		if q, ok := x[0].(*ast.Subquery); ok {
			l.list, l.query = nil, q.Query
		}
	}
	return l
}

// listOrQuery reads ( query ) or ( e, … ) as arguments.
func (r *rewriter) listOrQuery(a *args) {
	if r.atQuery() {
		r.c.Next()
		a.query()
	} else {
		r.c.Expect("(")
		a.exprs()
	}
	r.c.Expect(")")
}

// is reads what follows IS.
func (r *rewriter) is(st *exprState) opStep {
	pos := r.c.Next().Pos
	not := r.c.Accept("NOT")
	if r.c.Accept("NULL") {
		r.put("IS", pos)
		if not {
			r.put("NOT", pos)
		}
		r.put("NULL", pos)
		st.postfix = true
		return opMore
	}
	if r.c.Accept("DISTINCT", "FROM") {
		op := ast.DistinctFrom
		if not {
			op = ast.NotDistinctFrom
		}
		r.infix("<=>", pos, binary(op, pos))
		return opOperand
	}
	var test ast.IsKind
	switch {
	case r.c.Accept("TRUE"):
		test = ast.IsTrue
	case r.c.Accept("FALSE"):
		test = ast.IsFalse
	case r.c.Accept("UNKNOWN"):
		test = ast.IsUnknown
	case r.c.Accept("EMPTY"):
		test = ast.IsEmpty
	case r.c.Accept("A", "SET"):
		test = ast.IsASet
	case r.c.Accept("JSON"):
		test = ast.IsJSONValue
		switch {
		case r.c.Accept("VALUE"):
		case r.c.Accept("OBJECT"):
			test = ast.IsJSONObject
		case r.c.Accept("ARRAY"):
			test = ast.IsJSONArray
		case r.c.Accept("SCALAR"):
			test = ast.IsJSONScalar
		}
	default:
		r.c.FailExpected("NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM after IS")
		return opEnd
	}
	m := r.add(spec{kind: kPostfix, pos: pos, infix: func(l, _ ast.Expr) ast.Expr {
		return &ast.IsTest{At: ast.At(l.Pos()), Test: test, Not: not, OpPos: pos, X: l}
	}})
	r.put("<=>", pos)
	r.put(m, pos)
	st.postfix = true
	return opMore
}

// between emits [NOT] BETWEEN and, for SYMMETRIC, a prefix marker.
func (r *rewriter) between(pos int, not bool) {
	if not {
		r.put("NOT", pos)
	}
	r.put("BETWEEN", pos)
	if r.c.Accept("SYMMETRIC") {
		m := r.add(spec{kind: kPrefix, pos: pos})
		r.put(m, pos)
		r.put("|", pos)
	} else {
		r.c.Accept("ASYMMETRIC")
	}
}

// in emits [NOT] IN with its list or query.
func (r *rewriter) in(pos int, not bool) {
	if not {
		r.put("NOT", pos)
	}
	r.put("IN", pos)
	r.here("(")
	if r.atQuery() {
		r.c.Next()
		r.query()
	} else {
		r.c.Expect("(")
		for {
			r.expr()
			if !r.c.At(",") {
				break
			}
			r.put(",", r.c.Next().Pos)
		}
	}
	r.here(")")
	r.c.Expect(")")
}

// atQuery reports whether a parenthesis is next that opens a query rather than
// an expression or a join in parentheses.
func (r *rewriter) atQuery() bool {
	n := 0 // parentheses passed
	for range maxDepth {
		if !r.c.PeekAt(n).Is("(") {
			return false
		}
		t := r.c.PeekAt(n + 1)
		switch t.Upper {
		case "SELECT", "WITH", "VALUES":
			return true
		case "TABLE":
			return !r.c.PeekAt(n + 2).Is("(")
		case "(":
			after := r.c.MatchParen(n + 1)
			if after < 0 {
				n++
				continue
			}
			switch r.c.PeekAt(after).Upper {
			case "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", ")":
				n++
				continue
			}
		}
		return false
	}
	return false
}
