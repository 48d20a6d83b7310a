package changelog

import (
	"bytes"

	"millrace/operators/vector"
)

// finish makes the rows from number base on those that the message stands for.
func (d *decoder) finish(base int) bool {
	m := &d.m
	switch m.action {
	case Unknown:
		if len(m.op) == 0 {
			return d.malformed("the message has no member %q", d.s.Op)
		}
		return d.malformed("unknown %s '%s'", d.s.Op, m.op)
	case Ignore:
		d.takeBack(base)
		return true
	case Insert:
		return d.only(&m.after, d.s.After, base, vector.Insert)
	case Delete:
		if d.s.Partial {
			return d.only(&m.after, d.s.After, base, vector.Delete)
		}
		return d.only(&m.before, d.s.Before, base, vector.Delete)
	}
	if m.before.place < 0 {
		return d.missing(d.s.Before)
	}
	if m.after.place < 0 {
		return d.missing(d.s.After)
	}
	if d.s.Partial {
		return d.patch(base)
	}
	if m.before.rows != 1 || m.before.from != base || m.after.rows != 1 || m.after.from != base+1 || d.set.Rows != base+2 {
		d.takeBack(base)
		for _, i := range []*image{&m.before, &m.after} {
			d.p.Seek(i.place)
			if !d.row() {
				return false
			}
		}
	}
	d.kinds[base], d.kinds[base+1] = vector.UpdateBefore, vector.UpdateAfter
	d.changes = true
	return true
}

func (d *decoder) missing(member string) bool {
	hint := ""
	if member == d.s.Before {
		hint = d.s.Hint
	}
	return d.malformed("the message has no image %q%s", member, hint)
}

// only makes the rows of one image those of the message.
func (d *decoder) only(m *image, member string, base int, k vector.RowKind) bool {
	if m.place < 0 {
		return d.missing(member)
	}
	if m.from != base || d.set.Rows != base+m.rows || m.repeats {
		d.takeBack(base)
		d.p.Seek(m.place)
		m.rows = 0
		if !d.image(m, true) {
			return false
		}
	}
	if k != vector.Insert {
		for i := base; i < d.set.Rows; i++ {
			d.kinds[i] = k
		}
		d.changes = d.changes || d.set.Rows > base
	}
	return true
}

// patch makes the rows of an update whose old images have only what changed. A field that no old image of the message has is as it is in
// the new one; a field that one has, at any depth, is NULL in those that do not have it.
func (d *decoder) patch(base int) bool {
	m := &d.m
	d.takeBack(base)
	d.p.Seek(m.before.place)
	if !d.p.Skip() {
		return false
	}
	deep := bytes.Count(d.p.Since(m.before.place), []byte("{")) > 1
	if deep {
		clear(d.found)
		d.p.Seek(m.before.place)
		if !d.search() {
			return false
		}
	}
	if !d.s.Lists {
		return d.patched(m.before.place, m.after.place, deep)
	}
	d.p.Seek(m.after.place)
	old := m.before.place
	started := false
	for more := d.p.First(']'); more; {
		after := d.p.Place()
		d.p.Seek(old)
		var inOld, ok bool
		if !started {
			inOld, ok, started = d.p.First(']'), true, true
		} else {
			inOld, ok = d.p.Next(']')
		}
		if !ok {
			return false
		}
		if !inOld {
			return d.malformed("there are fewer images in %q than in %q", d.s.Before, d.s.After)
		}
		before := d.p.Place()
		if !d.patched(before, after, deep) {
			return false
		}
		// Behind both elements.
		d.p.Seek(before)
		if !d.p.Skip() {
			return false
		}
		old = d.p.Place()
		d.p.Seek(after)
		if !d.p.Skip() {
			return false
		}
		if more, ok = d.p.Next(']'); !ok {
			return false
		}
	}
	return true
}

// patched appends the two rows of an update: the new image with the fields of the old one in place of its own, and the new one.
func (d *decoder) patched(before, after int, deep bool) bool {
	row := d.set.Rows
	for _, place := range []int{before, after} {
		d.p.Seek(place)
		if d.p.Peek() != '{' {
			return d.malformed("an element of an image is no object")
		}
	}
	if !d.p.Object(d.fields, row) {
		return false
	}
	if deep {
		for i, f := range d.found {
			if f {
				c := d.set.Columns[i]
				c.Rollback(row)
				c.AppendNull()
			}
		}
	}
	d.p.Seek(before)
	if !d.p.Object(d.fields, row) {
		return false
	}
	d.end(vector.UpdateBefore)
	d.p.Seek(after)
	d.p.Peek()
	if !d.p.Object(d.fields, row+1) {
		return false
	}
	d.end(vector.UpdateAfter)
	d.changes = true
	return true
}

// search notes which columns' names are members of the value at the current place, at any depth. The value is well-formed.
func (d *decoder) search() bool {
	c := d.p.Peek()
	if c != '{' && c != '[' {
		return d.p.Skip()
	}
	closing := c + 2 // as in ASCII
	for more := d.p.First(closing); more; {
		if c == '{' {
			name, ok := d.p.Key()
			if !ok {
				return false
			}
			for i, n := range d.names {
				d.found[i] = d.found[i] || n == string(name)
			}
		}
		if !d.search() {
			return false
		}
		var ok bool
		if more, ok = d.p.Next(closing); !ok {
			return false
		}
	}
	return true
}

// tell appends what the message tells to its rows.
func (d *decoder) tell(base int) bool {
	for i := range d.tells {
		t := &d.tells[i]
		place, ok := d.locate(t)
		if !ok {
			return false
		}
		if place < 0 {
			continue // the rows have NULL already
		}
		t.col.Rollback(base)
		for t.col.N < d.set.Rows {
			d.p.Seek(place)
			if d.p.Peek() == 0 || !d.p.Append(t.value) {
				return false
			}
		}
	}
	return true
}

// locate finds where something told stands.
func (d *decoder) locate(t *tell) (place int, ok bool) {
	if t.place < 0 || len(t.Path) == 1 {
		return t.place, true
	}
	d.p.Seek(t.place)
	if d.p.Peek() != '{' {
		return -1, true
	}
	place = -1
	for more := d.p.First('}'); more; {
		name, ok := d.p.Key()
		if !ok {
			return -1, false
		}
		if string(name) == t.Path[1] {
			place = d.p.Place()
		}
		if !d.p.Skip() {
			return -1, false
		}
		if more, ok = d.p.Next('}'); !ok {
			return -1, false
		}
	}
	return place, true
}
