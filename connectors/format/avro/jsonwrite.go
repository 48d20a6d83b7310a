package avro

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"millrace/connectors/format"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
)

// jsonEncoder writes records in Avro's JSON encoding: those of the binary one, translated.
type jsonEncoder struct {
	*encoder
	s      *schema
	binary format.Output
}

// Encode appends a record for each row.
func (e *jsonEncoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	e.binary.Reset()
	if err := e.encoder.Encode(b, rows, &e.binary); err != nil {
		return err
	}
	from := 0
	for _, end := range e.binary.Ends {
		out.Data, _ = appendJSON(out.Data, e.s, e.binary.Data[:end], from)
		if out.Terminate {
			out.Data = append(out.Data, '\n')
		}
		out.Ends = append(out.Ends, len(out.Data))
		from = end
	}
	return nil
}

func appendF32(dst []byte, x float32) []byte {
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
}

func appendF64(dst []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
}

// varintOf reads a number that was written by this package.
func varintOf(b []byte, p int) (v int64, next int) {
	u, n := binary.Uvarint(b[p:])
	return int64(u>>1) ^ -int64(u&1), p + n
}

// appendJSON appends the value of schema s at p of a record that this package has written, and returns where it ends.
func appendJSON(dst []byte, s *schema, b []byte, p int) (_ []byte, next int) {
	switch s.kind {
	case kindNull:
		return append(dst, "null"...), p
	case kindBoolean:
		return strconv.AppendBool(dst, b[p] != 0), p + 1
	case kindInt, kindLong:
		v, p := varintOf(b, p)
		return strconv.AppendInt(dst, v, 10), p
	case kindFloat:
		x := math.Float32frombits(binary.LittleEndian.Uint32(b[p:]))
		return appendNumber(dst, float64(x), func(dst []byte) []byte { return number.AppendFloat(dst, x) }), p + 4
	case kindDouble:
		x := math.Float64frombits(binary.LittleEndian.Uint64(b[p:]))
		return appendNumber(dst, x, func(dst []byte) []byte { return number.AppendDouble(dst, x) }), p + 8
	case kindString, kindBytes:
		n, p := varintOf(b, p)
		return appendString(dst, b[p:p+int(n)], s.kind == kindBytes), p + int(n)
	case kindFixed:
		return appendString(dst, b[p:p+s.size], true), p + s.size
	case kindEnum:
		v, p := varintOf(b, p)
		return appendString(dst, []byte(s.symbols[v]), false), p
	case kindArray, kindMap:
		return appendList(dst, s, b, p)
	case kindUnion:
		v, p := varintOf(b, p)
		branch := s.branches[v]
		if branch.kind == kindNull {
			return append(dst, "null"...), p
		}
		dst = append(appendString(append(dst, '{'), []byte(branch.label()), false), ':')
		dst, p = appendJSON(dst, branch, b, p)
		return append(dst, '}'), p
	}
	dst = append(dst, '{')
	for k := range s.fields {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, []byte(s.fields[k].name), false), ':')
		dst, p = appendJSON(dst, s.fields[k].s, b, p)
	}
	return append(dst, '}'), p
}

// appendNumber quotes what is no JSON number.
func appendNumber(dst []byte, x float64, text func(dst []byte) []byte) []byte {
	if number.IsFinite(x) {
		return text(dst)
	}
	return append(text(append(dst, '"')), '"')
}

func appendList(dst []byte, s *schema, b []byte, p int) ([]byte, int) {
	opening, closing := byte('['), byte(']')
	if s.kind == kindMap {
		opening, closing = '{', '}'
	}
	dst = append(dst, opening)
	for first := true; ; {
		n, next := varintOf(b, p)
		if p = next; n == 0 {
			return append(dst, closing), p
		}
		for range n {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			if s.kind == kindMap {
				l, next := varintOf(b, p)
				dst = append(appendString(dst, b[next:next+int(l)], false), ':')
				p = next + int(l)
			}
			dst, p = appendJSON(dst, s.items, b, p)
		}
	}
}

// appendString appends text as a JSON string, or bytes, each as the character of its number. Characters of four bytes are two escapes, as
// Jackson has it.
func appendString(dst, t []byte, bytes bool) []byte {
	const digits = "0123456789ABCDEF"
	unit := func(dst []byte, r rune) []byte {
		return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	dst = append(dst, '"')
	for i := 0; i < len(t); {
		r, size := rune(t[i]), 1
		if !bytes && r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(t[i:])
		}
		i += size
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\b':
			dst = append(dst, '\\', 'b')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\f':
			dst = append(dst, '\\', 'f')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r < 0x20:
			dst = unit(dst, r)
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			dst = unit(unit(dst, a), b)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
