package jregex

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
)

// set is a set of runes: sorted, disjoint pairs of first and last.
type set []rune

const maxRune = unicode.MaxRune

func single(r rune) set { return set{r, r} }

// normal sorts and merges the pairs.
func (s set) normal() set {
	n := len(s) / 2
	pairs := make([][2]rune, n)
	for i := range pairs {
		pairs[i] = [2]rune{s[2*i], s[2*i+1]}
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i][0] < pairs[j][0] })
	out := make(set, 0, len(s))
	for _, p := range pairs {
		if k := len(out); k > 0 && p[0] <= out[k-1]+1 {
			out[k-1] = max(out[k-1], p[1])
			continue
		}
		out = append(out, p[0], p[1])
	}
	return out
}

func (s set) union(t set) set { return append(append(set(nil), s...), t...).normal() }

func (s set) negate() set {
	s = s.normal()
	out := set{}
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= maxRune {
		out = append(out, next, maxRune)
	}
	return out
}

func (s set) intersect(t set) set { return s.negate().union(t.negate()).negate() }

func (s set) has(r rune) bool {
	if len(s) == 2 {
		return s[0] <= r && r <= s[1]
	}
	i := sort.Search(len(s)/2, func(i int) bool { return s[2*i+1] >= r })
	return 2*i < len(s) && s[2*i] <= r
}

// fold adds the other case of each letter: of ASCII letters only, or of all.
func (s set) fold(all bool) set {
	out := append(set(nil), s...)
	for i := 0; i < len(s); i += 2 {
		hi := s[i+1]
		if !all {
			hi = min(hi, 'z')
		}
		if hi-s[i] > 0x3000 {
			continue
		}
		for r := s[i]; r <= hi; r++ {
			if !all {
				if r|0x20 >= 'a' && r|0x20 <= 'z' {
					out = append(out, r^0x20, r^0x20)
				}
				continue
			}
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, f, f)
			}
		}
	}
	return out.normal()
}

func fromTable(t *unicode.RangeTable) set {
	var s set
	for _, r := range t.R16 {
		s = appendRange(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		s = appendRange(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return s.normal()
}

func appendRange(s set, lo, hi, stride rune) set {
	if stride == 1 {
		return append(s, lo, hi)
	}
	for r := lo; r <= hi; r += stride {
		s = append(s, r, r)
	}
	return s
}

// The predefined sets, by the letters of their escapes.
func predefined(c rune) (set, bool) {
	var s set
	switch c {
	case 'd', 'D':
		s = set{'0', '9'}
	case 'w', 'W':
		s = set{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	case 's', 'S':
		s = set{'\t', '\r', ' ', ' '}
	case 'h', 'H':
		s = set{'\t', '\t', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000}
	case 'v', 'V':
		s = set{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}
	default:
		return nil, false
	}
	if c < 'a' {
		s = s.negate()
	}
	return s, true
}

// lineEnds are what a dot does not match and ^ and $ look for.
func lineEnds() set { return set{'\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029} }

// property returns the set of \p{name}.
func property(name string) (set, error) {
	switch name {
	case "Lower":
		return set{'a', 'z'}, nil
	case "Upper":
		return set{'A', 'Z'}, nil
	case "ASCII":
		return set{0, 0x7f}, nil
	case "Alpha":
		return set{'A', 'Z', 'a', 'z'}, nil
	case "Digit":
		return set{'0', '9'}, nil
	case "Alnum":
		return set{'0', '9', 'A', 'Z', 'a', 'z'}, nil
	case "Punct":
		return set{'!', '/', ':', '@', '[', '`', '{', '~'}, nil
	case "Graph":
		return set{'!', '~'}, nil
	case "Print":
		return set{' ', '~'}, nil
	case "Blank":
		return set{'\t', '\t', ' ', ' '}, nil
	case "Cntrl":
		return set{0, 0x1f, 0x7f, 0x7f}, nil
	case "XDigit":
		return set{'0', '9', 'A', 'F', 'a', 'f'}, nil
	case "Space":
		return set{'\t', '\r', ' ', ' '}, nil
	case "L1":
		return set{0, 0xff}, nil
	case "all":
		return set{0, maxRune}, nil
	case "LC":
		return fromTable(unicode.Lu).union(fromTable(unicode.Ll)).union(fromTable(unicode.Lt)), nil
	case "javaLowerCase", "IsLowercase":
		return fromTable(unicode.Lower).union(fromTable(unicode.Other_Lowercase)), nil
	case "javaUpperCase", "IsUppercase":
		return fromTable(unicode.Upper).union(fromTable(unicode.Other_Uppercase)), nil
	case "javaLetter", "IsLetter":
		return fromTable(unicode.L), nil
	case "javaDigit", "IsDigit":
		return fromTable(unicode.Nd), nil
	case "javaLetterOrDigit":
		return fromTable(unicode.L).union(fromTable(unicode.Nd)), nil
	case "javaAlphabetic", "IsAlphabetic":
		return fromTable(unicode.L).union(fromTable(unicode.Nl)).union(fromTable(unicode.Other_Alphabetic)), nil
	case "IsIdeographic":
		return fromTable(unicode.Ideographic), nil
	case "IsPunctuation":
		return fromTable(unicode.P), nil
	case "IsWhite_Space":
		return fromTable(unicode.White_Space), nil
	}
	short, is := strings.CutPrefix(name, "Is")
	if t, ok := unicode.Categories[short]; ok && (len(short) <= 2) {
		return fromTable(t), nil
	}
	if value, ok := strings.CutPrefix(name, "gc="); ok {
		if t, ok := unicode.Categories[value]; ok {
			return fromTable(t), nil
		}
	}
	if is {
		for script, t := range unicode.Scripts {
			if strings.EqualFold(script, short) {
				return fromTable(t), nil
			}
		}
	}
	if name == "InGreek" {
		return set{0x370, 0x3ff}, nil
	}
	if strings.HasPrefix(name, "In") || strings.HasPrefix(name, "java") {
		return nil, fmt.Errorf("character property %q is not supported yet", name)
	}
	return nil, fmt.Errorf("unknown character property name {%s}", name)
}
