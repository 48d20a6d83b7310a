package raw

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'raw'.
type Format struct{}

var (
	_ format.Format = Format{}
	_ format.Ranged = Format{}
)

// Name is "raw".
func (Format) Name() string { return "raw" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Ranged is true: a line is a record.
func (Format) Ranged(map[string]string) bool { return true }

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	return []connectors.Option{
		{Key: "charset", Type: connectors.Text, Default: "UTF-8", Help: "how text is written"},
		{Key: "endianness", Type: connectors.Text, Default: "big-endian", Help: "order of the bytes of numbers: big-endian or little-endian"},
		{Key: "line-delimiter", Type: connectors.Text, Help: "splits a record into rows, and ends each row that is written"},
	}
}

type settings struct {
	charset   encoding.Encoding // nil: UTF-8
	order     binary.ByteOrder
	delimiter []byte
	t         types.Type
}

func parse(f Format, c format.Config) (s settings, err error) {
	v, err := format.Decode(f, c.Options)
	if err != nil {
		return s, err
	}
	if len(c.Physical) != 1 {
		return s, fmt.Errorf("format 'raw': exactly one physical column is supported, there are %d: %s", len(c.Physical), c.Physical)
	}
	s.t = c.Physical[0].Type
	switch s.t.Kind {
	case types.Char, types.VarChar, types.Binary, types.VarBinary, types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt,
		types.Float, types.Double:
	default:
		return s, fmt.Errorf("format 'raw': column '%s': type %s is not supported", c.Physical[0].Name, s.t)
	}
	switch v.Text("endianness") {
	case "big-endian":
		s.order = binary.BigEndian
	case "little-endian":
		s.order = binary.LittleEndian
	default:
		return s, v.Invalid("endianness", "allowed are big-endian, little-endian")
	}
	if s.charset, err = charset(v.Text("charset")); err != nil {
		return s, v.Invalid("charset", err.Error())
	}
	if v.Has("line-delimiter") {
		s.delimiter = []byte(unescape(v.Text("line-delimiter")))
	}
	return s, nil
}

