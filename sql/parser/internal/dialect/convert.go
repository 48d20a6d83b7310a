package dialect

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"

	tidbparser "github.com/pingcap/tidb/pkg/parser"
	tidb "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
)

// maxPooled is the largest rendered statement whose parser goes back into the
// pool; a parser keeps the text and the tree of its last call alive.
const maxPooled = 64 << 10

// parsers holds parsers, which are costly to make and not safe for concurrent
// use.
//
//nolint:gochecknoglobals // a pool holds nothing that matters
var parsers = sync.Pool{New: func() any {
	p := tidbparser.New()
	p.SetSQLMode(mysql.ModeNoBackslashEscapes | mysql.ModePipesAsConcat)
	return p
}}

// errInternal marks a broken invariant between rewriter and converter.
var errInternal = errors.New("internal error")

// converter turns TiDB's tree into ours.
type converter struct {
	specs []spec
	out   []outTok
	offs  []int // offset of each out token in the rendered line
	src   string
	end   int // offset of what follows in the source
	err   error
}

// parse renders the tokens, parses them with TiDB and hands the statement to
// use, which converts it.
func (r *rewriter) parse(pos int, use func(c *converter, n tidb.StmtNode)) (err error) {
	c := &converter{specs: r.specs, out: r.out, src: r.c.Src, end: r.c.Pos(), offs: make([]int, len(r.out))}
	var b strings.Builder
	for i, t := range r.out {
		if i > 0 {
			b.WriteByte(' ')
		}
		c.offs[i] = b.Len()
		b.WriteString(t.text)
	}
	text := b.String()
	defer func() {
		if p := recover(); p != nil {
			err = c.internal(pos, fmt.Sprint(p))
		}
	}()
	p, ok := parsers.Get().(*tidbparser.Parser)
	if !ok {
		return c.internal(pos, "no parser")
	}
	stmts, warns, perr := p.ParseSQL(text)
	switch {
	case perr != nil:
		err = c.syntax(text, perr)
	case len(warns) > 0 || len(stmts) != 1:
		err = c.internal(pos, "warnings or statements")
	default:
		use(c, stmts[0])
		if c.err == nil {
			c.unused(pos)
		}
		err = c.err
	}
	if len(text) <= maxPooled {
		parsers.Put(p)
	}
	return err
}

func (c *converter) internal(pos int, what string) error {
	return &sqlerr.Error{
		Code: sqlerr.Internal, Pos: pos, Src: c.src, Msg: "internal error in the parser (" + what + ")",
		Hint: "this is a defect of the parser, not of the query", Err: errInternal,
	}
}

func (c *converter) fail(n tidb.Node, what string) {
	if c.err == nil {
		pos := 0
		if n != nil {
			pos = c.pos(n)
		}
		c.err = c.internal(pos, what)
	}
}

// syntax turns TiDB's error into ours. Its text ends in near "rest", and rest
// is what was not read yet, starting with the bad token.
func (c *converter) syntax(text string, perr error) error {
	msg := perr.Error()
	rest := 0
	if i := strings.LastIndex(msg, `near "`); i >= 0 {
		tail := msg[i+len(`near "`):]
		if j := strings.LastIndex(tail, `"`); j >= 0 {
			rest = j
			if k := strings.LastIndex(tail, "(total length "); k > j {
				if n, err := strconv.Atoi(strings.TrimRight(tail[k+len("(total length "):], ") ")); err == nil {
					rest = n
				}
			}
		}
	}
	off := max(0, len(text)-rest)
	i := sort.SearchInts(c.offs, off)
	if i < len(c.offs) && rest > 0 {
		return c.unexpected(c.out[i].pos)
	}
	return c.unexpected(c.end)
}

func (c *converter) unexpected(pos int) error {
	e := &sqlerr.Error{Code: sqlerr.Syntax, Pos: pos, Src: c.src, Msg: "syntax error"}
	end := pos
	for end < len(c.src) && end-pos < 30 && !strings.ContainsRune(" \t\r\n,;()", rune(c.src[end])) {
		end++
	}
	if end == pos && pos < len(c.src) {
		end++
	}
	e.Near = strings.ToValidUTF8(c.src[pos:end], "")
	if pos >= len(c.src) {
		e.Msg = "syntax error: unexpected end of the input"
		e.Code = sqlerr.Incomplete
	} else {
		e.Msg = fmt.Sprintf("syntax error: unexpected '%s'", e.Near)
	}
	return e
}

