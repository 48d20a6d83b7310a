package avro

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/decimal"
	"millrace/sql/types"
)

// machine walks over records. data must go on for vector.Slack bytes behind end.
type machine struct {
	data  []byte
	end   int
	path  string // of the last fault
	why   string // the last fault
	depth int
}

// cut says that a record ended too early.
const cut = "the record ends within it"

func (m *machine) fault(o *op, why string) int {
	m.path, m.why = o.path, why
	return -1
}

// error describes the last fault.
func (m *machine) error() error {
	return &format.RecordError{Field: m.path, Err: errors.New(m.why)}
}

// varint reads a number; next is -1 if it is no number of 64 bits.
func varint(b []byte, p int) (v int64, next int) {
	u, shift := uint64(0), uint(0)
	for i := p; i < p+10; i++ {
		c := b[i]
		u |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if i == p+9 && c > 1 {
				return 0, -1
			}
			return int64(u>>1) ^ -int64(u&1), i + 1
		}
		shift += 7
	}
	return 0, -1
}

// run carries out operations from p on and returns where they end, or -1.
func (m *machine) run(ops []op, p int) int {
	data := m.data
	for i := range ops {
		o := &ops[i]
		if o.null != 0 {
			b := data[p]
			p++
			switch {
			case p > m.end:
				return m.fault(o, cut)
			case b > 2 || b&1 != 0:
				return m.fault(o, fmt.Sprintf("the union has no such branch (%d)", b))
			case b>>1 == byte(o.null-1):
				if o.col != nil && !m.null(o) {
					return -1
				}
				continue
			}
		}
		switch o.code {
		case opI64, opI32, opSkipVarint:
			v := int64(data[p]>>1) ^ -int64(data[p]&1)
			if data[p] < 0x80 {
				p++
			} else if v, p = varint(data, p); p < 0 {
				return m.fault(o, "the number is longer than 64 bits")
			}
			if p > m.end {
				return m.fault(o, cut)
			}
			switch o.code {
			case opI64:
				o.col.AppendI64(v)
			case opI32:
				o.col.AppendI32(int32(v))
			}
		case opText, opBytes, opSkipBytes:
			var n int64
			if n, p = varint(data, p); p < 0 || p > m.end || n < 0 || n > int64(m.end-p) {
				return m.fault(o, cut)
			}
			if o.code != opSkipBytes {
				m.bytes(o, data[p:p+int(n)])
			}
			p += int(n)
		case opF64:
			if p+8 > m.end {
				return m.fault(o, cut)
			}
			o.col.AppendF64(math.Float64frombits(binary.LittleEndian.Uint64(data[p:])))
			p += 8
		default:
			if p = m.more(o, p); p < 0 {
				return -1
			}
		}
	}
	return p
}

// null appends NULL.
func (m *machine) null(o *op) bool {
	if o.col.Type.NotNull {
		m.fault(o, "it is NOT NULL, but null was written")
		return false
	}
	o.col.AppendNull()
	return true
}

// bytes appends text or bytes. Text that is no UTF-8 is mended as Java does it.
func (m *machine) bytes(o *op, b []byte) {
	if o.code == opText && !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	c := o.col
	c.Room()
	c.Reserve(len(b))
	if l := len(c.Data); len(b) <= 16 && cap(b) >= 16 {
		// Room for a whole word is there: slack on both sides.
		to := c.Data[: l+16 : cap(c.Data)]
		copy(to[l:], b[:16:cap(b)])
		c.Data = to[:l+len(b)]
	} else {
		c.Data = append(c.Data, b...)
	}
	c.EndBytes()
}

// more carries out the operations that are seldom or large.
func (m *machine) more(o *op, p int) int {
	switch o.code {
	case opFail:
		return m.fault(o, o.why)
	case opNull:
		if !m.null(o) {
			return -1
		}
		return p
	case opSkip:
		if p = m.skip(o.s, p); p < 0 {
			m.path = o.path
		}
		return p
	case opBool, opF32, opF64Float, opFixed, opSkipFixed:
		return m.fixed(o, p)
	case opDecimal:
		return m.decimal(o, p)
	case opRow:
		if p = m.run(o.sub, p); p >= 0 {
			o.col.EndRow()
		}
		return p
	case opList, opMap:
		return m.list(o, p)
	}
	v, p := varint(m.data, p)
	if p < 0 {
		return m.fault(o, "the number is longer than 64 bits")
	}
	if p > m.end {
		return m.fault(o, cut)
	}
	c := o.col
	switch o.code {
	case opI8:
		c.AppendI8(int8(v))
	case opI16:
		c.AppendI16(int16(v))
	case opTime:
		c.AppendI32(int32(v / -o.scale))
	case opScaled:
		c.AppendI64(o.rescale(v))
	case opWide:
		c.AppendI128(o.nanos(v))
	case opF32Int:
		c.AppendF32(float32(v))
	case opF64Int:
		c.AppendF64(float64(v))
	case opEnum:
		if v < 0 || v >= int64(len(o.s.symbols)) {
			return m.fault(o, fmt.Sprintf("the enum has no symbol %d", v))
		}
		c.AppendBytes([]byte(o.s.symbols[v]))
	case opRoot:
		if v != int64(o.size) {
			return m.fault(o, fmt.Sprintf("the row is branch %d of its union, which is no row of the table", v))
		}
	case opUnion:
		if v < 0 || v >= int64(len(o.sub)) {
			return m.fault(o, fmt.Sprintf("the union has no branch %d", v))
		}
		return m.run(o.sub[v:v+1], p)
	}
	return p
}

