package avro

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators/vector"
)

// jsonDecoder implements format.Decoder for records in Avro's JSON encoding: each is translated into the binary one, which is then decoded.
type jsonDecoder struct {
	*decoder
	in     jsonText
	slab   []byte
	record format.Records
}

// Split finds lines.
func (d *jsonDecoder) Split(data []byte, last bool, limit int, r *format.Records) int {
	return format.SplitLines(data, last, limit, r)
}

// Decode appends a row for each record. What stands behind its object is ignored, as in Flink.
func (d *jsonDecoder) Decode(r *format.Records, from int) (int, error) {
	for i := from; i < r.Len(); i++ {
		if d.set.Full() {
			return i, nil
		}
		d.in = jsonText{b: r.At(i), starts: d.in.starts[:0]}
		slab, err := d.in.value(d.slab[:0], d.s, 0)
		if d.slab = slab; err != nil {
			return i, &format.RecordError{Field: d.in.field, Err: err}
		}
		n := len(d.slab)
		d.slab = append(d.slab, make([]byte, vector.Slack)...)
		d.record.Data, d.record.Start, d.record.End = d.slab, append(d.record.Start[:0], 0), append(d.record.End[:0], int32(n))
		if _, err := d.decoder.Decode(&d.record, 0); err != nil {
			return i, err
		}
	}
	return r.Len(), nil
}

// jsonText is a JSON text that is read.
type jsonText struct {
	b      []byte
	p      int
	field  string // where the fault is
	starts []int  // of the fields of records, those of outer ones first
}

var errJSONEnd = errors.New("the text ends too early")

func (t *jsonText) blank() {
	for t.p < len(t.b) && t.b[t.p] <= ' ' {
		t.p++
	}
}

// next returns the next byte that is no blank, 0 at the end.
func (t *jsonText) next() byte {
	if t.blank(); t.p < len(t.b) {
		return t.b[t.p]
	}
	return 0
}

// take passes over c, if it comes next.
func (t *jsonText) take(c byte) bool {
	if t.next() == c {
		t.p++
		return true
	}
	return false
}

// wrong says that something else was expected.
func (t *jsonText) wrong(want string) error {
	if t.next() == 0 {
		return errJSONEnd
	}
	return fmt.Errorf("%s is expected, not %.20q", want, t.b[t.p:])
}

func (t *jsonText) word(w string) bool {
	if t.blank(); !bytes.HasPrefix(t.b[t.p:], []byte(w)) {
		return false
	}
	t.p += len(w)
	return true
}

// number returns the text of a number.
func (t *jsonText) number() []byte {
	t.blank()
	from := t.p
	for t.p < len(t.b) && (t.b[t.p] >= '0' && t.b[t.p] <= '9' || bytes.IndexByte([]byte("+-.eE"), t.b[t.p]) >= 0) {
		t.p++
	}
	return t.b[from:t.p]
}

// text appends the characters of a string.
func (t *jsonText) text(dst []byte) ([]byte, error) {
	if !t.take('"') {
		return dst, t.wrong("a string")
	}
	for t.p < len(t.b) {
		n := bytes.IndexAny(t.b[t.p:], "\"\\")
		if n < 0 {
			break
		}
		dst = append(dst, t.b[t.p:t.p+n]...)
		if t.p += n + 1; t.b[t.p-1] == '"' {
			return dst, nil
		}
		var err error
		if dst, err = t.escape(dst); err != nil {
			return dst, err
		}
	}
	return dst, errJSONEnd
}

func (t *jsonText) escape(dst []byte) ([]byte, error) {
	if t.p == len(t.b) {
		return dst, errJSONEnd
	}
	c := t.b[t.p]
	t.p++
	switch c {
	case 'b', 'f', 'n', 'r', 't':
		return append(dst, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)]), nil
	case '"', '\\', '/':
		return append(dst, c), nil
	case 'u':
		r, ok := t.hex()
		if ok && utf16.IsSurrogate(r) && bytes.HasPrefix(t.b[t.p:], []byte(`\u`)) {
			t.p += 2
			var low rune
			low, ok = t.hex()
			r = utf16.DecodeRune(r, low)
		}
		if ok {
			return utf8.AppendRune(dst, r), nil
		}
	}
	return dst, fmt.Errorf("there is no escape \\%c like that", c)
}

