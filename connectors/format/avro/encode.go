package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"millrace/connectors/format"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// put is an operation of writing: one value.
type put struct {
	code   code
	null   int8 // as in op; 0: NULL cannot be written
	branch byte // the union's branch as it is written, if it is a union
	union  bool
	t      types.Type
	s      *schema
	scale  int64 // what is written is the value times it, or by its negative
	size   int   // fixed
	digits int   // scale of a decimal
	sub    []put
	path   string

	v   *vector.Vector // of the current batch
	i32 []int32
	i64 []int64
}

// writing compiles the writing of rows as records of schema s.
func writing(s *schema, columns types.Schema) ([]put, error) {
	if s.kind == kindUnion {
		for _, b := range s.branches {
			if b.kind == kindRecord {
				return nil, errors.New("avro schema: rows are records, not a union")
			}
		}
	}
	if s.kind != kindRecord {
		return nil, fmt.Errorf("avro schema: rows are records, not %s", s)
	}
	return puts(s, columns, "", 0)
}

// puts compiles the fields of a record, in their order.
func puts(s *schema, columns types.Schema, path string, depth int) ([]put, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("field '%s': it is nested more than %d deep", path, maxDepth)
	}
	out := make([]put, 0, len(s.fields))
	written := 0
	for _, f := range s.fields {
		k := columns.Index(f.name)
		p := put{code: opNull, path: join(path, f.name), s: f.s}
		if k < 0 {
			n := f.s.nullBranch()
			if f.s.kind != kindNull && n < 0 {
				return nil, fmt.Errorf("field '%s': the schema has it, the table does not, and it cannot be null", p.path)
			}
			p.union, p.branch = f.s.kind == kindUnion, byte(2*max(n, 0))
			out = append(out, p)
			continue
		}
		written++
		p, err := putting(f.s, columns[k].Type, p.path, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if written < len(columns) {
		for _, c := range columns {
			if !s.has(c.Name) {
				return nil, fmt.Errorf("field '%s': the schema has no such field", join(path, c.Name))
			}
		}
	}
	return out, nil
}

func (s *schema) has(name string) bool {
	for _, f := range s.fields {
		if f.name == name {
			return true
		}
	}
	return false
}

// putting compiles the writing of a value.
func putting(s *schema, t types.Type, path string, depth int) (put, error) {
	if s.kind != kindUnion {
		return putPlain(s, t, path, depth)
	}
	var first error
	for i, b := range s.branches {
		if b.kind == kindNull {
			continue
		}
		p, err := putPlain(b, t, path, depth)
		if err == nil && i < 64 {
			p.union, p.branch = true, byte(2*i)
			if n := s.nullBranch(); n >= 0 && n < 64 {
				p.null = int8(n + 1)
			}
			return p, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = fmt.Errorf("field '%s': type %s cannot be written as %s", path, t, s)
	}
	return put{}, first
}

func putPlain(s *schema, t types.Type, path string, depth int) (p put, err error) {
	p = put{t: t, s: s, path: path}
	ok := false
	switch t.Kind {
	case types.Row:
		if p.code, ok = opRow, s.kind == kindRecord; ok {
			p.sub, err = puts(s, t.Fields, path, depth+1)
		}
	case types.Array:
		if p.code, ok = opList, s.kind == kindArray; ok {
			p.sub = make([]put, 1)
			p.sub[0], err = putting(s.items, *t.Elem, path+"[]", depth+1)
		}
	case types.Map, types.Multiset:
		c := t.Children()
		if p.code, ok = opMap, s.kind == kindMap && c[0].IsText(); ok {
			p.sub = make([]put, 2)
			p.sub[0] = put{code: opText, t: c[0], path: path}
			p.sub[1], err = putting(s.items, c[1], path+"[]", depth+1)
		}
	case types.Boolean:
		p.code, ok = opBool, s.kind == kindBoolean
	case types.TinyInt:
		p.code, ok = opI8, s.kind == kindInt || s.kind == kindLong
	case types.SmallInt:
		p.code, ok = opI16, s.kind == kindInt || s.kind == kindLong
	case types.Int, types.Date:
		p.code, ok = opI32, s.kind == kindInt || s.kind == kindLong && t.Kind == types.Int
	case types.Time:
		p.code, p.scale, ok = opTime, 1, s.kind == kindInt
		if s.kind == kindLong && s.logical == "time-micros" {
			p.scale, ok = 1000, true
		}
	case types.BigInt:
		p.code, ok = opI64, s.kind == kindLong
	case types.Float:
		p.code, ok = opF32, s.kind == kindFloat || s.kind == kindDouble
		if s.kind == kindDouble {
			p.code = opF64Float
		}
	case types.Double:
		p.code, ok = opF64, s.kind == kindDouble
	case types.Char, types.VarChar:
		p.code, ok = opText, s.kind == kindString || s.kind == kindEnum
		if s.kind == kindEnum {
			p.code = opEnum
		}
	case types.Binary, types.VarBinary:
		p.code, p.size, ok = opBytes, s.size, s.kind == kindBytes || s.kind == kindFixed
		if s.kind == kindFixed {
			p.code = opFixed
		}
	case types.Decimal:
		p.code, p.size, p.digits = opDecimal, -1, t.Scale
		ok = s.logical == "decimal" && s.scale >= t.Scale && s.precision-s.scale >= t.Precision-t.Scale
		if p.digits = s.scale; s.kind == kindFixed {
			p.size = s.size
		}
	case types.Timestamp, types.TimestampLTZ:
		ok = p.timestamp(s, t)
	}
	if err == nil && !ok {
		err = fmt.Errorf("field '%s': type %s cannot be written as %s", path, t, s)
	}
	return p, err
}

// timestamp picks how to get to the unit that is written.
func (p *put) timestamp(s *schema, t types.Type) bool {
	unit := int64(1e3)
	switch s.logical {
	case "timestamp-micros", "local-timestamp-micros":
		unit = 1e6
	case "timestamp-nanos", "local-timestamp-nanos":
		unit = 1e9
	}
	have := t.TimeUnit()
	p.scale = unit / have
	if unit < have {
		p.scale = -(have / unit)
	}
	p.code = opScaled
	if t.Storage() == types.StoreI128 {
		p.code = opWide
	} else if p.scale == 1 {
		p.code = opI64
	}
	return s.kind == kindLong
}

// bind takes the columns of a batch: those of a record in the order of its fields.
func (p *put) bind(v *vector.Vector) {
	p.v = v
	switch v.Type.Storage() {
	case types.StoreI32:
		p.i32 = vector.Values[int32](v)
	case types.StoreI64:
		p.i64 = vector.Values[int64](v)
	}
	switch p.code {
	case opRow:
		for k := range p.sub {
			if p.sub[k].code != opNull {
				p.sub[k].bind(v.Children[p.field(k)])
			}
		}
	case opList, opMap:
		for k := range p.sub {
			p.sub[k].bind(v.Children[k])
		}
	}
}

// field is the child of a row that the k-th field of its record is.
func (p *put) field(k int) int { return types.Schema(p.t.Fields).Index(p.s.fields[k].name) }

// appendVarint appends a number.
func appendVarint(dst []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u))
}

