package rules

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/sql/types"
)

// fold computes constant parts of expressions and simplifies conditions. What cannot be computed (a division by zero) stays for run time.
func fold(n logical.Node, cfg Config) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		n = exprs(n, func(e *expr.Expr) *expr.Expr { return foldExpr(e, cfg) })
		if c, ok := n.(*logical.Calc); ok && c.Filter != nil && c.Filter.IsTrue() {
			d := *c
			d.Filter = nil
			return &d
		}
		if j, ok := n.(*logical.Join); ok && j.Condition != nil && j.Condition.IsTrue() {
			d := *j
			d.Condition = nil
			return &d
		}
		return n
	})
}

func foldExpr(e *expr.Expr, cfg Config) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if s := simplify(x); s != x {
			return s
		}
		if cfg.Fold == nil || x.Kind == expr.Literal || x.Kind == expr.Column || x.Type.IsNested() || len(x.Args) == 0 {
			return x
		}
		for _, a := range x.Args {
			if a.Kind != expr.Literal || a.Type.IsNested() {
				return x
			}
		}
		if x.Kind == expr.Call && volatileCall(x) {
			return x
		}
		v, err := cfg.Fold(x)
		if err != nil || v == nil || v.Kind != expr.Literal {
			return x
		}
		if v.IsNull() && x.Type.NotNull {
			return x
		}
		c := *v
		c.Type = x.Type
		return &c
	})
}

func volatileCall(x *expr.Expr) bool { return Volatile(&expr.Expr{Kind: expr.Call, Func: x.Func}) }

func isFalse(e *expr.Expr) bool { return e.Kind == expr.Literal && e.Value == false }

// simplify removes constants from AND, OR, NOT and CASE.
func simplify(x *expr.Expr) *expr.Expr {
	if x.Kind != expr.Call {
		return x
	}
	switch x.Func {
	case "AND", "OR":
		return simplifyLogical(x)
	case "NOT":
		if a := x.Args[0]; a.Kind == expr.Literal {
			if v, ok := a.Value.(bool); ok {
				return expr.NewLiteral(!v, x.Type)
			}
			return expr.NewNull(x.Type)
		}
	case "CASE":
		return simplifyCase(x)
	}
	return x
}

func simplifyLogical(x *expr.Expr) *expr.Expr {
	neutral := x.Func == "AND"
	var keep []*expr.Expr
	for _, a := range x.Args {
		if v, ok := a.Value.(bool); ok && a.Kind == expr.Literal {
			if v == neutral {
				continue
			}
			return expr.NewLiteral(v, types.BooleanType().WithNullable(!x.Type.NotNull))
		}
		keep = append(keep, a)
	}
	switch len(keep) {
	case len(x.Args):
		return x
	case 0:
		return expr.NewLiteral(neutral, x.Type)
	case 1:
		return keep[0]
	}
	c := *x
	c.Args = keep
	return &c
}

func simplifyCase(x *expr.Expr) *expr.Expr {
	var keep []*expr.Expr
	for i := 0; i+1 < len(x.Args); i += 2 {
		cond, val := x.Args[i], x.Args[i+1]
		if cond.Kind == expr.Literal {
			if cond.IsTrue() {
				if len(keep) == 0 && val.Type.Same(x.Type) {
					return retype(val, x.Type)
				}
				keep = append(keep, val)
				c := *x
				c.Args = keep
				return &c
			}
			continue // FALSE or NULL: never taken
		}
		keep = append(keep, cond, val)
	}
	last := x.Args[len(x.Args)-1]
	if len(keep) == 0 && last.Type.Same(x.Type) {
		return retype(last, x.Type)
	}
	if len(keep) == 0 || len(keep)+1 == len(x.Args) {
		return x
	}
	keep = append(keep, last)
	c := *x
	c.Args = keep
	return &c
}

// retype keeps the nullability that the type of the whole promised.
func retype(e *expr.Expr, t types.Type) *expr.Expr {
	if e.Type.NotNull == t.NotNull || e.Kind != expr.Literal {
		return e
	}
	c := *e
	c.Type = t
	return &c
}
