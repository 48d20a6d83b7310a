package format

import (
	"strings"

	"millrace/sql/ast"
)

// operand writes an expression as an operand: in parentheses unless it is a
// primary.
func (p *printer) operand(x ast.Expr) {
	switch n := x.(type) {
	case *ast.Unary:
		if n.Op == ast.Running || n.Op == ast.Final {
			p.expr(x)
			return
		}
	case *ast.Binary, *ast.Like, *ast.Between, *ast.In, *ast.Quantified, *ast.IsTest:
	default:
		p.expr(x)
		return
	}
	p.put("(")
	p.expr(x)
	p.put(")")
}

func (p *printer) expr(x ast.Expr) {
	switch n := x.(type) {
	case *ast.Name:
		p.parts(n.Parts)
	case *ast.Star:
		p.parts(n.Qualifier)
		p.word(len(n.Qualifier) > 0, ".")
		p.put("*")
	case *ast.Literal:
		p.literal(n)
	case *ast.Interval:
		p.put("INTERVAL (")
		p.expr(n.X)
		p.put(") ")
		p.qualifier(n.Qualifier)
	case *ast.IntervalDiff:
		p.put("(")
		p.operand(n.L)
		p.put(" - ")
		p.operand(n.R)
		p.put(") ")
		p.qualifier(n.Qualifier)
	case *ast.Unary:
		p.put(n.Op.String(), " ")
		p.operand(n.X)
	case *ast.Binary:
		p.operand(n.L)
		p.put(" ", n.Op.String(), " ")
		p.operand(n.R)
	default:
		p.predicate(x)
	}
}

// predicate writes the tests and their like.
func (p *printer) predicate(x ast.Expr) {
	not := func(on bool) { p.word(on, "NOT ") }
	switch n := x.(type) {
	case *ast.Like:
		p.operand(n.X)
		p.put(" ")
		not(n.Not)
		p.put(n.Op.String(), " ")
		p.operand(n.Pattern)
		if n.Escape != nil {
			p.put(" ESCAPE ")
			p.operand(n.Escape)
		}
	case *ast.Between:
		p.operand(n.X)
		p.put(" ")
		not(n.Not)
		p.put("BETWEEN ")
		p.word(n.Symmetric, "SYMMETRIC ")
		p.operand(n.Low)
		p.put(" AND ")
		p.operand(n.High)
	case *ast.In:
		p.operand(n.X)
		p.put(" ")
		not(n.Not)
		p.put("IN ")
		p.listOrQuery(n.List, n.Query)
	case *ast.Quantified:
		p.operand(n.X)
		p.put(" ", n.Op.String(), " ", n.Quantifier.String(), " ")
		p.listOrQuery(n.List, n.Query)
	case *ast.Exists:
		p.put("EXISTS ")
		p.sub(n.Query)
	case *ast.Unique:
		p.put("UNIQUE ")
		p.sub(n.Query)
	case *ast.IsTest:
		p.operand(n.X)
		p.put(" IS ")
		not(n.Not)
		p.put(n.Test.String())
	default:
		p.primary(x)
	}
}

func (p *printer) sub(q *ast.Query) {
	p.put("(")
	p.query(q)
	p.put(")")
}

func (p *printer) listOrQuery(list []ast.Expr, q *ast.Query) {
	if q != nil {
		p.sub(q)
		return
	}
	p.put("(")
	p.exprs(list)
	p.put(")")
}

// primary writes what needs no parentheses as an operand.
func (p *printer) primary(x ast.Expr) {
	switch n := x.(type) {
	case *ast.Case:
		p.caseExpr(n)
	case *ast.Cast:
		p.word(n.Try, "TRY_")
		p.put("CAST(")
		p.expr(n.X)
		p.put(" AS ")
		p.typ(n.Type)
		p.put(")")
	case *ast.Item:
		if _, ok := n.X.(*ast.Name); ok {
			p.expr(n.X)
		} else {
			p.suffixed(n.X)
		}
		p.put("[")
		p.expr(n.Index)
		p.put("]")
	case *ast.Field:
		p.suffixed(n.X)
		p.put(".", Ident(n.Name.Name))
	case *ast.Ctor:
		p.ctor(n)
	case *ast.Subquery:
		p.sub(n.Query)
	case *ast.Param:
		p.put("?")
	case *ast.Default:
		p.put("DEFAULT")
	case *ast.NamedArg:
		p.put(Ident(n.Name.Name), " => ")
		p.expr(n.X)
	case *ast.TableArg:
		p.tableArg(n)
	case *ast.ModelArg:
		p.put("MODEL ")
		p.path(n.Model)
	case *ast.Descriptor:
		p.put("DESCRIPTOR(")
		p.list(len(n.Columns), func(i int) {
			p.put(Ident(n.Columns[i].Name.Name))
			if t := n.Columns[i].Type; t != nil {
				p.put(" ")
				p.typ(t)
			}
		})
		p.put(")")
	default:
		p.form(x)
	}
}