// tok returns the index of the out token that a node starts with.
func (c *converter) tok(n tidb.Node) int {
	off := n.OriginTextPosition()
	i := sort.SearchInts(c.offs, off+1) - 1
	return max(0, i)
}

// pos returns the source offset of a node.
func (c *converter) pos(n tidb.Node) int { return c.out[c.tok(n)].pos }

// opPos returns the source offset of the operator before the node's right
// operand.
func (c *converter) opPos(right tidb.Node) int { return c.out[max(0, c.tok(right)-1)].pos }

// wordBefore returns the source offset of the emitted word that stands shortly
// before a node.
func (c *converter) wordBefore(word string, n tidb.Node) int {
	for i := c.tok(n); i >= 0; i-- {
		if c.out[i].text == word {
			return c.out[i].pos
		}
	}
	return c.pos(n)
}

// take finds the side-table entry of a marker and marks it as used.
func (c *converter) take(name string, n tidb.Node, kinds ...kind) *spec {
	if len(name) > 1 {
		if i, err := strconv.Atoi(name[1:]); err == nil && i < len(c.specs) && i >= 0 {
			s := &c.specs[i]
			for _, k := range kinds {
				if s.kind == k && !s.used && k.prefix() == name[:1] {
					s.used = true
					return s
				}
			}
		}
	}
	c.fail(n, "marker "+name)
	return &spec{}
}

// unused checks that every entry was used.
func (c *converter) unused(pos int) {
	for i := range c.specs {
		if !c.specs[i].used {
			c.err = c.internal(pos, "unused marker "+strconv.Itoa(i))
			return
		}
	}
}

func (c *converter) exprs(list []tidb.ExprNode) []ast.Expr {
	if len(list) == 0 {
		return nil
	}
	out := make([]ast.Expr, len(list))
	for i, x := range list {
		out[i] = c.expr(x)
	}
	return out
}

// dead stands in for an expression after an internal error.
func dead() ast.Expr { return &ast.Literal{Kind: ast.NullLit} }

// expr converts an expression.
func (c *converter) expr(n tidb.ExprNode) ast.Expr {
	if c.err != nil {
		return dead()
	}
	switch n := n.(type) {
	case *tidb.ColumnNameExpr:
		if n.Name.Schema.O != "" || n.Name.Table.O != "" {
			c.fail(n, "qualified column")
			return dead()
		}
		return c.take(n.Name.Name.O, n, kLeaf).leaf
	case *tidb.FuncCallExpr:
		s := c.take(n.FnName.O, n, kFunc)
		if s.build == nil {
			c.fail(n, "call "+n.FnName.O)
			return dead()
		}
		args := c.exprs(n.Args)
		if c.err != nil {
			return dead()
		}
		x := s.build(args)
		if x == nil {
			if c.err == nil {
				c.err = c.unexpected(s.pos)
			}
			return dead()
		}
		return x
	case *tidb.ParenthesesExpr:
		return c.expr(n.Expr)
	case *tidb.BinaryOperationExpr:
		return c.binary(n)
	case *tidb.UnaryOperationExpr:
		return c.unary(n)
	case *tidb.PatternInExpr:
		in := &ast.In{Not: n.Not, X: c.expr(n.Expr), List: c.exprs(n.List)}
		in.At = ast.At(in.X.Pos())
		if n.Sel != nil {
			sub, ok := n.Sel.(*tidb.SubqueryExpr)
			if !ok {
				c.fail(n, "IN")
				return dead()
			}
			in.OpPos = c.wordBefore("IN", sub)
			in.Query = c.query(sub.Query)
		} else {
			in.OpPos = c.wordBefore("IN", n.List[0])
		}
		return in
	case *tidb.BetweenExpr:
		return c.between(n)
	case *tidb.IsNullExpr:
		x := c.expr(n.Expr)
		return &ast.IsTest{At: ast.At(x.Pos()), Test: ast.IsNull, Not: n.Not, OpPos: x.Pos(), X: x}
	case *tidb.CaseExpr:
		return c.caseExpr(n)
	case *tidb.RowExpr:
		return &ast.Ctor{At: ast.At(c.pos(n)), Kind: ast.RowCtor, Implicit: true, Args: c.exprs(n.Values)}
	case *tidb.SubqueryExpr:
		if n.Exists || n.MultiRows {
			c.fail(n, "subquery")
		}
		return &ast.Subquery{At: ast.At(c.pos(n)), Query: c.query(n.Query)}
	}
	c.fail(n, fmt.Sprintf("%T", n))
	return dead()
}

