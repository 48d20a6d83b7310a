// Package ogg is the format ogg-json: messages of Oracle GoldenGate, each the change of a row with its images before and after it. Rows are
// written as messages that insert or delete a row.
package ogg
