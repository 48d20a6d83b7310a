package eval

import (
	"time"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// Fold replaces the constant parts of e by literals. Functions of the clock and random functions are not constant. A part that fails, or
// has a function that is not supported, stays as it is, to fail at run time for rows that need it. If all of e is constant and fails, the
// error says why and e is returned unchanged. JSON constructors stay calls, since others take their text as it is.
func Fold(e *expr.Expr, zone *time.Location) (*expr.Expr, error) {
	if e == nil || e.Kind == expr.Literal || e.Kind == expr.Column {
		return e, nil
	}
	if isConstant(e) && !isJSON(e) {
		return foldConstant(e, zone)
	}
	args := e.Args
	for i, a := range e.Args {
		n, err := Fold(a, zone)
		if err != nil || n == a {
			continue
		}
		if &args[0] == &e.Args[0] {
			args = append([]*expr.Expr(nil), e.Args...)
		}
		args[i] = n
	}
	if len(args) == 0 || &args[0] == &e.Args[0] {
		return e, nil
	}
	c := *e
	c.Args = args
	return &c, nil
}

// isJSON tells whether e is a call that keeps its meaning only as a call: in another JSON constructor it goes in raw, a text does not.
func isJSON(e *expr.Expr) bool {
	return e.IsCall("JSON_OBJECT") || e.IsCall("JSON_ARRAY") || e.IsCall("JSON")
}

func foldConstant(e *expr.Expr, zone *time.Location) (*expr.Expr, error) {
	c := newCompiler(Env{Zone: zone})
	n, err := c.compile(e)
	if err != nil {
		return e, err
	}
	if n.random {
		return e, nil
	}
	v := n.konst
	if v == nil {
		if v, err = c.evalOnce(n); err != nil {
			return e, err
		}
	}
	value := Value(v, 0)
	if value == 0.0 {
		value = 0.0 // as in Flink a literal has no negative zero
	}
	out := expr.NewLiteral(value, e.Type)
	out.Pos = e.Pos
	return out, nil
}

// isConstant tells whether e reads no column and calls only functions that always give the same.
func isConstant(e *expr.Expr) bool {
	constant := true
	expr.Walk(e, func(n *expr.Expr) bool {
		switch {
		case n.Kind == expr.Column, n.Kind == expr.Call && !deterministic(n), n.Kind == expr.Literal && n.Type.Kind == types.Descriptor:
			constant = false
		}
		return constant
	})
	return constant
}

// deterministic tells whether a call gives the same for the same arguments, in any statement.
func deterministic(e *expr.Expr) bool {
	switch e.Func {
	case "RAND", "RAND_INTEGER", "UUID", "NOW", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
		"CURRENT_ROW_TIMESTAMP", "PROCTIME", "CURRENT_WATERMARK", "CURRENT_DATABASE", "PROCTIME_MATERIALIZE", "STREAMRECORD_TIMESTAMP":
		return false
	case "UNIX_TIMESTAMP":
		return len(e.Args) > 0
	default:
		return true
	}
}

// Evaluate computes one expression without input and returns its value as expr.Expr.Value holds it.
func Evaluate(e *expr.Expr, env Env) (any, error) {
	p, err := Compile([]*expr.Expr{e}, env)
	if err != nil {
		return nil, err
	}
	out, err := p.Eval(vector.NewPool(0), vector.NewBatch(1))
	if err != nil {
		return nil, err
	}
	defer release(out)
	return Value(out[0], 0), nil
}
