package function

import (
	"millrace/sql/types"
)

// Class tells where calls of a function may stand and who binds them.
type Class uint8

// The classes.
const (
	Scalar      Class = iota // a value from values
	Operator                 // a scalar that is written as an operator or with words: a + b, x IS NULL, CASE
	Aggregate                // a value from many rows; also over a window
	Ranking                  // only over a window: ROW_NUMBER, RANK, LEAD, …
	Grouping                 // only next to GROUP BY: GROUPING, GROUPING_ID, GROUP_ID
	GroupWindow              // TUMBLE_START and its like, and TUMBLE, HOP, SESSION inside GROUP BY
	Match                    // only inside MATCH_RECOGNIZE
	Table                    // only in FROM
)

// String is the class as SHOW and DESCRIBE print it.
func (c Class) String() string {
	return [...]string{"scalar", "operator", "aggregate", "ranking", "grouping", "group window", "match", "table"}[c]
}

// Function is an entry of the registry.
type Function struct {
	// Name is the canonical name, upper case: the Func of a bound call.
	Name string
	// Aliases are other names of the same function, upper case.
	Aliases []string
	Class   Class
	// Category is the chapter of the documentation: "string", "temporal", …
	Category string
	// Usage is how calls are written, all forms.
	Usage string
	// Doc says in a sentence or two what the function does.
	Doc string
	// Volatile marks functions whose value is not determined by their arguments: RAND, NOW, UUID.
	Volatile bool
	// Bare marks functions that are (also) written without parentheses: CURRENT_DATE.
	Bare bool

	sig signature
}

// Arg is what a signature may look at of one argument.
type Arg struct {
	Type types.Type
	// Literal tells that the argument is a constant and Value its value as in expr.Expr.Value.
	Literal bool
	Value   any
}

// IsNull tells whether the argument is a NULL literal.
func (a Arg) IsNull() bool { return a.Type.Kind == types.Null || a.Literal && a.Value == nil }

// Of makes arguments that are not literals.
func Of(ts ...types.Type) []Arg {
	args := make([]Arg, len(ts))
	for i, t := range ts {
		args[i].Type = t
	}
	return args
}

// Resolution is a signature applied to arguments.
type Resolution struct {
	// Args are the types that the arguments have to be cast to, one for each.
	Args []types.Type
	// Result is the type of the call.
	Result types.Type
}

// Mode is how an aggregate is called.
type Mode struct {
	// Distinct is the word DISTINCT.
	Distinct bool
	// Nullable says that there may be no input row: no GROUP BY key (and no OVER), or a FILTER clause. Most results are then nullable.
	Nullable bool
}
