package avro

import (
	"crypto/rand"

	"millrace/connectors/format"
	"millrace/operators/vector"
)

// blockBytes is how many bytes a block has before it is packed.
const blockBytes = 64_000

// encoder writes records.
type encoder struct {
	puts      []put
	positions []int
	scratch   []uint16
}

func newEncoder(s *schema, c format.Config) (*encoder, error) {
	e := &encoder{}
	var err error
	if e.puts, err = writing(s, c.Columns); err != nil {
		return nil, err
	}
	for _, f := range s.fields {
		k := c.Columns.Index(f.name)
		if k >= 0 {
			k = c.Positions[k]
		}
		e.positions = append(e.positions, k)
	}
	return e, nil
}

// begin takes the columns of a batch and returns the rows to write.
func (e *encoder) begin(b *vector.Batch, rows []uint16) []uint16 {
	for k := range e.puts {
		if at := e.positions[k]; at >= 0 {
			e.puts[k].bind(b.Columns[at])
		}
	}
	if rows == nil {
		e.scratch = format.Rows(b, e.scratch)
		rows = e.scratch
	}
	return rows
}

// Encode appends a record for each row.
func (e *encoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	var err error
	for _, r := range e.begin(b, rows) {
		if out.Data, err = record(out.Data, e.puts, int(r)); err != nil {
			return err
		}
		out.Ends = append(out.Ends, len(out.Data))
	}
	return nil
}

// fileWriter writes an object container file.
type fileWriter struct {
	*encoder
	codec *codec
	sync  [syncBytes]byte
	block []byte
	rows  int64
}

// createContainer appends the header of a file.
func createContainer(c format.Config, text []byte, method string, out *format.Output) (*fileWriter, error) {
	s, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	w := &fileWriter{}
	if w.encoder, err = newEncoder(s, c); err != nil {
		return nil, err
	}
	if w.codec, err = newCodec(method); err != nil {
		return nil, err
	}
	if _, err := rand.Read(w.sync[:]); err != nil {
		return nil, err
	}
	d := out.Data
	d = append(d, magic...)
	d = appendVarint(d, 2)
	for _, t := range []string{"avro.schema", string(text), "avro.codec", method} {
		d = append(appendVarint(d, int64(len(t))), t...)
	}
	d = append(d, 0)
	d = append(d, w.sync[:]...)
	out.Data = d
	return w, nil
}

// Encode appends rows to the block that is being made, and blocks that are full.
func (w *fileWriter) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	var err error
	for _, r := range w.begin(b, rows) {
		if w.block, err = record(w.block, w.puts, int(r)); err != nil {
			return err
		}
		w.rows++
		if len(w.block) >= blockBytes {
			if err := w.flush(out); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *fileWriter) flush(out *format.Output) error {
	packed, err := w.codec.pack(w.block)
	if err != nil {
		return err
	}
	d := appendVarint(out.Data, w.rows)
	d = appendVarint(d, int64(len(packed)))
	d = append(d, packed...)
	d = append(d, w.sync[:]...)
	out.Data = d
	w.block, w.rows = w.block[:0], 0
	return nil
}

// Finish appends the last block.
func (w *fileWriter) Finish(out *format.Output) error {
	if w.rows == 0 {
		return nil
	}
	return w.flush(out)
}