// record appends row i of the bound columns.
func record(dst []byte, puts []put, i int) ([]byte, error) {
	var err error
	for k := range puts {
		p := &puts[k]
		if p.code != opNull && p.v.Valid != nil && p.v.IsNull(i) {
			if p.null == 0 {
				return dst, &format.RecordError{Field: p.path, Err: errors.New("NULL cannot be written, the schema has no null")}
			}
			dst = append(dst, byte(p.null-1)<<1)
			continue
		}
		if p.union {
			dst = append(dst, p.branch)
		}
		switch p.code {
		case opNull:
		case opI64:
			dst = appendVarint(dst, p.i64[i])
		case opI32:
			dst = appendVarint(dst, int64(p.i32[i]))
		case opText, opBytes:
			b := p.v.Bytes(i)
			dst = append(appendVarint(dst, int64(len(b))), b...)
		case opF64:
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(vector.Values[float64](p.v)[i]))
		default:
			if dst, err = p.more(dst, i); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}

// more appends the values that are seldom or large.
func (p *put) more(dst []byte, i int) ([]byte, error) {
	switch p.code {
	case opBool:
		if p.v.Bool(i) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case opI8:
		return appendVarint(dst, int64(vector.Values[int8](p.v)[i])), nil
	case opI16:
		return appendVarint(dst, int64(vector.Values[int16](p.v)[i])), nil
	case opTime:
		return appendVarint(dst, int64(p.i32[i])*p.scale), nil
	case opScaled:
		if p.scale > 0 {
			return appendVarint(dst, p.i64[i]*p.scale), nil
		}
		return appendVarint(dst, floor(p.i64[i], -p.scale)), nil
	case opWide:
		return p.wide(dst, i)
	case opF32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(vector.Values[float32](p.v)[i])), nil
	case opF64Float:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(vector.Values[float32](p.v)[i]))), nil
	case opFixed:
		b := p.v.Bytes(i)
		if len(b) != p.size {
			return dst, &format.RecordError{Field: p.path, Err: fmt.Errorf("%d bytes cannot be written as fixed of %d", len(b), p.size)}
		}
		return append(dst, b...), nil
	case opEnum:
		for k, s := range p.s.symbols {
			if s == string(p.v.Bytes(i)) {
				return appendVarint(dst, int64(k)), nil
			}
		}
		return dst, &format.RecordError{Field: p.path, Err: fmt.Errorf("the enum has no symbol %q", p.v.Bytes(i))}
	case opDecimal:
		return p.decimal(dst, i)
	case opRow:
		return record(dst, p.sub, i)
	default: // opList, opMap
		from, to := int(p.v.Offsets[i]), int(p.v.Offsets[i+1])
		if to > from {
			dst = appendVarint(dst, int64(to-from))
		}
		var err error
		for k := from; k < to; k++ {
			if dst, err = record(dst, p.sub, k); err != nil {
				return dst, err
			}
		}
		return append(dst, 0), nil
	}
}

