package parser

import (
	"strings"

	"millrace/sql/parser/internal/lex"
)

// Keyword reports whether a word, in either case, is reserved: written bare it
// is no name.
func Keyword(word string) bool { return lex.Reserved(strings.ToUpper(word)) }
