package changelog

import (
	"fmt"
	"regexp"
	"slices"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/connectors/format/json"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// decoder implements format.Decoder.
type decoder struct {
	s       *Shape
	p       *json.Parts
	set     *column.Set
	kinds   []vector.RowKind // of the rows in set
	changes bool             // one of them is not Insert
	fields  *json.Fields
	names   []string // of the columns that images have
	payload string   // the member that holds the message, or ""
	ignore  bool     // parse errors
	tells   []tell
	first   int // the column of tells[0]
	filters []filter
	found   []bool // by column: its name is a member of an old image

	m      message
	reason error // why the current record is malformed
}

// tell is something that the message tells, wanted as a column.
type tell struct {
	Tell
	value *json.Value
	col   *column.Column
	place int // where it stands in the current message; -1: nowhere
}

// filter is a member that must match a pattern.
type filter struct {
	Filter
	pattern *regexp.Regexp
	place   int
	last    string // the latest text
	matched bool   // last matches
}

// image is a member with images of rows.
type image struct {
	place   int // -1: the message has none, or null
	repeats bool
	rows    int // how many rows were appended for it
	from    int // the first of them
}

// message is what the current message has.
type message struct {
	action        Action
	op            []byte // its word, if the action is Unknown
	before, after image
}

func newDecoder(s *Shape, c format.Config, v *connectors.Values) (*decoder, error) {
	p, err := json.NewParts(c)
	if err != nil {
		return nil, fmt.Errorf("format '%s': %w", s.Name, err)
	}
	d := &decoder{s: s, p: p, ignore: v.Bool("ignore-parse-errors"), first: len(c.Columns)}
	if s.Payload != "" && v.Bool("schema-include") {
		d.payload = s.Payload
	}
	for _, f := range s.Filters {
		if text := v.Text(f.Option); text != "" {
			re, err := regexp.Compile("^(?:" + text + ")$")
			if err != nil {
				return nil, v.Invalid(f.Option, err.Error())
			}
			d.filters = append(d.filters, filter{Filter: f, pattern: re})
		}
	}
	ts := c.Columns.Types()
	for _, key := range c.Metadata {
		i := slices.IndexFunc(s.Tells, func(t Tell) bool { return t.Key == key })
		if i < 0 {
			return nil, fmt.Errorf("format '%s': metadata key '%s': %w", s.Name, key, connectors.ErrNotFound)
		}
		d.tells = append(d.tells, tell{Tell: s.Tells[i]})
		ts = append(slices.Clip(ts), s.Tells[i].Type)
	}
	if c.Pool == nil {
		return d, nil
	}
	d.set = column.NewSet(c.Pool, ts)
	d.fields = p.Fields(c.Columns, d.set.Columns[:d.first], "")
	for _, f := range c.Columns {
		d.names = append(d.names, f.Name)
	}
	d.found = make([]bool, len(d.names))
	for i := range d.tells {
		t := &d.tells[i]
		t.col = d.set.Columns[d.first+i]
		read := t.Read
		if read.Kind == types.Invalid {
			read = t.Type
		}
		t.value = p.Value(read, t.col, t.Key)
	}
	return d, nil
}

// Split finds lines.
func (d *decoder) Split(data []byte, last bool, limit int, r *format.Records) int {
	return format.SplitLines(data, last, limit, r)
}

func (d *decoder) Rows() int { return d.set.Rows }
func (d *decoder) Close()    { d.set.Close() }

// Full leaves room for the two rows of an update, which stay together.
func (d *decoder) Full() bool { return d.set.Rows >= vector.MaxRows-1 || d.set.Full() }

// Take returns the rows with their kinds.
func (d *decoder) Take() *vector.Batch {
	b := d.set.Take()
	if b != nil && d.changes {
		b.Kinds = slices.Clone(d.kinds)
	}
	d.kinds, d.changes = d.kinds[:0], false
	return b
}

// Decode appends the rows of messages.
func (d *decoder) Decode(r *format.Records, from int) (int, error) {
	for i := from; i < r.Len(); i++ {
		if d.Full() {
			return i, nil
		}
		d.set.Begin()
		d.p.Begin(r, i)
		rows := d.set.Rows
		d.reason = nil
		if d.record() {
			continue
		}
		d.takeBack(rows)
		if d.ignore {
			d.p.Dropped()
			continue
		}
		if d.reason != nil {
			return i, d.p.Malformed(r.At(i), "%s", d.reason)
		}
		return i, d.p.Fault(r.At(i))
	}
	return r.Len(), nil
}

// takeBack takes back the rows from number rows on.
func (d *decoder) takeBack(rows int) {
	for _, c := range d.set.Columns {
		c.Rollback(rows)
	}
	d.set.Rows = rows
	d.kinds = d.kinds[:rows]
}

// malformed is the answer for well-formed JSON that is no message.
func (d *decoder) malformed(form string, args ...any) bool {
	d.reason = fmt.Errorf(form, args...)
	return false
}

// record reads a record: a message, or nothing at all, or null.
func (d *decoder) record() bool {
	for i := range d.tells {
		d.tells[i].place = -1
	}
	for i := range d.filters {
		d.filters[i].place = -1
	}
	switch d.p.Peek() {
	case 0:
		return true
	case 'n':
		return d.p.Skip()
	}
	if d.payload == "" {
		return d.message()
	}
	place, ok := d.envelope()
	if !ok {
		return false
	}
	if place < 0 {
		return d.malformed("the message has no member %q", d.payload)
	}
	d.p.Seek(place)
	return d.message()
}

// envelope finds the payload.
func (d *decoder) envelope() (place int, ok bool) {
	place = -1
	if d.p.Peek() != '{' {
		return place, d.p.Skip() && d.malformed("an object is expected")
	}
	for more := d.p.First('}'); more; {
		name, ok := d.p.Key()
		if !ok {
			return place, false
		}
		at := d.p.Place()
		if string(name) == d.payload {
			place = at
		} else {
			d.remember(name, at, true)
		}
		if !d.p.Skip() {
			return place, false
		}
		if more, ok = d.p.Next('}'); !ok {
			return place, false
		}
	}
	return place, true
}

// remember keeps the place of a member that is wanted later.
func (d *decoder) remember(name []byte, place int, outside bool) {
	for i := range d.tells {
		if t := &d.tells[i]; t.Outside == outside && t.Path[0] == string(name) {
			t.place = place
		}
	}
	for i := range d.filters {
		if f := &d.filters[i]; !outside && f.Member == string(name) {
			f.place = place
		}
	}
}

// message reads a message and appends its rows.
func (d *decoder) message() bool {
	if d.p.Peek() != '{' {
		return d.p.Skip() && d.malformed("an object is expected")
	}
	base := d.set.Rows
	d.m = message{op: d.m.op[:0], before: image{place: -1}, after: image{place: -1}}
	for more := d.p.First('}'); more; {
		name, ok := d.p.Key()
		if !ok {
			return false
		}
		d.remember(name, d.p.Place(), false)
		switch {
		case string(name) == d.s.After:
			ok = d.image(&d.m.after, true)
		case string(name) == d.s.Before:
			ok = d.image(&d.m.before, !d.s.Partial)
		case string(name) == d.s.Op:
			ok = d.op()
		default:
			ok = d.p.Skip()
		}
		if !ok {
			return false
		}
		if more, ok = d.p.Next('}'); !ok {
			return false
		}
	}
	ok, wanted := d.filtered()
	if !ok || !wanted {
		d.takeBack(base)
		return ok
	}
	return d.finish(base) && d.tell(base)
}

// op reads what happened.
func (d *decoder) op() bool {
	word, ok := d.p.Text()
	if !ok {
		return false
	}
	for i := range d.s.Actions {
		if w := &d.s.Actions[i]; w.Text == string(word) {
			d.m.action = w.Action
			return true
		}
	}
	d.m.action, d.m.op = Unknown, append(d.m.op[:0], word...)
	return true
}

// image meets a member with images. With read it appends them as rows.
func (d *decoder) image(m *image, read bool) bool {
	if m.place >= 0 {
		m.repeats = true
	}
	m.place = d.p.Place()
	m.rows, m.from = 0, d.set.Rows
	c, opening := d.p.Peek(), byte('{')
	if d.s.Lists {
		opening = '['
	}
	switch {
	case c == 'n':
		m.place = -1
	case c != opening:
		if !d.p.Skip() {
			return false
		}
		if !d.ignore {
			return d.malformed("an image must begin with %c", opening)
		}
		m.place = -1
		d.p.Dropped()
		return true
	case read && d.s.Lists:
		return d.list(m)
	case read:
		m.rows = 1
		return d.row()
	}
	return d.p.Skip()
}

// row appends the object at the current place.
func (d *decoder) row() bool {
	if !d.p.Object(d.fields, d.set.Rows) {
		return false
	}
	d.end(vector.Insert)
	return true
}

// end ends a row.
func (d *decoder) end(k vector.RowKind) {
	d.set.EndRow()
	d.kinds = append(d.kinds, k)
}

// list appends the objects of the array at the current place.
func (d *decoder) list(m *image) bool {
	for more := d.p.First(']'); more; {
		if d.p.Peek() != '{' {
			return d.p.Skip() && d.malformed("an element of an image is no object")
		}
		if !d.row() {
			return false
		}
		m.rows++
		var ok bool
		if more, ok = d.p.Next(']'); !ok {
			return false
		}
	}
	return true
}

// filtered tells whether the message passes the filters.
func (d *decoder) filtered() (ok, wanted bool) {
	for i := range d.filters {
		f := &d.filters[i]
		if f.place < 0 {
			return true, false
		}
		d.p.Seek(f.place)
		text, ok := d.p.Text()
		if !ok {
			return false, false
		}
		if f.last != string(text) || f.last == "" {
			f.last = string(text)
			f.matched = f.pattern.MatchString(f.last)
		}
		if !f.matched {
			return true, false
		}
	}
	return true, true
}
