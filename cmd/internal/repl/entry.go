package repl

import "strings"

// entry is an input as one line of the history: comments to the end of a line are left out, runs of blanks outside of quotes become one.
func entry(input string) string {
	var b strings.Builder
	var quote byte // that is open; 0: none
	blank := false
	for i := 0; i < len(input); i++ {
		c := input[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			if c == '\n' || c == '\r' {
				c = ' '
			}
		case strings.HasPrefix(input[i:], "--"):
			end := strings.IndexByte(input[i:], '\n')
			if end < 0 {
				return b.String()
			}
			i += end
			blank = true
			continue
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			blank = true
			continue
		case c == '\'' || c == '`' || c == '"':
			quote = c
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteByte(c)
	}
	return b.String()
}
