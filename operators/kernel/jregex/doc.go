// Package jregex matches Java regular expressions over UTF-8 text, for the
// REGEXP functions and STR_TO_MAP.
//
// [Compile] parses Java's syntax. A [Regex] then runs by the cheapest of four
// ways: a plain text search, a search for the value of a query parameter, Go's
// linear-time regexp (most patterns), or a backtracking matcher for what only
// Java has (back references, look-around, possessive and atomic groups) and for
// texts where the two disagree (a line end at the end of the text and '$',
// non-ASCII text and '\b').
//
// A Regex is immutable and may be shared between goroutines.
package jregex
