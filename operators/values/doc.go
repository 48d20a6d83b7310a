// Package values emits constant rows: the operator of plan.Values. It has no input: the task opens it and ends its (empty) input, upon which the
// first instance emits the rows.
package values
