package ast

// JSONOn is what to do ON EMPTY or ON ERROR.
type JSONOn uint8

// The behaviours. JSON_EXISTS knows True, False, Unknown and Error; JSON_VALUE
// Null, Error and Default; JSON_QUERY Null, Error, EmptyArray and EmptyObject.
const (
	JSONUnspecified JSONOn = iota
	JSONNull
	JSONError
	JSONDefault
	JSONTrue
	JSONFalse
	JSONUnknown
	JSONEmptyArray
	JSONEmptyObject
)

// String returns the behaviour as SQL, without ON EMPTY or ON ERROR.
func (o JSONOn) String() string {
	return [...]string{"", "NULL", "ERROR", "DEFAULT", "TRUE", "FALSE", "UNKNOWN", "EMPTY ARRAY", "EMPTY OBJECT"}[o]
}

// JSONNullClause is NULL ON NULL or ABSENT ON NULL.
type JSONNullClause uint8

// The clauses.
const (
	JSONNullUnspecified JSONNullClause = iota
	NullOnNull
	AbsentOnNull
)

// JSONWrapper is the wrapper clause of JSON_QUERY.
type JSONWrapper uint8

// The wrappers.
const (
	WrapperUnspecified JSONWrapper = iota
	WithoutWrapper
	WithConditionalWrapper
	WithUnconditionalWrapper
)

// JSONExists is JSON_EXISTS(x, path [… ON ERROR]).
type JSONExists struct {
	At
	X, Path Expr
	OnError JSONOn
}

// JSONValue is JSON_VALUE(x, path [RETURNING t] [… ON EMPTY] [… ON ERROR]).
type JSONValue struct {
	At
	X, Path          Expr
	Returning        *TypeName // optional
	OnEmpty, OnError JSONOn
	// DefaultOnEmpty and DefaultOnError are set if the behaviour is JSONDefault.
	DefaultOnEmpty, DefaultOnError Expr
}

// JSONQuery is JSON_QUERY(x, path [RETURNING t] [wrapper] [… ON EMPTY] [… ON ERROR]).
type JSONQuery struct {
	At
	X, Path          Expr
	Returning        *TypeName // optional
	Wrapper          JSONWrapper
	OnEmpty, OnError JSONOn
}

// JSONObject is JSON_OBJECT([KEY] k VALUE v, …) and, with Agg, JSON_OBJECTAGG.
type JSONObject struct {
	At
	Agg     bool
	Entries []JSONEntry
	Nulls   JSONNullClause
	// Modifiers may be set if Agg is.
	Modifiers
}

// JSONEntry is one key with its value.
type JSONEntry struct {
	Key, Value Expr
	// FormatJSON is true if FORMAT JSON follows the value.
	FormatJSON bool
}

// JSONArray is JSON_ARRAY(e, …) and, with Agg, JSON_ARRAYAGG(e [ORDER BY …]).
type JSONArray struct {
	At
	Agg   bool
	Elems []JSONElem
	Nulls JSONNullClause
	// Modifiers may be set if Agg is.
	Modifiers
}

// JSONElem is one element.
type JSONElem struct {
	X Expr
	// FormatJSON is true if FORMAT JSON follows.
	FormatJSON bool
}

func (*JSONExists) exprNode() {}
func (*JSONValue) exprNode()  {}
func (*JSONQuery) exprNode()  {}
func (*JSONObject) exprNode() {}
func (*JSONArray) exprNode()  {}
