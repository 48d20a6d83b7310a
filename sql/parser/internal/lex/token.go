package lex

import (
	"slices"
	"strings"

	"millrace/sql/sqlerr"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds.
const (
	EOF     Kind = iota // the end of the statement or of the text
	Word                // keyword or name without quotes
	Quoted              // name in back-quotes; Text is decoded
	String              // string literal; Text is decoded
	Hex                 // X'…'; Text is the content
	Integer             // 42
	Decimal             // 4.2
	Approx              // 4e2
	Symbol              // operator or punctuation
	Hint                // /*+ … */; Text is the content
	Legacy              // SET k = v or RESET k without quotes; Text is all of it
	Bad                 // not a token; Err says why
)

// Token is one token.
type Token struct {
	Kind Kind
	// Pos and End are the byte range in the text.
	Pos, End int
	// Text is the decoded content for names, strings and hints, otherwise the
	// text as written.
	Text string
	// Upper is the upper case of words, and the text of symbols; else empty.
	Upper string
	// Unicode is true for U&'…' strings, whose escapes the parser decodes once
	// it knows the escape character.
	Unicode bool
	// Err is set for Bad.
	Err *sqlerr.Error
}

// Is reports whether the token is the word (given in upper case) or symbol.
func (t Token) Is(s string) bool { return t.Upper == s && t.Upper != "" }

// IsIdent reports whether the token can be a name.
func (t Token) IsIdent() bool {
	return t.Kind == Quoted || t.Kind == Word && !Reserved(t.Upper)
}

// Raw returns the token as written.
func (t Token) Raw(src string) string { return src[t.Pos:t.End] }

// describe renders the token for messages.
func (t Token) describe(src string) string {
	switch t.Kind {
	case EOF:
		if t.Pos < len(src) && src[t.Pos] == ';' {
			return "';'"
		}
		return "the end of the input"
	case Quoted:
		return t.Raw(src)
	case String, Hex:
		return "a string literal"
	case Hint:
		return "a hint"
	}
	s := t.Raw(src)
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return "'" + s + "'"
}

// AnyOf reports whether the token is one of the words or symbols.
func (t Token) AnyOf(words ...string) bool {
	return slices.ContainsFunc(words, t.Is)
}