func (t *jsonText) hex() (rune, bool) {
	if len(t.b)-t.p < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(t.b[t.p:t.p+4]), 16, 16)
	t.p += 4
	return rune(n), err == nil
}

// pass passes over a value.
func (t *jsonText) pass(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("values are nested more than %d deep", maxDepth)
	}
	switch c := t.next(); c {
	case '"':
		for t.p++; t.p < len(t.b); t.p++ {
			switch t.b[t.p] {
			case '\\':
				t.p++
			case '"':
				t.p++
				return nil
			}
		}
		return errJSONEnd
	case '{', '[':
		closing := c + 2
		t.p++
		for first := true; !t.take(closing); first = false {
			if !first && !t.take(',') {
				return t.wrong("a comma")
			}
			if c == '{' {
				if err := t.pass(depth + 1); err != nil {
					return err
				}
				if !t.take(':') {
					return t.wrong("a colon")
				}
			}
			if err := t.pass(depth + 1); err != nil {
				return err
			}
		}
		return nil
	}
	if t.word("null") || t.word("true") || t.word("false") || len(t.number()) > 0 {
		return nil
	}
	return t.wrong("a value")
}

// value appends a value in the binary encoding.
func (t *jsonText) value(dst []byte, s *schema, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, fmt.Errorf("values are nested more than %d deep", maxDepth)
	}
	switch s.kind {
	case kindNull:
		if !t.word("null") {
			return dst, t.wrong("null")
		}
		return dst, nil
	case kindBoolean:
		switch {
		case t.word("true"):
			return append(dst, 1), nil
		case t.word("false"):
			return append(dst, 0), nil
		}
		return dst, t.wrong("true or false")
	case kindInt, kindLong:
		return t.integer(dst, s)
	case kindFloat, kindDouble:
		return t.float(dst, s)
	case kindString, kindBytes, kindFixed, kindEnum:
		return t.characters(dst, s)
	case kindArray, kindMap:
		return t.list(dst, s, depth)
	case kindUnion:
		return t.union(dst, s, depth)
	default:
		return t.object(dst, s, depth)
	}
}

func (t *jsonText) integer(dst []byte, s *schema) ([]byte, error) {
	n := t.number()
	if len(n) == 0 {
		return dst, t.wrong("a number")
	}
	bits := 64
	if s.kind == kindInt {
		bits = 32
	}
	v, ok := scalar.ParseInt(n, bits)
	if !ok {
		return dst, fmt.Errorf("%.40s is no %s", n, s.kind)
	}
	return appendVarint(dst, v), nil
}

func (t *jsonText) float(dst []byte, s *schema) ([]byte, error) {
	n := t.number()
	if len(n) == 0 {
		if t.next() != '"' {
			return dst, t.wrong("a number")
		}
		from := t.p + 1
		if err := t.pass(0); err != nil {
			return dst, err
		}
		if n = t.b[from : t.p-1]; !bytes.Equal(n, []byte("NaN")) && !bytes.HasSuffix(n, []byte("Infinity")) {
			return dst, fmt.Errorf("%.40q is no number", n)
		}
	}
	x, err := strconv.ParseFloat(string(n), 64)
	if err != nil && !math.IsInf(x, 0) {
		return dst, fmt.Errorf("%.40s is no number", n)
	}
	if s.kind == kindFloat {
		return appendF32(dst, float32(x)), nil
	}
	return appendF64(dst, x), nil
}

// characters appends what is a string in JSON.
func (t *jsonText) characters(dst []byte, s *schema) ([]byte, error) {
	from := len(dst)
	dst, err := t.text(dst)
	if err != nil {
		return dst, err
	}
	text := dst[from:]
	switch s.kind {
	case kindEnum:
		for k, name := range s.symbols {
			if name == string(text) {
				return appendVarint(dst[:from], int64(k)), nil
			}
		}
		return dst, fmt.Errorf("the enum has no symbol %.40q", text)
	case kindBytes, kindFixed:
		// Each character is a byte.
		n := 0
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRune(text[i:])
			if r > 0xff {
				return dst, fmt.Errorf("%q is no byte", r)
			}
			text[n] = byte(r)
			n, i = n+1, i+size
		}
		text = text[:n]
		if s.kind == kindFixed {
			if n != s.size {
				return dst, fmt.Errorf("fixed of %d bytes has %d", s.size, n)
			}
			return dst[:from+n], nil
		}
	}
	return withLength(dst[:from+len(text)], from), nil
}

