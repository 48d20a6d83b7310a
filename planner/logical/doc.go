// Package logical holds the relational operators between the syntax tree and the physical plan.
//
// The main type is [Node], a tree of immutable operators; rules replace nodes instead of changing them. Columns are positions in the output of
// the input, as in package plan; with two inputs, those of the left come first. A node may have more than one parent (a view that is read
// twice after common parts were found), so trees are directed graphs without cycles.
//
// Facts about nodes that several parts need are computed here: the schema with its time attributes ([Node.Schema]), unique keys
// ([UniqueKeys], [UpsertKeys]) and the columns that hold the bounds of a window ([WindowOf]).
//
// The package must not know syntax, catalogs or how a plan is executed.
package logical
