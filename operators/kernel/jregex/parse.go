package jregex

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

type op uint8

const (
	opEmpty op = iota
	opSet
	opCat
	opAlt
	opRepeat
	opGroup
	opAtomic
	opLook
	opBackref
	opAssert
)

// node is an element of a parsed pattern.
type node struct {
	op       op
	set      set
	subs     []*node
	min, max int  // opRepeat; max -1 is no limit
	mode     rune // opRepeat: 'g' greedy, 'l' lazy, 'p' possessive; opAssert: the letter
	index    int  // opGroup, opBackref
	behind   bool // opLook
	negative bool // opLook
	fold     bool // opBackref
	multi    bool // opAssert: ^ and $ at every line
}

// flags are the modes that (?imsxu) sets.
type flags struct{ fold, unicode, multi, dotall, comments, unixLines bool }

type parser struct {
	src    []rune
	pos    int
	f      flags
	groups int
	names  map[string]int
	depth  int
}

// parse reads a whole pattern.
func parse(pattern string) (*node, int, error) {
	if !utf8.ValidString(pattern) {
		return nil, 0, errors.New("pattern is no valid UTF-8")
	}
	p := &parser{src: []rune(pattern), names: map[string]int{}}
	n, err := p.alternation()
	if err != nil {
		return nil, 0, err
	}
	if p.pos < len(p.src) {
		return nil, 0, p.errorf("unmatched closing ')'")
	}
	return n, p.groups, nil
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%s near index %d", fmt.Sprintf(format, args...), p.pos)
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) accept(text string) bool {
	r := []rune(text)
	if len(p.src)-p.pos < len(r) || string(p.src[p.pos:p.pos+len(r)]) != text {
		return false
	}
	p.pos += len(r)
	return true
}

// skip passes over blanks and comments where the x flag allows them.
func (p *parser) skip() {
	for p.f.comments && p.more() {
		switch c := p.src[p.pos]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.pos++
		case c == '#':
			for p.more() && p.src[p.pos] != '\n' {
				p.pos++
			}
		default:
			return
		}
	}
}

func (p *parser) alternation() (*node, error) {
	if p.depth++; p.depth > 500 {
		return nil, p.errorf("pattern is nested too deeply")
	}
	defer func() { p.depth-- }()
	var subs []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		subs = append(subs, n)
		if !p.accept("|") {
			break
		}
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return &node{op: opAlt, subs: subs}, nil
}

func (p *parser) sequence() (*node, error) {
	var subs []*node
	for {
		p.skip()
		if !p.more() || p.src[p.pos] == '|' || p.src[p.pos] == ')' {
			break
		}
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		if n, err = p.quantifier(n); err != nil {
			return nil, err
		}
		subs = append(subs, n)
	}
	switch len(subs) {
	case 0:
		return &node{op: opEmpty}, nil
	case 1:
		return subs[0], nil
	}
	return &node{op: opCat, subs: subs}, nil
}

func (p *parser) quantifier(n *node) (*node, error) {
	p.skip()
	if !p.more() {
		return n, nil
	}
	r := &node{op: opRepeat, subs: []*node{n}, max: -1, mode: 'g'}
	switch p.src[p.pos] {
	case '?':
		r.max = 1
	case '*':
	case '+':
		r.min = 1
	case '{':
		return p.counted(r)
	default:
		return n, nil
	}
	p.pos++
	return p.mode(r), nil
}

func (p *parser) mode(r *node) *node {
	switch {
	case p.accept("?"):
		r.mode = 'l'
	case p.accept("+"):
		r.mode = 'p'
	}
	return r
}

func (p *parser) counted(r *node) (*node, error) {
	p.pos++
	var ok bool
	if r.min, ok = p.number(); !ok {
		return nil, p.errorf("illegal repetition")
	}
	r.max = r.min
	if p.accept(",") {
		if r.max, ok = p.number(); !ok {
			r.max = -1
		}
	}
	if !p.accept("}") {
		return nil, p.errorf("unclosed counted closure")
	}
	if r.max >= 0 && r.max < r.min {
		return nil, p.errorf("illegal repetition range")
	}
	p.mode(r)
	if p.more() && p.src[p.pos] == '{' {
		// Java reads a second count and ignores it.
		_, err := p.counted(&node{})
		return r, err
	}
	return r, nil
}

