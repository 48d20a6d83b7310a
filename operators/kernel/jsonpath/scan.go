package jsonpath

import "unicode/utf8"

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds; Invalid is text that is no JSON.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// IsScalar reports whether the kind is neither Array, Object nor Invalid.
func (k Kind) IsScalar() bool { return k >= Null && k <= String }

// maxDepth bounds the nesting of a document.
const maxDepth = 1000

// Check reads the first JSON value of s and returns its kind and text. What
// follows the value is ignored, except that a number or word must end there.
func Check(s []byte) (k Kind, value []byte) {
	i := skipBlanks(s, 0)
	if i == len(s) {
		return Invalid, nil
	}
	end := check(s, i, 0)
	if end < 0 {
		return Invalid, nil
	}
	k = kindOf(s[i])
	if k >= Null && k <= Number && end < len(s) && !isBlank(s[end]) {
		return Invalid, nil
	}
	return k, s[i:end]
}

// KindOf returns the kind of a value that Check or a Path handed out.
func KindOf(value []byte) Kind {
	if len(value) == 0 {
		return Invalid
	}
	return kindOf(value[0])
}

func kindOf(c byte) Kind {
	switch c {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipBlanks(s []byte, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// check validates the value at i and returns its end, or -1.
func check(s []byte, i, depth int) int {
	if i >= len(s) || depth > maxDepth {
		return -1
	}
	switch s[i] {
	case '{':
		return checkObject(s, i, depth)
	case '[':
		return checkArray(s, i, depth)
	case '"':
		return checkString(s, i)
	case 't':
		return checkWord(s, i, "true")
	case 'f':
		return checkWord(s, i, "false")
	case 'n':
		return checkWord(s, i, "null")
	}
	return checkNumber(s, i)
}

func checkWord(s []byte, i int, word string) int {
	end := i + len(word)
	if end > len(s) || string(s[i:end]) != word {
		return -1
	}
	return end
}

func checkObject(s []byte, i, depth int) int {
	i = skipBlanks(s, i+1)
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(s) || s[i] != '"' {
			return -1
		}
		if i = checkString(s, i); i < 0 {
			return -1
		}
		if i = skipBlanks(s, i); i >= len(s) || s[i] != ':' {
			return -1
		}
		if i = check(s, skipBlanks(s, i+1), depth+1); i < 0 {
			return -1
		}
		if i = skipBlanks(s, i); i >= len(s) {
			return -1
		}
		if s[i] == '}' {
			return i + 1
		}
		if s[i] != ',' {
			return -1
		}
		i = skipBlanks(s, i+1)
	}
}

func checkArray(s []byte, i, depth int) int {
	i = skipBlanks(s, i+1)
	if i < len(s) && s[i] == ']' {
		return i + 1
	}
	for {
		if i = check(s, i, depth+1); i < 0 {
			return -1
		}
		if i = skipBlanks(s, i); i >= len(s) {
			return -1
		}
		if s[i] == ']' {
			return i + 1
		}
		if s[i] != ',' {
			return -1
		}
		i = skipBlanks(s, i+1)
	}
}

func checkString(s []byte, i int) int {
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			i++
			if i >= len(s) {
				return -1
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(s, i+1); !ok {
					return -1
				}
				i += 4
			default:
				return -1
			}
		}
	}
	return -1
}

func hex4(s []byte, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	v := rune(0)
	for _, c := range s[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

func checkNumber(s []byte, i int) int {
	if s[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(s, i)
	if i == start || s[start] == '0' && i > start+1 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		start = i + 1
		if i = skipDigits(s, start); i == start {
			return -1
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		start = i + 1
		if start < len(s) && (s[start] == '+' || s[start] == '-') {
			start++
		}
		if i = skipDigits(s, start); i == start {
			return -1
		}
	}
	return i
}

func skipDigits(s []byte, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// skip returns the end of the valid value at i.
func skip(s []byte, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		depth := 0
		for ; ; i++ {
			switch s[i] {
			case '"':
				i = skipString(s, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(s) && !isBlank(s[i]) && s[i] != ',' && s[i] != '}' && s[i] != ']' {
		i++
	}
	return i
}

func skipString(s []byte, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// elements calls f with the elements of a valid array.
func elements(v []byte, f func(i int, e []byte) bool) {
	i := skipBlanks(v, 1)
	for n := 0; v[i] != ']'; n++ {
		end := skip(v, i)
		if !f(n, v[i:end]) {
			return
		}
		if i = skipBlanks(v, end); v[i] == ',' {
			i = skipBlanks(v, i+1)
		}
	}
}

// members calls f with the quoted names and the values of a valid object.
func members(v []byte, f func(name, value []byte) bool) {
	i := skipBlanks(v, 1)
	for v[i] != '}' {
		end := skipString(v, i)
		name := v[i:end]
		i = skipBlanks(v, skipBlanks(v, end)+1)
		end = skip(v, i)
		if !f(name, v[i:end]) {
			return
		}
		if i = skipBlanks(v, end); v[i] == ',' {
			i = skipBlanks(v, i+1)
		}
	}
}

// AppendUnescaped appends what a quoted JSON string stands for. Half a surrogate
// pair becomes '?', as in Java.
func AppendUnescaped(dst, quoted []byte) []byte {
	return appendUnescaped(dst, quoted[1:len(quoted)-1])
}

func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(s, i+1)
			i += 4
			if r >= 0xd800 && r < 0xe000 {
				lo, ok := rune(0), false
				if r < 0xdc00 && i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					lo, ok = hex4(s, i+3)
				}
				if ok && lo >= 0xdc00 && lo < 0xe000 {
					r = (r-0xd800)<<10 + (lo - 0xdc00) + 0x10000
					i += 6
				} else {
					r = '?'
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}
