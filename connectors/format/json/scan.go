package json

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of w that end a run of plain string bytes: quotes, backslashes and control characters. Only the lowest mark
// is reliable.
func special(w uint64) uint64 {
	q := w ^ ones*'"'
	b := w ^ ones*'\\'
	return ((q-ones)&^q | (b-ones)&^b | (w-ones*0x20)&^w) & highs
}

// plain moves p over plain string bytes and returns the byte that ends them, and whether bytes beyond ASCII may have been among them.
func (d *decoder) plain() (c byte, wide bool) {
	var seen uint64
	p := d.p
	for p < d.end {
		w := binary.LittleEndian.Uint64(d.data[p:])
		seen |= w
		if m := special(w); m != 0 {
			p += bits.TrailingZeros64(m) >> 3
			break
		}
		p += 8
	}
	d.p = p
	if p >= d.end {
		return 0, false
	}
	return d.data[p], seen&highs != 0
}

// skipText moves over a string.
func (d *decoder) skipText() fault {
	d.p++
	from := d.p
	anyWide := false
	for {
		c, wide := d.plain()
		anyWide = anyWide || wide
		switch c {
		case '"':
			if anyWide && !utf8.Valid(d.data[from:d.p]) {
				return d.syntax("text that is not UTF-8")
			}
			d.p++
			return fine
		case '\\':
			if _, f := d.escape(); f != fine {
				return f
			}
		default:
			return d.syntax("a string does not end")
		}
	}
}

// text reads a string and returns its content, which is valid until the next call.
func (d *decoder) text() ([]byte, fault) {
	d.p++
	from := d.p
	c, wide := d.plain()
	if c == '"' {
		t := d.data[from:d.p]
		d.p++
		if wide && !utf8.Valid(t) {
			return nil, d.syntax("text that is not UTF-8")
		}
		return t, fine
	}
	var f fault
	d.scratch, f = d.unescape(append(d.scratch[:0], d.data[from:d.p]...), c)
	return d.scratch, f
}

// unescape appends the rest of a string, which goes on with c at p.
func (d *decoder) unescape(out []byte, c byte) ([]byte, fault) {
	for {
		switch c {
		case '"':
			d.p++
			if !utf8.Valid(out) {
				return out, d.syntax("text that is not UTF-8")
			}
			return out, fine
		case '\\':
			r, f := d.escape()
			if f != fine {
				return out, f
			}
			out = utf8.AppendRune(out, r)
		default:
			return out, d.syntax("a string does not end")
		}
		from := d.p
		c, _ = d.plain()
		out = append(out, d.data[from:d.p]...)
	}
}

// escape reads an escape sequence at p.
func (d *decoder) escape() (rune, fault) {
	if d.p+1 >= d.end {
		return 0, d.syntax("a string does not end")
	}
	c := d.data[d.p+1]
	d.p += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), fine
	case 'b':
		return '\b', fine
	case 'f':
		return '\f', fine
	case 'n':
		return '\n', fine
	case 'r':
		return '\r', fine
	case 't':
		return '\t', fine
	case 'u':
	default:
		return 0, d.syntax("an unknown escape sequence")
	}
	r, ok := d.hex4()
	if !ok {
		return 0, d.syntax("an escape sequence without four hexadecimal digits")
	}
	if !utf16.IsSurrogate(r) {
		return r, fine
	}
	if d.p+1 < d.end && d.data[d.p] == '\\' && d.data[d.p+1] == 'u' {
		back := d.p
		d.p += 2
		low, ok := d.hex4()
		if !ok {
			return 0, d.syntax("an escape sequence without four hexadecimal digits")
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, fine
		}
		d.p = back
	}
	return '?', fine // half a pair, as Java writes it
}

func (d *decoder) hex4() (rune, bool) {
	if d.p+4 > d.end {
		return 0, false
	}
	var r rune
	for _, c := range d.data[d.p : d.p+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	d.p += 4
	return r, true
}

// number moves over a number and tells whether it is an integer.
func (d *decoder) number() (integer bool, f fault) {
	p := d.p
	if d.data[p] == '-' {
		p++
	}
	switch c := d.data[p]; {
	case c == '0':
		p++
	case c >= '1' && c <= '9':
		for p++; d.data[p]-'0' <= 9; p++ {
		}
	default:
		return false, d.syntax("a value is expected")
	}
	integer = true
	if d.data[p] == '.' {
		integer = false
		from := p + 1
		for p++; d.data[p]-'0' <= 9; p++ {
		}
		if p == from {
			return false, d.syntax("a number without digits after its point")
		}
	}
	if d.data[p]|0x20 == 'e' {
		integer = false
		p++
		if d.data[p] == '+' || d.data[p] == '-' {
			p++
		}
		from := p
		for ; d.data[p]-'0' <= 9; p++ {
		}
		if p == from {
			return false, d.syntax("a number without digits in its exponent")
		}
	}
	if p > d.end || !ends(d.data[p]) {
		return false, d.syntax("a number with letters or leading zeros")
	}
	d.p = p
	return integer, fine
}

// ends tells whether c may follow a number.
func ends(c byte) bool { return c == ',' || c == '}' || c == ']' || c <= ' ' }

// maxDepth bounds the nesting of values.
const maxDepth = 1000

// skip moves over a value of any kind, which must be well-formed.
func (d *decoder) skip() fault { return d.skipAt(0) }

func (d *decoder) skipAt(depth int) fault {
	if d.p >= d.end {
		return d.syntax("a value is expected")
	}
	switch d.data[d.p] {
	case '"':
		return d.skipText()
	case '{':
		return d.skipNested(depth, '}')
	case '[':
		return d.skipNested(depth, ']')
	case 't':
		return d.word("true")
	case 'f':
		return d.word("false")
	case 'n':
		return d.word("null")
	}
	_, f := d.number()
	return f
}

func (d *decoder) skipNested(depth int, closing byte) fault {
	if depth >= maxDepth {
		return d.syntax("values are nested too deep")
	}
	d.p++
	if d.space() == closing {
		d.p++
		return fine
	}
	for {
		d.space()
		if closing == '}' {
			if d.data[d.p] != '"' || d.p >= d.end {
				return d.syntax("a field name is expected")
			}
			if f := d.skipText(); f != fine {
				return f
			}
			if d.space() != ':' {
				return d.syntax("a colon is expected")
			}
			d.p++
			d.space()
		}
		if f := d.skipAt(depth + 1); f != fine {
			return f
		}
		switch d.space() {
		case ',':
			d.p++
		case closing:
			d.p++
			return fine
		default:
			return d.syntax("a comma or closing bracket is expected")
		}
	}
}