// rescale turns the unit that was written into that of the column, rounding down.
func (o *op) rescale(v int64) int64 {
	if o.scale < 0 {
		v = floor(v, -o.scale)
	} else {
		v *= o.scale
	}
	if o.trunc > 1 {
		v = floor(v, o.trunc) * o.trunc
	}
	return v
}

func floor(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}

// nanos turns the unit that was written into nanoseconds of 128 bits.
func (o *op) nanos(v int64) decimal.Int128 {
	x, ok := decimal.FromInt64(v).MulChecked(decimal.FromInt64(max(o.scale, 1)))
	if ok && o.trunc > 1 {
		by := decimal.FromInt64(o.trunc)
		q, r := x.QuoRem(by)
		if r.Sign() < 0 {
			q = q.Sub(decimal.FromInt64(1))
		}
		x, _ = q.MulChecked(by)
	}
	return x
}

func (m *machine) fixed(o *op, p int) int {
	size := o.size
	switch o.code {
	case opBool:
		size = 1
	case opF32, opF64Float:
		size = 4
	}
	if size > m.end-p {
		return m.fault(o, cut)
	}
	b := m.data[p : p+size]
	switch o.code {
	case opBool:
		if b[0] > 1 {
			return m.fault(o, fmt.Sprintf("the boolean is %d", b[0]))
		}
		o.col.AppendBool(b[0] == 1)
	case opF32:
		o.col.AppendF32(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case opF64Float:
		o.col.AppendF64(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	case opFixed:
		o.col.AppendBytes(b)
	}
	return p + size
}

// decimal reads an unscaled number of any length, big endian.
func (m *machine) decimal(o *op, p int) int {
	n := int64(o.size)
	if n < 0 {
		n, p = varint(m.data, p)
	}
	if p < 0 || p > m.end || n < 0 || n > int64(m.end-p) {
		return m.fault(o, cut)
	}
	x, ok := scalar.BigEndian(m.data[p : p+int(n)])
	t := o.col.Type
	if ok && (o.digits != t.Scale || !decimal.Fits(x, t.Precision)) {
		x, ok = decimal.Rescale(x, o.digits, t.Scale, t.Precision)
	}
	switch {
	case !ok && t.NotNull:
		return m.fault(o, "the number does not fit "+t.String())
	case !ok:
		o.col.AppendNull()
	case o.col.Store == types.StoreI64:
		o.col.AppendI64(int64(x.Lo))
	default:
		o.col.AppendI128(x)
	}
	return p + int(n)
}

// mostEmpty bounds how many elements of a list take no bytes.
const mostEmpty = 1 << 16

// block reads the head of a block of a list or map: how many elements follow.
func (m *machine) block(o *op, s *schema, p int, total *int64) (n int64, next int) {
	if n, p = varint(m.data, p); p < 0 || p > m.end {
		return 0, m.fault(o, cut)
	}
	if n < 0 {
		if _, p = varint(m.data, p); p < 0 || p > m.end {
			return 0, m.fault(o, cut)
		}
		n = -n
	}
	*total += max(n, 0)
	switch empty := s.kind == kindArray && s.items.empty; {
	case n < 0, !empty && n > int64(m.end-p):
		return 0, m.fault(o, fmt.Sprintf("%d elements do not fit into the rest of the record", n))
	case empty && *total > mostEmpty:
		return 0, m.fault(o, fmt.Sprintf("%d elements without content are more than %d", *total, mostEmpty))
	}
	return n, p
}

// list reads an array or a map.
func (m *machine) list(o *op, p int) int {
	var n, total int64
	for {
		if n, p = m.block(o, o.s, p, &total); p < 0 {
			return -1
		}
		if n == 0 {
			o.col.EndList()
			return p
		}
		for range n {
			if o.keys != nil {
				if p = m.run(o.keys, p); p < 0 {
					return -1
				}
			}
			if p = m.run(o.sub, p); p < 0 {
				return -1
			}
		}
	}
}

// skip passes over a value.
func (m *machine) skip(s *schema, p int) int {
	if s.empty {
		return p
	}
	if m.depth++; m.depth > 8*maxDepth {
		m.why, m.depth = "values are nested too deep", 0
		return -1
	}
	p = m.pass(s, p)
	m.depth--
	if p < 0 {
		m.depth = 0
	}
	return p
}

func (m *machine) pass(s *schema, p int) int {
	o := op{s: s}
	size := 0
	switch s.kind {
	case kindBoolean:
		size = 1
	case kindFloat:
		size = 4
	case kindDouble:
		size = 8
	case kindFixed:
		size = s.size
	case kindRecord:
		for i := range s.fields {
			if p = m.skip(s.fields[i].s, p); p < 0 {
				return -1
			}
		}
		return p
	case kindArray, kindMap:
		return m.passList(s, p)
	default:
		v, next := varint(m.data, p)
		if next < 0 || next > m.end {
			return m.fault(&o, cut)
		}
		p = next
		switch s.kind {
		case kindBytes, kindString:
			if v < 0 || v > int64(m.end-p) {
				return m.fault(&o, cut)
			}
			size = int(v)
		case kindUnion:
			if v < 0 || v >= int64(len(s.branches)) {
				return m.fault(&o, fmt.Sprintf("the union has no branch %d", v))
			}
			return m.skip(s.branches[v], p)
		}
	}
	if size > m.end-p {
		return m.fault(&o, cut)
	}
	return p + size
}

func (m *machine) passList(s *schema, p int) int {
	text := schema{kind: kindString}
	o := op{s: s}
	var n, total int64
	for {
		if n, p = m.block(&o, s, p, &total); p < 0 || n == 0 {
			return p
		}
		for range n {
			if s.kind == kindMap {
				if p = m.skip(&text, p); p < 0 {
					return -1
				}
			}
			if p = m.skip(s.items, p); p < 0 {
				return -1
			}
		}
	}
}
