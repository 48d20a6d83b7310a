package scalar

import (
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// BindLiteral turns a literal into a constant.
func BindLiteral(l *ast.Literal, env Env) (*expr.Expr, error) {
	e, err := literal(l, env)
	if err != nil {
		return nil, err
	}
	e.Pos = l.Pos()
	return e, nil
}

func literal(l *ast.Literal, env Env) (*expr.Expr, error) {
	switch l.Kind {
	case ast.IntegerLit, ast.DecimalLit, ast.ApproxLit:
		return number(l, false)
	case ast.StringLit:
		return stringLiteral(l.Text), nil
	case ast.BytesLit:
		raw, err := hex.DecodeString(l.Text)
		if err != nil {
			return nil, invalid(l.Pos(), "binary literal X'%s' is not made of pairs of hexadecimal digits", l.Text)
		}
		return expr.NewLiteral(raw, types.BinaryType(len(raw)).AsNotNull()), nil
	case ast.BooleanLit:
		return expr.NewBool(l.Bool()), nil
	case ast.NullLit:
		return expr.NewNull(types.NullType()), nil
	case ast.UnknownLit:
		return expr.NewNull(types.BooleanType()), nil
	case ast.DateLit:
		d, ok := parseDate(l.Text)
		if !ok {
			return nil, invalid(l.Pos(), "DATE '%s' is no date of the form yyyy-MM-dd", l.Text)
		}
		return expr.NewLiteral(d, types.DateType().AsNotNull()), nil
	case ast.TimeLit:
		return timeLiteral(l)
	case ast.TimestampLit:
		return timestampLiteral(l, false, env)
	case ast.TimestampLTZLit:
		return timestampLiteral(l, true, env)
	case ast.IntervalLit:
		return intervalLiteral(l)
	default:
		return nil, unsupported(l.Pos(), "this kind of literal")
	}
}

// stringLiteral is a CHAR as long as the text, counted in UTF-16 units.
func stringLiteral(s string) *expr.Expr {
	return expr.NewLiteral(s, types.CharType(len(utf16.Encode([]rune(s)))).AsNotNull())
}

// number is a numeric literal, with its sign: an INT or BIGINT, a DECIMAL with the digits as written, or a DOUBLE.
func number(l *ast.Literal, negative bool) (*expr.Expr, error) {
	outOfRange := func() error { return invalid(l.Pos(), "numeric literal %s is out of range", l.Text) }
	if l.Kind == ast.ApproxLit {
		f, err := strconv.ParseFloat(l.Text, 64)
		if err != nil && math.IsInf(f, 0) {
			return nil, outOfRange()
		}
		if negative {
			f = -f
		}
		return expr.NewLiteral(f, types.DoubleType().AsNotNull()), nil
	}
	whole, fraction, _ := strings.Cut(l.Text, ".")
	v, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return nil, invalid(l.Pos(), "numeric literal %s is not a number", l.Text)
	}
	if negative {
		v.Neg(v)
	}
	if !v.IsInt64() {
		return nil, outOfRange()
	}
	n := v.Int64()
	if fraction == "" {
		t := types.BigIntType()
		if n == int64(int32(n)) {
			t = types.IntType()
		}
		return expr.NewLiteral(n, t.AsNotNull()), nil
	}
	t := types.DecimalType(min(len(whole)+len(fraction), function.MaxPrecision), len(fraction)).AsNotNull()
	if t.Scale > function.MaxPrecision {
		return nil, outOfRange()
	}
	return expr.NewLiteral(narrow(v, t), t), nil
}

// signed folds signs before a numeric literal; nil if e is something else.
func signed(e ast.Expr, negative bool) (*expr.Expr, error) {
	switch n := e.(type) {
	case *ast.Unary:
		switch n.Op {
		case ast.Neg:
			return signed(n.X, !negative)
		case ast.Plus:
			return signed(n.X, negative)
		}
	case *ast.Literal:
		if n.Kind == ast.IntegerLit || n.Kind == ast.DecimalLit || n.Kind == ast.ApproxLit {
			return number(n, negative)
		}
	}
	return nil, nil
}

func (b *binder) unary(n *ast.Unary) (*expr.Expr, error) {
	switch n.Op {
	case ast.Neg, ast.Plus:
		if e, err := signed(n, false); e != nil || err != nil {
			if e != nil {
				e.Pos = n.Pos()
			}
			return e, err
		}
	case ast.Running, ast.Final:
		return nil, unsupported(n.Pos(), "%s", n.Op)
	}
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	switch n.Op {
	case ast.Not:
		if x, err = wantBoolean(x, n.X.Pos(), "NOT"); err != nil {
			return nil, err
		}
		return not(n.Pos(), x), nil
	case ast.Plus:
		if !x.Type.IsNumeric() && !x.Type.IsInterval() {
			return nil, typeError(n.Pos(), "cannot apply + to %s", x.Type.AsNullable())
		}
		return x, nil
	default:
		if !x.Type.IsNumeric() && !x.Type.IsInterval() {
			return nil, typeError(n.Pos(), "cannot apply - to %s", x.Type.AsNullable())
		}
		if v, ok := x.Value.(int64); ok && x.Type.IsInterval() {
			l := expr.NewLiteral(-v, x.Type)
			l.Pos = n.Pos()
			return l, nil
		}
		return call(n.Pos(), "NEG", x.Type, x), nil
	}
}

// wantBoolean takes a BOOLEAN.
func wantBoolean(x *expr.Expr, pos int, of string) (*expr.Expr, error) {
	if err := noNull(pos, x); err != nil {
		return nil, err
	}
	if x.Type.Kind != types.Boolean {
		return nil, typeError(pos, "%s needs a BOOLEAN, not %s", of, x.Type.AsNullable())
	}
	return x, nil
}

// noNull refuses NULL literals: the operator cannot tell their type.
func noNull(pos int, xs ...*expr.Expr) error {
	for _, x := range xs {
		if x.Type.Kind == types.Null {
			return typeError(pos, "a NULL here needs a type; write CAST(NULL AS type)")
		}
	}
	return nil
}
