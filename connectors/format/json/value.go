package json

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/number"
	"millrace/sql/types"
)

// op is how a value is read.
type op uint8

const (
	opText op = iota
	opBool
	opLong  // BIGINT, INTERVAL DAY TO SECOND
	opInt   // INT, INTERVAL YEAR TO MONTH
	opSmall // TINYINT, SMALLINT
	opFloat
	opDouble
	opDecimal
	opDate
	opTime
	opMillis    // TIMESTAMP(p <= 3) in the SQL form
	opTimestamp // other timestamps
	opBytes
	opArray
	opMap
	opRow
	opNull
)

func opOf(t types.Type) op {
	switch t.Kind {
	case types.Boolean:
		return opBool
	case types.BigInt, types.IntervalDayTime:
		return opLong
	case types.Int, types.IntervalYearMonth:
		return opInt
	case types.TinyInt, types.SmallInt:
		return opSmall
	case types.Float:
		return opFloat
	case types.Double:
		return opDouble
	case types.Decimal:
		return opDecimal
	case types.Date:
		return opDate
	case types.Time:
		return opTime
	case types.Timestamp:
		if t.Precision == 3 {
			return opMillis
		}
		return opTimestamp
	case types.TimestampLTZ:
		return opTimestamp
	case types.Binary, types.VarBinary:
		return opBytes
	case types.Array:
		return opArray
	case types.Map, types.Multiset:
		return opMap
	case types.Row:
		return opRow
	case types.Null:
		return opNull
	default:
		return opText
	}
}

// field appends the value at p to the column of n. A value of the wrong kind becomes NULL if errors are ignored.
func (d *decoder) field(n *node) fault {
	if d.data[d.p] == 'n' {
		f := d.word("null")
		n.col.AppendNull()
		return f
	}
	from, base := d.p, n.col.N
	f := d.read(n)
	if f != badValue || !d.s.ignoreErrors {
		return f
	}
	d.p = from
	if f = d.skip(); f == fine {
		n.col.Rollback(base)
		n.col.AppendNull()
		d.dropped()
	}
	return f
}

func (d *decoder) read(n *node) fault {
	switch n.op {
	case opLong:
		return d.long(n)
	case opInt:
		return d.int(n)
	case opText:
		return d.readText(n)
	case opMillis:
		if d.s.standard == scalar.SQL && d.fastMillis(n) {
			return fine
		}
		return d.timestamp(n)
	case opTimestamp:
		return d.timestamp(n)
	case opDouble, opFloat:
		return d.floating(n)
	case opRow:
		return d.readRow(n)
	case opArray:
		return d.array(n)
	case opMap:
		return d.readMap(n)
	case opBool:
		return d.boolean(n)
	default:
		return d.other(n)
	}
}

// parseEight is the number of eight digits.
func parseEight(w uint64) uint64 {
	w -= ones * '0'
	w = w*10 + w>>8
	return ((w&0x000000FF000000FF)*0x000F424000000064 + (w>>16&0x000000FF000000FF)*0x0000271000000001) >> 32
}

// digits reads up to 16 digits at p without moving it; n is how many there are.
func (d *decoder) digits(p int) (v uint64, n int) {
	w := binary.LittleEndian.Uint64(d.data[p:])
	// The first byte that is no digit, by the carry of adding 0x46 and the high bits of subtracting '0'.
	m := ((w + ones*0x46) | (w - ones*'0') | w) & highs
	k := bits.TrailingZeros64(m) >> 3
	if k == 0 {
		return 0, 0
	}
	if k < 8 {
		// Digits move to the end, zeros come before.
		return parseEight(w<<(8*(8-k)) | ones*'0'>>(8*k)), k
	}
	v = parseEight(w)
	for n = 8; n < 18; n++ {
		c := d.data[p+n] - '0'
		if c > 9 {
			break
		}
		v = v*10 + uint64(c)
	}
	return v, n
}

// long reads a BIGINT; short plain integers take the fast path.
func (d *decoder) long(n *node) fault {
	p := d.p
	negative := d.data[p] == '-'
	if negative {
		p++
	}
	if v, k := d.digits(p); k > 0 && k < 18 && ends(d.data[p+k]) && (k == 1 || d.data[p] != '0') && p+k <= d.end {
		d.p = p + k
		if negative {
			v = -v
		}
		n.col.AppendI64(int64(v))
		return fine
	}
	v, f := d.integer(n, 64)
	if f == fine {
		n.col.AppendI64(v)
	}
	return f
}

// int reads an INT; see long.
func (d *decoder) int(n *node) fault {
	p := d.p
	negative := d.data[p] == '-'
	if negative {
		p++
	}
	if v, k := d.digits(p); k > 0 && k < 10 && ends(d.data[p+k]) && (k == 1 || d.data[p] != '0') && p+k <= d.end {
		d.p = p + k
		if negative {
			v = -v
		}
		n.col.AppendI32(int32(v))
		return fine
	}
	v, f := d.integer(n, 32)
	if f == fine {
		n.col.AppendI32(int32(v))
	}
	return f
}

