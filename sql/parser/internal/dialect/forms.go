package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// form reads a special form whose name has been taken; the parenthesis is next.
type form func(r *rewriter, t lex.Token)

// formOf finds the special form of a name; nil if there is none.
func formOf(name string) form {
	switch name {
	case "CAST", "TRY_CAST":
		return (*rewriter).cast
	case "EXISTS", "UNIQUE":
		return (*rewriter).exists
	case "EXTRACT":
		return (*rewriter).extract
	case "FLOOR", "CEIL", "CEILING":
		return (*rewriter).roundTo
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		return (*rewriter).timestampArith
	case "TRIM":
		return (*rewriter).trim
	case "POSITION":
		return (*rewriter).position
	case "OVERLAY":
		return (*rewriter).overlay
	case "SUBSTRING":
		return (*rewriter).substring
	case "ROW":
		return (*rewriter).row
	case "JSON_EXISTS":
		return (*rewriter).jsonExists
	case "JSON_VALUE":
		return (*rewriter).jsonValue
	case "JSON_QUERY":
		return (*rewriter).jsonQuery
	case "JSON_OBJECT", "JSON_OBJECTAGG":
		return (*rewriter).jsonObject
	case "JSON_ARRAY", "JSON_ARRAYAGG":
		return (*rewriter).jsonArray
	}
	return nil
}

func (r *rewriter) cast(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	a.expr()
	r.c.Expect("AS")
	typ := Type(r.c)
	if typ.Null != ast.NullUnspecified {
		r.c.Fail(sqlerr.Syntax, typ.Pos(), "the type of a cast takes no NULL or NOT NULL")
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		return &ast.Cast{At: ast.At(t.Pos), Try: t.Is("TRY_CAST"), X: x[0], Type: typ}
	})
}

func (r *rewriter) exists(t lex.Token) {
	a := r.begin(kFunc, t.Pos)
	if !r.atQuery() {
		r.c.Next()
		r.c.FailExpected("a query")
		return
	}
	r.c.Next()
	a.query()
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		q := x[0].(*ast.Subquery).Query
		if t.Is("UNIQUE") {
			return &ast.Unique{At: ast.At(t.Pos), Query: q}
		}
		return &ast.Exists{At: ast.At(t.Pos), Query: q}
	})
}

func (r *rewriter) extract(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	u := r.unit("a unit of EXTRACT")
	r.c.Expect("FROM")
	a.expr()
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr { return &ast.Extract{At: ast.At(t.Pos), Unit: u, X: x[0]} })
}

func (r *rewriter) roundTo(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	list := a.exprs()
	if r.c.Accept("TO") {
		u := r.unit("a unit")
		r.c.Expect(")")
		a.end(func(x []ast.Expr) ast.Expr {
			return &ast.RoundTo{At: ast.At(t.Pos), Floor: t.Is("FLOOR"), X: x[0], Unit: u}
		})
		return
	}
	r.c.Expect(")")
	a.end(plainCall(t, list))
}

// plainCall builds an ordinary call from the arguments in list.
func plainCall(t lex.Token, list span) func(x []ast.Expr) ast.Expr {
	return func(x []ast.Expr) ast.Expr {
		return &ast.Call{At: ast.At(t.Pos), Name: pathOf(t), Args: list.of(x)}
	}
}

func (r *rewriter) timestampArith(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	u := r.unit("a unit")
	r.c.Expect(",")
	a.expr()
	r.c.Expect(",")
	a.expr()
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		return &ast.TimestampArith{At: ast.At(t.Pos), Diff: t.Is("TIMESTAMPDIFF"), Unit: u, A: x[0], B: x[1]}
	})
}

