package session

import "strings"

// like matches a pattern of SHOW: % any run, _ one character, a backslash takes the next character as it is.
func like(s, pattern string) bool {
	return match([]rune(s), []rune(pattern))
}

func match(s, p []rune) bool {
	for len(p) > 0 {
		switch p[0] {
		case '%':
			for i := 0; i <= len(s); i++ {
				if match(s[i:], p[1:]) {
					return true
				}
			}
			return false
		case '_':
			if len(s) == 0 {
				return false
			}
		case '\\':
			if len(p) > 1 {
				p = p[1:]
			}
			fallthrough
		default:
			if len(s) == 0 || s[0] != p[0] {
				return false
			}
		}
		s, p = s[1:], p[1:]
	}
	return len(s) == 0
}

// filter keeps the names that a LIKE or ILIKE clause lets pass.
func filter(names []string, pattern *string, not, ilike bool) []string {
	if pattern == nil {
		return names
	}
	p := *pattern
	if ilike {
		p = strings.ToLower(p)
	}
	var out []string
	for _, n := range names {
		s := n
		if ilike {
			s = strings.ToLower(s)
		}
		if like(s, p) != not {
			out = append(out, n)
		}
	}
	return out
}
