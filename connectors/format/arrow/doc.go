// Package arrow is the format 'arrow': files of Apache Arrow's IPC format, also known as Feather version 2.
//
// Columns are found by name; numbers, times and decimals are converted where nothing is lost, or as CAST does it. A batch of a file is read
// at a time, and only the columns that are wanted are looked at. What is written has the types that other programs expect: DECIMAL is
// decimal128, TIMESTAMP(p > 6) nanoseconds, MAP and MULTISET a map.
//
// Readers and writers belong to one goroutine. The package must not know connectors.
package arrow