// wide appends a timestamp of 128 bits of nanoseconds.
func (p *put) wide(dst []byte, i int) ([]byte, error) {
	x := vector.Values[decimal.Int128](p.v)[i]
	if p.scale < 0 {
		q, r := x.QuoRem(decimal.FromInt64(-p.scale))
		if x = q; r.Sign() < 0 {
			x = x.Sub(decimal.FromInt64(1))
		}
	}
	v, ok := x.Int64()
	if !ok {
		return dst, &format.RecordError{Field: p.path, Err: errors.New("the time is out of range")}
	}
	return appendVarint(dst, v), nil
}

// decimal appends the unscaled number in as few bytes as possible, or in those of the fixed type.
func (p *put) decimal(dst []byte, i int) ([]byte, error) {
	var x decimal.Int128
	if p.t.Storage() == types.StoreI64 {
		x = decimal.FromInt64(p.i64[i])
	} else {
		x = vector.Values[decimal.Int128](p.v)[i]
	}
	ok := true
	if p.digits != p.t.Scale {
		x, ok = decimal.Rescale(x, p.t.Scale, p.digits, p.s.precision)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(x.Hi))
	binary.BigEndian.PutUint64(b[8:], x.Lo)
	short := b[:]
	for len(short) > 1 && short[0] == byte(int8(short[1])>>7) {
		short = short[1:]
	}
	if p.size >= 0 {
		if len(short) > p.size || !ok {
			return dst, &format.RecordError{Field: p.path, Err: fmt.Errorf("the number does not fit %d bytes", p.size)}
		}
		for range p.size - len(short) {
			dst = append(dst, byte(x.Hi>>63))
		}
		return append(dst, short...), nil
	}
	if !ok {
		return dst, &format.RecordError{Field: p.path, Err: fmt.Errorf("the number does not fit %s", p.s)}
	}
	return append(appendVarint(dst, int64(len(short))), short...), nil
}
