package json

import (
	"errors"
	"fmt"
	"slices"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// fault says how reading a piece of text went.
type fault uint8

const (
	fine      fault = iota
	badSyntax       // the text is no JSON: the record is lost
	badValue        // a value does not fit its type: the field is lost
)

// decoder implements format.Decoder.
type decoder struct {
	s       settings
	set     *column.Set
	root    *object
	decimal bool // some field is a DECIMAL: then numbers in text made of objects keep their digits
	dropped func()

	data    []byte // the slab
	p, end  int    // what is being read
	scratch []byte
	what    string // why the last fault
	where   *node  // the field of the last fault
	dates   scalar.DateCache
}

func newDecoder(c format.Config, s settings) *decoder {
	d := &decoder{s: s, dropped: func() {}}
	if c.Malformed != nil {
		d.dropped = func() { c.Malformed.Add(1) }
	}
	for _, f := range c.Physical {
		d.decimal = d.decimal || hasDecimal(f.Type)
	}
	if c.Pool == nil {
		return d
	}
	d.set = column.NewSet(c.Pool, c.Columns.Types())
	d.root = newObject(c.Columns, d.set.Columns, "")
	return d
}

func hasDecimal(t types.Type) bool {
	if t.Kind == types.Decimal {
		return true
	}
	return slices.ContainsFunc(t.Children(), hasDecimal)
}

// Split finds lines.
func (d *decoder) Split(data []byte, last bool, limit int, r *format.Records) int {
	return format.SplitLines(data, last, limit, r)
}

func (d *decoder) Rows() int           { return d.set.Rows }
func (d *decoder) Full() bool          { return d.set.Full() }
func (d *decoder) Take() *vector.Batch { return d.set.Take() }
func (d *decoder) Close()              { d.set.Close() }

// Decode appends the rows of records.
func (d *decoder) Decode(r *format.Records, from int) (int, error) {
	d.data = r.Data[:cap(r.Data)]
	for i := from; i < r.Len(); i++ {
		if d.set.Full() {
			return i, nil
		}
		d.set.Begin()
		d.p, d.end = int(r.Start[i]), int(r.End[i])
		rows := d.set.Rows
		if d.record() == fine {
			continue
		}
		if d.s.ignoreErrors {
			d.set.Rollback(d.set.Rows)
			d.dropped()
			continue
		}
		d.set.Rollback(rows)
		return i, d.error(r.At(i))
	}
	return r.Len(), nil
}

// error describes the last fault.
func (d *decoder) error(record []byte) error {
	e := &format.RecordError{}
	if d.where != nil {
		e.Field = d.where.path
	}
	if len(record) > 200 {
		record = append(append([]byte{}, record[:200]...), "..."...)
	}
	e.Err = fmt.Errorf("%w in %q", errors.New(d.what), record)
	return e
}

// record reads a record: an object, an array of objects, or null. What follows it is ignored.
func (d *decoder) record() fault {
	d.where = nil
	switch c := d.space(); {
	case c == '{':
		return d.topRow()
	case c == '[':
		return d.topRows()
	case d.p >= d.end:
		return fine // an empty line
	case c == 'n':
		return d.word("null")
	}
	if f := d.skip(); f != fine {
		return f
	}
	return d.syntax("an object is expected")
}

func (d *decoder) topRow() fault {
	if f := d.object(d.root, d.set.Rows); f != fine {
		return f
	}
	d.set.EndRow()
	return fine
}

func (d *decoder) topRows() fault {
	d.p++
	if d.space() == ']' {
		d.p++
		return fine
	}
	for {
		switch d.space() {
		case '{':
			if f := d.topRow(); f != fine {
				return f
			}
		case 'n':
			if f := d.word("null"); f != fine {
				return f
			}
		default:
			return d.syntax("an object is expected")
		}
		switch d.space() {
		case ',':
			d.p++
		case ']':
			d.p++
			return fine
		default:
			return d.syntax("a comma or ] is expected")
		}
	}
}

// space skips white space and returns the byte that follows, which is no token at the end of the record.
func (d *decoder) space() byte {
	c := d.data[d.p]
	if c > ' ' {
		return c // the record ends with a line feed
	}
	for d.p < d.end {
		switch c = d.data[d.p]; c {
		case ' ', '\t', '\n', '\r':
			d.p++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) syntax(what string) fault {
	d.what = what
	return badSyntax
}

func (d *decoder) value(n *node, what string) fault {
	d.what, d.where = what, n
	return badValue
}

// word reads a literal such as null.
func (d *decoder) word(w string) fault {
	if d.p+len(w) > d.end || string(d.data[d.p:d.p+len(w)]) != w {
		return d.syntax("an unknown word")
	}
	d.p += len(w)
	return fine
}
