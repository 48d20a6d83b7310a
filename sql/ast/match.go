package ast

// Match is MATCH_RECOGNIZE.
type Match struct {
	At
	// MatchPos is the offset of the word MATCH_RECOGNIZE.
	MatchPos int
	// Input is what stands before MATCH_RECOGNIZE.
	Input       TableRef
	PartitionBy []Expr
	OrderBy     []OrderItem
	Measures    []Measure
	Rows        RowsPerMatch
	After       *AfterMatch // optional
	Pattern     *Pattern
	// StartAnchor and EndAnchor are ^ and $ around the pattern.
	StartAnchor, EndAnchor bool
	Within                 Expr // optional
	Subsets                []Subset
	Defines                []Define
	Alias                  *Alias // optional
}

// Measure is one MEASURES item: x AS alias.
type Measure struct {
	X     Expr
	Alias Ident
}

// RowsPerMatch is the output mode.
type RowsPerMatch uint8

// The output modes.
const (
	RowsUnspecified RowsPerMatch = iota
	OneRowPerMatch
	AllRowsPerMatch
)

// SkipKind says where matching goes on after a match.
type SkipKind uint8

// The AFTER MATCH SKIP modes.
const (
	SkipPastLastRow SkipKind = iota
	SkipToNextRow
	SkipToFirst
	SkipToLast
	SkipToVar // SKIP TO v: the same as LAST
)

// AfterMatch is AFTER MATCH SKIP ….
type AfterMatch struct {
	At
	Kind SkipKind
	// Var is set for SkipToFirst, SkipToLast and SkipToVar.
	Var Ident
}

// Subset is SUBSET name = (a, b).
type Subset struct {
	Name Ident
	Vars []Ident
}

// Define is one DEFINE item: var AS condition.
type Define struct {
	Var  Ident
	Cond Expr
}

// PatternKind is the kind of a pattern node.
type PatternKind uint8

// The kinds of pattern nodes.
const (
	PatternVar     PatternKind = iota // a variable: Name
	PatternConcat                     // Items one after the other
	PatternAlt                        // one of Items
	PatternPermute                    // PERMUTE(Items)
	PatternExclude                    // {- Items[0] -}
	PatternQuant                      // Items[0] with Min, Max, Reluctant
	PatternEmpty                      // ()
)

// Pattern is a row pattern.
type Pattern struct {
	At
	Kind PatternKind
	Name Ident
	// Items are the children.
	Items []*Pattern
	// Min and Max are the bounds of PatternQuant; Max is -1 for no bound.
	Min, Max int
	// Reluctant is true if a ? follows the quantifier.
	Reluctant bool
}
