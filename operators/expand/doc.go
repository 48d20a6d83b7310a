// Package expand emits several projections of each row: the operator of plan.Expand, for GROUPING SETS, CUBE and ROLLUP.
package expand
