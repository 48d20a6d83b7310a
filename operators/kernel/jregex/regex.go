package jregex

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Regex is a compiled pattern.
type Regex struct {
	root   *node
	groups int
	re     *regexp.Regexp // nil if only backtracking will do
	dollar bool
	word   bool

	literal []byte // the whole pattern, if it is plain text
	param   []byte // "name=" of (&|^)name=([^&]*)
	stop    byte
}

// Compile parses a pattern. An error says what Java would refuse too, or that a
// construct is not supported yet.
func Compile(pattern []byte) (*Regex, error) {
	src := string(pattern)
	root, groups, err := parse(src)
	if err != nil {
		return nil, err
	}
	r := &Regex{root: root, groups: groups}
	if src != "" && regexp.QuoteMeta(src) == src {
		r.literal = []byte(src)
		return r, nil
	}
	r.findParam(src)
	var e emitter
	if e.emit(root) {
		if re, err := regexp.Compile(e.b.String()); err == nil {
			r.re, r.dollar, r.word = re, e.dollar, e.word
		}
	}
	return r, nil
}

// findParam recognises (X|^)text([^Y]*): the value behind a literal that stands
// at the start or behind one separator, up to another.
func (r *Regex) findParam(src string) {
	if len(src) < 12 || src[0] != '(' || src[2:5] != "|^)" || !strings.HasSuffix(src, "]*)") {
		return
	}
	open := len(src) - len("([^&]*)")
	if open < 5 || src[open:open+3] != "([^" {
		return
	}
	name, sep, stop := src[5:open], src[1:2], src[open+3:open+4]
	if name == "" || regexp.QuoteMeta(name) != name || regexp.QuoteMeta(sep) != sep || regexp.QuoteMeta(stop) != stop || stop[0] >= utf8.RuneSelf || sep[0] >= utf8.RuneSelf {
		return
	}
	r.param = []byte(sep + name)
	r.stop = stop[0]
}

// Groups returns the number of capturing groups.
func (r *Regex) Groups() int { return r.groups }

// CapsLen returns the length of the slice that Find fills.
func (r *Regex) CapsLen() int { return 2 * (r.groups + 1) }

// Find looks for the first match at or after the byte from and fills caps, of
// length CapsLen, with the start and end of the match and of each group, -1 for
// groups that took no part.
func (r *Regex) Find(s []byte, from int, caps []int) bool {
	switch {
	case r.literal != nil:
		i := bytes.Index(s[from:], r.literal)
		if i < 0 {
			return false
		}
		caps[0], caps[1] = from+i, from+i+len(r.literal)
		return true
	case r.param != nil:
		return r.findValue(s, from, caps)
	case r.re == nil || r.needsJava(s):
		return r.backtrack(s, from, caps)
	case from == 0:
		loc := r.re.FindSubmatchIndex(s)
		copy(caps, loc)
		return loc != nil
	}
	// Go has no search from an offset that still sees what lies before it.
	return r.backtrack(s, from, caps)
}

// findValue is Find for the parameter form.
func (r *Regex) findValue(s []byte, from int, caps []int) bool {
	name := r.param[1:]
	var start, head int
	if from == 0 && bytes.HasPrefix(s, name) {
		start = 0
	} else if i := bytes.Index(s[from:], r.param); i >= 0 {
		start, head = from+i, 1
	} else {
		return false
	}
	value := start + head + len(name)
	end := bytes.IndexByte(s[value:], r.stop)
	if end < 0 {
		end = len(s)
	} else {
		end += value
	}
	caps[0], caps[1], caps[2], caps[3], caps[4], caps[5] = start, end, start, start+head, value, end
	return true
}

// needsJava reports whether Go's regexp could differ from Java's on this text.
func (r *Regex) needsJava(s []byte) bool {
	if r.word {
		for _, c := range s {
			if c >= utf8.RuneSelf {
				return true
			}
		}
	}
	if r.dollar && len(s) > 0 {
		switch s[len(s)-1] {
		case '\n', '\r', 0x85, 0xa8, 0xa9:
			return true
		}
	}
	return false
}