// suffixed writes what [ ] or .f follows: names and the like in parentheses
// where a path would swallow the suffix.
func (p *printer) suffixed(x ast.Expr) {
	switch n := x.(type) {
	case *ast.Item, *ast.Field, *ast.Ctor, *ast.Cast, *ast.Subquery:
		if c, ok := n.(*ast.Ctor); ok && c.Implicit {
			break
		}
		p.expr(x)
		return
	case *ast.Call:
		if !n.NoParens && n.IsPlain() {
			p.expr(x)
			return
		}
	}
	p.put("(")
	p.expr(x)
	p.put(")")
}

func (p *printer) literal(l *ast.Literal) {
	switch l.Kind {
	case ast.StringLit:
		p.put(String(l.Text))
	case ast.BytesLit:
		p.put("X'", l.Text, "'")
	case ast.NullLit:
		p.put("NULL")
	case ast.UnknownLit:
		p.put("UNKNOWN")
	case ast.DateLit:
		p.put("DATE ", String(l.Text))
	case ast.TimeLit:
		p.put("TIME ", String(l.Text))
	case ast.TimestampLit:
		p.put("TIMESTAMP ", String(l.Text))
	case ast.TimestampLTZLit:
		p.put("TIMESTAMP WITH LOCAL TIME ZONE ", String(l.Text))
	case ast.IntervalLit:
		p.put("INTERVAL ")
		p.word(l.Negative, "-")
		p.put(String(l.Text), " ")
		p.qualifier(*l.Qualifier)
	default:
		p.put(l.Text)
	}
}

func (p *printer) caseExpr(n *ast.Case) {
	p.put("CASE")
	if n.Operand != nil {
		p.put(" ")
		p.expr(n.Operand)
	}
	for _, w := range n.Whens {
		p.put(" WHEN ")
		p.exprs(w.Conds)
		p.put(" THEN ")
		p.expr(w.Result)
	}
	if n.Else != nil {
		p.put(" ELSE ")
		p.expr(n.Else)
	}
	p.put(" END")
}

func (p *printer) ctor(n *ast.Ctor) {
	if n.Query != nil {
		p.put(n.Kind.String())
		p.sub(n.Query)
		return
	}
	open, end := "[", "]"
	if n.Kind == ast.RowCtor {
		open, end = "(", ")"
	}
	p.word(!n.Implicit, n.Kind.String())
	p.put(open)
	p.exprs(n.Args)
	p.put(end)
}

func (p *printer) tableArg(n *ast.TableArg) {
	if n.Query != nil {
		p.sub(n.Query)
	} else {
		p.put("TABLE ")
		p.path(n.Table)
		p.hints(n.Hints)
	}
	if n.Alias != nil {
		p.put(" AS ", Ident(n.Alias.Name.Name))
	}
	if len(n.PartitionBy) > 0 {
		p.put(" PARTITION BY (")
		p.exprs(n.PartitionBy)
		p.put(")")
	}
	if len(n.OrderBy) > 0 {
		p.put(" ORDER BY (")
		p.order(n.OrderBy)
		p.put(")")
	}
}

// callName writes a function's name: reserved words that are functions stand
// bare if they were written so, as quotes would turn a special form into a call.
func (p *printer) callName(path ast.Path) {
	if len(path.Parts) == 1 && !path.Parts[0].Quoted {
		p.put(strings.ToUpper(path.Parts[0].Name))
		return
	}
	p.path(path)
}

func (p *printer) order(items []ast.OrderItem) {
	p.list(len(items), func(i int) {
		p.expr(items[i].X)
		p.word(items[i].Desc, " DESC")
		p.word(items[i].Nulls == ast.NullsFirst, " NULLS FIRST")
		p.word(items[i].Nulls == ast.NullsLast, " NULLS LAST")
	})
}
