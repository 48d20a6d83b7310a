// Package print is the connector that writes rows to standard output, one a line, with their kind: +I[1, abc].
//
// Values have the form of Java's toString, as in Flink. It takes every kind of change. It must not know where rows come from.
package print
