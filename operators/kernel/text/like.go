package text

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Like is a compiled LIKE pattern.
type Like struct {
	kind likeKind
	a, b []byte
	any  []likeToken
}

type likeKind uint8

const (
	likeAll likeKind = iota
	likeEqual
	likePrefix
	likeSuffix
	likeContains
	likeBoth // prefix a and suffix b
	likeGeneral
)

// likeToken is literal text, one character ('_') or any run ('%').
type likeToken struct {
	op   byte
	text []byte
}

// CompileLike compiles a pattern without escape character.
func CompileLike(pattern []byte) *Like {
	return newLike(tokenize(pattern))
}

// CompileLikeEscape compiles a pattern with an escape, which must be a single
// character and stand before a wildcard or itself.
func CompileLikeEscape(pattern, escape []byte) (*Like, error) {
	if utf8.RuneCount(escape) != 1 {
		return nil, fmt.Errorf("invalid escape character '%s'", escape)
	}
	var tokens []likeToken
	var lit []byte
	flush := func() {
		if len(lit) > 0 {
			tokens = append(tokens, likeToken{text: lit})
			lit = nil
		}
	}
	for i := 0; i < len(pattern); {
		rest := pattern[i:]
		if bytes.HasPrefix(rest, escape) {
			next := rest[len(escape):]
			switch {
			case bytes.HasPrefix(next, escape):
				lit = append(lit, escape...)
				i += 2 * len(escape)
			case len(next) > 0 && (next[0] == '%' || next[0] == '_'):
				lit = append(lit, next[0])
				i += len(escape) + 1
			default:
				return nil, fmt.Errorf("invalid escape sequence '%s', %d", pattern, utf8.RuneCount(pattern[:i]))
			}
			continue
		}
		if rest[0] == '%' || rest[0] == '_' {
			flush()
			tokens = append(tokens, likeToken{op: rest[0]})
		} else {
			lit = append(lit, rest[0])
		}
		i++
	}
	flush()
	return newLike(tokens), nil
}

func tokenize(pattern []byte) []likeToken {
	var tokens []likeToken
	start := 0
	for i := 0; i <= len(pattern); i++ {
		if i < len(pattern) && pattern[i] != '%' && pattern[i] != '_' {
			continue
		}
		if i > start {
			tokens = append(tokens, likeToken{text: append([]byte(nil), pattern[start:i]...)})
		}
		if i < len(pattern) {
			tokens = append(tokens, likeToken{op: pattern[i]})
		}
		start = i + 1
	}
	return tokens
}

// newLike picks the cheapest way to match.
func newLike(tokens []likeToken) *Like {
	var short []likeToken
	for _, t := range tokens {
		if n := len(short); t.op == '%' && n > 0 && short[n-1].op == '%' {
			continue
		}
		short = append(short, t)
	}
	l := &Like{kind: likeGeneral, any: short}
	shape := ""
	var shapeSb110 strings.Builder
	for _, t := range short {
		if t.op == 0 {
			shapeSb110.WriteString("x")
		} else {
			shapeSb110.WriteString(string(rune(t.op)))
		}
	}
	shape += shapeSb110.String()
	switch shape {
	case "":
		l.kind = likeEqual
	case "x":
		l.kind, l.a = likeEqual, short[0].text
	case "%":
		l.kind = likeAll
	case "x%":
		l.kind, l.a = likePrefix, short[0].text
	case "%x":
		l.kind, l.a = likeSuffix, short[1].text
	case "%x%":
		l.kind, l.a = likeContains, short[1].text
	case "x%x":
		l.kind, l.a, l.b = likeBoth, short[0].text, short[2].text
	}
	return l
}

// Match reports whether the pattern matches the whole text.
func (l *Like) Match(s []byte) bool {
	switch l.kind {
	case likeAll:
		return true
	case likeEqual:
		return bytes.Equal(s, l.a)
	case likePrefix:
		return bytes.HasPrefix(s, l.a)
	case likeSuffix:
		return bytes.HasSuffix(s, l.a)
	case likeContains:
		return bytes.Contains(s, l.a)
	case likeBoth:
		return len(s) >= len(l.a)+len(l.b) && bytes.HasPrefix(s, l.a) && bytes.HasSuffix(s, l.b)
	}
	return l.general(s)
}

// general matches tokens from the left; on a mismatch the last run takes one
// character more.
func (l *Like) general(s []byte) bool {
	i, t := 0, 0
	retryToken, retryAt := -1, 0
	for {
		if t < len(l.any) {
			tok := &l.any[t]
			switch {
			case tok.op == '%':
				t++
				if t == len(l.any) {
					return true
				}
				retryToken, retryAt = t, i
				continue
			case tok.op == '_' && i < len(s):
				_, size := utf8.DecodeRune(s[i:])
				i += size
				t++
				continue
			case tok.op == 0 && bytes.HasPrefix(s[i:], tok.text):
				i += len(tok.text)
				t++
				continue
			}
		} else if i == len(s) {
			return true
		}
		if retryToken < 0 || retryAt >= len(s) {
			return false
		}
		if lit := l.any[retryToken].text; lit != nil {
			// Jump to the next place where the literal after the run occurs.
			n := bytes.Index(s[retryAt+1:], lit)
			if n < 0 {
				return false
			}
			retryAt += 1 + n
		} else {
			_, size := utf8.DecodeRune(s[retryAt:])
			retryAt += size
		}
		i, t = retryAt, retryToken
	}
}