// nativeOps are the operators that both grammars have.
//
//nolint:gochecknoglobals // a table that is never written
var nativeOps = map[opcode.Op]ast.BinaryOp{
	opcode.LogicAnd: ast.And, opcode.LogicOr: ast.Or, opcode.EQ: ast.Eq, opcode.NE: ast.NotEq, opcode.LT: ast.Less, opcode.LE: ast.LessEq,
	opcode.GT: ast.Greater, opcode.GE: ast.GreaterEq, opcode.Plus: ast.Add, opcode.Minus: ast.Sub, opcode.Mul: ast.Mul,
	opcode.Div: ast.Div, opcode.Mod: ast.Mod, opcode.IntDiv: ast.Concat,
}

func (c *converter) binary(n *tidb.BinaryOperationExpr) ast.Expr {
	if s := c.operator(n.R, kPostfix); s != nil {
		return s.infix(c.expr(n.L), nil)
	}
	if l, ok := n.L.(*tidb.BinaryOperationExpr); ok && l.Op == n.Op {
		if s := c.operator(l.R, kInfix); s != nil {
			x := s.infix(c.expr(l.L), c.expr(n.R))
			if x == nil {
				if c.err == nil {
					c.err = c.unexpected(s.pos)
				}
				return dead()
			}
			return x
		}
	}
	op, ok := nativeOps[n.Op]
	if !ok {
		c.fail(n, "operator "+n.Op.String())
		return dead()
	}
	x := c.expr(n.L)
	return &ast.Binary{At: ast.At(x.Pos()), Op: op, OpPos: c.opPos(n.R), L: x, R: c.expr(n.R)}
}

// operator returns the entry if the node is an operator marker of the kind.
func (c *converter) operator(n tidb.ExprNode, k kind) *spec {
	col, ok := n.(*tidb.ColumnNameExpr)
	if !ok || !strings.HasPrefix(col.Name.Name.O, "o") {
		return nil
	}
	i, err := strconv.Atoi(col.Name.Name.O[1:])
	if err != nil || i >= len(c.specs) || c.specs[i].kind != k {
		return nil
	}
	return c.take(col.Name.Name.O, n, k)
}

func (c *converter) unary(n *tidb.UnaryOperationExpr) ast.Expr {
	u := &ast.Unary{At: ast.At(c.pos(n)), X: c.expr(n.V)}
	switch n.Op {
	case opcode.Not:
		u.Op = ast.Not
	case opcode.Minus:
		u.Op = ast.Neg
	case opcode.Plus:
		u.Op = ast.Plus
	default:
		c.fail(n, "operator "+n.Op.String())
	}
	return u
}

func (c *converter) between(n *tidb.BetweenExpr) ast.Expr {
	b := &ast.Between{Not: n.Not, X: c.expr(n.Expr)}
	b.At, b.OpPos = ast.At(b.X.Pos()), c.wordBefore("BETWEEN", n.Left)
	low := n.Left
	if sym := c.leftmost(low); sym != nil {
		b.Symmetric = true
		low = sym
	}
	b.Low, b.High = c.expr(low), c.expr(n.Right)
	return b
}

// leftmost strips the SYMMETRIC marker from o12 | low; nil if there is none.
// A LIKE within low makes the chain longer: ((o12 | a) | o13) | b.
func (c *converter) leftmost(n tidb.ExprNode) tidb.ExprNode {
	b, ok := n.(*tidb.BinaryOperationExpr)
	if !ok || b.Op != opcode.Or {
		return nil
	}
	if s := c.operator(b.L, kPrefix); s != nil {
		return b.R
	}
	if l := c.leftmost(b.L); l != nil {
		b.L = l
		return b
	}
	return nil
}

func (c *converter) caseExpr(n *tidb.CaseExpr) ast.Expr {
	k := &ast.Case{At: ast.At(c.pos(n))}
	if n.Value != nil {
		k.Operand = c.expr(n.Value)
	}
	for _, w := range n.WhenClauses {
		cond := c.expr(w.Expr)
		conds := []ast.Expr{cond}
		if l, ok := cond.(*exprList); ok {
			conds = l.list
		}
		k.Whens = append(k.Whens, ast.When{Conds: conds, Result: c.expr(w.Result)})
	}
	if n.ElseClause != nil {
		k.Else = c.expr(n.ElseClause)
	}
	return k
}
