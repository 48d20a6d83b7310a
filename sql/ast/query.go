package ast

// Query is a complete query expression.
type Query struct {
	// Span is the text of the query. End is 0 for queries that are not the
	// query of a statement (subqueries, derived tables, …).
	Span
	With []CTE
	Body Body
	// OrderBy is optional.
	OrderBy []OrderItem
	// Limit and Offset are literals or parameters; optional. LIMIT ALL is nil.
	Limit, Offset Expr
}

// CTE is one element of WITH.
type CTE struct {
	Name Ident
	// Columns are optional.
	Columns []Ident
	Query   *Query
}

// Select is a SELECT block.
type Select struct {
	At
	Hints []Hint
	// Distinct and All are the words after SELECT.
	Distinct, All bool
	Items         []SelectItem
	// From is nil without FROM. A comma is a Join of kind CommaJoin.
	From TableRef
	// Where, GroupBy, Having, Windows and Qualify are optional.
	Where   Expr
	GroupBy *GroupBy
	Having  Expr
	Windows []NamedWindow
	Qualify Expr
}

// SelectItem is one item of the select list.
type SelectItem struct {
	// X is the expression, *Star for * and t.*.
	X Expr
	// Alias is optional.
	Alias *Ident
}

// NamedWindow is one definition of the WINDOW clause.
type NamedWindow struct {
	Name Ident
	Spec *WindowSpec
}

// GroupBy is the GROUP BY clause.
type GroupBy struct {
	At
	// Distinct is true for GROUP BY DISTINCT.
	Distinct bool
	Items    []GroupItem
}

// GroupKind is the kind of a group item.
type GroupKind uint8

// The kinds of group items.
const (
	GroupExprs  GroupKind = iota // e, (e, …) or (): see GroupItem.Exprs
	GroupSets                    // GROUPING SETS (…): see GroupItem.Items
	GroupCube                    // CUBE (…): see GroupItem.Items
	GroupRollup                  // ROLLUP (…): see GroupItem.Items
)

// GroupItem is one item of GROUP BY, or one set in GROUPING SETS, CUBE, ROLLUP.
type GroupItem struct {
	At
	Kind GroupKind
	// Exprs are the expressions of a GroupExprs item; empty for ().
	Exprs []Expr
	// Paren is true if the expressions stood in parentheses.
	Paren bool
	// Items are the elements of the other kinds.
	Items []GroupItem
}

// SetOpKind is a set operation.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// String returns the keyword.
func (k SetOpKind) String() string {
	return [...]string{"UNION", "INTERSECT", "EXCEPT"}[k]
}

// SetOp combines two bodies. INTERSECT binds tighter than the others, which
// associate to the left; the tree already says so.
type SetOp struct {
	At
	Op SetOpKind
	// OpPos is the offset of the operator's keyword.
	OpPos int
	All   bool
	L, R  Body
}

// Values is VALUES (…), (…).
type Values struct {
	At
	Rows []ValuesRow
}

// ValuesRow is one row of VALUES.
type ValuesRow struct {
	At
	Exprs []Expr
}

// TableQuery is TABLE t as a query.
type TableQuery struct {
	At
	Table Path
}

func (*Select) bodyNode()     {}
func (*SetOp) bodyNode()      {}
func (*Values) bodyNode()     {}
func (*TableQuery) bodyNode() {}
func (*Query) bodyNode()      {}

// Alias is AS a or AS a(c, d).
type Alias struct {
	Name Ident
	// Columns are optional.
	Columns []Ident
}

// Sample is TABLESAMPLE.
type Sample struct {
	At
	// Method is BERNOULLI, SYSTEM or SUBSTITUTE.
	Method string
	// Percent is the number as written (for SUBSTITUTE: the sample's name).
	Percent string
	// Repeatable is the seed as written; optional.
	Repeatable *string
}

// TableName is a table in FROM.
type TableName struct {
	At
	Path Path
	// Explicit is true for TABLE t in FROM.
	Explicit bool
	Hints    []Hint
	// AsOf is the expression of FOR SYSTEM_TIME AS OF; optional.
	AsOf   Expr
	Sample *Sample // optional
	Alias  *Alias  // optional
}

// Derived is a query in FROM.
type Derived struct {
	At
	Lateral bool
	Query   *Query
	Sample  *Sample // optional
	Alias   *Alias  // optional
}

// TableFunc is a function in FROM: f(…), TABLE(f(…)), LATERAL TABLE(f(…)).
type TableFunc struct {
	At
	Lateral bool
	// Wrapped is true if TABLE( … ) stands around the call.
	Wrapped bool
	Call    *Call
	Sample  *Sample // optional
	Alias   *Alias  // optional
}

// Unnest is UNNEST(x, …) [WITH ORDINALITY].
type Unnest struct {
	At
	Lateral    bool
	Args       []Expr
	Ordinality bool
	Sample     *Sample // optional
	Alias      *Alias  // optional
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
	CommaJoin
)

// String returns the operator as SQL.
func (k JoinKind) String() string {
	return [...]string{"INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","}[k]
}

// Join is a join of two table references.
type Join struct {
	At
	Kind    JoinKind
	Natural bool
	// OpPos is the offset of the join's first keyword (or of the comma).
	OpPos       int
	Left, Right TableRef
	On          Expr    // optional
	Using       []Ident // optional
}

func (*TableName) tableRefNode() {}
func (*Derived) tableRefNode()   {}
func (*TableFunc) tableRefNode() {}
func (*Unnest) tableRefNode()    {}
func (*Join) tableRefNode()      {}
func (*Match) tableRefNode()     {}