func (p *parser) number() (int, bool) {
	v, start := 0, p.pos
	for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		if v < 1<<28 {
			v = v*10 + int(p.src[p.pos]-'0')
		}
		p.pos++
	}
	return v, p.pos > start
}

// atom reads one element; nil is a flag group or an empty quotation.
func (p *parser) atom() (*node, error) {
	c := p.src[p.pos]
	switch c {
	case '(':
		return p.group()
	case '[':
		p.pos++
		s, err := p.class()
		return &node{op: opSet, set: p.folded(s)}, err
	case '.':
		p.pos++
		s := lineEnds().negate()
		switch {
		case p.f.dotall:
			s = set{0, maxRune}
		case p.f.unixLines:
			s = single('\n').negate()
		}
		return &node{op: opSet, set: s}, nil
	case '^', '$':
		p.pos++
		return &node{op: opAssert, mode: c, multi: p.f.multi}, nil
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, p.errorf("dangling meta character '%c'", c)
	case '{':
		return nil, p.errorf("illegal repetition")
	}
	p.pos++
	return p.literal(c), nil
}

func (p *parser) literal(c rune) *node { return &node{op: opSet, set: p.folded(single(c))} }

func (p *parser) folded(s set) set {
	if p.f.fold {
		return s.fold(p.f.unicode)
	}
	return s
}

func (p *parser) group() (*node, error) {
	p.pos++
	saved := p.f
	n := &node{op: opGroup}
	switch {
	case p.accept("?:"):
		n = &node{op: opCat}
	case p.accept("?>"):
		n = &node{op: opAtomic}
	case p.accept("?="):
		n = &node{op: opLook}
	case p.accept("?!"):
		n = &node{op: opLook, negative: true}
	case p.accept("?<="):
		n = &node{op: opLook, behind: true}
	case p.accept("?<!"):
		n = &node{op: opLook, behind: true, negative: true}
	case p.accept("?<"):
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if _, ok := p.names[name]; ok {
			return nil, p.errorf("named capturing group <%s> is already defined", name)
		}
		p.names[name] = p.groups + 1
	case p.accept("?"):
		if err := p.flagGroup(); err != nil {
			return nil, err
		}
		if p.accept(")") {
			return nil, nil
		}
		if !p.accept(":") {
			return nil, p.errorf("unknown inline modifier")
		}
		n = &node{op: opCat}
	}
	if n.op == opGroup {
		p.groups++
		n.index = p.groups
	}
	sub, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.errorf("unclosed group")
	}
	p.f = saved
	n.subs = []*node{sub}
	return n, nil
}

func (p *parser) name() (string, error) {
	start := p.pos
	for p.more() && p.src[p.pos] != '>' {
		c := p.src[p.pos]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if p.pos == start || c < '0' || c > '9' {
				return "", p.errorf("capturing group name does not start with a Latin letter")
			}
		}
		p.pos++
	}
	name := string(p.src[start:p.pos])
	if !p.accept(">") || name == "" {
		return "", p.errorf("named capturing group is missing trailing '>'")
	}
	return name, nil
}

func (p *parser) flagGroup() error {
	on := true
	for p.more() {
		switch p.src[p.pos] {
		case 'i':
			p.f.fold = on
		case 'u':
			p.f.unicode = on
		case 'm':
			p.f.multi = on
		case 's':
			p.f.dotall = on
		case 'x':
			p.f.comments = on
		case 'd':
			p.f.unixLines = on
		case '-':
			on = false
		case ')', ':':
			return nil
		case 'U':
			return p.errorf("inline modifier U is not supported yet")
		default:
			return p.errorf("unknown inline modifier")
		}
		p.pos++
	}
	return p.errorf("unclosed group")
}

