package ast

// Name is a column, or a path that may be catalog, database, table, column and
// row fields in any sensible cut: the binder decides.
type Name struct {
	At
	Parts []Ident
}

// Strings returns the names of the parts.
func (n *Name) Strings() []string { return identStrings(n.Parts) }

// Star is * or t.*; also the argument of COUNT(*).
type Star struct {
	At
	// Qualifier is empty for a plain *.
	Qualifier []Ident
}

// LiteralKind says what a Literal is.
type LiteralKind uint8

// The kinds of literals and what Literal.Text holds for each.
const (
	IntegerLit      LiteralKind = iota // digits as written: 42
	DecimalLit                         // digits with a point: 1.50, .5, 5.
	ApproxLit                          // with exponent: 1e3
	StringLit                          // the decoded string
	BytesLit                           // hex digits in upper case, even count
	BooleanLit                         // TRUE or FALSE
	NullLit                            // NULL
	UnknownLit                         // UNKNOWN, the BOOLEAN null
	DateLit                            // content of DATE '…'
	TimeLit                            // content of TIME '…'
	TimestampLit                       // content of TIMESTAMP '…'
	TimestampLTZLit                    // content of TIMESTAMP WITH LOCAL TIME ZONE '…'
	IntervalLit                        // content of INTERVAL '…'; see Qualifier, Negative
)

// Literal is a constant. Its text has been checked to be well formed for its
// kind. Numbers have no sign: a minus is a Unary.
type Literal struct {
	At
	Kind LiteralKind
	// Text is the content, see LiteralKind.
	Text string
	// Qualifier is the unit of an interval, nil for other kinds.
	Qualifier *IntervalQualifier
	// Negative is true for INTERVAL -'…' (the sign between keyword and string).
	Negative bool
}

// Bool reports whether the literal is TRUE.
func (l *Literal) Bool() bool { return l.Kind == BooleanLit && l.Text == "TRUE" }

// Interval is INTERVAL with an expression instead of a string: INTERVAL x DAY.
type Interval struct {
	At
	X         Expr
	Qualifier IntervalQualifier
}

// IntervalDiff is (l - r) unit: the difference of two times as an interval.
type IntervalDiff struct {
	At
	L, R      Expr
	Qualifier IntervalQualifier
}

// IntervalQualifier is the unit of an interval: DAY(3) TO SECOND(6).
type IntervalQualifier struct {
	// From is the leading unit, To the trailing one or NoUnit.
	From, To Unit
	// Precision is the leading precision, FracPrecision that of seconds; -1 if
	// not written.
	Precision, FracPrecision int
}

// Unary is a prefix operator.
type Unary struct {
	At
	Op UnaryOp
	X  Expr
}

// Binary is an infix operator. Pos is the start of the left operand.
type Binary struct {
	At
	Op BinaryOp
	// OpPos is the offset of the operator.
	OpPos int
	L, R  Expr
}

// Like is x [NOT] LIKE pattern [ESCAPE e] and its relatives.
type Like struct {
	At
	Op      LikeOp
	Not     bool
	OpPos   int
	X       Expr
	Pattern Expr
	Escape  Expr // optional
}

// Between is x [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	At
	Not, Symmetric bool
	OpPos          int
	X, Low, High   Expr
}

// In is x [NOT] IN (list) or x [NOT] IN (query).
type In struct {
	At
	Not   bool
	OpPos int
	X     Expr
	List  []Expr // nil if Query is set
	Query *Query // optional
}

// Quantified is x op ANY|SOME|ALL (list or query).
type Quantified struct {
	At
	Op         BinaryOp
	OpPos      int
	Quantifier Quantifier
	X          Expr
	List       []Expr // nil if Query is set
	Query      *Query // optional
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Query
}

// Unique is UNIQUE (query).
type Unique struct {
	At
	Query *Query
}

// IsTest is x IS [NOT] NULL, TRUE, JSON OBJECT, ….
type IsTest struct {
	At
	Test  IsKind
	Not   bool
	OpPos int
	X     Expr
}

// Case is CASE in both forms.
type Case struct {
	At
	// Operand is set for CASE x WHEN v …; optional.
	Operand Expr
	Whens   []When
	// Else is optional.
	Else Expr
}

// When is one branch of CASE.
type When struct {
	At
	// Conds has one element for a searched CASE and one or more values
	// (WHEN 1, 2 THEN) for CASE with an operand.
	Conds  []Expr
	Result Expr
}

// Cast is CAST(x AS t) and TRY_CAST(x AS t).
type Cast struct {
	At
	Try  bool
	X    Expr
	Type *TypeName
}

// Item is x[i]: array element or map value.
type Item struct {
	At
	X, Index Expr
}

// Field is x.f where x is not itself a name path: (r).f, a[1].f, g(x).f.
type Field struct {
	At
	X    Expr
	Name Ident
}

// Ctor is a constructor: ARRAY[…], MAP[k, v, …], ROW(…), (a, b), MULTISET[…],
// or ARRAY(query), MAP(query), MULTISET(query).
type Ctor struct {
	At
	Kind CtorKind
	// Implicit is true for a row written as (a, b) without ROW.
	Implicit bool
	Args     []Expr
	Query    *Query // optional; excludes Args
}

// Subquery is a query as a scalar value (or as a set after IN, where In holds
// the query directly).
type Subquery struct {
	At
	Query *Query
}

// Param is a dynamic parameter (?), counted from 0 within its statement.
type Param struct {
	At
	Index int
}

// Default is the word DEFAULT as a function argument.
type Default struct{ At }

// NamedArg is name => x in a call.
type NamedArg struct {
	At
	Name Ident
	X    Expr
}

// TableArg is a table as an argument of a function: TABLE t, (query), each with
// optional PARTITION BY and ORDER BY.
type TableArg struct {
	At
	// Table is the named table; empty if Query is set.
	Table Path
	// Hints are the hints written after the table's name.
	Hints []Hint
	// Query is set for (query), TABLE (query); optional.
	Query *Query
	// PartitionBy and OrderBy are optional.
	PartitionBy []Expr
	OrderBy     []OrderItem
	// Alias is the name given by AS; optional.
	Alias *Alias
}

// ModelArg is MODEL m as an argument of a function.
type ModelArg struct {
	At
	Model Path
}

// Descriptor is DESCRIPTOR(a, b).
type Descriptor struct {
	At
	Columns []DescriptorColumn
}

// DescriptorColumn is one column of DESCRIPTOR, with an optional type.
type DescriptorColumn struct {
	Name Ident
	Type *TypeName // optional
}

func (*Name) exprNode()         {}
func (*Star) exprNode()         {}
func (*Literal) exprNode()      {}
func (*Interval) exprNode()     {}
func (*IntervalDiff) exprNode() {}
func (*Unary) exprNode()        {}
func (*Binary) exprNode()       {}
func (*Like) exprNode()         {}
func (*Between) exprNode()      {}
func (*In) exprNode()           {}
func (*Quantified) exprNode()   {}
func (*Exists) exprNode()       {}
func (*Unique) exprNode()       {}
func (*IsTest) exprNode()       {}
func (*Case) exprNode()         {}
func (*Cast) exprNode()         {}
func (*Item) exprNode()         {}
func (*Field) exprNode()        {}
func (*Ctor) exprNode()         {}
func (*Subquery) exprNode()     {}
func (*Param) exprNode()        {}
func (*Default) exprNode()      {}
func (*NamedArg) exprNode()     {}
func (*TableArg) exprNode()     {}
func (*ModelArg) exprNode()     {}
func (*Descriptor) exprNode()   {}
