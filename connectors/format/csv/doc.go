// Package csv is the format of comma-separated values.
//
// Columns are taken by position. A decoder is compiled for the wanted columns: it finds delimiters eight bytes at a time, reads values where
// they stand into columns, and passes over the others. Quoted fields may hold delimiters and line ends. An encoder quotes as Flink does: text
// that holds any character up to the greatest of delimiter and quote, or that is longer than 24 characters.
//
// Decoders and encoders belong to one goroutine. The package must not know where records come from.
package csv