// withLength puts the length of what stands from from on in front of it.
func withLength(dst []byte, from int) []byte {
	var head [10]byte
	n := len(dst) - from
	h := appendVarint(head[:0], int64(n))
	dst = append(dst, h...)
	copy(dst[from+len(h):], dst[from:from+n])
	copy(dst[from:], h)
	return dst
}

// list appends an array or a map: a block of one element each.
func (t *jsonText) list(dst []byte, s *schema, depth int) (_ []byte, err error) {
	opening, closing := byte('['), byte(']')
	if s.kind == kindMap {
		opening, closing = '{', '}'
	}
	if !t.take(opening) {
		return dst, t.wrong("an " + s.kind.String())
	}
	for first := true; !t.take(closing); first = false {
		if !first && !t.take(',') {
			return dst, t.wrong("a comma")
		}
		dst = append(dst, 2)
		if s.kind == kindMap {
			from := len(dst)
			if dst, err = t.text(dst); err != nil {
				return dst, err
			}
			dst = withLength(dst, from)
			if !t.take(':') {
				return dst, t.wrong("a colon")
			}
		}
		if dst, err = t.value(dst, s.items, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

// label is what a branch of a union is called.
func (s *schema) label() string {
	if s.name != "" {
		return s.name
	}
	return s.kind.String()
}

// union appends null, or the value of the branch that is named.
func (t *jsonText) union(dst []byte, s *schema, depth int) ([]byte, error) {
	if t.next() == 'n' {
		n := s.nullBranch()
		if n < 0 || !t.word("null") {
			return dst, t.wrong("a branch of " + s.String())
		}
		return appendVarint(dst, int64(n)), nil
	}
	if !t.take('{') {
		return dst, t.wrong("null or an object with the type of the value")
	}
	from := len(dst)
	dst, err := t.text(dst)
	if err != nil {
		return dst, err
	}
	name := dst[from:] // until something is written there
	if !t.take(':') {
		return dst, t.wrong("a colon")
	}
	for k, b := range s.branches {
		if b.label() != string(name) {
			continue
		}
		if dst, err = t.value(appendVarint(dst[:from], int64(k)), b, depth+1); err != nil {
			return dst, err
		}
		if !t.take('}') {
			return dst, t.wrong("the end of the union's object")
		}
		return dst, nil
	}
	return dst, fmt.Errorf("the union %s has no branch %.40q", s, name)
}

// object appends a record, whose fields may stand in any order. Others are passed over.
func (t *jsonText) object(dst []byte, s *schema, depth int) (_ []byte, err error) {
	if !t.take('{') {
		return dst, t.wrong("an object")
	}
	at := len(t.starts)
	for range s.fields {
		t.starts = append(t.starts, -1)
	}
	defer func() { t.starts = t.starts[:at] }()
	guess := 0
	for first := true; !t.take('}'); first = false {
		if !first && !t.take(',') {
			return dst, t.wrong("a comma")
		}
		from := len(dst)
		name, err := t.text(dst)
		if err != nil {
			return dst, err
		}
		k := s.position(name[from:], guess)
		if !t.take(':') {
			return dst, t.wrong("a colon")
		}
		if k >= 0 {
			t.starts[at+k], guess = t.p, k+1
		}
		if err := t.pass(depth + 1); err != nil {
			return dst, err
		}
	}
	end := t.p
	for k := range s.fields {
		f := &s.fields[k]
		if t.p = t.starts[at+k]; t.p < 0 {
			t.field = f.name
			return dst, errors.New("the record does not have it")
		}
		if dst, err = t.value(dst, f.s, depth+1); err != nil {
			if t.field != "" {
				t.field = "." + t.field
			}
			t.field = f.name + t.field
			return dst, err
		}
	}
	t.p = end
	return dst, nil
}

// position is the number of the field of that name, which may be the guessed one; -1: there is none.
func (s *schema) position(name []byte, guess int) int {
	if guess < len(s.fields) && s.fields[guess].name == string(name) {
		return guess
	}
	for k := range s.fields {
		if s.fields[k].name == string(name) {
			return k
		}
	}
	return -1
}
