package scalar

import (
	"strings"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// name resolves a path: a column of the scope, then fields of ROWs.
func (b *binder) name(n *ast.Name) (*expr.Expr, error) {
	e, used, err := b.scope.Column(n.Parts)
	if err != nil {
		return nil, err
	}
	if used == 0 {
		if f := b.bareFunction(n); f != nil {
			return b.scalarCall(n.Pos(), f, nil)
		}
		return nil, unknownColumn(n, b.scope.Names())
	}
	for i, p := range n.Parts[used:] {
		if e, err = fieldOf(e, p, n.Strings()[:used+i]); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// bareFunction is the function that a lonely unquoted name calls without parentheses, if any.
func (b *binder) bareFunction(n *ast.Name) *function.Function {
	if len(n.Parts) != 1 || n.Parts[0].Quoted {
		return nil
	}
	f := function.Lookup(n.Parts[0].Name)
	if f == nil || !f.Bare || !strings.EqualFold(f.Name, n.Parts[0].Name) {
		return nil
	}
	return f
}

func unknownColumn(n *ast.Name, names []string) error {
	last := n.Parts[len(n.Parts)-1].Name
	err := sqlerr.New(sqlerr.UnknownName, n.Pos(), "column %q not found", strings.Join(n.Strings(), "."))
	if hint := sqlerr.DidYouMean(last, names); hint != "" {
		return err.WithHint("%s", hint)
	}
	return err
}

// fieldOf accesses a field of a ROW by name; path names the ROW for messages.
func fieldOf(e *expr.Expr, name ast.Ident, path []string) (*expr.Expr, error) {
	of := "the expression"
	if len(path) > 0 {
		of = strings.Join(path, ".")
	}
	if e.Type.Kind != types.Row {
		return nil, sqlerr.New(sqlerr.UnknownName, name.Pos(), "%s has no field %q: it is %s, not a ROW", of, name.Name, e.Type.AsNullable())
	}
	fields := types.Schema(e.Type.Fields)
	i := fields.Index(name.Name)
	if i < 0 {
		err := sqlerr.New(sqlerr.UnknownName, name.Pos(), "%s has no field %q", of, name.Name)
		if hint := sqlerr.DidYouMean(name.Name, fields.Names()); hint != "" {
			return nil, err.WithHint("%s", hint)
		}
		return nil, err.WithHint("its fields are %s", strings.Join(fields.Names(), ", "))
	}
	f := expr.NewField(e, i)
	f.Pos = name.Pos()
	return f, nil
}

func (b *binder) field(n *ast.Field) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	return fieldOf(x, n.Name, nil)
}

// item is the access to an element of an ARRAY or a value of a MAP.
func (b *binder) item(n *ast.Item) (*expr.Expr, error) {
	x, err := b.bind(n.X)
	if err != nil {
		return nil, err
	}
	i, err := b.bind(n.Index)
	if err != nil {
		return nil, err
	}
	if err := noNull(n.Index.Pos(), i); err != nil {
		return nil, err
	}
	switch x.Type.Kind {
	case types.Array:
		if !i.Type.IsInteger() {
			return nil, typeError(n.Index.Pos(), "the index of an array must be an INT, not %s", i.Type.AsNullable())
		}
		if v, ok := i.Value.(int64); ok && i.Kind == expr.Literal && v < 1 {
			return nil, invalid(n.Index.Pos(), "the index of an array counts from 1, but it is %d", v)
		}
		return call(n.Pos(), "ITEM", x.Type.Elem.AsNullable(), x, Coerce(i, types.IntType())), nil
	case types.Map:
		key := *x.Type.Key
		switch {
		case i.Type.IsText() && key.IsText():
		case function.Implicit(i.Type, key):
			i = Coerce(i, key)
		default:
			return nil, typeError(n.Index.Pos(), "the key of %s cannot be %s", x.Type.AsNullable(), i.Type.AsNullable())
		}
		return call(n.Pos(), "ITEM", x.Type.Elem.AsNullable(), x, i), nil
	case types.Variant:
		if !i.Type.IsText() && !i.Type.IsInteger() {
			return nil, typeError(n.Index.Pos(), "the index of a VARIANT must be an INT or a text, not %s", i.Type.AsNullable())
		}
		return call(n.Pos(), "ITEM", types.VariantType(), x, i), nil
	case types.Row:
		return rowItem(n, x, i)
	default:
		return nil, typeError(n.Pos(), "[ ] needs an ARRAY, MAP, ROW or VARIANT, not %s", x.Type.AsNullable())
	}
}

// rowItem is the access to a field of a ROW by its literal number, from 1, or name.
func rowItem(n *ast.Item, x, i *expr.Expr) (*expr.Expr, error) {
	at := -1
	switch v := i.Value.(type) {
	case int64:
		at = int(v) - 1
	case string:
		at = types.Schema(x.Type.Fields).Index(v)
	}
	if i.Kind != expr.Literal || at < 0 || at >= len(x.Type.Fields) {
		return nil, typeError(n.Index.Pos(), "a field of %s is named by a literal, its name or its number from 1", x.Type.AsNullable())
	}
	f := expr.NewField(x, at)
	f.Pos = n.Pos()
	return f, nil
}
