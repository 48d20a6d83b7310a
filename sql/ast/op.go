package ast

// UnaryOp is a prefix operator.
type UnaryOp uint8

// The prefix operators. Running and Final stand before an expression in the
// MEASURES and DEFINE of MATCH_RECOGNIZE.
const (
	Not UnaryOp = iota
	Neg
	Plus
	Running
	Final
)

// String returns the operator as SQL.
func (o UnaryOp) String() string {
	return [...]string{"NOT", "-", "+", "RUNNING", "FINAL"}[o]
}

// BinaryOp is an infix operator.
type BinaryOp uint8

// The infix operators.
const (
	Or BinaryOp = iota
	And
	Eq
	NotEq
	Less
	LessEq
	Greater
	GreaterEq
	DistinctFrom    // IS DISTINCT FROM
	NotDistinctFrom // IS NOT DISTINCT FROM
	Add
	Sub
	Mul
	Div
	Mod    // %
	Concat // ||
	Overlaps
	Contains
	PeriodEquals
	Precedes
	ImmediatelyPrecedes
	Succeeds
	ImmediatelySucceeds
	MemberOf
	NotMemberOf
	SubmultisetOf
	NotSubmultisetOf
	MultisetUnion
	MultisetUnionAll
	MultisetExcept
	MultisetExceptAll
	MultisetIntersect
	MultisetIntersectAll
)

// String returns the operator as SQL.
func (o BinaryOp) String() string {
	return [...]string{
		"OR", "AND", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM",
		"+", "-", "*", "/", "%", "||", "OVERLAPS", "CONTAINS", "EQUALS", "PRECEDES", "IMMEDIATELY PRECEDES",
		"SUCCEEDS", "IMMEDIATELY SUCCEEDS", "MEMBER OF", "NOT MEMBER OF", "SUBMULTISET OF", "NOT SUBMULTISET OF",
		"MULTISET UNION DISTINCT", "MULTISET UNION ALL", "MULTISET EXCEPT DISTINCT", "MULTISET EXCEPT ALL",
		"MULTISET INTERSECT DISTINCT", "MULTISET INTERSECT ALL",
	}[o]
}

// IsComparison reports whether the operator is one of = <> < <= > >=.
func (o BinaryOp) IsComparison() bool { return o >= Eq && o <= GreaterEq }

// LikeOp is a pattern match.
type LikeOp uint8

// The pattern matches.
const (
	LikeMatch LikeOp = iota
	ILikeMatch
	SimilarTo
	RLikeMatch
)

// String returns the operator as SQL.
func (o LikeOp) String() string {
	return [...]string{"LIKE", "ILIKE", "SIMILAR TO", "RLIKE"}[o]
}

// Quantifier is the word of a quantified comparison.
type Quantifier uint8

// The quantifiers; Some means the same as Any.
const (
	Any Quantifier = iota
	Some
	All
)

// String returns the quantifier as SQL.
func (q Quantifier) String() string {
	return [...]string{"ANY", "SOME", "ALL"}[q]
}

// IsKind is the test of IS [NOT].
type IsKind uint8

// The tests.
const (
	IsNull IsKind = iota
	IsTrue
	IsFalse
	IsUnknown
	IsJSONValue
	IsJSONObject
	IsJSONArray
	IsJSONScalar
	IsEmpty
	IsASet
)

// String returns the test as SQL, without IS.
func (k IsKind) String() string {
	return [...]string{"NULL", "TRUE", "FALSE", "UNKNOWN", "JSON VALUE", "JSON OBJECT", "JSON ARRAY", "JSON SCALAR", "EMPTY", "A SET"}[k]
}

// CtorKind is what a Ctor builds.
type CtorKind uint8

// The constructors.
const (
	ArrayCtor CtorKind = iota
	MapCtor
	RowCtor
	MultisetCtor
)

// String returns the keyword.
func (k CtorKind) String() string {
	return [...]string{"ARRAY", "MAP", "ROW", "MULTISET"}[k]
}

// Unit is a unit of time or a field of a date.
type Unit uint8

// The units. Year to Second may be interval units; the others serve EXTRACT,
// CEIL, FLOOR, TIMESTAMPADD and TIMESTAMPDIFF.
const (
	NoUnit Unit = iota
	Year
	Quarter
	Month
	Week
	Day
	Hour
	Minute
	Second
	Millisecond
	Microsecond
	Nanosecond
	DayOfWeek    // DOW
	ISODayOfWeek // ISODOW
	DayOfYear    // DOY
	ISOYear
	Epoch
	Decade
	Century
	Millennium
)

// String returns the unit as SQL, in the singular.
func (u Unit) String() string {
	return [...]string{
		"", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND",
		"DOW", "ISODOW", "DOY", "ISOYEAR", "EPOCH", "DECADE", "CENTURY", "MILLENNIUM",
	}[u]
}