// Match reports whether the pattern occurs in s.
func (r *Regex) Match(s []byte) bool {
	switch {
	case r.literal != nil:
		return bytes.Contains(s, r.literal)
	case r.param == nil && r.re != nil && !r.needsJava(s):
		return r.re.Match(s)
	}
	caps := make([]int, r.CapsLen())
	return r.Find(s, 0, caps)
}

// Each calls f with the captures of every match from left to right until f
// returns false. After an empty match the search goes on one character later.
// The captures are valid during the call.
func (r *Regex) Each(s []byte, f func(caps []int) bool) {
	if r.literal == nil && r.param == nil && r.re != nil && !r.needsJava(s) {
		r.eachGo(s, f)
		return
	}
	caps := make([]int, r.CapsLen())
	for from := 0; from <= len(s) && r.Find(s, from, caps); {
		if !f(caps) {
			return
		}
		from = caps[1]
		if caps[0] == caps[1] {
			if from == len(s) {
				return
			}
			_, size := utf8.DecodeRune(s[from:])
			from += size
		}
	}
}

// eachGo uses Go's own iteration. Go skips an empty match right behind another
// match where Java reports it, so patterns that can be empty go step by step.
func (r *Regex) eachGo(s []byte, f func(caps []int) bool) {
	if nullable(r.root) {
		caps := make([]int, r.CapsLen())
		for from := 0; from <= len(s) && r.backtrack(s, from, caps); {
			if !f(caps) {
				return
			}
			from = caps[1]
			if caps[0] == caps[1] {
				if from == len(s) {
					return
				}
				_, size := utf8.DecodeRune(s[from:])
				from += size
			}
		}
		return
	}
	for _, loc := range r.re.FindAllSubmatchIndex(s, -1) {
		if !f(loc) {
			return
		}
	}
}

// Count returns the number of matches.
func (r *Regex) Count(s []byte) int {
	n := 0
	if r.literal != nil {
		return bytes.Count(s, r.literal)
	}
	r.Each(s, func([]int) bool { n++; return true })
	return n
}

// Extract returns the text of a group of the first match; ok is false if there
// is no match, no such group, or the group took no part in it.
func (r *Regex) Extract(s []byte, group int) (part []byte, ok bool) {
	if group < 0 || group > r.groups {
		return nil, false
	}
	var buf [16]int
	n := r.CapsLen()
	caps := buf[:min(n, len(buf))]
	if n > len(buf) {
		caps = make([]int, n)
	}
	if !r.Find(s, 0, caps) || caps[2*group] < 0 {
		return nil, false
	}
	return s[caps[2*group]:caps[2*group+1]], true
}

// AppendReplace appends s with every match replaced by the text by, taken as it
// is.
func (r *Regex) AppendReplace(dst, s, by []byte) []byte {
	last := 0
	r.Each(s, func(caps []int) bool {
		dst = append(dst, s[last:caps[0]]...)
		dst = append(dst, by...)
		last = caps[1]
		return true
	})
	return append(dst, s[last:]...)
}

// Split calls f with the pieces of s between matches, as Java's String.split
// does: with a limit above 0 at most that many pieces, without one no empty
// pieces at the end; an empty match at the start gives no piece. f returns false
// to stop.
func (r *Regex) Split(s []byte, limit int, f func(piece []byte) bool) {
	last, n, blank, stopped, found := 0, 0, 0, false, false
	give := func(piece []byte) bool {
		if limit <= 0 && len(piece) == 0 {
			blank++
			return true
		}
		for ; blank > 0; blank-- {
			if !f(piece[:0]) {
				return false
			}
		}
		return f(piece)
	}
	r.Each(s, func(caps []int) bool {
		if limit > 0 && n == limit-1 {
			return false
		}
		if caps[1] == 0 {
			return true
		}
		found = true
		if stopped = !give(s[last:caps[0]]); stopped {
			return false
		}
		n++
		last = caps[1]
		return true
	})
	if stopped {
		return
	}
	if !found {
		f(s)
		return
	}
	give(s[last:])
}
