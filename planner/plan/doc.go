// Package plan holds physical plans as data: the only thing that the planner and the runtime share.
//
// The main type is [Graph]: nodes with a [Spec] each (what the operator does), their inputs with the way rows are shipped, output schema and
// changelog mode. A graph has a versioned JSON form ([Graph.MarshalJSON], [Parse]); it is what COMPILE PLAN writes and what a JobManager stores.
//
// Column positions in specs refer to the input of the node; with two inputs and where it says so, to the columns of the left input followed by
// those of the right. Specs carry no names that matter for execution.
//
// The package must not know how plans are made or executed.
package plan
