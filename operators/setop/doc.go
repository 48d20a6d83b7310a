// Package setop holds the set operators: [Union] (UNION ALL), and [SetOp] for INTERSECT and EXCEPT, with and without ALL.
package setop
