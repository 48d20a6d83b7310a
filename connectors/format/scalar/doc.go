// Package scalar reads and writes single values as text, by the rules of the Java classes that Flink's formats use: integers and decimals,
// dates, times and timestamps of java.time, and the toString of values that Flink prints.
//
// Append functions add to dst and return it; parse functions take bytes, keep none of them, and say ok. Columns hold the values
// (see sql/types for how). All functions are pure. The package must not know formats.
package scalar
