package parser

import (
	"strings"

	"millrace/sql/parser/internal/lex"
)

// Masking returns how the value of an option may be shown; the key is empty for a
// text that is no option's value.
type Masking func(key, value string) string

// Mask returns a text in which the values of options ('key' = 'value', also in
// hints, and SET key = value) stand as they may be shown. The text need not be
// right.
func Mask(src string, mask Masking) string {
	text, _ := MaskAt(src, 0, mask)
	return text
}

// MaskAt is Mask that also tells where a byte offset of src is in the result.
func MaskAt(src string, pos int, mask Masking) (text string, at int) {
	var b strings.Builder
	from, at := 0, pos
	for _, h := range hide(src, 0, mask) {
		b.WriteString(src[from:h.pos])
		switch {
		case pos >= h.end:
			at += len(h.shown) - (h.end - h.pos)
		case pos > h.pos:
			at -= pos - h.pos
		}
		b.WriteString(h.shown)
		from = h.end
	}
	b.WriteString(src[from:])
	return b.String(), at
}

// minSecret is the length from which a value is looked for in other texts.
const minSecret = 4

// Scrub returns a text, such as a message about the statement src, in which values
// of options of src stand as they may be shown.
func Scrub(text, src string, mask Masking) string {
	var pairs []string
	for _, h := range hide(src, 0, mask) {
		if len(h.value) >= minSecret {
			pairs = append(pairs, h.value, h.masked)
		}
	}
	if pairs == nil {
		return text
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// hiding is a range of a text that is shown in another way.
type hiding struct {
	pos, end      int
	shown         string
	value, masked string
}

// hide finds what is to be hidden in src, which begins at an offset of the whole.
func hide(src string, offset int, mask Masking) (out []hiding) {
	toks := lex.Lex(src)
	prev := 0
	for i, t := range toks {
		if gap := src[prev:t.Pos]; strings.Contains(gap, "'") { // a comment
			out = append(out, hide(uncomment(gap), offset+prev, mask)...)
		}
		prev = t.End
		switch t.Kind {
		case lex.EOF:
		case lex.Hint:
			begin := strings.Index(t.Raw(src), "+") + 1
			end := len(strings.TrimSuffix(t.Raw(src), "*/"))
			out = append(out, hide(t.Raw(src)[begin:end], offset+t.Pos+begin, mask)...)
		case lex.Legacy:
			key, value, ok := strings.Cut(t.Raw(src), "=")
			value = strings.TrimSpace(value)
			name := strings.TrimSpace(key[min(len("SET"), len(key)):])
			bare := strings.Trim(value, "'")
			if m := mask(name, bare); ok && m != bare {
				out = append(out, hiding{offset + t.End - len(value), offset + t.End, "'" + m + "'", bare, m})
			}
		default:
			key := keyOf(toks, i)
			if open := t.Raw(src); t.Kind == lex.Bad && strings.HasPrefix(open, "/*") {
				out = append(out, hide(uncomment(open), offset+t.Pos, mask)...)
				continue
			}
			if key == "" && t.Kind != lex.String {
				continue
			}
			value := t.Text
			if t.Kind == lex.Bad {
				value = strings.Trim(t.Raw(src), "'")
			}
			if m := mask(key, value); m != value {
				out = append(out, hiding{offset + t.Pos, offset + t.End, "'" + strings.ReplaceAll(m, "'", "''") + "'", value, m})
			}
		}
	}
	return out
}

// uncomment blanks out the marks of comments.
func uncomment(s string) string {
	return strings.NewReplacer("--", "  ", "/*+", "   ", "/*", "  ", "*/", "  ").Replace(s)
}

// keyOf is the key of the option whose value token i is, or "". The equals sign may
// have been forgotten.
func keyOf(toks []lex.Token, i int) string {
	if i >= 2 && toks[i-1].Is("=") && toks[i-2].Kind == lex.String {
		return toks[i-2].Text
	}
	if i >= 1 && toks[i-1].Kind == lex.String && (toks[i].Kind == lex.String || toks[i].Kind == lex.Bad) {
		return toks[i-1].Text
	}
	return ""
}
