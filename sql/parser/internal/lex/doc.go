// Package lex splits SQL text into tokens by Flink's lexical rules and offers
// a cursor over them.
//
// Lexing never stops: what is not a token becomes a token of kind Bad that
// carries the error, so that a script can be split into statements even if one
// of them is broken. Offsets are bytes into the original text.
package lex