// escape reads a backslash and what follows, outside brackets.
func (p *parser) escape() (*node, error) {
	if p.pos+1 >= len(p.src) {
		return nil, p.errorf("unexpected internal error")
	}
	c := p.src[p.pos+1]
	switch c {
	case 'A', 'b', 'B', 'G', 'Z', 'z':
		p.pos += 2
		if c == 'b' && p.accept("{g}") {
			return nil, p.errorf("grapheme boundaries are not supported yet")
		}
		return &node{op: opAssert, mode: c}, nil
	case 'Q':
		p.pos += 2
		return p.quotation(), nil
	case 'E':
		p.pos += 2
		return nil, nil
	case 'R':
		p.pos += 2
		crlf := &node{op: opCat, subs: []*node{{op: opSet, set: single('\r')}, {op: opSet, set: single('\n')}}}
		v, _ := predefined('v')
		return &node{op: opAlt, subs: []*node{crlf, {op: opSet, set: v}}}, nil
	case 'X':
		return nil, p.errorf("grapheme clusters are not supported yet")
	case 'k':
		p.pos += 2
		if !p.accept("<") {
			return nil, p.errorf("\\k is not followed by '<' for named capturing group")
		}
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		index, ok := p.names[name]
		if !ok {
			return nil, p.errorf("named capturing group <%s> does not exist", name)
		}
		return &node{op: opBackref, index: index, fold: p.f.fold}, nil
	}
	if c >= '1' && c <= '9' {
		p.pos += 2
		v := int(c - '0')
		for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' && v*10+int(p.src[p.pos]-'0') <= p.groups {
			v = v*10 + int(p.src[p.pos]-'0')
			p.pos++
		}
		return &node{op: opBackref, index: v, fold: p.f.fold}, nil
	}
	s, err := p.escapedSet()
	if err != nil {
		return nil, err
	}
	return &node{op: opSet, set: p.folded(s)}, nil
}

// quotation reads up to \E.
func (p *parser) quotation() *node {
	n := &node{op: opCat}
	for p.more() && !p.accept(`\E`) {
		n.subs = append(n.subs, p.literal(p.src[p.pos]))
		p.pos++
	}
	if len(n.subs) == 0 {
		return nil
	}
	// A quantifier applies to the last character only.
	if last := len(n.subs) - 1; last > 0 && p.more() {
		if q, err := p.quantifier(n.subs[last]); err == nil {
			n.subs[last] = q
		}
	}
	return n
}

// escapedSet reads an escape that stands for characters.
func (p *parser) escapedSet() (set, error) {
	p.pos++
	if !p.more() {
		return nil, p.errorf("illegal escape")
	}
	c := p.src[p.pos]
	p.pos++
	if s, ok := predefined(c); ok {
		return s, nil
	}
	switch c {
	case 't':
		return single('\t'), nil
	case 'n':
		return single('\n'), nil
	case 'r':
		return single('\r'), nil
	case 'f':
		return single('\f'), nil
	case 'a':
		return single(7), nil
	case 'e':
		return single(27), nil
	case 'c':
		if !p.more() {
			return nil, p.errorf("illegal control escape sequence")
		}
		p.pos++
		return single(p.src[p.pos-1] ^ 64), nil
	case 'x':
		return p.hex()
	case 'u':
		r, err := p.hexDigits(4)
		if err == nil && r >= 0xd800 && r < 0xdc00 && p.accept(`\u`) {
			lo, err := p.hexDigits(4)
			return single((r-0xd800)<<10 + (lo - 0xdc00) + 0x10000), err
		}
		return single(r), err
	case '0':
		return p.octal()
	case 'p', 'P':
		return p.property(c == 'P')
	}
	if c|0x20 >= 'a' && c|0x20 <= 'z' {
		return nil, p.errorf("illegal/unsupported escape sequence")
	}
	return single(c), nil
}

func (p *parser) hex() (set, error) {
	if !p.accept("{") {
		r, err := p.hexDigits(2)
		return single(r), err
	}
	start := p.pos
	for p.more() && p.src[p.pos] != '}' {
		p.pos++
	}
	v, err := strconv.ParseUint(string(p.src[start:p.pos]), 16, 32)
	if err != nil || v > maxRune || !p.accept("}") {
		return nil, p.errorf("illegal hexadecimal escape sequence")
	}
	return single(rune(v)), nil
}

