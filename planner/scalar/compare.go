package scalar

import (
	"slices"
	"strings"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// Compare makes the comparison l op r of two bound operands, with the casts that they need. Operators are those of ast.BinaryOp from Eq to
// NotDistinctFrom.
func Compare(op ast.BinaryOp, l, r *expr.Expr, pos int) (*expr.Expr, error) {
	if e := withItself(op, l, r, pos); e != nil {
		return e, nil
	}
	a, b, ok := aligned(op, l, r)
	if !ok {
		return nil, typeError(pos, "cannot compare %s %s %s", l.Type.AsNullable(), op, r.Type.AsNullable())
	}
	t := types.BooleanType().WithNullable(unknowable(a.Type) || unknowable(b.Type))
	if op == ast.DistinctFrom || op == ast.NotDistinctFrom {
		t = t.AsNotNull()
	}
	return call(pos, op.String(), t, a, b), nil
}

// withItself is the comparison of a FLOAT or DOUBLE column with itself, nil for others: as in Flink it is decided without looking at the values,
// also for NaN.
func withItself(op ast.BinaryOp, l, r *expr.Expr, pos int) *expr.Expr {
	if l.Kind != expr.Column || !isApprox(l.Type) || !expr.Equal(l, r) {
		return nil
	}
	same := expr.NewBool(op == ast.Eq || op == ast.LessEq || op == ast.GreaterEq || op == ast.NotDistinctFrom)
	same.Pos = pos
	if l.Type.NotNull || op == ast.DistinctFrom || op == ast.NotDistinctFrom {
		return same
	}
	t := types.BooleanType()
	return call(pos, "CASE", t, call(pos, "IS NOT NULL", t.AsNotNull(), l), Coerce(same, t), expr.NewNull(t))
}

// unknowable tells whether comparing a value of t may give NULL: t is nullable, or a ROW with such a field.
func unknowable(t types.Type) bool {
	if !t.NotNull {
		return true
	}
	for _, f := range t.Fields {
		if unknowable(f.Type) {
			return true
		}
	}
	return false
}

func isOrdering(op ast.BinaryOp) bool {
	return op == ast.Less || op == ast.LessEq || op == ast.Greater || op == ast.GreaterEq
}

// aligned casts two operands to types that compare.
func aligned(op ast.BinaryOp, l, r *expr.Expr) (a, b *expr.Expr, ok bool) {
	lt, rt := l.Type, r.Type
	both := func(t types.Type) (*expr.Expr, *expr.Expr, bool) { return Coerce(l, t), Coerce(r, t), true }
	switch {
	case lt.Kind == types.Null && rt.Kind == types.Null:
		return both(types.BooleanType())
	case lt.Kind == types.Null:
		return both(rt)
	case rt.Kind == types.Null:
		return both(lt)
	case lt.IsText() && rt.IsText(), lt.IsBinary() && rt.IsBinary():
		return l, r, true
	case isApprox(lt) && isApprox(rt) && !isOrdering(op):
		return both(lt) // as Flink: equality in the type of the first, order in DOUBLE
	case lt.IsNumeric() && rt.IsNumeric():
		return alignedNumbers(l, r)
	case lt.IsText() != rt.IsText():
		return alignedText(op, l, r)
	case lt.IsTimestamp() && rt.IsTimestamp() && lt.Kind != rt.Kind:
		p := max(lt.Precision, rt.Precision)
		if isOrdering(op) {
			return both(types.TimestampType(p))
		}
		return both(types.TimestampLTZType(p))
	case isOrdering(op) && (lt.IsNested() || lt.Kind == types.Variant || lt.Kind == types.Bitmap):
		return nil, nil, false
	}
	t, err := function.Common(lt, rt)
	if err != nil {
		return nil, nil, false
	}
	return both(t)
}

// alignedNumbers makes two numbers comparable: FLOAT against DOUBLE or DECIMAL as DOUBLE, exact numbers with one scale and storage unless
// that would lose digits.
func alignedNumbers(l, r *expr.Expr) (a, b *expr.Expr, ok bool) {
	t, err := function.Merge(l.Type, r.Type)
	if err != nil {
		return nil, nil, false
	}
	if t.Kind == types.Float && (l.Type.Kind == types.Decimal || r.Type.Kind == types.Decimal) {
		t = types.DoubleType()
	}
	if t.Kind != types.Decimal {
		return Coerce(l, t), Coerce(r, t), true
	}
	lt, rt := function.AsDecimal(l.Type), function.AsDecimal(r.Type)
	if max(lt.Scale, rt.Scale) > t.Scale {
		return Coerce(l, lt), Coerce(r, rt), true
	}
	lt.Precision, lt.Scale = lt.Precision-lt.Scale+t.Scale, t.Scale
	rt.Precision, rt.Scale = rt.Precision-rt.Scale+t.Scale, t.Scale
	if lt.Storage() == rt.Storage() {
		return Coerce(l, lt), Coerce(r, rt), true
	}
	return Coerce(l, t), Coerce(r, t), true
}

// alignedText parses a text to compare it with something else. Equality of text and a number is refused: which of the two is to be converted
// would decide the answer.
func alignedText(op ast.BinaryOp, l, r *expr.Expr) (a, b *expr.Expr, ok bool) {
	t := r.Type
	if r.Type.IsText() {
		t = l.Type
	}
	switch {
	case t.IsNumeric() && !isOrdering(op):
		return nil, nil, false
	case t.Kind == types.Decimal:
		t = types.DecimalType(function.MaxPrecision, max(t.Scale, 18))
	case t.IsNumeric() || t.IsTemporal() || t.Kind == types.Boolean:
	default:
		return nil, nil, false
	}
	return Coerce(l, t), Coerce(r, t), true
}

func (b *binder) between(n *ast.Between) (*expr.Expr, error) {
	xs, err := b.bindAll([]ast.Expr{n.X, n.Low, n.High})
	if err != nil {
		return nil, err
	}
	within := func(low, high *expr.Expr) (*expr.Expr, error) {
		ge, err := Compare(ast.GreaterEq, xs[0], low, n.Pos())
		if err != nil {
			return nil, err
		}
		le, err := Compare(ast.LessEq, xs[0], high, n.Pos())
		if err != nil {
			return nil, err
		}
		return predicate(n.Pos(), "AND", ge, le), nil
	}
	e, err := within(xs[1], xs[2])
	if err != nil {
		return nil, err
	}
	if n.Symmetric {
		turned, err := within(xs[2], xs[1])
		if err != nil {
			return nil, err
		}
		e = predicate(n.Pos(), "OR", e, turned)
	}
	if n.Not {
		e = not(n.Pos(), e)
	}
	return e, nil
}

func (b *binder) in(n *ast.In) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	if n.Query != nil {
		return b.scope.Subquery(Subquery{Kind: InQuery, Query: n.Query, Left: x, Op: ast.Eq, Not: n.Not, Pos: n.Pos()})
	}
	list, err := b.bindAll(n.List)
	if err != nil {
		return nil, err
	}
	all := append([]*expr.Expr{x}, list...)
	t, ok := membership(typesOf(all))
	if !ok || mixed(list) {
		return nil, typeError(n.OpPos, "the list of IN does not go with %s", x.Type.AsNullable())
	}
	if t.Kind == types.Null {
		t = types.BooleanType()
	}
	if t.Kind == types.Decimal && slices.ContainsFunc(all, func(e *expr.Expr) bool { return function.AsDecimal(e.Type).Scale > t.Scale }) {
		return among(n, x, list)
	}
	if !t.IsText() && !t.IsBinary() {
		all = coerceAll(all, t)
	} else {
		for i, e := range all {
			if e.Type.Kind == types.Null || e.Type.IsText() != t.IsText() {
				all[i] = Coerce(e, t)
			}
		}
	}
	nullable := false
	for _, e := range all {
		nullable = nullable || unknowable(e.Type)
	}
	e := call(n.Pos(), "IN", types.BooleanType().WithNullable(nullable), all...)
	if n.Not {
		e = not(n.Pos(), e)
	}
	return e, nil
}

