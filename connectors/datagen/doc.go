// Package datagen is the connector that makes up rows: random values and sequences.
//
// A row is determined by its number, the options and the job, so that a restored job makes the same rows again. A split is (index, count):
// the rows whose number is index modulo count; its position is the number of the next row. Values that tell the time do so when they are
// made. The package must not know queries.
package datagen
