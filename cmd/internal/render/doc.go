// Package render prints results of statements: as tables, changelogs, CSV or JSON lines.
//
// [Print] takes the rows of a result as they come and writes them in a [Format]. Formats that show every change print at once; [Table] folds the
// changes and prints the net rows at the end. Values look as in Flink's SQL Client: CAST to STRING, binary as x'..', NULL as <NULL> in tables.
package render