func (p *parser) hexDigits(n int) (rune, error) {
	if p.pos+n > len(p.src) {
		return 0, p.errorf("illegal hexadecimal escape sequence")
	}
	v, err := strconv.ParseUint(string(p.src[p.pos:p.pos+n]), 16, 32)
	if err != nil {
		return 0, p.errorf("illegal hexadecimal escape sequence")
	}
	p.pos += n
	return rune(v), nil
}

func (p *parser) octal() (set, error) {
	v, n := rune(0), 0
	for p.more() && n < 3 && p.src[p.pos] >= '0' && p.src[p.pos] <= '7' && v*8+p.src[p.pos]-'0' <= 0o377 {
		v = v*8 + p.src[p.pos] - '0'
		p.pos++
		n++
	}
	if n == 0 {
		return nil, p.errorf("illegal octal escape sequence")
	}
	return single(v), nil
}

func (p *parser) property(negated bool) (set, error) {
	if !p.more() {
		return nil, p.errorf("unknown character property")
	}
	name := string(p.src[p.pos])
	p.pos++
	if name == "{" {
		start := p.pos
		for p.more() && p.src[p.pos] != '}' {
			p.pos++
		}
		name = string(p.src[start:p.pos])
		if !p.accept("}") {
			return nil, p.errorf("unclosed character family")
		}
	}
	s, err := property(name)
	if err != nil {
		return nil, err
	}
	if negated {
		s = s.negate()
	}
	return s, nil
}

// class reads a bracket list behind its opening bracket.
func (p *parser) class() (set, error) {
	if p.depth++; p.depth > 500 {
		return nil, p.errorf("pattern is nested too deeply")
	}
	defer func() { p.depth-- }()
	negated := p.accept("^")
	var s set
	for first := true; ; first = false {
		p.skip()
		if !p.more() {
			return nil, p.errorf("unclosed character class")
		}
		if p.src[p.pos] == ']' && !first {
			p.pos++
			break
		}
		if p.accept("&&") {
			right, err := p.intersection()
			if err != nil {
				return nil, err
			}
			s = s.intersect(right)
			break
		}
		part, err := p.classItem()
		if err != nil {
			return nil, err
		}
		s = append(s, part...)
	}
	s = s.normal()
	if negated {
		s = p.folded(s).negate()
	}
	return s, nil
}

// intersection reads what follows && up to the closing bracket.
func (p *parser) intersection() (set, error) {
	var s set
	for {
		if !p.more() {
			return nil, p.errorf("unclosed character class")
		}
		if p.accept("]") {
			return s.normal(), nil
		}
		if p.accept("&&") {
			right, err := p.intersection()
			if err != nil {
				return nil, err
			}
			return s.intersect(right), nil
		}
		part, err := p.classItem()
		if err != nil {
			return nil, err
		}
		s = append(s, part...)
	}
}

// classItem reads a nested class, an escape, a character or a range.
func (p *parser) classItem() (set, error) {
	if p.accept("[") {
		return p.class()
	}
	if p.accept(`\Q`) {
		var s set
		for p.more() && !p.accept(`\E`) {
			s = append(s, p.src[p.pos], p.src[p.pos])
			p.pos++
		}
		return s, nil
	}
	lo, err := p.classChar()
	if err != nil || len(lo) != 2 || lo[0] != lo[1] {
		return lo, err
	}
	if p.pos+1 < len(p.src) && p.src[p.pos] == '-' && p.src[p.pos+1] != ']' && p.src[p.pos+1] != '[' {
		p.pos++
		hi, err := p.classChar()
		if err != nil {
			return nil, err
		}
		if len(hi) != 2 || hi[0] != hi[1] || hi[0] < lo[0] {
			return nil, p.errorf("illegal character range")
		}
		return set{lo[0], hi[0]}, nil
	}
	return lo, nil
}

func (p *parser) classChar() (set, error) {
	if p.src[p.pos] == '\\' {
		return p.escapedSet()
	}
	p.pos++
	return single(p.src[p.pos-1]), nil
}
