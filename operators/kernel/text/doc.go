// Package text holds the string functions of Flink SQL over UTF-8 bytes.
//
// Positions and lengths count code points from 1, except where Flink counts the
// UTF-16 units of Java's strings (LPAD, RPAD, OVERLAY without FOR): those
// functions say so. Results that are a part of the argument are returned as a
// sub-slice of it; results that are new are appended to dst. Where SQL answers
// NULL for odd arguments, ok is false.
//
// [Like] and [Similar] are compiled patterns, immutable and safe to share
// between goroutines. All functions are pure.
package text
