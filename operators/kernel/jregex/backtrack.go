package jregex

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// machine matches by backtracking. steps is what is left of the budget: a match
// that uses it up has failed.
type machine struct {
	s     []byte
	caps  []int
	start int // where the search began, for \G
	steps int
}

// budget bounds the work of one search.
const budget = 10_000_000

// find looks for the first match at or after from and fills caps.
func (r *Regex) backtrack(s []byte, from int, caps []int) bool {
	m := machine{s: s, caps: caps, start: from, steps: budget}
	for i := from; i <= len(s); {
		for j := range caps {
			caps[j] = -1
		}
		end := -1
		if m.run(r.root, i, func(j int) bool { end = j; return true }) {
			caps[0], caps[1] = i, end
			return true
		}
		if i == len(s) {
			break
		}
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return false
}

// run matches n at i and then what k stands for.
func (m *machine) run(n *node, i int, k func(int) bool) bool {
	if m.steps--; m.steps < 0 {
		return false
	}
	switch n.op {
	case opEmpty:
		return k(i)
	case opSet:
		size := m.one(n, i)
		return size > 0 && k(i+size)
	case opCat:
		return m.sequence(n.subs, i, k)
	case opAlt:
		for _, s := range n.subs {
			if m.run(s, i, k) {
				return true
			}
		}
		return false
	case opRepeat:
		return m.repeat(n, i, k)
	case opGroup:
		return m.run(n.subs[0], i, func(j int) bool {
			a, b := m.caps[2*n.index], m.caps[2*n.index+1]
			m.caps[2*n.index], m.caps[2*n.index+1] = i, j
			if k(j) {
				return true
			}
			m.caps[2*n.index], m.caps[2*n.index+1] = a, b
			return false
		})
	case opAtomic:
		end := -1
		return m.run(n.subs[0], i, func(j int) bool { end = j; return true }) && k(end)
	case opLook:
		return m.look(n, i) != n.negative && k(i)
	case opBackref:
		return m.backref(n, i, k)
	}
	return m.assert(n, i) && k(i)
}

// one returns the size of the character at i if the set holds it, else 0.
func (m *machine) one(n *node, i int) int {
	if i >= len(m.s) {
		return 0
	}
	r, size := rune(m.s[i]), 1
	if r >= utf8.RuneSelf {
		r, size = utf8.DecodeRune(m.s[i:])
	}
	if !n.set.has(r) {
		return 0
	}
	return size
}

func (m *machine) sequence(subs []*node, i int, k func(int) bool) bool {
	if len(subs) == 0 {
		return k(i)
	}
	if len(subs) == 1 {
		return m.run(subs[0], i, k)
	}
	return m.run(subs[0], i, func(j int) bool { return m.sequence(subs[1:], j, k) })
}

func (m *machine) repeat(n *node, i int, k func(int) bool) bool {
	if n.mode == 'p' {
		greedy := *n
		greedy.mode = 'g'
		end := -1
		return m.run(&greedy, i, func(j int) bool { end = j; return true }) && k(end)
	}
	if n.subs[0].op == opSet {
		return m.repeatSet(n, i, k)
	}
	return m.repeatAny(n, i, 0, k)
}

func (m *machine) repeatAny(n *node, i, count int, k func(int) bool) bool {
	again := func() bool {
		if n.max >= 0 && count >= n.max {
			return false
		}
		return m.run(n.subs[0], i, func(j int) bool {
			if j == i && count+1 >= n.min {
				return k(j)
			}
			return m.repeatAny(n, j, count+1, k)
		})
	}
	if count < n.min {
		return again()
	}
	if n.mode == 'l' {
		return k(i) || again()
	}
	return again() || k(i)
}

// repeatSet repeats single characters without recursion.
func (m *machine) repeatSet(n *node, i int, k func(int) bool) bool {
	sub := n.subs[0]
	count := 0
	for count < n.min {
		size := m.one(sub, i)
		if size == 0 {
			return false
		}
		i += size
		count++
	}
	low := i
	if n.mode == 'l' {
		for {
			if k(i) {
				return true
			}
			size := m.one(sub, i)
			if size == 0 || n.max >= 0 && count >= n.max || m.steps < 0 {
				return false
			}
			i += size
			count++
		}
	}
	for n.max < 0 || count < n.max {
		size := m.one(sub, i)
		if size == 0 {
			break
		}
		i += size
		count++
	}
	for {
		if k(i) {
			return true
		}
		if i == low || m.steps < 0 {
			return false
		}
		_, size := utf8.DecodeLastRune(m.s[:i])
		i -= size
	}
}

func (m *machine) look(n *node, i int) bool {
	saved := append([]int(nil), m.caps...)
	found := false
	if !n.behind {
		found = m.run(n.subs[0], i, func(int) bool { return true })
	} else {
		for start := i; start >= 0 && !found; start-- {
			found = m.run(n.subs[0], start, func(j int) bool { return j == i })
		}
	}
	if !found || n.negative {
		copy(m.caps, saved)
	}
	return found
}

func (m *machine) backref(n *node, i int, k func(int) bool) bool {
	if 2*n.index+1 >= len(m.caps) || m.caps[2*n.index] < 0 {
		return false
	}
	want := m.s[m.caps[2*n.index]:m.caps[2*n.index+1]]
	if i+len(want) > len(m.s) {
		return false
	}
	got := m.s[i : i+len(want)]
	if !bytes.Equal(got, want) && !(n.fold && bytes.EqualFold(got, want)) {
		return false
	}
	return k(i + len(want))
}

func (m *machine) assert(n *node, i int) bool {
	switch n.mode {
	case '^':
		if n.multi && i > 0 && i < len(m.s) {
			r, _ := utf8.DecodeLastRune(m.s[:i])
			return lineEnds().has(r) && !(r == '\r' && m.s[i] == '\n')
		}
		return i == 0
	case 'A':
		return i == 0
	case 'z':
		return i == len(m.s)
	case '$':
		if n.multi && i < len(m.s) {
			r, _ := utf8.DecodeRune(m.s[i:])
			return lineEnds().has(r) && !(r == '\n' && i > 0 && m.s[i-1] == '\r')
		}
		return m.atEnd(i)
	case 'Z':
		return m.atEnd(i)
	case 'b':
		return m.wordAt(i) != m.wordBefore(i)
	case 'B':
		return m.wordAt(i) == m.wordBefore(i)
	case 'G':
		return i == m.start
	}
	return false
}

// atEnd reports whether only a line end follows.
func (m *machine) atEnd(i int) bool {
	rest := m.s[i:]
	switch string(rest) {
	case "", "\r\n", "\u0085", "\u2028", "\u2029", "\r":
		return true
	case "\n":
		return i == 0 || m.s[i-1] != '\r'
	}
	return false
}

// wordBefore reports whether a word character ends at i. Java's word boundaries
// know the letters of all scripts, though \w does not, and take a mark for a
// part of the letter before it.
func (m *machine) wordBefore(i int) bool {
	for i > 0 {
		r, size := utf8.DecodeLastRune(m.s[:i])
		if !unicode.Is(unicode.Mn, r) {
			return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
		}
		i -= size
	}
	return false
}

func (m *machine) wordAt(i int) bool {
	_, size := utf8.DecodeRune(m.s[i:])
	return size > 0 && m.wordBefore(i+size)
}
