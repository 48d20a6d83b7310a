package csv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// node is a wanted column.
type node struct {
	name  string
	t     types.Type // as declared
	col   *column.Column
	elem  *node   // ARRAY
	parts []*node // ROW: by position, nil for fields that are not wanted
}

// decoder implements format.Decoder.
type decoder struct {
	s       settings
	set     *column.Set
	fields  []*node // by position, nil for columns that are not wanted
	plain   bool    // no quotes, escapes or trimming are possible
	dropped func()

	data    []byte
	p, end  int // what is left of the record
	scratch []byte
	dates   scalar.DateCache
	field   *node // of the last fault
	what    string
}

func newDecoder(c format.Config, s settings) (*decoder, error) {
	d := &decoder{s: s, plain: s.quote == 0 && s.escape == 0 && !s.trim, dropped: func() {}, fields: make([]*node, len(c.Physical))}
	if c.Malformed != nil {
		d.dropped = func() { c.Malformed.Add(1) }
	}
	if c.Pool == nil {
		return d, nil
	}
	d.set = column.NewSet(c.Pool, c.Columns.Types())
	for i, f := range c.Columns {
		at := c.Physical.Index(f.Name)
		if at < 0 {
			return nil, fmt.Errorf("format 'csv': there is no column '%s'", f.Name)
		}
		d.fields[at] = newNode(f.Name, c.Physical[at].Type, f.Type, d.set.Columns[i])
	}
	return d, nil
}

func newNode(name string, declared, wanted types.Type, c *column.Column) *node {
	n := &node{name: name, t: declared, col: c}
	switch declared.Kind {
	case types.Array:
		n.elem = newNode(name+"[]", *declared.Elem, *wanted.Elem, c.Children[0])
	case types.Row:
		n.parts = make([]*node, len(declared.Fields))
		for i, f := range declared.Fields {
			if at := types.Schema(wanted.Fields).Index(f.Name); at >= 0 {
				n.parts[i] = newNode(name+"."+f.Name, f.Type, wanted.Fields[at].Type, c.Children[at])
			}
		}
	}
	return n
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
		if d.record() {
			d.set.EndRow()
			continue
		}
		d.set.Rollback(d.set.Rows)
		if d.s.ignoreErrors {
			d.dropped()
			continue
		}
		return i, d.error(r.At(i))
	}
	return r.Len(), nil
}

func (d *decoder) error(record []byte) error {
	e := &format.RecordError{}
	if d.field != nil {
		e.Field = d.field.name
	}
	if len(record) > 200 {
		record = append(append([]byte{}, record[:200]...), "..."...)
	}
	e.Err = fmt.Errorf("%w in %q", errors.New(d.what), record)
	return e
}

func (d *decoder) fault(n *node, what string) bool {
	d.field, d.what = n, what
	return false
}

// record reads the fields of a record.
func (d *decoder) record() bool {
	n := 0
	for more := true; more; n++ {
		var field *node
		if n < len(d.fields) {
			field = d.fields[n]
		}
		text, next, ok := d.next()
		if !ok {
			return false
		}
		more = next
		if field != nil {
			if !d.value(field, text) {
				return false
			}
			continue
		}
		if n >= len(d.fields) && !d.s.dropExtra && !(d.s.trailing && n == len(d.fields) && !more && len(text) == 0) {
			return d.fault(nil, fmt.Sprintf("there are more than the expected %d fields", len(d.fields)))
		}
	}
	if fewer := len(d.set.Columns) > n || d.s.noFewer && len(d.fields) > n; fewer && (!d.s.ignoreErrors || d.s.noFewer) {
		return d.fault(nil, fmt.Sprintf("there are %d fields where %d are expected", n, len(d.fields)))
	}
	return true
}

