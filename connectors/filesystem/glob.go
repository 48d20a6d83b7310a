package filesystem

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// wanted is which of the files below a path are read: those whose place relative to it, or that of a folder above them, has the form of the
// pattern in the option path, and whose whole path matches the expression. Either may be missing.
type wanted struct {
	glob    *regexp.Regexp
	pattern *regexp.Regexp
	prefix  string // what all that glob matches begins with
}

// match tells whether a file is read. full is its path, plain the same without scheme and bucket.
func (w *wanted) match(full, plain, root string) bool {
	if w.glob != nil && !w.glob.MatchString(strings.TrimPrefix(strings.TrimPrefix(full, root), "/")) {
		return false
	}
	return w.pattern == nil || w.pattern.MatchString(full) || plain != full && w.pattern.MatchString(plain)
}

// special are the characters that make a pattern of a path.
const special = "*?[{"

// splitGlob divides a path into a folder and a pattern for what is below it, which is "" if the path is none.
func splitGlob(path string) (folder, pattern string) {
	i := strings.IndexAny(path, special)
	if i < 0 {
		return path, ""
	}
	at := strings.LastIndexByte(path[:i], '/')
	if at < 0 {
		return ".", path
	}
	if at == 0 || strings.HasSuffix(path[:at], "/") { // the root, or the bucket's name is a pattern
		return path[:at+1], path[at+1:]
	}
	return path[:at], path[at+1:]
}

// compileGlob makes an expression of a pattern: * and ? stand for characters of a name, ** for any number of folders, [a-z] and [!a-z] for a
// character, {a,b} for one of several, and a backslash takes the meaning away. What the pattern matches may be a folder: all below it is meant.
func compileGlob(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("^(?:")
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			if strings.HasPrefix(pattern[i:], "**") {
				i++
				if strings.HasPrefix(pattern[i+1:], "/") {
					i++
					b.WriteString("(?:.*/)?")
				} else {
					b.WriteString(".*")
				}
				continue
			}
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		case '[':
			end := strings.IndexByte(pattern[i+1:], ']')
			if end <= 0 {
				return nil, errors.New("a [ has no ]")
			}
			set := pattern[i+1 : i+1+end]
			i += end + 1
			b.WriteByte('[')
			if set[0] == '!' || set[0] == '^' {
				b.WriteByte('^')
				set = set[1:]
			}
			for _, r := range set {
				if r == '-' {
					b.WriteByte('-')
				} else {
					b.WriteString(regexp.QuoteMeta(string(r)))
				}
			}
			b.WriteByte(']')
		case '{':
			depth++
			b.WriteString("(?:")
		case '}':
			if depth == 0 {
				b.WriteString("\\}")
				continue
			}
			depth--
			b.WriteByte(')')
		case ',':
			if depth > 0 {
				b.WriteByte('|')
			} else {
				b.WriteByte(',')
			}
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	if depth > 0 {
		return nil, errors.New("a { has no }")
	}
	b.WriteString(")(?:/.*)?$")
	re, err := regexp.Compile("(?s)" + b.String())
	if err != nil {
		return nil, fmt.Errorf("the pattern %q cannot be understood", pattern)
	}
	return re, nil
}

// literal is what all that the pattern matches begins with.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, special+"\\"); i >= 0 {
		return pattern[:i]
	}
	return pattern
}
