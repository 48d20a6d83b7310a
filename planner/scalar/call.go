package scalar

import (
	"strings"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// call binds a call in ordinary notation: by the registry, or by the scope if the function is not scalar.
func (b *binder) call(n *ast.Call) (*expr.Expr, error) {
	f, err := lookup(n.Name, n.Pos())
	if err != nil {
		return nil, b.unknown(err, n)
	}
	switch f.Class {
	case function.Aggregate, function.Ranking, function.Grouping, function.GroupWindow, function.Match:
		if f.Class == function.Ranking && n.Over == nil {
			return nil, invalid(n.Pos(), "%s needs an OVER clause", f.Name)
		}
		c := Call{Func: f, Node: n, Args: n.Args, Modifiers: &n.Modifiers}
		if len(n.Args) == 1 {
			if s, ok := n.Args[0].(*ast.Star); ok {
				if f.Name != "COUNT" || len(s.Qualifier) > 0 || n.Distinct {
					return nil, invalid(s.Pos(), "* is not allowed as an argument here; only COUNT(*) takes it")
				}
				c.Star, c.Args = true, nil
			}
		}
		return b.scope.Call(c)
	case function.Table:
		return nil, invalid(n.Pos(), "the table function %s can only stand in FROM", f.Name)
	}
	if n.Over != nil {
		return nil, invalid(n.Pos(), "%s is no window or aggregate function and cannot have an OVER clause", f.Name)
	}
	if !n.IsPlain() {
		return nil, invalid(n.Pos(), "%s is no aggregate function: DISTINCT, FILTER and the like are not allowed", f.Name)
	}
	return b.scalarCall(n.Pos(), f, n.Args)
}

// lookup finds a function by its written name.
func lookup(name ast.Path, pos int) (*function.Function, error) {
	if len(name.Parts) == 1 {
		if f := function.Lookup(name.Last()); f != nil {
			return f, nil
		}
	}
	err := sqlerr.New(sqlerr.UnknownName, pos, "unknown function %s", name)
	if hint := sqlerr.DidYouMean(strings.ToUpper(name.Last()), function.Names()); hint != "" && len(name.Last()) > 2 {
		return nil, err.WithHint("%s", hint)
	}
	return nil, err
}

// unitOf is the unit of a function that is short for EXTRACT: YEAR, HOUR, ….
func unitOf(fn string) (ast.Unit, bool) {
	switch fn {
	case "YEAR":
		return ast.Year, true
	case "QUARTER":
		return ast.Quarter, true
	case "MONTH":
		return ast.Month, true
	case "WEEK":
		return ast.Week, true
	case "DAYOFYEAR":
		return ast.DayOfYear, true
	case "DAYOFMONTH":
		return ast.Day, true
	case "DAYOFWEEK":
		return ast.DayOfWeek, true
	case "HOUR":
		return ast.Hour, true
	case "MINUTE":
		return ast.Minute, true
	case "SECOND":
		return ast.Second, true
	default:
		return ast.NoUnit, false
	}
}

// scalarCall binds a call of a scalar function.
func (b *binder) scalarCall(pos int, f *function.Function, nodes []ast.Expr) (*expr.Expr, error) {
	if u, ok := unitOf(f.Name); ok && len(nodes) == 1 {
		return b.extract(pos, u, nodes[0])
	}
	args, err := b.bindAll(nodes)
	if err != nil {
		return nil, err
	}
	switch f.Name {
	case "MOD":
		if len(args) == 2 {
			return arithmetic("%", args[0], args[1], pos)
		}
	case "NULLIF":
		if len(args) != 2 {
			return nil, invalid(pos, "NULLIF takes two arguments, but %d were given", len(args))
		}
		return nullIf(args[0], args[1], pos)
	case "JSON":
		return nil, invalid(pos, "JSON() is only allowed as a value of JSON_OBJECT or JSON_ARRAY")
	case "IFNULL":
		if len(args) != 2 {
			return nil, invalid(pos, "IFNULL takes two arguments, but %d were given", len(args))
		}
	}
	e, err := resolve(pos, f, args, function.Mode{})
	if err != nil {
		return nil, err
	}
	return folded(e, b.env), nil
}

// resolve applies the signature of a function to bound arguments.
func resolve(pos int, f *function.Function, args []*expr.Expr, m function.Mode) (*expr.Expr, error) {
	given := make([]function.Arg, len(args))
	for i, a := range args {
		given[i] = function.Arg{Type: a.Type, Literal: a.Kind == expr.Literal, Value: a.Value}
	}
	r, err := f.Resolve(given, m)
	if err != nil {
		code := sqlerr.Type
		if strings.HasSuffix(err.Error(), "is not supported yet") {
			code = sqlerr.Unsupported
		}
		return nil, sqlerr.New(code, pos, "%s", err)
	}
	cast := make([]*expr.Expr, len(args))
	for i, a := range args {
		cast[i] = a
		if a.Type.Kind != types.Symbol && r.Args[i].Kind != types.Null {
			cast[i] = Coerce(a, r.Args[i])
		}
	}
	name, t := f.Name, r.Result
	if name == "IFNULL" {
		name = "COALESCE"
	}
	if name != "PROCTIME" {
		t = t.WithAttribute(types.NoTime)
	}
	return call(pos, name, t, cast...), nil
}

// folded replaces the calls whose value the binder knows.
func folded(e *expr.Expr, env Env) *expr.Expr {
	var text string
	switch e.Func {
	case "CURRENT_DATABASE":
		text = env.Database
	case "TYPEOF":
		text = e.Args[0].Type.String()
		if len(e.Args) == 2 && e.Args[1].IsTrue() {
			text = strings.NewReplacer("STRING", "VARCHAR(2147483647)", "BYTES", "VARBINARY(2147483647)").Replace(text)
		}
	default:
		return e
	}
	l := expr.NewLiteral(text, e.Type)
	l.Pos = e.Pos
	return l
}

// AggregateCall is a resolved aggregate, ranking or grouping call: its arguments, cast as the function wants them, and the type of its result.
type AggregateCall struct {
	Func *function.Function
	Args []*expr.Expr
	Type types.Type
	// IgnoreNulls tells that rows with a NULL argument (of JSON_OBJECTAGG: a NULL value) do not count: as written, or as the function does
	// without a word: FIRST_VALUE, LAST_VALUE and JSON_ARRAYAGG ignore them, ARRAY_AGG, JSON_OBJECTAGG, LEAD and LAG do not.
	IgnoreNulls bool
}

// BindAggregate binds the arguments of an aggregate, ranking or grouping call in the scope inner (the rows that are aggregated) and resolves its
// type. nullable says that there may be no input row: no GROUP BY key and no OVER; a FILTER is taken into account besides. FILTER, ORDER BY
// and OVER themselves are left to the caller.
func BindAggregate(c Call, inner Scope, env Env, nullable bool) (*AggregateCall, error) {
	m := c.Modifiers
	switch {
	case m.WithinGroup != nil:
		return nil, invalid(c.Pos(), "%s must not have a WITHIN GROUP clause", c.Func.Name)
	case m.Distinct && c.Func.Class != function.Aggregate:
		return nil, invalid(c.Pos(), "%s must not have DISTINCT", c.Func.Name)
	case len(c.Args) > 1 && c.Func.Name == "COUNT" && m.Distinct:
		return nil, unsupported(c.Pos(), "COUNT(DISTINCT …) of several columns")
	case c.Func.Name == "APPROX_COUNT_DISTINCT" && env.Streaming:
		return nil, invalid(c.Pos(), "APPROX_COUNT_DISTINCT is not possible in streaming mode")
	}
	if len(c.Args) == 0 && !c.Star && c.Func.Name == "COUNT" {
		return nil, invalid(c.Pos(), "COUNT needs an argument; COUNT(*) counts rows")
	}
	args := make([]*expr.Expr, len(c.Args))
	for i, a := range c.Args {
		x, err := Bind(a, inner, env)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(c.Func.Name, "JSON_") && i == len(c.Args)-1 && (x.Func == "JSON_OBJECT" || x.Func == "JSON_ARRAY") {
			x = retyped(x, types.JSONTextType().WithNullable(!x.Type.NotNull))
		}
		if c.Func.Name == "COUNT" {
			if err := noNull(a.Pos(), x); err != nil {
				return nil, err
			}
		}
		args[i] = x
	}
	if len(args) > 1 && c.Func.Name == "COUNT" {
		args = []*expr.Expr{allPresent(args)}
	}
	e, err := resolve(c.Pos(), c.Func, args, function.Mode{Distinct: m.Distinct, Nullable: nullable || m.Filter != nil})
	if err != nil {
		return nil, err
	}
	return &AggregateCall{Func: c.Func, Args: e.Args, Type: e.Type, IgnoreNulls: ignoresNulls(c)}, nil
}

// allPresent is an expression that is NULL where one of args is: COUNT(a, b) counts it.
func allPresent(args []*expr.Expr) *expr.Expr {
	var tests []*expr.Expr
	for _, a := range args {
		tests = append(tests, call(a.Pos, "IS NOT NULL", types.BooleanType().AsNotNull(), a))
	}
	t := types.IntType()
	return call(args[0].Pos, "CASE", t, expr.And(tests...), expr.NewInt(1), expr.NewNull(t))
}

func ignoresNulls(c Call) bool {
	switch n := c.Node.(type) {
	case *ast.JSONObject:
		return n.Nulls == ast.AbsentOnNull
	case *ast.JSONArray:
		return n.Nulls != ast.NullOnNull
	}
	switch c.Modifiers.Nulls {
	case ast.IgnoreNulls:
		return true
	case ast.RespectNulls:
		return false
	}
	switch c.Func.Name {
	case "ARRAY_AGG", "LEAD", "LAG":
		return false
	default:
		return true
	}
}