// among is IN as single comparisons, for members that have no common type without loss.
func among(n *ast.In, x *expr.Expr, list []*expr.Expr) (*expr.Expr, error) {
	tests := make([]*expr.Expr, len(list))
	for i, m := range list {
		var err error
		if tests[i], err = Compare(ast.Eq, x, m, n.OpPos); err != nil {
			return nil, err
		}
	}
	e := tests[0]
	if len(tests) > 1 {
		e = predicate(n.Pos(), "OR", tests...)
	}
	if n.Not {
		e = not(n.Pos(), e)
	}
	return e, nil
}

// mixed tells whether a list has text and something else.
func mixed(list []*expr.Expr) bool {
	text, other := false, false
	for _, e := range list {
		text = text || e.Type.IsText()
		other = other || !e.Type.IsText() && e.Type.Kind != types.Null
	}
	return text && other
}

// membership is the type in which a value and the members of a list are compared: next to text, numbers and booleans become text and text
// becomes a date or time.
func membership(ts []types.Type) (types.Type, bool) {
	text := false
	for _, t := range ts {
		text = text || t.IsText()
	}
	if text {
		var other types.Type
		for _, t := range ts {
			switch {
			case t.IsTemporal():
				other = t
			case t.IsNumeric() || t.Kind == types.Boolean:
				other = types.StringType()
			case !t.IsText() && t.Kind != types.Null:
				return types.Type{}, false
			}
			if t.IsTemporal() && other.IsText() {
				return types.Type{}, false
			}
		}
		if other.Kind != types.Invalid {
			return other, true
		}
	}
	t, err := function.Merge(ts...)
	if t.Kind == types.Float && slices.ContainsFunc(ts, func(t types.Type) bool { return t.Kind == types.Decimal }) {
		t = types.DoubleType().WithNullable(!t.NotNull)
	}
	return t, err == nil
}

