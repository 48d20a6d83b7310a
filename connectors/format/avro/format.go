package avro

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// Format answers for 'format' = 'avro'.
type Format struct{}

var _ format.Filing = Format{}

// Name is "avro".
func (Format) Name() string { return "avro" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	return []connectors.Option{
		{Key: "encoding", Type: connectors.Enum, Default: "binary", Values: []string{"binary", "json"}, Help: "how messages are written; files are always binary"},
		{Key: "codec", Type: connectors.Text, Default: "snappy", Help: "how the blocks of files are packed: null, deflate, snappy or zstandard"},
		{
			Key: "timestamp_mapping.legacy", Type: connectors.Boolean, Default: "true",
			Help: "TIMESTAMP is written as timestamp; if false, as local timestamp, and TIMESTAMP_LTZ as timestamp",
		},
	}
}

// settings are the options, and the schema of the table.
type settings struct {
	codec string
	json  bool // messages are JSON
	text  []byte
	s     *schema
}

func parse(f Format, c format.Config) (s settings, err error) {
	v, err := format.Decode(f, c.Options)
	if err != nil {
		return s, err
	}
	s.json = v.Enum("encoding") == "json"
	s.codec = strings.ToLower(v.Text("codec"))
	if s.codec == "zstd" {
		s.codec = "zstandard"
	}
	if !slices.Contains(writable(), s.codec) {
		return s, v.Invalid("codec", "supported are "+strings.Join(writable(), ", "))
	}
	columns := c.Physical
	if columns == nil {
		columns = c.Columns
	}
	if s.text, err = derive(columns, v.Bool("timestamp_mapping.legacy")); err == nil {
		s.s, err = parseSchema(s.text)
	}
	if err != nil {
		return s, fmt.Errorf("format 'avro': %w", err)
	}
	return s, nil
}

// Check says what is wrong with options or columns.
func (f Format) Check(c format.Config) error {
	_, err := parse(f, c)
	return err
}

// OpenFile reads an object container file.
func (f Format) OpenFile(c format.Config, at io.ReaderAt, size int64) (format.FileReader, error) {
	if _, err := parse(f, c); err != nil {
		return nil, err
	}
	r, err := openContainer(c, at, size)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// CreateFile begins an object container file.
func (f Format) CreateFile(c format.Config, out *format.Output) (format.FileWriter, error) {
	c.Physical = c.Columns
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	w, err := createContainer(c, s.text, s.codec, out)
	if err != nil {
		return nil, fmt.Errorf("format 'avro': %w", err)
	}
	return w, nil
}

// Decoder returns a decoder of plain records.
func (f Format) Decoder(c format.Config) (format.Decoder, error) {
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	d := &decoder{s: s.s}
	if c.Pool == nil {
		return d, nil // it is only checked
	}
	d.set = column.NewSet(c.Pool, c.Columns.Types())
	if d.ops, err = compile(s.s, c.Columns, d.set.Columns); err != nil {
		return nil, fmt.Errorf("format 'avro': %w", err)
	}
	if s.json {
		return &jsonDecoder{decoder: d}, nil
	}
	return d, nil
}

// Encoder returns an encoder of plain records.
func (f Format) Encoder(c format.Config) (format.Encoder, error) {
	c.Physical = c.Columns
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	e, err := newEncoder(s.s, c)
	if err != nil {
		return nil, fmt.Errorf("format 'avro': %w", err)
	}
	if s.json {
		return &jsonEncoder{encoder: e, s: s.s}, nil
	}
	return e, nil
}

// decoder implements format.Decoder for records of one schema.
type decoder struct {
	s   *schema
	ops []op
	set *column.Set
	m   machine
}

func (d *decoder) Rows() int           { return d.set.Rows }
func (d *decoder) Full() bool          { return d.set.Full() }
func (d *decoder) Take() *vector.Batch { return d.set.Take() }
func (d *decoder) Close()              { d.set.Close() }

// Split finds records by passing over them. What is no record takes all that follows.
func (d *decoder) Split(data []byte, last bool, limit int, r *format.Records) (used int) {
	d.m.data, d.m.end = data[:cap(data)], len(data)
	r.Data = d.m.data
	for used < len(data) && r.Len() < limit {
		next := d.m.skip(d.s, used)
		if next < 0 && !last {
			break
		}
		if next < 0 || next == used {
			next = len(data)
		}
		r.Start, r.End = append(r.Start, int32(used)), append(r.End, int32(next))
		used = next
	}
	return used
}

// Decode appends a row for each record. Bytes behind the last field are ignored, as in Flink.
func (d *decoder) Decode(r *format.Records, from int) (int, error) {
	d.m.data = r.Data[:cap(r.Data)]
	for i := from; i < r.Len(); i++ {
		if d.set.Full() {
			return i, nil
		}
		d.set.Begin()
		rows := d.set.Rows
		d.m.end = int(r.End[i])
		if r.Start[i] == r.End[i] && !d.s.empty {
			return i, &format.RecordError{Err: errors.New("the record is empty")}
		}
		if d.m.run(d.ops, int(r.Start[i])) < 0 {
			d.set.Rollback(rows)
			return i, d.m.error()
		}
		d.set.EndRow()
	}
	return r.Len(), nil
}
