package ast

// Call is a function call in ordinary notation. POSITION(a IN b FROM c),
// OVERLAY(x PLACING y FROM a FOR b) and SUBSTRING(x FROM a FOR b) are calls
// too, with the operands as arguments in that order; so are the functions that
// stand without parentheses (CURRENT_DATE; see NoParens).
type Call struct {
	At
	// Name is the function's path. Built-in names are matched without regard
	// to case; the case is kept as written.
	Name Path
	// Args are the arguments; one *Star for COUNT(*). Arguments may be
	// *NamedArg, *TableArg, *ModelArg, *Descriptor, *Default.
	Args []Expr
	// NoParens is true for CURRENT_TIMESTAMP and its like.
	NoParens bool
	Modifiers
}

// Modifiers are the clauses that may follow or stand in an aggregate or window
// function call.
type Modifiers struct {
	// Distinct and All are the words before the first argument.
	Distinct, All bool
	// OrderBy is the ORDER BY inside the parentheses; optional.
	OrderBy []OrderItem
	// WithinGroup is WITHIN GROUP (ORDER BY …); optional.
	WithinGroup []OrderItem
	// Filter is FILTER (WHERE …); optional.
	Filter Expr
	// Nulls is RESPECT NULLS or IGNORE NULLS.
	Nulls NullTreatment
	// Over is the window; optional.
	Over *WindowSpec
}

// IsPlain reports whether no modifier is written.
func (m *Modifiers) IsPlain() bool {
	return !m.Distinct && !m.All && m.OrderBy == nil && m.WithinGroup == nil && m.Filter == nil && m.Nulls == NullsUnspecified && m.Over == nil
}

// NullTreatment is RESPECT NULLS or IGNORE NULLS.
type NullTreatment uint8

// The treatments.
const (
	NullsUnspecified NullTreatment = iota
	RespectNulls
	IgnoreNulls
)

// WindowSpec is the window of OVER or of a WINDOW clause.
type WindowSpec struct {
	At
	// Ref is the named window this one is (OVER w) or extends (OVER (w …));
	// optional.
	Ref *Ident
	// Bare is true for OVER w without parentheses.
	Bare        bool
	PartitionBy []Expr
	OrderBy     []OrderItem
	// Frame is optional.
	Frame *Frame
}

// FrameUnit is ROWS, RANGE or GROUPS.
type FrameUnit uint8

// The frame units.
const (
	Rows FrameUnit = iota
	Range
	Groups
)

// String returns the unit as SQL.
func (u FrameUnit) String() string {
	return [...]string{"ROWS", "RANGE", "GROUPS"}[u]
}

// Frame is the frame of a window.
type Frame struct {
	At
	Unit  FrameUnit
	Start Bound
	// End is nil if only the start was written (then it is CURRENT ROW).
	End *Bound
}

// BoundKind is the kind of a frame bound.
type BoundKind uint8

// The frame bounds.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Bound is one end of a frame.
type Bound struct {
	Kind BoundKind
	// X is the distance of Preceding and Following, nil for the others.
	X Expr
}

// OrderItem is one key of an ORDER BY.
type OrderItem struct {
	X    Expr
	Desc bool
	// Nulls is NULLS FIRST or NULLS LAST.
	Nulls NullsOrder
}

// NullsOrder says where NULLs go.
type NullsOrder uint8

// The orders of NULLs; NullsDefault is first for ascending, last for descending
// keys in Flink.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// Extract is EXTRACT(unit FROM x).
type Extract struct {
	At
	Unit Unit
	X    Expr
}

// RoundTo is FLOOR(x TO unit) or CEIL(x TO unit). FLOOR(x) alone is a Call.
type RoundTo struct {
	At
	Floor bool
	X     Expr
	Unit  Unit
}

// TimestampArith is TIMESTAMPADD(unit, n, x) or TIMESTAMPDIFF(unit, from, to).
type TimestampArith struct {
	At
	// Diff tells TIMESTAMPDIFF from TIMESTAMPADD.
	Diff bool
	Unit Unit
	A, B Expr
}

// TrimSide is the side that TRIM works on.
type TrimSide uint8

// The sides.
const (
	TrimBoth TrimSide = iota
	TrimLeading
	TrimTrailing
)

// String returns the side as SQL.
func (s TrimSide) String() string {
	return [...]string{"BOTH", "LEADING", "TRAILING"}[s]
}

// Trim is TRIM in all its forms.
type Trim struct {
	At
	Side TrimSide
	// Chars are the characters to remove; nil means blanks.
	Chars Expr
	X     Expr
}

func (*Call) exprNode()           {}
func (*Extract) exprNode()        {}
func (*RoundTo) exprNode()        {}
func (*TimestampArith) exprNode() {}
func (*Trim) exprNode()           {}
