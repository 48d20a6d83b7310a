// Package dialect parses Flink SQL queries, expressions and types on top of
// TiDB's MySQL parser.
//
// One recursive walk over our own tokens (the rewriter) emits a statement made
// only of words from a fixed vocabulary and of markers: names of a letter and a
// number. Each marker stands for an entry of a side table: a finished leaf (a
// name, a literal), or a construct that MySQL does not know, with a function
// that builds our node from the converted children, which travel as the
// marker's arguments. TiDB parses that statement and decides precedence,
// associativity and the shape of blocks, joins and set operations. The
// converter turns TiDB's tree into ours with the help of the side table.
//
// TiDB never sees user text, so it cannot misread any. Three invariants turn
// a surprise into an internal error instead of a wrong plan: the vocabulary is
// fixed, each side-table entry is used exactly once in a position its kind
// allows, and the converter accepts only the node types that it expects.
//
// The markers:
//
//	c12            leaf: a complete expression
//	a12            identifier: alias, common table expression
//	f12(x, …)      any call, cast, constructor, special form, x[i], x.f
//	x <=> o12 <=> y, x | o12 | y    infix operator at comparison or LIKE level
//	x <=> o12      postfix operator
//	x DIV y        ||
//	LEFT JOIN t ON j12(cond)        every join
//	t12, (SELECT t12(x, …) FROM in) AS t12, (query) AS t12   table reference
//	k12(x, …)      first select item: what belongs to the block itself
//	n12()          NULLS FIRST or LAST, an order item after the item
//	LIMIT 12 OFFSET 13              numbers of leaves
package dialect
