// Package values emits constant rows: the operator of plan.Values. It has no input: the task calls Process once, without a batch, upon which the
// first instance emits the rows.
package values
