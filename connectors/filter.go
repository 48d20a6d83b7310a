package connectors

import (
	"millrace/planner/expr"
	"millrace/planner/plan"
)

// FilterConnector is a source whose Capabilities say Filter: it tells which conjuncts it takes. A connector without it takes none.
type FilterConnector interface {
	// AcceptFilter tells whether the source applies the conjunct e, which is over columns, if it stands in Source.Filter.
	AcceptFilter(t Table, columns []plan.SourceColumn, e *expr.Expr) bool
}

// AcceptFilter asks the table's connector.
func (r *Registry) AcceptFilter(t Table, columns []plan.SourceColumn, e *expr.Expr) bool {
	c, ok := r.byName[t.Options[OptionConnector]].(FilterConnector)
	return ok && c.AcceptFilter(t, columns, e)
}

// Comparison is a conjunct of the form column op literal.
type Comparison struct {
	Column  int
	Op      string // =, <>, <, <=, >, >=
	Literal *expr.Expr
}

// ParseComparison recognises column op literal, and literal op column, which it turns around. The literal is not NULL.
func ParseComparison(e *expr.Expr) (Comparison, bool) {
	if e.Kind != expr.Call || len(e.Args) != 2 {
		return Comparison{}, false
	}
	var mirrored string
	switch e.Func {
	case "=", "<>":
		mirrored = e.Func
	case "<":
		mirrored = ">"
	case "<=":
		mirrored = ">="
	case ">":
		mirrored = "<"
	case ">=":
		mirrored = "<="
	default:
		return Comparison{}, false
	}
	a, b := e.Args[0], e.Args[1]
	switch {
	case a.Kind == expr.Column && b.Kind == expr.Literal && b.Value != nil:
		return Comparison{Column: a.Index, Op: e.Func, Literal: b}, true
	case b.Kind == expr.Column && a.Kind == expr.Literal && a.Value != nil:
		return Comparison{Column: b.Index, Op: mirrored, Literal: a}, true
	}
	return Comparison{}, false
}