// next reads the next field; more tells whether another follows. The text is valid until the next call.
func (d *decoder) next() (text []byte, more, ok bool) {
	p := d.p
	if !d.plain {
		if p < d.end && d.data[p] == d.s.quote && d.s.quote != 0 {
			return d.quoted()
		}
		if d.s.trim || d.s.escape != 0 {
			return d.slow()
		}
	}
	delimiter := ones * uint64(d.s.delimiter)
	from := p
	for p < d.end {
		if m := zeros(binary.LittleEndian.Uint64(d.data[p:]) ^ delimiter); m != 0 {
			p += bits.TrailingZeros64(m) >> 3
			break
		}
		p += 8
	}
	if p >= d.end {
		d.p = d.end
		return d.data[from:d.end], false, true
	}
	d.p = p + 1
	return d.data[from:p], true, true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// quoted reads a field in quotes.
func (d *decoder) quoted() (text []byte, more, ok bool) {
	p := d.p + 1
	from := p
	copied := false
	d.scratch = d.scratch[:0]
	for {
		n := 0
		if d.s.escape == 0 {
			if n = bytes.IndexByte(d.data[p:d.end], d.s.quote); n < 0 {
				n = d.end - p
			}
		}
		for p+n < d.end && d.data[p+n] != d.s.quote && (d.data[p+n] != d.s.escape || d.s.escape == 0) {
			n++
		}
		if p+n >= d.end {
			return nil, false, d.fault(nil, "a quoted field does not end")
		}
		c := d.data[p+n]
		doubled := c == d.s.quote && p+n+1 < d.end && d.data[p+n+1] == d.s.quote
		if c == d.s.escape && c != 0 && (c != d.s.quote || doubled) || doubled {
			d.scratch = append(d.scratch, d.data[p:p+n]...)
			copied = true
			if p+n+1 >= d.end {
				return nil, false, d.fault(nil, "a quoted field does not end")
			}
			next := d.data[p+n+1]
			if !doubled {
				next = unescape(next)
			}
			d.scratch = append(d.scratch, next)
			p += n + 2
			continue
		}
		text = d.data[from : p+n]
		if copied {
			d.scratch = append(d.scratch, d.data[p:p+n]...)
			text = d.scratch
		}
		p += n + 1
		break
	}
	for p < d.end && (d.data[p] == ' ' || d.data[p] == '\t') && d.data[p] != d.s.delimiter {
		p++
	}
	if d.s.trim {
		text = scalar.Trim(text)
	}
	if p >= d.end {
		d.p = d.end
		return text, false, true
	}
	if d.data[p] != d.s.delimiter {
		return nil, false, d.fault(nil, "a delimiter is expected after a quoted field")
	}
	d.p = p + 1
	return text, true, true
}

func unescape(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// slow reads a field without quotes where escapes or blanks have a meaning.
func (d *decoder) slow() (text []byte, more, ok bool) {
	p := d.p
	if d.s.trim {
		for p < d.end && d.data[p] == ' ' {
			p++
		}
		if p < d.end && d.data[p] == d.s.quote && d.s.quote != 0 {
			d.p = p
			return d.quoted()
		}
	}
	d.scratch = d.scratch[:0]
	for p < d.end && d.data[p] != d.s.delimiter {
		c := d.data[p]
		if c == d.s.escape && c != 0 && p+1 < d.end {
			p++
			c = unescape(d.data[p])
		}
		d.scratch = append(d.scratch, c)
		p++
	}
	more = p < d.end
	d.p = min(p+1, d.end)
	if d.s.trim {
		return scalar.Trim(d.scratch), more, true
	}
	return d.scratch, more, true
}

// value appends a field to its column.
func (d *decoder) value(n *node, text []byte) bool {
	c := n.col
	switch n.t.Kind {
	case types.Array:
		return d.array(n, text)
	case types.Row:
		return d.row(n, text)
	}
	if d.s.hasNull && bytes.Equal(text, d.s.nullLiteral) || d.s.emptyNull && len(text) == 0 {
		c.AppendNull()
		return true
	}
	if d.read(n, text) {
		return true
	}
	if d.s.ignoreErrors {
		c.AppendNull()
		d.dropped()
		return true
	}
	return d.fault(n, fmt.Sprintf("%q is no %s", text, n.t))
}

// read appends a simple value, or nothing if the text does not fit the type.
func (d *decoder) read(n *node, text []byte) (ok bool) {
	c := n.col
	var v int64
	switch n.t.Kind {
	case types.Char, types.VarChar:
		if !isASCII(text) && !utf8.Valid(text) {
			text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
		}
		c.AppendBytes(text)
		return true
	case types.BigInt, types.IntervalDayTime:
		if v, ok = scalar.ParseLong(scalar.Trim(text)); ok {
			c.AppendI64(v)
		}
		return ok
	case types.Int, types.IntervalYearMonth:
		if v, ok = scalar.ParseInt(scalar.Trim(text), 32); ok {
			c.AppendI32(int32(v))
		}
		return ok
	case types.Timestamp:
		if n.t.Precision == 3 {
			if v, ok = d.dates.Millis(text); ok {
				c.AppendI64(v)
				return true
			}
		}
		return scalar.Read(c, text)
	}
	return scalar.Read(c, text)
}

// isASCII tells whether no byte has its high bit set.
func isASCII(t []byte) bool {
	i := 0
	for ; i+8 <= len(t); i += 8 {
		if binary.LittleEndian.Uint64(t[i:])&highs != 0 {
			return false
		}
	}
	for ; i < len(t); i++ {
		if t[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// element cuts the first element off an array's text.
func (d *decoder) element(text []byte) (elem, rest []byte, more bool) {
	if d.s.elementDelimiter == "" {
		return text, nil, false
	}
	return bytes.Cut(text, []byte(d.s.elementDelimiter))
}

func (d *decoder) array(n *node, text []byte) bool {
	for more := len(bytes.TrimSpace(text)) > 0; more; {
		var elem []byte
		elem, text, more = d.element(text)
		if !d.value(n.elem, elem) {
			return false
		}
	}
	n.col.EndList()
	return true
}

// row reads a ROW from an array's text. One without elements is NULL.
func (d *decoder) row(n *node, text []byte) bool {
	more := len(bytes.TrimSpace(text)) > 0
	if !more {
		n.col.AppendNull()
		return true
	}
	base, k := n.col.N, 0
	for ; more; k++ {
		var elem []byte
		elem, text, more = d.element(text)
		if k < len(n.parts) && n.parts[k] != nil && !d.value(n.parts[k], elem) {
			return false
		}
	}
	if k < len(n.parts) && !d.s.ignoreErrors {
		return d.fault(n, fmt.Sprintf("there are %d fields where %d are expected", k, len(n.parts)))
	}
	for _, c := range n.col.Children {
		if c.N == base {
			c.AppendNull()
		}
	}
	n.col.EndRow()
	return true
}