func unescape(t string) string {
	return strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\\`, `\`).Replace(t)
}

// charset finds an encoding by its name; nil is UTF-8.
func charset(name string) (encoding.Encoding, error) {
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8":
		return nil, nil
	case "UTF-16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case "UTF-16BE":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "UTF-16LE":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil || e == nil {
		return nil, errors.New("the charset is unknown")
	}
	if n, err := ianaindex.IANA.Name(e); err == nil && n == "UTF-8" {
		return nil, nil
	}
	return e, nil
}

// Decoder returns a decoder.
func (f Format) Decoder(c format.Config) (format.Decoder, error) {
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	d := &decoder{s: s}
	if s.charset != nil {
		d.convert = s.charset.NewDecoder()
	}
	if c.Pool != nil {
		d.set = column.NewSet(c.Pool, c.Columns.Types())
	}
	return d, nil
}

// decoder implements format.Decoder.
type decoder struct {
	s       settings
	set     *column.Set
	convert *encoding.Decoder
}

// Split finds lines.
func (d *decoder) Split(data []byte, last bool, limit int, r *format.Records) int {
	return format.SplitLines(data, last, limit, r)
}

func (d *decoder) Rows() int           { return d.set.Rows }
func (d *decoder) Full() bool          { return d.set.Full() }
func (d *decoder) Take() *vector.Batch { return d.set.Take() }
func (d *decoder) Close()              { d.set.Close() }

// Decode appends a row for each record, or for each piece between line delimiters.
func (d *decoder) Decode(r *format.Records, from int) (int, error) {
	for i := from; i < r.Len(); i++ {
		if d.set.Full() {
			return i, nil
		}
		d.set.Begin()
		rows := d.set.Rows
		if err := d.record(r.At(i)); err != nil {
			d.set.Rollback(rows)
			return i, &format.RecordError{Err: err}
		}
	}
	return r.Len(), nil
}

func (d *decoder) record(t []byte) error {
	if len(d.s.delimiter) == 0 {
		return d.value(t)
	}
	for more := len(t) > 0; more; {
		var piece []byte
		piece, t, more = bytes.Cut(t, d.s.delimiter)
		if len(piece) == 0 && !more {
			break
		}
		if err := d.value(piece); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) value(t []byte) error {
	if len(d.set.Columns) == 0 {
		d.set.EndRow()
		return nil
	}
	c := d.set.Columns[0]
	if size := width(d.s.t); size > 0 && len(t) != size {
		return fmt.Errorf("%s has %d bytes, not %d", d.s.t, size, len(t))
	}
	switch d.s.t.Kind {
	case types.Char, types.VarChar:
		if d.convert != nil {
			u, err := d.convert.Bytes(t)
			if err != nil {
				return fmt.Errorf("charset: %w", err)
			}
			t = u
		} else if !utf8.Valid(t) {
			t = bytes.ToValidUTF8(t, []byte("\uFFFD"))
		}
		c.AppendBytes(t)
	case types.Binary, types.VarBinary:
		c.AppendBytes(t)
	case types.Boolean:
		c.AppendBool(t[0] != 0)
	case types.TinyInt:
		c.AppendI8(int8(t[0]))
	case types.SmallInt:
		c.AppendI16(int16(d.s.order.Uint16(t)))
	case types.Int:
		c.AppendI32(int32(d.s.order.Uint32(t)))
	case types.BigInt:
		c.AppendI64(int64(d.s.order.Uint64(t)))
	case types.Float:
		c.AppendF32(math.Float32frombits(d.s.order.Uint32(t)))
	case types.Double:
		c.AppendF64(math.Float64frombits(d.s.order.Uint64(t)))
	}
	d.set.EndRow()
	return nil
}

// width is the size in bytes of a value, or 0 if it varies.
func width(t types.Type) int {
	if t.Kind == types.Boolean {
		return 1
	}
	return t.Storage().Width()
}

// Encoder returns an encoder.
func (f Format) Encoder(c format.Config) (format.Encoder, error) {
	c.Physical = c.Columns
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	e := &encoder{s: s, position: c.Positions[0]}
	if s.charset != nil {
		e.convert = s.charset.NewEncoder()
	}
	return e, nil
}

// encoder implements format.Encoder.
type encoder struct {
	s        settings
	position int
	convert  *encoding.Encoder
	scratch  []uint16
}

var errNull = errors.New("format 'raw': NULL cannot be written to a file")

// Encode appends the value of each row. NULL is an empty record where records have no line ends, else an error.
func (e *encoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if rows == nil {
		e.scratch = format.Rows(b, e.scratch)
		rows = e.scratch
	}
	v := b.Columns[e.position]
	for _, r := range rows {
		i := int(r)
		if v.IsNull(i) {
			if out.Terminate {
				return errNull
			}
			out.Ends = append(out.Ends, len(out.Data))
			continue
		}
		var err error
		if out.Data, err = e.value(out.Data, v, i); err != nil {
			return err
		}
		out.Data = append(out.Data, e.s.delimiter...)
		if out.Terminate && len(e.s.delimiter) == 0 {
			out.Data = append(out.Data, '\n')
		}
		out.Ends = append(out.Ends, len(out.Data))
	}
	return nil
}

func (e *encoder) value(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	switch e.s.t.Kind {
	case types.Char, types.VarChar:
		if e.convert != nil {
			t, err := encoding.ReplaceUnsupported(e.convert).Bytes(v.Bytes(i))
			return append(dst, t...), err
		}
		return append(dst, v.Bytes(i)...), nil
	case types.Binary, types.VarBinary:
		return append(dst, v.Bytes(i)...), nil
	case types.Boolean:
		if v.Bool(i) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	}
	switch e.s.t.Storage() {
	case types.StoreI8:
		return append(dst, byte(vector.Values[int8](v)[i])), nil
	case types.StoreI16:
		return appendOrder(dst, e.s.order, uint64(vector.Values[uint16](v)[i]), 2), nil
	case types.StoreI32, types.StoreF32:
		return appendOrder(dst, e.s.order, uint64(vector.Values[uint32](v)[i]), 4), nil
	default:
		return appendOrder(dst, e.s.order, vector.Values[uint64](v)[i], 8), nil
	}
}

func appendOrder(dst []byte, order binary.ByteOrder, x uint64, size int) []byte {
	var b [8]byte
	if order == binary.ByteOrder(binary.LittleEndian) {
		binary.LittleEndian.PutUint64(b[:], x)
		return append(dst, b[:size]...)
	}
	binary.BigEndian.PutUint64(b[:], x)
	return append(dst, b[8-size:]...)
}
