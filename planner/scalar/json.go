package scalar

import (
	"strings"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// jsonInput binds the text and the path of a JSON function.
func (b *binder) jsonInput(fn string, x, path ast.Expr) (text, p *expr.Expr, err error) {
	xs, err := b.bindAll([]ast.Expr{x, path})
	if err != nil {
		return nil, nil, err
	}
	for i, node := range []ast.Expr{x, path} {
		if i == 0 && xs[i].Type.Kind == types.Variant {
			xs[i] = call(node.Pos(), "JSON_STRING", types.StringType().WithNullable(!xs[i].Type.NotNull), xs[i])
		}
		if !xs[i].Type.IsText() {
			return nil, nil, typeError(node.Pos(), "%s needs text, not %s", fn, xs[i].Type.AsNullable())
		}
	}
	return xs[0], xs[1], nil
}

// behaviour is the Symbol of ON EMPTY and ON ERROR; standard is what holds without a word.
func behaviour(o, standard ast.JSONOn) *expr.Expr {
	if o == ast.JSONUnspecified {
		o = standard
	}
	return keyword(o.String())
}

func (b *binder) jsonExists(n *ast.JSONExists) (*expr.Expr, error) {
	x, path, err := b.jsonInput("JSON_EXISTS", n.X, n.Path)
	if err != nil {
		return nil, err
	}
	if path.Kind != expr.Literal {
		return nil, invalid(n.Path.Pos(), "the path of JSON_EXISTS must be a literal")
	}
	return call(n.Pos(), "JSON_EXISTS", types.BooleanType(), x, path, behaviour(n.OnError, ast.JSONFalse)), nil
}

func (b *binder) jsonValue(n *ast.JSONValue) (*expr.Expr, error) {
	x, path, err := b.jsonInput("JSON_VALUE", n.X, n.Path)
	if err != nil {
		return nil, err
	}
	t := types.StringType()
	if n.Returning != nil {
		if t, err = BindType(n.Returning); err != nil {
			return nil, err
		}
		if !t.IsText() && t.Kind != types.Boolean && t.Kind != types.Int && t.Kind != types.Double {
			return nil, typeError(n.Returning.Pos(), "JSON_VALUE can return STRING, BOOLEAN, INTEGER and DOUBLE, not %s", t.AsNullable())
		}
	}
	t = t.AsNullable()
	empty, err := b.jsonDefault(n.DefaultOnEmpty, t)
	if err != nil {
		return nil, err
	}
	failed, err := b.jsonDefault(n.DefaultOnError, t)
	if err != nil {
		return nil, err
	}
	return call(n.Pos(), "JSON_VALUE", t, x, path, behaviour(n.OnEmpty, ast.JSONNull), empty, behaviour(n.OnError, ast.JSONNull), failed), nil
}

// jsonDefault is the value of DEFAULT x ON …; NULL without.
func (b *binder) jsonDefault(node ast.Expr, t types.Type) (*expr.Expr, error) {
	if node == nil {
		return expr.NewNull(t), nil
	}
	x, err := b.bind(node)
	if err != nil {
		return nil, err
	}
	if !function.Implicit(x.Type, t) && !(x.Type.IsText() && t.IsText()) {
		return nil, typeError(node.Pos(), "the default of JSON_VALUE is %s, but it returns %s", x.Type.AsNullable(), t)
	}
	return Coerce(x, t), nil
}

func (b *binder) jsonQuery(n *ast.JSONQuery) (*expr.Expr, error) {
	x, path, err := b.jsonInput("JSON_QUERY", n.X, n.Path)
	if err != nil {
		return nil, err
	}
	t := types.StringType()
	if n.Returning != nil {
		if t, err = BindType(n.Returning); err != nil {
			return nil, err
		}
		if !t.IsText() && !(t.Kind == types.Array && t.Elem.IsText()) {
			return nil, typeError(n.Returning.Pos(), "JSON_QUERY can return STRING and ARRAY<STRING>, not %s", t.AsNullable())
		}
	}
	if t.Kind == types.Array && (n.OnEmpty == ast.JSONEmptyObject || n.OnError == ast.JSONEmptyObject) {
		return nil, invalid(n.Pos(), "JSON_QUERY cannot return an EMPTY OBJECT as %s", t.AsNullable())
	}
	wrapper := "WITHOUT"
	switch n.Wrapper {
	case ast.WithConditionalWrapper:
		wrapper = "CONDITIONAL"
	case ast.WithUnconditionalWrapper:
		wrapper = "UNCONDITIONAL"
	}
	return call(n.Pos(), "JSON_QUERY", t.AsNullable(), x, path, keyword(wrapper), behaviour(n.OnEmpty, ast.JSONNull), behaviour(n.OnError, ast.JSONNull)), nil
}

// onNull is the Symbol of NULL ON NULL and ABSENT ON NULL.
func onNull(c ast.JSONNullClause, standard string) *expr.Expr {
	switch c {
	case ast.NullOnNull:
		return keyword("NULL")
	case ast.AbsentOnNull:
		return keyword("ABSENT")
	default:
		return keyword(standard)
	}
}

func (b *binder) jsonObject(n *ast.JSONObject) (*expr.Expr, error) {
	if n.Agg {
		if len(n.Entries) != 1 {
			return nil, invalid(n.Pos(), "JSON_OBJECTAGG takes one key and one value")
		}
		return b.scope.Call(Call{Func: function.Lookup("JSON_OBJECTAGG"), Node: n, Args: []ast.Expr{n.Entries[0].Key, n.Entries[0].Value}, Modifiers: &n.Modifiers})
	}
	args := []*expr.Expr{onNull(n.Nulls, "NULL")}
	for _, en := range n.Entries {
		k, err := b.bind(en.Key)
		if err != nil {
			return nil, err
		}
		switch {
		case k.IsNull():
			return nil, invalid(en.Key.Pos(), "the key of JSON_OBJECT must not be NULL")
		case !k.Type.IsText():
			return nil, typeError(en.Key.Pos(), "the key of JSON_OBJECT must be text, not %s", k.Type.AsNullable())
		case !k.Type.NotNull:
			return nil, typeError(en.Key.Pos(), "the key of JSON_OBJECT may be NULL; write COALESCE(key, 'default')")
		}
		v, err := b.jsonMember(en.Value, en.FormatJSON)
		if err != nil {
			return nil, err
		}
		args = append(args, k, v)
	}
	return call(n.Pos(), "JSON_OBJECT", types.StringType().AsNotNull(), args...), nil
}

func (b *binder) jsonArray(n *ast.JSONArray) (*expr.Expr, error) {
	if n.Agg {
		if len(n.Elems) != 1 {
			return nil, invalid(n.Pos(), "JSON_ARRAYAGG takes one value")
		}
		return b.scope.Call(Call{Func: function.Lookup("JSON_ARRAYAGG"), Node: n, Args: []ast.Expr{n.Elems[0].X}, Modifiers: &n.Modifiers})
	}
	args := []*expr.Expr{onNull(n.Nulls, "ABSENT")}
	for _, el := range n.Elems {
		v, err := b.jsonMember(el.X, el.FormatJSON)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	return call(n.Pos(), "JSON_ARRAY", types.StringType().AsNotNull(), args...), nil
}

// jsonMember binds a value of JSON_OBJECT or JSON_ARRAY, where JSON(text) and FORMAT JSON say that the text goes in as it is.
func (b *binder) jsonMember(node ast.Expr, raw bool) (*expr.Expr, error) {
	if c, ok := node.(*ast.Call); ok && len(c.Name.Parts) == 1 && strings.EqualFold(c.Name.Last(), "JSON") && len(c.Args) == 1 {
		node, raw = c.Args[0], true
	}
	v, err := b.bind(node)
	if err != nil {
		return nil, err
	}
	if v.Type.Kind == types.Null {
		v = Coerce(v, types.StringType())
	}
	if raw {
		return resolve(node.Pos(), function.Lookup("JSON"), []*expr.Expr{v}, function.Mode{})
	}
	if !function.HasJSON(v.Type) {
		return nil, typeError(node.Pos(), "%s has no JSON form", v.Type.AsNullable())
	}
	return v, nil
}