// integer reads an INT or BIGINT: a number, whose fraction is cut, or a string with an integer.
func (d *decoder) integer(n *node, size int) (int64, fault) {
	var t []byte
	switch c := d.data[d.p]; {
	case c == '"':
		text, f := d.text()
		if f != fine {
			return 0, f
		}
		t = scalar.Trim(text)
	case c == '-' || c-'0' <= 9:
		from := d.p
		whole, f := d.number()
		if f != fine {
			return 0, f
		}
		t = d.data[from:d.p]
		if !whole {
			return d.cut(n, t, size)
		}
	default:
		return 0, d.mismatch(n)
	}
	v, ok := scalar.ParseInt(t, size)
	if !ok {
		return 0, d.value(n, "no "+n.t.String())
	}
	return v, fine
}

// cut reads a number with a fraction or exponent as an integer.
func (d *decoder) cut(n *node, t []byte, size int) (int64, fault) {
	x, ok := number.ParseDouble(t)
	limit := float64(uint64(1) << (size - 1))
	if !ok || x >= limit || x < -limit {
		return 0, d.value(n, "beyond the range of "+n.t.String())
	}
	return int64(x), fine
}

// mismatch is the fault of a value whose kind does not fit; the value may be malformed itself.
func (d *decoder) mismatch(n *node) fault {
	if f := d.skip(); f != fine {
		return f
	}
	return d.value(n, "no "+n.t.String())
}

// readText reads a STRING: strings as they are, everything else as its text.
func (d *decoder) readText(n *node) fault {
	c := n.col
	if d.data[d.p] != '"' {
		t, f := d.anyText()
		if f == fine {
			c.AppendBytes(t)
		}
		return f
	}
	c.Room()
	c.Reserve(d.end - d.p + 8)
	from := len(c.Data)
	out, at, p := c.Data[:cap(c.Data)], from, d.p+1
	data, end := d.data, d.end
	var seen uint64
	for p < end {
		w := binary.LittleEndian.Uint64(data[p:])
		binary.LittleEndian.PutUint64(out[at:], w)
		seen |= w
		if m := special(w); m != 0 {
			k := bits.TrailingZeros64(m) >> 3
			p, at = p+k, at+k
			break
		}
		p, at = p+8, at+8
	}
	if p < end && data[p] == '"' {
		d.p = p + 1
		if seen&highs != 0 && !utf8.Valid(out[from:at]) {
			return d.syntax("text that is not UTF-8")
		}
		c.Data = out[:at]
		c.EndBytes()
		return fine
	}
	d.p = min(p, end)
	var f fault
	d.scratch, f = d.unescape(append(d.scratch[:0], out[from:at]...), data[d.p])
	if f == fine {
		c.AppendBytes(d.scratch)
	}
	return f
}

// fastMillis reads "yyyy-MM-dd HH:mm:ss[.f{1,3}]" if that is what stands at p.
func (d *decoder) fastMillis(n *node) bool {
	p := d.p
	if p+21 > d.end || d.data[p] != '"' {
		return false
	}
	k := 20
	for k < 25 && d.data[p+k] != '"' {
		k++
	}
	ms, ok := d.dates.Millis(d.data[p+1 : p+k])
	if !ok || d.data[p+k] != '"' || p+k >= d.end {
		return false
	}
	d.p = p + k + 1
	n.col.AppendI64(ms)
	return true
}

func (d *decoder) timestamp(n *node) fault {
	if d.data[d.p] != '"' {
		return d.mismatch(n)
	}
	t, f := d.text()
	if f != fine {
		return f
	}
	utc := n.t.Kind == types.TimestampLTZ
	if utc && n.t.Precision == 3 && d.s.standard == scalar.SQL && len(t) > 0 && t[len(t)-1] == 'Z' {
		if ms, ok := d.dates.Millis(t[:len(t)-1]); ok {
			n.col.AppendI64(ms)
			return fine
		}
	}
	ts, ok := scalar.ParseTimestamp(t, d.s.standard, utc)
	if !ok {
		return d.value(n, "no "+n.t.String())
	}
	scalar.PutTimestamp(n.col, ts)
	return fine
}

func (d *decoder) floating(n *node) fault {
	var t []byte
	var f fault
	switch c := d.data[d.p]; {
	case c == '"':
		t, f = d.text()
	case c == '-' || c-'0' <= 9:
		from := d.p
		_, f = d.number()
		t = d.data[from:d.p]
	default:
		return d.mismatch(n)
	}
	if f != fine {
		return f
	}
	if n.op == opDouble {
		v, ok := number.ParseDouble(t)
		if !ok {
			return d.value(n, "no DOUBLE")
		}
		n.col.AppendF64(v)
		return fine
	}
	v, ok := number.ParseFloat(t)
	if !ok {
		return d.value(n, "no FLOAT")
	}
	n.col.AppendF32(v)
	return fine
}

