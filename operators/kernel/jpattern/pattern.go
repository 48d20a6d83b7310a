package jpattern

import (
	"errors"
	"fmt"
	"strings"
)

// Pattern is a compiled pattern of java.time's DateTimeFormatter.
type Pattern struct {
	items    []item
	fraction int    // the longest run of S
	zone     byte   // a letter that needs a zone, or 0
	noParse  string // a letter that can only be printed
}

// item is one element of a pattern. Letter 0 is literal text; '[' opens an
// optional section that ends before items[next].
type item struct {
	letter byte
	count  int
	text   string
	next   int
	// Number fields: the widths of parsing.
	least, most int
	subsequent  int
	sign        signStyle
}

type signStyle uint8

const (
	signNever   signStyle = iota // no sign
	signNormal                   // a minus
	signExceeds                  // a minus, or a plus with more digits than the least
)

// Compile reads a pattern; the errors are those of Java.
func Compile(pattern string) (*Pattern, error) {
	p := &Pattern{}
	var open []int
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if err := p.letter(c, n); err != nil {
				return nil, err
			}
			i += n
		case c == '\'':
			text, size, ok := quoted(pattern[i:])
			if !ok {
				return nil, fmt.Errorf("pattern ends with an incomplete string literal: %s", pattern)
			}
			p.literal(text)
			i += size
		case c == '[':
			open = append(open, len(p.items))
			p.items = append(p.items, item{letter: '['})
			i++
		case c == ']':
			if len(open) == 0 {
				return nil, errors.New("pattern invalid as it contains ] without previous [")
			}
			p.items[open[len(open)-1]].next = len(p.items)
			open = open[:len(open)-1]
			i++
		case c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("pattern includes reserved character: '%c'", c)
		default:
			n := 1
			for i+n < len(pattern) && pattern[i+n] >= 0x80 {
				n++
			}
			p.literal(pattern[i : i+n])
			i += n
		}
	}
	for _, o := range open {
		p.items[o].next = len(p.items)
	}
	p.adjacent()
	return p, nil
}

// quoted reads a quoted literal at the start of t; two quotes stand for one.
func quoted(t string) (text string, size int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(t); i++ {
		if t[i] != '\'' {
			b.WriteByte(t[i])
			continue
		}
		if i+1 < len(t) && t[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		if i == 1 {
			return "'", 2, true
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func (p *Pattern) literal(text string) {
	if n := len(p.items); n > 0 && p.items[n-1].letter == 0 {
		p.items[n-1].text += text
		return
	}
	p.items = append(p.items, item{text: text})
}

// letter adds the field of a run of n equal letters.
func (p *Pattern) letter(c byte, n int) error {
	it := item{letter: c, count: n}
	most := 5
	switch c {
	case 'y', 'u', 'Y':
		most = 19
		switch {
		case n == 2:
			it.least, it.most = 2, 2
		case n < 4:
			it.least, it.most, it.sign = n, 19, signNormal
		default:
			it.least, it.most, it.sign = n, 19, signExceeds
		}
	case 'M', 'L', 'Q', 'q':
		if n < 3 {
			it.number(n, 2)
		}
	case 'd', 'h', 'H', 'k', 'K', 'm', 's', 'w':
		most = 2
		it.number(n, 2)
	case 'D':
		most = 3
		it.number(n, 3)
		if n == 2 {
			it.least, it.most = 2, 3
		}
	case 'F', 'W':
		most = 1
		it.number(n, 1)
	case 'e':
		if n < 3 {
			it.number(n, 2)
		}
	case 'c':
		if n == 2 {
			return errors.New("invalid pattern \"cc\"")
		}
		if n == 1 {
			it.number(n, 2)
		}
	case 'S':
		most = 9
		it.least, it.most = n, n
		p.fraction = max(p.fraction, n)
	case 'A', 'n', 'N':
		most = 19
		it.least, it.most = n, 19
	case 'E', 'G':
	case 'a':
		most = 1
	case 'z', 'Z', 'X', 'x', 'O', 'V', 'v':
		if err := zoneCount(c, n); err != nil {
			return err
		}
		if p.zone == 0 {
			p.zone = c
		}
	case 'B', 'g', 'p':
		return fmt.Errorf("pattern letter %q is not supported yet", string(c))
	default:
		return fmt.Errorf("unknown pattern letter: %c", c)
	}
	if n > most {
		return fmt.Errorf("too many pattern letters: %c", c)
	}
	if strings.IndexByte("YwWFQqeccANG", c) >= 0 && p.noParse == "" {
		p.noParse = string(c)
	}
	p.items = append(p.items, it)
	return nil
}

func zoneCount(c byte, n int) error {
	switch c {
	case 'V':
		if n != 2 {
			return errors.New("pattern letter count must be 2: V")
		}
	case 'O', 'v':
		if n != 1 && n != 4 {
			return fmt.Errorf("pattern letter count must be 1 or 4: %c", c)
		}
	case 'z':
		if n > 4 {
			return errors.New("too many pattern letters: z")
		}
	}
	return nil
}

// number sets the parsing widths of a field with n letters: one letter takes
// any number of digits, two exactly two.
func (it *item) number(n, _ int) {
	if n == 1 {
		it.least, it.most, it.sign = 1, 19, signNormal
		return
	}
	it.least, it.most = n, n
}

func (it *item) fixed() bool { return it.most > 0 && it.least == it.most && it.sign == signNever }

// adjacent reserves the digits of fixed fields for them where they follow a
// field of variable width without anything between.
func (p *Pattern) adjacent() {
	active := -1
	for i := range p.items {
		it := &p.items[i]
		switch {
		case it.most == 0:
			active = -1
		case active >= 0 && it.fixed():
			p.items[active].subsequent += it.most
		default:
			active = i
		}
	}
	for i := range p.items {
		if p.items[i].fixed() {
			p.items[i].subsequent = 0
		}
	}
}

// FractionDigits returns the longest run of S, which gives TO_TIMESTAMP_LTZ its
// precision.
func (p *Pattern) FractionDigits() int { return p.fraction }

// CanFormat returns an error if the pattern has a letter that a value without a
// zone cannot print.
func (p *Pattern) CanFormat() error {
	switch p.zone {
	case 0:
		return nil
	case 'Z', 'X', 'x', 'O':
		return errors.New("unsupported field: OffsetSeconds")
	}
	return errors.New("unable to extract ZoneId from a value without time zone")
}

// CanParse returns an error if the pattern has a letter that is only printed.
func (p *Pattern) CanParse() error {
	if p.noParse != "" {
		return fmt.Errorf("reading pattern letter %q is not supported yet", p.noParse)
	}
	return nil
}
