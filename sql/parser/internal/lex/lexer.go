package lex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/sql/sqlerr"
)

type lexer struct {
	src  string
	i    int
	toks []Token
}

// Lex returns the tokens of src. The last one is EOF at the end of the text.
func Lex(src string) []Token {
	l := &lexer{src: src, toks: make([]Token, 0, len(src)/4+8)}
	for l.i < len(src) {
		l.next()
	}
	l.toks = append(l.toks, Token{Kind: EOF, Pos: len(src), End: len(src)})
	return l.toks
}

func (l *lexer) emit(k Kind, start int, text string) {
	t := Token{Kind: k, Pos: start, End: l.i, Text: text}
	switch k {
	case Word:
		t.Upper = strings.ToUpper(text)
	case Symbol:
		t.Upper = text
	}
	l.toks = append(l.toks, t)
}

func (l *lexer) bad(start int, code sqlerr.Code, msg, hint string) {
	e := &sqlerr.Error{Code: code, Pos: start, Src: l.src, Msg: msg, Hint: hint, Near: l.src[start:l.i]}
	if code == sqlerr.Incomplete {
		e.Near = ""
	}
	l.toks = append(l.toks, Token{Kind: Bad, Pos: start, End: l.i, Text: l.src[start:l.i], Err: e})
}

func (l *lexer) has(p string) bool { return strings.HasPrefix(l.src[l.i:], p) }

// next reads one token or one stretch of blanks and comments.
func (l *lexer) next() {
	c := l.src[l.i]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		l.i++
	case l.has("--") || l.has("//"):
		l.lineComment()
	case l.has("/*"):
		l.comment()
	case c == '\'':
		l.str(l.i, String)
	case c == '`':
		l.quoted()
	case c >= '0' && c <= '9', c == '.' && l.i+1 < len(l.src) && isDigit(l.src[l.i+1]):
		l.number()
	case isIdentStart(l.src[l.i:]):
		l.word()
	default:
		l.symbol()
	}
}

func (l *lexer) lineComment() {
	if n := strings.IndexAny(l.src[l.i:], "\n\r"); n >= 0 {
		l.i += n
	} else {
		l.i = len(l.src)
	}
}

func (l *lexer) comment() {
	start := l.i
	n := strings.Index(l.src[l.i+2:], "*/")
	if n < 0 {
		l.i = len(l.src)
		l.bad(start, sqlerr.Incomplete, "the comment is not closed", "close it with */")
		return
	}
	body := l.src[l.i+2 : l.i+2+n]
	l.i += n + 4
	if strings.HasPrefix(body, "+") {
		l.emit(Hint, start, body[1:])
	}
}

// str reads a quoted string whose opening quote is at l.i; start is where the
// prefix begins.
func (l *lexer) str(start int, k Kind) {
	from := l.i + 1
	for l.i = from; l.i < len(l.src); l.i++ {
		if l.src[l.i] != '\'' {
			continue
		}
		if l.i+1 < len(l.src) && l.src[l.i+1] == '\'' {
			l.i++
			continue
		}
		text := l.src[from:l.i]
		if strings.Contains(text, "''") {
			text = strings.ReplaceAll(text, "''", "'")
		}
		l.i++
		l.emit(k, start, text)
		return
	}
	l.bad(start, sqlerr.Incomplete, "the string literal is not closed", "close it with '; a quote within a string is written ''")
}

func (l *lexer) quoted() {
	start := l.i
	for l.i++; l.i < len(l.src); l.i++ {
		switch l.src[l.i] {
		case '\n', '\r':
			l.bad(start, sqlerr.Syntax, "the quoted identifier is not closed on its line", "close it with `")
			return
		case '`':
			if l.i+1 < len(l.src) && l.src[l.i+1] == '`' {
				l.i++
				continue
			}
			text := strings.ReplaceAll(l.src[start+1:l.i], "``", "`")
			l.i++
			if text == "" {
				l.bad(start, sqlerr.Syntax, "an identifier must not be empty", "")
				return
			}
			l.emit(Quoted, start, text)
			return
		}
	}
	l.bad(start, sqlerr.Incomplete, "the quoted identifier is not closed", "close it with `")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) digits() {
	for l.i < len(l.src) && isDigit(l.src[l.i]) {
		l.i++
	}
}

