package dialect

import (
	"strconv"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// maxDepth bounds the nesting of expressions, queries, types and patterns.
const maxDepth = 400

// kind is what a side-table entry may be used as.
type kind uint8

const (
	kLeaf kind = iota
	kIdent
	kFunc
	kInfix
	kPostfix
	kPrefix
	kJoin
	kTable   // t12 alone
	kDerived // (query) AS t12
	kCarrier // (SELECT t12(…) [FROM …]) AS t12
	kBlock
	kNulls
)

// prefix is the letter of the kind's marker. No letter followed by digits
// is a keyword of TiDB's parser; a test watches over that.
func (k kind) prefix() string {
	return [...]string{
		kLeaf: "c", kIdent: "a", kFunc: "f", kInfix: "o", kPostfix: "o", kPrefix: "o",
		kJoin: "j", kTable: "t", kDerived: "t", kCarrier: "t", kBlock: "k", kNulls: "n",
	}[k]
}

// spec is one entry of the side table.
type spec struct {
	kind kind
	used bool
	pos  int

	leaf  ast.Expr
	ident ast.Ident
	build func(args []ast.Expr) ast.Expr
	infix func(l, r ast.Expr) ast.Expr // r is nil for postfix operators
	join  *ast.Join                    // kind, natural, using and position
	table func(args []ast.Expr, in ast.TableRef, q *ast.Query) ast.TableRef
	block *block
	nulls ast.NullsOrder
}

// block is what belongs to a SELECT block and is not shown to TiDB.
type block struct {
	pos, queryPos int
	operand       bool // the block stands for a query in parentheses
	sel           ast.Select
	groupBy       *ast.GroupBy
	// finish makes the body from the converted SELECT and the extra arguments;
	// nil for an ordinary SELECT without extras.
	finish func(s *ast.Select, args []ast.Expr) ast.Body
}

// outTok is one emitted token and the place in the source it stands for.
type outTok struct {
	text string
	pos  int
}

// rewriter is the walk. Failures go to the cursor.
type rewriter struct {
	c     *lex.Cursor
	out   []outTok
	specs []spec
	depth int
}

func (r *rewriter) put(text string, pos int) { r.out = append(r.out, outTok{text, pos}) }

// here emits a token that stands for the next source token.
func (r *rewriter) here(text string) { r.put(text, r.c.Pos()) }

// add enters s into the side table and returns its marker.
func (r *rewriter) add(s spec) string {
	r.specs = append(r.specs, s)
	return s.kind.prefix() + strconv.Itoa(len(r.specs)-1)
}

func (r *rewriter) leaf(x ast.Expr) {
	r.put(r.add(spec{kind: kLeaf, pos: x.Pos(), leaf: x}), x.Pos())
}

func (r *rewriter) identMarker(id ast.Ident) string {
	return r.add(spec{kind: kIdent, pos: id.Pos(), ident: id})
}

// enter counts nesting; every call that returns true is paired with leave.
func (r *rewriter) enter() bool {
	r.depth++
	if r.depth > maxDepth {
		r.c.Fail(sqlerr.Unsupported, r.c.Pos(), "nested deeper than %d levels", maxDepth)
	}
	return !r.c.Failed()
}

func (r *rewriter) leave() { r.depth-- }

// args is a function marker under construction.
type args struct {
	r   *rewriter
	idx int
	n   int
}

// begin emits "f12 (" for a construct at pos.
func (r *rewriter) begin(k kind, pos int) *args {
	m := r.add(spec{kind: k, pos: pos})
	r.put(m, pos)
	r.put("(", pos)
	return &args{r: r, idx: len(r.specs) - 1}
}

// wrap is begin around what was emitted from out[start:] on, which becomes the
// first argument.
func (r *rewriter) wrap(start, pos int) *args {
	m := r.add(spec{kind: kFunc, pos: pos})
	r.insert(start, []outTok{{m, pos}, {"(", pos}})
	return &args{r: r, idx: len(r.specs) - 1, n: 1}
}

func (r *rewriter) insert(at int, toks []outTok) {
	n := len(r.out)
	r.out = append(r.out, toks...)
	copy(r.out[at+len(toks):], r.out[at:n])
	copy(r.out[at:], toks)
}

// move takes out[from:] and puts it at an earlier place.
func (r *rewriter) move(from, to int) {
	tail := append([]outTok(nil), r.out[from:]...)
	r.out = r.out[:from]
	r.insert(to, tail)
}

// slot starts the next argument and returns its index.
func (a *args) slot() int {
	if a.n > 0 {
		a.r.here(",")
	}
	a.n++
	return a.n - 1
}

// expr reads an expression as the next argument and returns its index.
func (a *args) expr() int {
	i := a.slot()
	a.r.expr()
	return i
}

// query reads a query (without parentheses) as the next argument.
func (a *args) query() int {
	i := a.slot()
	a.r.here("(")
	a.r.query()
	a.r.here(")")
	return i
}

// exprs reads a comma list and returns the range of indexes.
func (a *args) exprs() span {
	s := span{from: a.n}
	for {
		a.expr()
		if !a.r.c.Accept(",") {
			break
		}
	}
	s.to = a.n
	return s
}

// end closes the marker.
func (a *args) end(build func(x []ast.Expr) ast.Expr) {
	a.r.here(")")
	a.r.specs[a.idx].build = build
}

// span is a range of argument indexes.
type span struct{ from, to int }

func (s span) of(x []ast.Expr) []ast.Expr {
	if s.from == s.to {
		return nil
	}
	return x[s.from:s.to:s.to]
}

// orderRef is an ORDER BY item whose expression is an argument.
type orderRef struct {
	i     int
	desc  bool
	nulls ast.NullsOrder
}

// order reads the items of an ORDER BY (the words are taken already).
func (a *args) order() []orderRef {
	var out []orderRef
	for {
		o := orderRef{i: a.expr()}
		o.desc, o.nulls = a.r.direction()
		out = append(out, o)
		if !a.r.c.Accept(",") {
			return out
		}
	}
}

// direction reads [ASC|DESC] [NULLS FIRST|LAST].
func (r *rewriter) direction() (desc bool, nulls ast.NullsOrder) {
	if !r.c.Accept("ASC") {
		desc = r.c.Accept("DESC")
	}
	if r.c.Accept("NULLS") {
		switch {
		case r.c.Accept("FIRST"):
			nulls = ast.NullsFirst
		case r.c.Accept("LAST"):
			nulls = ast.NullsLast
		default:
			r.c.FailExpected("FIRST or LAST")
		}
	}
	return desc, nulls
}

func orderItems(refs []orderRef, x []ast.Expr) []ast.OrderItem {
	var out []ast.OrderItem
	for _, o := range refs {
		out = append(out, ast.OrderItem{X: x[o.i], Desc: o.desc, Nulls: o.nulls})
	}
	return out
}
