package json

import (
	"bytes"
	"encoding/binary"

	"millrace/connectors/format/column"
	"millrace/sql/types"
)

// node is a wanted value: where it goes and how it is read.
type node struct {
	path string
	t    types.Type
	op   op
	col  *column.Column
	row  *object // ROW
	elem *node   // ARRAY: element; MAP, MULTISET: value
}

// object is a ROW: its wanted fields and what was learned of its keys.
type object struct {
	nodes   []*node
	byName  map[string]*node
	entries []entry
	first   int32 // the entry that came first lately; -1: none
}

// entry is a key that was met.
type entry struct {
	k8, mask uint64 // the first eight bytes of key
	key      []byte // with quotes
	node     *node  // nil: not wanted
	next     int32  // the entry that followed lately; -1: none
}

// maxEntries bounds what an object learns.
const maxEntries = 128

func newObject(fields types.Schema, cols []*column.Column, path string) *object {
	o := &object{byName: map[string]*node{}, first: -1}
	for i, f := range fields {
		n := newNode(f.Type, cols[i], path+f.Name)
		o.nodes = append(o.nodes, n)
		o.byName[f.Name] = n
	}
	return o
}

func newNode(t types.Type, c *column.Column, path string) *node {
	n := &node{path: path, t: t, op: opOf(t), col: c}
	switch t.Kind {
	case types.Row:
		n.row = newObject(t.Fields, c.Children, path+".")
	case types.Array:
		n.elem = newNode(*t.Elem, c.Children[0], path+"[]")
	case types.Map:
		n.elem = newNode(*t.Elem, c.Children[1], path+"{}")
	case types.Multiset:
		n.elem = newNode(types.IntType(), c.Children[1], path+"{}")
	}
	return n
}

func (o *object) learn(key []byte, n *node) int32 {
	e := entry{key: append([]byte(nil), key...), node: n, next: -1}
	var first [8]byte
	k := copy(first[:], key)
	e.k8, e.mask = binary.LittleEndian.Uint64(first[:]), ^uint64(0)
	if k < 8 {
		e.mask = 1<<(8*k) - 1
	}
	o.entries = append(o.entries, e)
	return int32(len(o.entries) - 1)
}

// match tells whether the key of e stands at the start of data, whose first eight bytes are w.
func (e *entry) match(w uint64, data []byte) bool {
	return w&e.mask == e.k8 && (len(e.key) <= 8 || bytes.Equal(data[8:len(e.key)], e.key[8:]))
}

// object reads an object into the columns of o, which hold base values. Columns of fields that did not occur are left as they are for
// the caller, unless that is an error.
func (d *decoder) object(o *object, base int) fault {
	d.p++
	seen, prev := 0, int32(-1)
	if d.space() == '}' {
		d.p++
		return d.missing(o, base)
	}
	for {
		if d.space() != '"' {
			return d.syntax("a field name is expected")
		}
		n, at, f := d.key(o, prev)
		if f != fine {
			return f
		}
		prev = at
		if d.space() != ':' {
			return d.syntax("a colon is expected")
		}
		d.p++
		d.space()
		if n == nil || seen >= len(o.nodes) {
			f = d.skip()
		} else {
			seen++
			if n.col.N > base {
				n.col.Rollback(base)
			}
			f = d.field(n)
		}
		if f != fine {
			return f
		}
		switch d.space() {
		case ',':
			d.p++
		case '}':
			d.p++
			if seen < len(o.nodes) {
				return d.missing(o, base)
			}
			return fine
		default:
			return d.syntax("a comma or } is expected")
		}
	}
}

func (d *decoder) missing(o *object, base int) fault {
	for _, n := range o.nodes {
		if n.col.N > base {
			continue
		}
		if d.s.failOnMissing {
			d.value(n, "the field is missing")
			return badSyntax
		}
		n.col.AppendNull()
	}
	return fine
}

// key reads a key, predicted from the one before, and returns its field.
func (d *decoder) key(o *object, prev int32) (*node, int32, fault) {
	pred := &o.first
	if prev >= 0 {
		pred = &o.entries[prev].next
	}
	data := d.data[d.p:]
	w := binary.LittleEndian.Uint64(data)
	if at := *pred; at >= 0 {
		if e := &o.entries[at]; e.match(w, data) {
			d.p += len(e.key)
			return e.node, at, fine
		}
	}
	for i := range o.entries {
		if e := &o.entries[i]; e.match(w, data) {
			*pred = int32(i)
			d.p += len(e.key)
			return e.node, int32(i), fine
		}
	}
	from := d.p
	name, f := d.text()
	if f != fine {
		return nil, -1, f
	}
	n := o.byName[string(name)]
	raw := d.data[from:d.p]
	if len(o.entries) >= maxEntries || bytes.IndexByte(raw, '\\') >= 0 {
		return n, -1, fine
	}
	at := o.learn(raw, n)
	if prev >= 0 {
		pred = &o.entries[prev].next // learning may have moved the entries
	}
	*pred = at
	return n, at, fine
}
