package text

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Similar is a compiled SIMILAR TO pattern.
type Similar struct{ re *regexp.Regexp }

// CompileSimilar compiles an SQL regular expression: the wildcards of LIKE, |, *,
// +, ?, {n}, groups and bracket lists. As in Flink a dot matches any character,
// and ^ and $ outside brackets are ordinary. escape is empty or one character.
func CompileSimilar(pattern, escape []byte) (*Similar, error) {
	esc := rune(-1)
	if len(escape) > 0 {
		r, size := utf8.DecodeRune(escape)
		if size != len(escape) {
			return nil, fmt.Errorf("invalid escape character '%s'", escape)
		}
		esc = r
	}
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	src := []rune(string(pattern))
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch c {
		case esc:
			i++
			if i == len(src) {
				return nil, fmt.Errorf("invalid escape sequence '%s', %d", pattern, i-1)
			}
			b.WriteString(regexp.QuoteMeta(string(src[i])))
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteByte('.')
		case '[':
			n, err := bracket(&b, src[i:], esc)
			if err != nil {
				return nil, fmt.Errorf("invalid regular expression '%s': %w", pattern, err)
			}
			i += n - 1
		case '^', '$', '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteString(`)\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("invalid regular expression '%s': %w", pattern, err)
	}
	return &Similar{re: re}, nil
}

// bracket translates a bracket list at the start of src and returns its length.
func bracket(b *strings.Builder, src []rune, esc rune) (int, error) {
	b.WriteByte('[')
	for i := 1; i < len(src); i++ {
		c := src[i]
		switch {
		case c == esc && i+1 < len(src):
			i++
			b.WriteString(`\`)
			b.WriteRune(src[i])
		case c == ']' && i > 1:
			b.WriteByte(']')
			return i + 1, nil
		case c == '[' && i+1 < len(src) && src[i+1] == ':':
			end := strings.Index(string(src[i:]), ":]")
			if end < 0 {
				return 0, errors.New("unclosed character class")
			}
			name := strings.ToLower(string(src[i:])[2:end])
			if name == "whitespace" {
				name = "space"
			}
			b.WriteString("[:" + name + ":]")
			i += utf8.RuneCountInString(string(src[i:])[:end]) + 1
		case c == '^' && i > 1, c == '[', c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return 0, errors.New("unclosed bracket")
}

// Match reports whether the pattern matches the whole text.
func (s *Similar) Match(t []byte) bool { return s.re.Match(t) }