func (l *lexer) number() {
	start, kind := l.i, Integer
	l.digits()
	if l.i < len(l.src) && l.src[l.i] == '.' && !l.has("..") {
		kind = Decimal
		l.i++
		l.digits()
	}
	if l.i < len(l.src) && (l.src[l.i] == 'e' || l.src[l.i] == 'E') {
		j := l.i + 1
		if j < len(l.src) && (l.src[j] == '+' || l.src[j] == '-') {
			j++
		}
		if j < len(l.src) && isDigit(l.src[j]) {
			kind = Approx
			l.i = j
			l.digits()
		}
	}
	l.emit(kind, start, l.src[start:l.i])
}

func isIdentStart(s string) bool {
	c := s[0]
	if c < utf8.RuneSelf {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
	}
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

func (l *lexer) word() {
	start := l.i
	for l.i < len(l.src) {
		c := l.src[l.i]
		if c < utf8.RuneSelf {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || isDigit(c) {
				l.i++
				continue
			}
			break
		}
		r, n := utf8.DecodeRuneInString(l.src[l.i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		l.i += n
	}
	text := l.src[start:l.i]
	if l.i < len(l.src) && (l.src[l.i] == '\'' || l.has("&'")) && l.prefixed(start, text) {
		return
	}
	if l.legacy(start, text) {
		return
	}
	l.emit(Word, start, text)
}

// prefixed reads a string that a prefix stands before: X, N, U&, E or _charset.
func (l *lexer) prefixed(start int, prefix string) bool {
	p := strings.ToUpper(prefix)
	if l.src[l.i] == '&' {
		if p != "U" {
			return false
		}
		l.i++
		l.str(start, String)
		l.toks[len(l.toks)-1].Unicode = true
		return true
	}
	switch {
	case p == "X":
		l.str(start, Hex)
	case p == "N":
		l.str(start, String)
	case p == "E":
		l.escaped(start)
	case len(p) > 1 && p[0] == '_' && isCharset(p[1:]):
		l.str(start, String)
	default:
		return false
	}
	return true
}

func isCharset(s string) bool {
	switch s {
	case "UTF8", "UTF16", "UTF16LE", "UTF16BE", "UTF32", "LATIN1", "ISO_8859_1", "ASCII", "US_ASCII":
		return true
	}
	return false
}

func (l *lexer) symbol() {
	start := l.i
	for _, s := range [...]string{"<=", ">=", "<>", "!=", "||", "=>", ".."} {
		if l.has(s) {
			l.i += 2
			l.emit(Symbol, start, s)
			return
		}
	}
	c := l.src[l.i]
	switch c {
	case '"':
		n := strings.IndexAny(l.src[l.i+1:], "\"\n")
		if n >= 0 && l.src[l.i+1+n] == '"' {
			l.i += n + 2
		} else {
			l.i++
		}
		l.bad(start, sqlerr.Syntax, "double quotes are not SQL quotes here", "write names in back-quotes (`name`) and strings in single quotes ('text')")
		l.toks[len(l.toks)-1].Err.Near = "\""
	case '(', ')', '[', ']', '{', '}', '<', '>', '=', '+', '-', '*', '/', '%', ',', ';', '.', ':', '?', '^', '|', '$', '&', '!', '~', '@':
		l.i++
		l.emit(Symbol, start, l.src[start:l.i])
	default:
		r, n := utf8.DecodeRuneInString(l.src[l.i:])
		l.i += n
		msg := "unexpected character '" + string(r) + "'"
		if r == utf8.RuneError && n == 1 {
			msg = "the text is not valid UTF-8"
		}
		l.bad(start, sqlerr.Syntax, msg, "")
	}
}
