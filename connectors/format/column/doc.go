// Package column builds columns for decoders, which meet values one by one and may have to take back a row that turns out to be malformed.
//
// The main type is [Set], a column for each projected field. A decoder appends one value to each [Column] and calls [Set.EndRow], or takes
// the row back with [Set.Rollback]. [Set.Take] returns the columns as vectors. Values are written where they stay: top-level columns and
// the fields of their ROWs are vectors from the pool from the start; only elements of ARRAYs and MAPs are gathered in scratch memory and
// copied once a batch.
//
// A Set belongs to one goroutine. It must not know formats.
package column
