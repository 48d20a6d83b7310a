package json

import (
	"bytes"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
)

// anyText reads any value as text: a string's content, numbers and words as they stand, objects and arrays as JSON without white space.
// It is valid until the next call.
func (d *decoder) anyText() ([]byte, fault) {
	switch d.data[d.p] {
	case '"':
		return d.text()
	case '{', '[':
		out, f := d.compact(nil, 0)
		return out, f
	}
	from := d.p
	f := d.skip()
	return d.data[from:d.p], f
}

// compact appends the value at p as JSON without white space, as Jackson prints its tree: numbers in Java's form, of equal names the last
// value at the place of the first.
func (d *decoder) compact(out []byte, depth int) ([]byte, fault) {
	if d.p >= d.end {
		return out, d.syntax("a value is expected")
	}
	switch c := d.data[d.p]; {
	case c == '"':
		t, f := d.text()
		return appendText(out, t, false), f
	case c == '{' || c == '[':
		if depth >= maxDepth {
			return out, d.syntax("values are nested too deep")
		}
		if c == '{' {
			return d.compactObject(out, depth)
		}
		return d.compactArray(out, depth)
	case c == '-' || c-'0' <= 9:
		from := d.p
		whole, f := d.number()
		if f != fine {
			return out, f
		}
		return d.appendNumber(out, d.data[from:d.p], whole), fine
	}
	from := d.p
	f := d.skip()
	return append(out, d.data[from:d.p]...), f
}

func (d *decoder) appendNumber(out, t []byte, whole bool) []byte {
	if whole {
		if string(t) == "-0" {
			t = t[1:]
		}
		return append(out, t...)
	}
	if d.decimal {
		for s := 38; s >= 0; s-- {
			if v, ok := decimal.ParseBig(t, 38, s); ok {
				return decimal.AppendStripped(out, v, s)
			}
		}
	}
	v, ok := number.ParseDouble(t)
	if !ok {
		return append(out, t...)
	}
	return number.AppendDouble(out, v)
}

func (d *decoder) compactArray(out []byte, depth int) ([]byte, fault) {
	out = append(out, '[')
	d.p++
	if d.space() == ']' {
		d.p++
		return append(out, ']'), fine
	}
	for {
		d.space()
		var f fault
		if out, f = d.compact(out, depth+1); f != fine {
			return out, f
		}
		switch d.space() {
		case ',':
			d.p++
			out = append(out, ',')
		case ']':
			d.p++
			return append(out, ']'), fine
		default:
			return out, d.syntax("a comma or ] is expected")
		}
	}
}

// member is a field of an object that is printed.
type member struct{ name, value []byte }

func (d *decoder) compactObject(out []byte, depth int) ([]byte, fault) {
	d.p++
	if d.space() == '}' {
		d.p++
		return append(out, "{}"...), fine
	}
	var members []member
	for {
		if d.space() != '"' {
			return out, d.syntax("a field name is expected")
		}
		t, f := d.text()
		if f != fine {
			return out, f
		}
		name := appendText(nil, t, false)
		if d.space() != ':' {
			return out, d.syntax("a colon is expected")
		}
		d.p++
		d.space()
		value, f := d.compact(nil, depth+1)
		if f != fine {
			return out, f
		}
		members = put(members, member{name, value})
		switch d.space() {
		case ',':
			d.p++
		case '}':
			d.p++
			for i, m := range members {
				sep := byte(',')
				if i == 0 {
					sep = '{'
				}
				out = append(append(append(append(out, sep), m.name...), ':'), m.value...)
			}
			return append(out, '}'), fine
		default:
			return out, d.syntax("a comma or } is expected")
		}
	}
}

func put(members []member, m member) []member {
	for i := range members {
		if bytes.Equal(members[i].name, m.name) {
			members[i].value = m.value
			return members
		}
	}
	return append(members, m)
}
