package dialect

import (
	"errors"

	tidb "github.com/pingcap/tidb/pkg/parser/ast"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// Query reads a query from the cursor; nil after a failure.
func Query(c *lex.Cursor) *ast.Query {
	r := &rewriter{c: c}
	pos := c.Pos()
	r.query()
	if c.Failed() {
		return nil
	}
	end := c.PrevEnd()
	var q *ast.Query
	err := r.parse(pos, func(cv *converter, n tidb.StmtNode) { q = cv.query(n) })
	if !failed(c, err) {
		q.Start, q.End = pos, end
		return q
	}
	return nil
}

// Expr reads an expression from the cursor; nil after a failure.
func Expr(c *lex.Cursor) ast.Expr {
	return one(c, (*rewriter).expr)
}

// Call reads a call of a procedure; nil after a failure.
func Call(c *lex.Cursor) *ast.Call {
	x := one(c, func(r *rewriter) {
		if t := c.Peek(); !t.IsIdent() || !r.isCall() {
			p := Path(c)
			_ = p
			c.FailExpected("'('")
			return
		}
		r.pathOrCall()
	})
	call, ok := x.(*ast.Call)
	if !ok && !c.Failed() {
		c.FailExpected("a procedure call")
	}
	return call
}

// Primary reads one operand, without operators; nil after a failure.
func Primary(c *lex.Cursor) ast.Expr { return one(c, (*rewriter).primary) }

// one reads a single expression with the given part of the walk.
func one(c *lex.Cursor, read func(r *rewriter)) ast.Expr {
	r := &rewriter{c: c}
	pos := c.Pos()
	r.put("SELECT", pos)
	read(r)
	if c.Failed() {
		return nil
	}
	var x ast.Expr
	err := r.parse(pos, func(cv *converter, n tidb.StmtNode) {
		s, ok := n.(*tidb.SelectStmt)
		if !ok || s.From != nil || s.Where != nil || s.Fields == nil || len(s.Fields.Fields) != 1 || s.Fields.Fields[0].WildCard != nil {
			cv.fail(n, "expression")
			return
		}
		x = cv.expr(s.Fields.Fields[0].Expr)
	})
	if failed(c, err) {
		return nil
	}
	return x
}

func failed(c *lex.Cursor, err error) bool {
	if err == nil {
		return false
	}
	if e, ok := errors.AsType[*sqlerr.Error](err); ok {
		if e.Code == sqlerr.Incomplete && c.Peek().Kind != lex.EOF {
			e.Code = sqlerr.Syntax
		}
		c.FailWith(e)
	} else {
		c.Fail(sqlerr.Internal, c.Pos(), "%v", err)
	}
	return true
}
