// Package raw is the format of single values: a record is the value of the table's one column.
//
// Text has a charset, numbers a byte order; in files each line is a value. Decoders and encoders belong to one goroutine. The package must
// not know where records come from.
package raw
