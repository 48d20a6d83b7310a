package jregex

import (
	"fmt"
	"slices"
	"strings"
)

// emitter writes a parsed pattern in the syntax of Go's regexp.
type emitter struct {
	b      strings.Builder
	dollar bool // $ or \Z occurs: wrong where the text ends in a line end
	word   bool // \b occurs: wrong for text beyond ASCII
}

// emit reports whether the node has an equivalent.
func (e *emitter) emit(n *node) bool {
	switch n.op {
	case opEmpty:
		e.b.WriteString("(?:)")
	case opSet:
		e.set(n.set)
	case opCat:
		for _, s := range n.subs {
			if s.op == opAlt {
				e.b.WriteString("(?:")
			}
			if !e.emit(s) {
				return false
			}
			if s.op == opAlt {
				e.b.WriteByte(')')
			}
		}
	case opAlt:
		for i, s := range n.subs {
			if i > 0 {
				e.b.WriteByte('|')
			}
			if !e.emit(s) {
				return false
			}
		}
	case opGroup:
		e.b.WriteByte('(')
		if !e.emit(n.subs[0]) {
			return false
		}
		e.b.WriteByte(')')
	case opRepeat:
		return e.repeat(n)
	case opAssert:
		return e.assertion(n)
	default:
		return false
	}
	return true
}

func (e *emitter) repeat(n *node) bool {
	if n.mode == 'p' || n.min > 1000 || n.max > 1000 || nullable(n.subs[0]) {
		return false
	}
	e.b.WriteString("(?:")
	if !e.emit(n.subs[0]) {
		return false
	}
	e.b.WriteByte(')')
	switch {
	case n.max < 0:
		fmt.Fprintf(&e.b, "{%d,}", n.min)
	default:
		fmt.Fprintf(&e.b, "{%d,%d}", n.min, n.max)
	}
	if n.mode == 'l' {
		e.b.WriteByte('?')
	}
	return true
}

func (e *emitter) assertion(n *node) bool {
	switch n.mode {
	case '^':
		if n.multi {
			return false
		}
		e.b.WriteString(`\A`)
	case '$':
		if n.multi {
			return false
		}
		e.dollar = true
		e.b.WriteString(`\z`)
	case 'A':
		e.b.WriteString(`\A`)
	case 'Z':
		e.dollar = true
		e.b.WriteString(`\z`)
	case 'z':
		e.b.WriteString(`\z`)
	case 'b':
		e.word = true
		e.b.WriteString(`\b`)
	case 'B':
		e.word = true
		e.b.WriteString(`\B`)
	default:
		return false
	}
	return true
}

func (e *emitter) set(s set) {
	if len(s) == 0 {
		// Nothing matches an empty set.
		e.b.WriteString(`[^\x{0}-\x{10ffff}]`)
		return
	}
	e.b.WriteByte('[')
	for i := 0; i < len(s); i += 2 {
		fmt.Fprintf(&e.b, `\x{%x}-\x{%x}`, s[i], s[i+1])
	}
	e.b.WriteByte(']')
}

// nullable reports whether the node can match the empty text.
func nullable(n *node) bool {
	switch n.op {
	case opSet:
		return false
	case opCat:
		for _, s := range n.subs {
			if !nullable(s) {
				return false
			}
		}
		return true
	case opAlt:
		return slices.ContainsFunc(n.subs, nullable)
	case opRepeat:
		return n.min == 0 || nullable(n.subs[0])
	case opGroup, opAtomic:
		return nullable(n.subs[0])
	}
	return true
}
