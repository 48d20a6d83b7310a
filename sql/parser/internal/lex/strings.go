package lex

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/sql/sqlerr"
)

// escaped reads an E'…' string with C-style escapes; its quote is at l.i.
func (l *lexer) escaped(start int) {
	var b strings.Builder
	for l.i++; l.i < len(l.src); {
		c := l.src[l.i]
		switch {
		case c == '\'' && l.has("''"):
			b.WriteByte('\'')
			l.i += 2
		case c == '\'':
			l.i++
			l.emit(String, start, b.String())
			return
		case c == '\\' && l.i+1 < len(l.src):
			at := l.i
			r, n := unescape(l.src[l.i+1:])
			l.i += 1 + n
			if n == 0 {
				l.skipString()
				l.bad(at, sqlerr.Syntax, "bad escape in the string", `escapes are \b \f \n \r \t \' \\, octal, \xHH, \uXXXX and \UXXXXXXXX`)
				return
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
			l.i++
		}
	}
	l.bad(start, sqlerr.Incomplete, "the string literal is not closed", "close it with '")
}

// skipString moves behind the end of the string that l.i is in.
func (l *lexer) skipString() {
	for l.i < len(l.src) && l.src[l.i] != '\'' {
		l.i++
	}
	l.i = min(l.i+1, len(l.src))
}

// unescape decodes what follows a backslash; n is 0 if it is no escape.
func unescape(s string) (r rune, n int) {
	switch s[0] {
	case 'b':
		return '\b', 1
	case 'f':
		return '\f', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'x':
		return digitsOf(s[1:], 2, 16, 1)
	case 'u':
		return digitsOf(s[1:], 4, 16, 4)
	case 'U':
		return digitsOf(s[1:], 8, 16, 8)
	}
	if s[0] >= '0' && s[0] <= '7' {
		r, n = digitsOf(s, 3, 8, 1)
		if n > 0 {
			n--
		}
		return r, n
	}
	r, n = utf8.DecodeRuneInString(s)
	return r, n
}

// digitsOf reads least to most digits of the base; n counts one letter before.
func digitsOf(s string, most, base, least int) (rune, int) {
	n := 0
	for n < most && n < len(s) {
		if _, err := strconv.ParseUint(s[n:n+1], base, 8); err != nil {
			break
		}
		n++
	}
	if n < least {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[:n], base, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), n + 1
}

// legacy reads SET k = v and RESET k without quotes, which are statements of
// the client's own and may hold what is not SQL (URLs, for example).
func (l *lexer) legacy(start int, word string) bool {
	if len(l.toks) > 0 && !l.toks[len(l.toks)-1].Is(";") {
		return false
	}
	set := strings.EqualFold(word, "SET")
	if !set && !strings.EqualFold(word, "RESET") {
		return false
	}
	rest := l.src[l.i:]
	p := blanks(rest, 0)
	key := span(rest, p, "=")
	if p == 0 || key == p || strings.Contains(rest[p:key], "'") {
		return false
	}
	end := key
	if set {
		p = blanks(rest, key)
		if p >= len(rest) || rest[p] != '=' {
			return false
		}
		p = blanks(rest, p+1)
		if p < len(rest) && rest[p] == '\'' {
			n := strings.IndexByte(rest[p+1:], '\'')
			if n < 0 {
				return false
			}
			end = p + n + 2
		} else if end = span(rest, p, ""); end == p {
			return false
		}
	}
	tail := rest[blanks(rest, end):]
	if tail != "" && tail[0] != ';' && !strings.HasPrefix(tail, "--") && !strings.HasPrefix(tail, "/*") {
		return false
	}
	l.i += end
	l.emit(Legacy, start, l.src[start:l.i])
	return true
}

func blanks(s string, i int) int {
	for i < len(s) && strings.IndexByte(" \t\r\n\f", s[i]) >= 0 {
		i++
	}
	return i
}

func span(s string, i int, stop string) int {
	for i < len(s) && strings.IndexByte(" \t\r\n\f;", s[i]) < 0 && strings.IndexByte(stop, s[i]) < 0 {
		i++
	}
	return i
}