func (b *binder) quantified(n *ast.Quantified) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	kind, fn := AnyQuery, "OR"
	if n.Quantifier == ast.All {
		kind, fn = AllQuery, "AND"
	}
	if n.Query != nil {
		return b.scope.Subquery(Subquery{Kind: kind, Query: n.Query, Left: x, Op: n.Op, Pos: n.Pos()})
	}
	list, err := b.bindAll(n.List)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if list[i], err = Compare(n.Op, x, e, n.OpPos); err != nil {
			return nil, err
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return predicate(n.Pos(), fn, list...), nil
}

func (b *binder) like(n *ast.Like) (*expr.Expr, error) {
	if n.Op != ast.LikeMatch && n.Op != ast.SimilarTo {
		return nil, unsupported(n.OpPos, "%s", n.Op)
	}
	operands := []ast.Expr{n.X, n.Pattern}
	if n.Escape != nil {
		operands = append(operands, n.Escape)
	}
	xs, err := b.bindAll(operands)
	if err != nil {
		return nil, err
	}
	for i, x := range xs {
		if !x.Type.IsText() {
			return nil, typeError(operands[i].Pos(), "%s needs text, not %s", n.Op, x.Type.AsNullable())
		}
	}
	if n.Escape != nil {
		if s, ok := xs[2].Value.(string); ok && len([]rune(s)) != 1 {
			return nil, invalid(n.Escape.Pos(), "the escape character '%s' is not one character", s)
		} else if p, isText := xs[1].Value.(string); ok && isText && n.Op == ast.LikeMatch && !escapesWell(p, s) {
			return nil, invalid(n.Pattern.Pos(), "the pattern '%s' has the escape character '%s' before something else than %%, _ or itself", p, s)
		}
	}
	e := predicate(n.Pos(), n.Op.String(), xs...)
	if n.Not {
		e = not(n.Pos(), e)
	}
	return e, nil
}

// escapesWell tells whether every escape character in a LIKE pattern stands before a wildcard or itself.
func escapesWell(pattern, escape string) bool {
	for rest := pattern; ; {
		_, after, found := strings.Cut(rest, escape)
		if !found {
			return true
		}
		switch {
		case strings.HasPrefix(after, "%"), strings.HasPrefix(after, "_"):
			rest = after[1:]
		case strings.HasPrefix(after, escape):
			rest = after[len(escape):]
		default:
			return false
		}
	}
}

func (b *binder) isTest(n *ast.IsTest) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	is := "IS "
	if n.Not {
		is = "IS NOT "
	}
	t := types.BooleanType().AsNotNull()
	switch n.Test {
	case ast.IsNull:
	case ast.IsTrue, ast.IsFalse, ast.IsUnknown:
		if x, err = wantBoolean(x, n.X.Pos(), is+n.Test.String()); err != nil {
			return nil, err
		}
	case ast.IsJSONValue, ast.IsJSONObject, ast.IsJSONArray, ast.IsJSONScalar:
		if !x.Type.IsText() {
			return nil, typeError(n.X.Pos(), "%s needs text, not %s", is+n.Test.String(), x.Type.AsNullable())
		}
	default:
		return nil, unsupported(n.OpPos, "%s", is+n.Test.String())
	}
	return call(n.Pos(), is+n.Test.String(), t, x), nil
}
