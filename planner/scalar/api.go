package scalar

import (
	"time"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
)

// Env is what binding depends on besides the text and the columns.
type Env struct {
	// Zone is the session's time zone; nil is UTC.
	Zone *time.Location
	// Streaming tells the mode of execution.
	Streaming bool
	// Setting returns the value of a session property, or ""; nil knows none.
	Setting func(key string) string
	// Param returns what a ? stands for; nil refuses them.
	Param func(index, pos int) (*expr.Expr, error)
	// Database is the current database, for CURRENT_DATABASE().
	Database string
}

// Scope answers what names, sub-queries and the calls of other than scalar functions mean at one place of a query. Implementations embed
// [NoScope] for what they do not allow.
type Scope interface {
	// Column resolves a name path. It returns the column (or whatever stands for it) and how many leading parts of the path it used; the
	// binder then takes the rest as fields of a ROW. Zero parts used means that there is no such column: the binder reports it with a
	// suggestion out of Names. Ambiguity is an error of the scope.
	Column(path []ast.Ident) (e *expr.Expr, used int, err error)
	// Names are the names that Column resolves, for suggestions only.
	Names() []string
	// Subquery binds a query inside an expression.
	Subquery(q Subquery) (*expr.Expr, error)
	// Call binds a call of an aggregate, ranking, grouping, group window or match function, and every call with OVER.
	Call(c Call) (*expr.Expr, error)
}

// Interceptor is an optional ability of a scope: it sees every node before it is bound and may bind it itself by returning something.
// A grouped query uses it to recognise its grouping expressions.
type Interceptor interface {
	// Intercept returns nil, nil for nodes that it leaves to the binder.
	Intercept(e ast.Expr) (*expr.Expr, error)
}

// SubqueryKind is how a query is used inside an expression.
type SubqueryKind uint8

// The kinds of sub-query.
const (
	ScalarQuery   SubqueryKind = iota // (query) as a value; the result is nullable
	ExistsQuery                       // EXISTS (query): BOOLEAN NOT NULL
	UniqueQuery                       // UNIQUE (query)
	InQuery                           // Left IN (query)
	AnyQuery                          // Left Op ANY (query)
	AllQuery                          // Left Op ALL (query)
	ArrayQuery                        // ARRAY(query)
	MapQuery                          // MAP(query)
	MultisetQuery                     // MULTISET(query)
)

// Subquery is a query inside an expression.
type Subquery struct {
	Kind  SubqueryKind
	Query *ast.Query
	// Left is the bound left operand of InQuery, AnyQuery and AllQuery; for (a, b) IN (…) a call of ROW. Compare makes the comparison with
	// a column of the query.
	Left *expr.Expr
	// Op is the comparison of AnyQuery and AllQuery.
	Op ast.BinaryOp
	// Not is set for NOT IN; the scope's result includes the negation.
	Not bool
	// Pos is the offset of the construct in the statement.
	Pos int
}

// Call is a call that the scope binds. The binder has looked up the function and nothing more.
type Call struct {
	Func *function.Function
	// Node is an *ast.Call, or an *ast.JSONObject or *ast.JSONArray with Agg set.
	Node ast.Expr
	// Args are the arguments as written; empty for COUNT(*) (see Star). For JSON_OBJECTAGG key and value.
	Args []ast.Expr
	// Star is set for COUNT(*).
	Star bool
	// Modifiers are those of the node: DISTINCT, FILTER, OVER, …; never nil.
	Modifiers *ast.Modifiers
}

// Over tells whether the call has an OVER clause.
func (c Call) Over() bool { return c.Modifiers.Over != nil }

// Pos is the offset of the call in the statement.
func (c Call) Pos() int { return c.Node.Pos() }

// NoScope is a scope without anything: every method answers "not allowed here". The zero value is ready. Where names the place for the
// messages: "in a CHECK clause", "in VALUES"; empty is "here".
type NoScope struct{ Where string }

func (n NoScope) where() string {
	if n.Where == "" {
		return "here"
	}
	return n.Where
}

// Column knows no column.
func (n NoScope) Column([]ast.Ident) (*expr.Expr, int, error) { return nil, 0, nil }

// Names are none.
func (n NoScope) Names() []string { return nil }

// Subquery refuses.
func (n NoScope) Subquery(q Subquery) (*expr.Expr, error) {
	return nil, sqlerr.New(sqlerr.Validation, q.Pos, "a sub-query is not allowed %s", n.where())
}

// Call refuses.
func (n NoScope) Call(c Call) (*expr.Expr, error) {
	what := c.Func.Class.String() + " function"
	if c.Over() {
		what = "window function"
	}
	return nil, sqlerr.New(sqlerr.Validation, c.Pos(), "the %s %s is not allowed %s", what, c.Func.Name, n.where())
}