func (r *rewriter) trim(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	n := &ast.Trim{At: ast.At(t.Pos)}
	sided := true
	switch {
	case r.c.Accept("BOTH"):
	case r.c.Accept("LEADING"):
		n.Side = ast.TrimLeading
	case r.c.Accept("TRAILING"):
		n.Side = ast.TrimTrailing
	default:
		sided = false
	}
	from := sided && r.c.Accept("FROM")
	a.expr()
	chars := !from && r.c.Accept("FROM")
	if sided && !from && !chars {
		r.c.FailExpected("FROM")
	}
	if chars {
		a.expr()
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		n.X = x[0]
		if chars {
			n.Chars, n.X = x[0], x[1]
		}
		return n
	})
}

// position reads POSITION(a IN b [FROM c]); a is no comparison, so IN ends it.
func (r *rewriter) position(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	list := span{from: a.n}
	a.slot()
	r.additive()
	r.c.Expect("IN")
	a.expr()
	if r.c.Accept("FROM") {
		a.expr()
	}
	r.c.Expect(")")
	list.to = a.n
	a.end(plainCall(t, list))
}

// additive reads an expression of arithmetic operators only.
func (r *rewriter) additive() {
	for {
		r.prefixes()
		r.primary()
		t := r.c.Peek()
		if !t.AnyOf("+", "-", "*", "/", "%", "||") {
			return
		}
		var st exprState
		r.operator(&st)
	}
}

func (r *rewriter) overlay(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	list := a.exprs()
	if r.c.Accept("PLACING") {
		a.expr()
		r.c.Expect("FROM")
		a.expr()
		if r.c.Accept("FOR") {
			a.expr()
		}
		list.to = a.n
	}
	r.c.Expect(")")
	a.end(plainCall(t, list))
}

func (r *rewriter) substring(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	list := a.exprs()
	if r.c.Accept("FROM") {
		a.expr()
	}
	if r.c.Accept("FOR") {
		a.expr()
	}
	list.to = a.n
	r.c.Expect(")")
	a.end(plainCall(t, list))
}

func (r *rewriter) row(t lex.Token) {
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	if r.c.At(")") {
		r.c.FailExpected(wantOperand)
	} else {
		for {
			if r.c.At("*") || r.c.Peek().IsIdent() && r.qualifiedStar() > 0 {
				a.slot()
				r.star()
			} else {
				a.expr()
			}
			if !r.c.Accept(",") {
				break
			}
		}
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr { return &ast.Ctor{At: ast.At(t.Pos), Kind: ast.RowCtor, Args: x} })
}

// unitWords are the units of time by their names.
//
//nolint:gochecknoglobals // a table that is never written
var unitWords = map[string]ast.Unit{
	"YEAR": ast.Year, "QUARTER": ast.Quarter, "MONTH": ast.Month, "WEEK": ast.Week, "DAY": ast.Day, "HOUR": ast.Hour,
	"MINUTE": ast.Minute, "SECOND": ast.Second, "MILLISECOND": ast.Millisecond, "MICROSECOND": ast.Microsecond,
	"NANOSECOND": ast.Nanosecond, "DOW": ast.DayOfWeek, "ISODOW": ast.ISODayOfWeek, "DOY": ast.DayOfYear, "ISOYEAR": ast.ISOYear,
	"EPOCH": ast.Epoch, "DECADE": ast.Decade, "CENTURY": ast.Century, "MILLENNIUM": ast.Millennium,
	"SQL_TSI_YEAR": ast.Year, "SQL_TSI_QUARTER": ast.Quarter, "SQL_TSI_MONTH": ast.Month, "SQL_TSI_WEEK": ast.Week, "SQL_TSI_DAY": ast.Day,
	"SQL_TSI_HOUR": ast.Hour, "SQL_TSI_MINUTE": ast.Minute, "SQL_TSI_SECOND": ast.Second, "SQL_TSI_MICROSECOND": ast.Microsecond,
	"SQL_TSI_FRAC_SECOND": ast.Nanosecond, "FRAC_SECOND": ast.Microsecond,
}

func (r *rewriter) unit(what string) ast.Unit {
	t := r.c.Peek()
	u, ok := unitWords[t.Upper]
	if !ok {
		r.c.FailExpected(what)
		return ast.NoUnit
	}
	r.c.Next()
	return u
}