// boolean takes anything: only the text true, in any case, is true.
func (d *decoder) boolean(n *node) fault {
	c := d.data[d.p]
	if c == '"' {
		t, f := d.text()
		if f == fine {
			n.col.AppendBool(scalar.ParseBool(scalar.Trim(t)))
		}
		return f
	}
	f := d.skip()
	if f == fine {
		n.col.AppendBool(c == 't')
	}
	return f
}

// other reads the types that are rarer, by the text of the value.
func (d *decoder) other(n *node) fault {
	quoted := d.data[d.p] == '"'
	if c := d.data[d.p]; c == '{' || c == '[' || !quoted && n.op != opSmall && n.op != opDecimal {
		return d.mismatch(n)
	}
	t, f := d.anyText()
	if f != fine {
		return f
	}
	ok := false
	switch n.op {
	case opSmall:
		var v int64
		if n.t.Kind == types.TinyInt {
			if v, ok = scalar.ParseInt(scalar.Trim(t), 8); ok {
				n.col.AppendI8(int8(v))
			}
		} else if v, ok = scalar.ParseInt(scalar.Trim(t), 16); ok {
			n.col.AppendI16(int16(v))
		}
	case opDecimal:
		ok = scalar.ReadDecimal(n.col, t)
	case opDate:
		var v int32
		if v, ok = scalar.ParseDate(t); ok {
			n.col.AppendI32(v)
		}
	case opTime:
		var v int32
		if v, ok = scalar.ParseTime(t, n.t.Precision, false); ok {
			n.col.AppendI32(v)
		}
	case opBytes:
		ok = scalar.ReadBase64(n.col, t)
	case opNull:
		n.col.AppendNull()
		ok = true
	}
	if !ok {
		return d.value(n, "no "+n.t.String())
	}
	return fine
}

func (d *decoder) readRow(n *node) fault {
	if d.data[d.p] != '{' {
		return d.mismatch(n)
	}
	if f := d.object(n.row, n.col.N); f != fine {
		return f
	}
	n.col.EndRow()
	return fine
}

func (d *decoder) array(n *node) fault {
	if d.data[d.p] != '[' {
		return d.mismatch(n)
	}
	d.p++
	if d.space() == ']' {
		d.p++
		n.col.EndList()
		return fine
	}
	for {
		d.space()
		if f := d.field(n.elem); f != fine {
			return f
		}
		switch d.space() {
		case ',':
			d.p++
		case ']':
			d.p++
			n.col.EndList()
			return fine
		default:
			return d.syntax("a comma or ] is expected")
		}
	}
}

// readMap reads an object as a MAP. Of equal keys the last one counts.
func (d *decoder) readMap(n *node) fault {
	if d.data[d.p] != '{' {
		return d.mismatch(n)
	}
	from, keys := d.p, n.col.Children[0]
	base := keys.N
	var dead map[int]bool // entries that a later one replaces
	for {
		repeated, f := d.mapEntries(n, base, dead)
		if f != fine {
			return f
		}
		if repeated == nil || dead != nil {
			n.col.EndList()
			return fine
		}
		dead = repeated
		d.p = from
		keys.Rollback(base)
		n.col.Children[1].Rollback(base)
	}
}

// mapEntries appends the entries of an object but for the dead ones, and returns which ones a later one replaces.
func (d *decoder) mapEntries(n *node, base int, dead map[int]bool) (repeated map[int]bool, f fault) {
	keys := n.col.Children[0]
	d.p++
	if d.space() == '}' {
		d.p++
		return nil, fine
	}
	for i := 0; ; i++ {
		if d.space() != '"' {
			return nil, d.syntax("a field name is expected")
		}
		key, f := d.text()
		if f != fine {
			return nil, f
		}
		skip := dead[i]
		if !skip {
			if dead == nil {
				for j := base; j < keys.N; j++ {
					if string(keys.Data[keys.Off[j]:keys.Off[j+1]]) == string(key) {
						if repeated == nil {
							repeated = map[int]bool{}
						}
						repeated[j-base] = true
					}
				}
			}
			keys.AppendBytes(key)
		}
		if d.space() != ':' {
			return nil, d.syntax("a colon is expected")
		}
		d.p++
		d.space()
		if skip {
			f = d.skip()
		} else {
			f = d.field(n.elem)
		}
		if f != fine {
			return nil, f
		}
		switch d.space() {
		case ',':
			d.p++
		case '}':
			d.p++
			return repeated, fine
		default:
			return nil, d.syntax("a comma or } is expected")
		}
	}
}
