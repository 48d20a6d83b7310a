// Package format prints syntax trees as canonical Flink SQL: keywords in upper
// case, every name in back-quotes, every operand that is not a primary in
// parentheses, one line. Parsing the text gives the same tree again, positions
// aside. The functions keep nothing and may be called from any goroutine.
package format
