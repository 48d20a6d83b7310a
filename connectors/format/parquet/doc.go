// Package parquet is the format 'parquet': files of Apache Parquet.
//
// Columns are found by name, and only those that are wanted are read, some thousand rows at a time; a place in a file is the number of a row.
// Pages and their encodings are the library's; how rows are cut into columns with levels, and put together again, is done here, between them
// and columns (nodes of a tree, see [node] and [source]). What is written has the types and options of Flink's format: timestamps are INT96 in
// local time unless options say otherwise.
//
// Readers and writers belong to one goroutine. The package must not know connectors.
package parquet
