package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
)

// jsonInput reads ( x , path as the first two arguments. FORMAT JSON after the
// input says nothing new.
func (r *rewriter) jsonInput(a *args) {
	r.c.Expect("(")
	a.expr()
	r.c.Accept("FORMAT", "JSON")
	r.c.Expect(",")
	a.expr()
}

func (r *rewriter) jsonExists(t lex.Token) {
	a := r.begin(kFunc, t.Pos)
	n := &ast.JSONExists{At: ast.At(t.Pos)}
	r.jsonInput(a)
	for _, o := range []ast.JSONOn{ast.JSONTrue, ast.JSONFalse, ast.JSONUnknown, ast.JSONError} {
		if r.c.Accept(o.String()) {
			n.OnError = o
			r.c.Expect("ON", "ERROR")
			break
		}
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		n.X, n.Path = x[0], x[1]
		return n
	})
}

func (r *rewriter) jsonReturning() *ast.TypeName {
	if r.c.Accept("RETURNING") {
		return Type(r.c)
	}
	return nil
}

func (r *rewriter) jsonValue(t lex.Token) {
	a := r.begin(kFunc, t.Pos)
	n := &ast.JSONValue{At: ast.At(t.Pos)}
	r.jsonInput(a)
	n.Returning = r.jsonReturning()
	onEmpty, onError := -1, -1
	for r.c.AtAny("NULL", "ERROR", "DEFAULT") {
		var on ast.JSONOn
		def := -1
		switch w := r.c.Next(); w.Upper {
		case "NULL":
			on = ast.JSONNull
		case "ERROR":
			on = ast.JSONError
		default:
			on = ast.JSONDefault
			def = a.expr()
		}
		r.c.Expect("ON")
		switch {
		case n.OnEmpty == ast.JSONUnspecified && n.OnError == ast.JSONUnspecified && r.c.Accept("EMPTY"):
			n.OnEmpty, onEmpty = on, def
		case n.OnError == ast.JSONUnspecified && r.c.Accept("ERROR"):
			n.OnError, onError = on, def
		default:
			r.c.FailExpected("EMPTY or ERROR")
		}
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		n.X, n.Path = x[0], x[1]
		if onEmpty >= 0 {
			n.DefaultOnEmpty = x[onEmpty]
		}
		if onError >= 0 {
			n.DefaultOnError = x[onError]
		}
		return n
	})
}

func (r *rewriter) jsonWrapper() ast.JSONWrapper {
	w := ast.WrapperUnspecified
	switch {
	case r.c.Accept("WITHOUT"):
		w = ast.WithoutWrapper
	case r.c.Accept("WITH"):
		w = ast.WithUnconditionalWrapper
		if r.c.Accept("CONDITIONAL") {
			w = ast.WithConditionalWrapper
		} else {
			r.c.Accept("UNCONDITIONAL")
		}
	default:
		return w
	}
	r.c.Accept("ARRAY")
	r.c.Expect("WRAPPER")
	return w
}

func (r *rewriter) jsonQuery(t lex.Token) {
	a := r.begin(kFunc, t.Pos)
	n := &ast.JSONQuery{At: ast.At(t.Pos)}
	r.jsonInput(a)
	n.Returning = r.jsonReturning()
	n.Wrapper = r.jsonWrapper()
	for r.c.AtAny("NULL", "ERROR", "EMPTY") {
		var on ast.JSONOn
		switch w := r.c.Next(); {
		case w.Is("NULL"):
			on = ast.JSONNull
		case w.Is("ERROR"):
			on = ast.JSONError
		case r.c.Accept("ARRAY"):
			on = ast.JSONEmptyArray
		case r.c.Accept("OBJECT"):
			on = ast.JSONEmptyObject
		default:
			r.c.FailExpected("ARRAY or OBJECT")
		}
		r.c.Expect("ON")
		switch {
		case n.OnEmpty == ast.JSONUnspecified && n.OnError == ast.JSONUnspecified && r.c.Accept("EMPTY"):
			n.OnEmpty = on
		case n.OnError == ast.JSONUnspecified && r.c.Accept("ERROR"):
			n.OnError = on
		default:
			r.c.FailExpected("EMPTY or ERROR")
		}
	}
	r.c.Expect(")")
	a.end(func(x []ast.Expr) ast.Expr {
		n.X, n.Path = x[0], x[1]
		return n
	})
}

func (r *rewriter) jsonNulls() ast.JSONNullClause {
	switch {
	case r.c.Accept("NULL", "ON", "NULL"):
		return ast.NullOnNull
	case r.c.Accept("ABSENT", "ON", "NULL"):
		return ast.AbsentOnNull
	}
	return ast.JSONNullUnspecified
}

func (r *rewriter) jsonObject(t lex.Token) {
	n := &ast.JSONObject{At: ast.At(t.Pos), Agg: t.Is("JSON_OBJECTAGG")}
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	list := span{from: a.n}
	nullsFirst := r.c.At("NULL", "ON") || r.c.At("ABSENT", "ON")
	for first := true; !r.c.At(")") && !nullsFirst && !r.c.Failed(); first = false {
		if !first && !r.c.Accept(",") {
			break
		}
		if r.c.At("KEY") && !r.c.PeekAt(1).AnyOf(",", ":", "VALUE", ".") {
			r.c.Next()
		}
		a.expr()
		if !r.c.Accept("VALUE") && !r.c.Accept(":") && !r.c.Accept(",") {
			r.c.FailExpected("VALUE or ':'")
		}
		a.expr()
		n.Entries = append(n.Entries, ast.JSONEntry{FormatJSON: r.c.Accept("FORMAT", "JSON")})
		if n.Agg {
			break
		}
	}
	list.to = a.n
	n.Nulls = r.jsonNulls()
	r.c.Expect(")")
	mods := func([]ast.Expr) {}
	if n.Agg {
		mods = r.modifiers(a, &n.Modifiers)
	}
	a.end(func(x []ast.Expr) ast.Expr {
		for i := range n.Entries {
			n.Entries[i].Key, n.Entries[i].Value = x[list.from+2*i], x[list.from+2*i+1]
		}
		mods(x)
		return n
	})
}

func (r *rewriter) jsonArray(t lex.Token) {
	n := &ast.JSONArray{At: ast.At(t.Pos), Agg: t.Is("JSON_ARRAYAGG")}
	r.c.Expect("(")
	a := r.begin(kFunc, t.Pos)
	nullsFirst := r.c.At("NULL", "ON") || r.c.At("ABSENT", "ON")
	for first := true; !r.c.At(")") && !nullsFirst && !r.c.Failed(); first = false {
		if !first && !r.c.Accept(",") {
			break
		}
		a.expr()
		n.Elems = append(n.Elems, ast.JSONElem{FormatJSON: r.c.Accept("FORMAT", "JSON")})
		if n.Agg {
			break
		}
	}
	count := a.n
	var order []orderRef
	if n.Agg && r.c.Accept("ORDER", "BY") {
		order = a.order()
	}
	n.Nulls = r.jsonNulls()
	r.c.Expect(")")
	mods := func([]ast.Expr) {}
	if n.Agg {
		mods = r.modifiers(a, &n.Modifiers)
	}
	a.end(func(x []ast.Expr) ast.Expr {
		for i := range count {
			n.Elems[i].X = x[i]
		}
		n.OrderBy = orderItems(order, x)
		mods(x)
		return n
	})
}
