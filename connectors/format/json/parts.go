package json

import (
	"fmt"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/sql/types"
)

// Parts reads records piece by piece, for formats that keep rows inside messages. Begin sets it at a record; then each call reads what is at
// the current place. Calls that return false leave why in Fault, and the place is not usable then. It belongs to one goroutine.
type Parts struct{ d *decoder }

// Fields is an object whose members go to columns.
type Fields struct{ o *object }

// Value is a value that goes to a column.
type Value struct{ n *node }

// NewParts returns a reader with the options of this format.
func NewParts(c format.Config) (*Parts, error) {
	s, err := parse(Format{}, c)
	if err != nil {
		return nil, err
	}
	c.Pool = nil // rows go to columns of the caller
	return &Parts{d: newDecoder(c, s)}, nil
}

// Fields returns a reader of objects whose members go to the columns of the same number.
func (p *Parts) Fields(s types.Schema, cols []*column.Column, path string) *Fields {
	return &Fields{newObject(s, cols, path)}
}

// Value returns a reader of values of type t. The storage of t must be that of the column.
func (p *Parts) Value(t types.Type, c *column.Column, path string) *Value {
	return &Value{newNode(t, c, path)}
}

// Begin sets the place to the start of record i.
func (p *Parts) Begin(r *format.Records, i int) {
	p.d.data = r.Data[:cap(r.Data)]
	p.d.p, p.d.end = int(r.Start[i]), int(r.End[i])
	p.d.where = nil
}

// Place is where the reader is, for Seek.
func (p *Parts) Place() int { return p.d.p }

// Seek goes back to a place of the same record.
func (p *Parts) Seek(place int) { p.d.p = place }

// Since is the text from a place to the current one.
func (p *Parts) Since(place int) []byte { return p.d.data[place:p.d.p] }

// Peek moves over white space and returns the byte that begins what follows, or 0 at the end of the record.
func (p *Parts) Peek() byte {
	c := p.d.space()
	if p.d.p >= p.d.end {
		return 0
	}
	return c
}

// First goes into the object or array at the current place, which closing ends, to its first element; more is false if it has none.
func (p *Parts) First(closing byte) (more bool) {
	p.d.p++
	if p.d.space() == closing {
		p.d.p++
		return false
	}
	return true
}

// Key reads the name of a member and the colon. The name is valid until the next call.
func (p *Parts) Key() (name []byte, ok bool) {
	d := p.d
	if d.space() != '"' {
		return nil, d.syntax("a field name is expected") == fine
	}
	name, f := d.text()
	if f != fine {
		return nil, false
	}
	if d.space() != ':' {
		return nil, d.syntax("a colon is expected") == fine
	}
	d.p++
	d.space()
	return name, true
}

// Next moves from one element of an object or array, which closing ends, to the next; more is false behind the last.
func (p *Parts) Next(closing byte) (more, ok bool) {
	switch d := p.d; d.space() {
	case ',':
		d.p++
		d.space()
		return true, true
	case closing:
		d.p++
		return false, true
	default:
		return false, d.syntax("a comma or closing bracket is expected") == fine
	}
}

// Skip moves over a value.
func (p *Parts) Skip() bool { return p.d.skip() == fine }

// Text reads a value as text, which is valid until the next call.
func (p *Parts) Text() ([]byte, bool) {
	if p.Peek() == 0 {
		return nil, p.d.syntax("a value is expected") == fine
	}
	t, f := p.d.anyText()
	return t, f == fine
}

// Object appends the members of the object at the current place to the columns of f, which hold base values or one more: a member replaces
// that one. Columns without a member and without that value become NULL.
func (p *Parts) Object(f *Fields, base int) bool { return p.d.object(f.o, base) == fine }

// Append appends the value at the current place, or NULL for a value of the wrong kind if the options say so.
func (p *Parts) Append(v *Value) bool { return p.d.field(v.n) == fine }

// Fault says what was wrong with the record when a call returned false.
func (p *Parts) Fault(record []byte) error { return p.d.error(record) }

// Malformed describes a record that is well-formed JSON and yet no message.
func (p *Parts) Malformed(record []byte, form string, args ...any) error {
	p.d.where, p.d.what = nil, fmt.Sprintf(form, args...)
	return p.d.error(record)
}

// Dropped counts a record that was left out.
func (p *Parts) Dropped() { p.d.dropped() }
