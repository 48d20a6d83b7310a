package changelog

import (
	"millrace/connectors/format"
	"millrace/operators/vector"
)

// encoder implements format.Encoder.
type encoder struct {
	rows        format.Encoder
	add, remove Frame
	plain       format.Output
	scratch     []uint16
}

// Encode appends a message for each row: a new row, or one that is gone. An update is two messages.
func (e *encoder) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if rows == nil {
		e.scratch = format.Rows(b, e.scratch)
		rows = e.scratch
	}
	e.plain.Reset()
	if err := e.rows.Encode(b, rows, &e.plain); err != nil {
		return err
	}
	dst, from := out.Data, 0
	for i, r := range rows {
		f := &e.add
		if !b.Kind(int(r)).IsAdd() {
			f = &e.remove
		}
		to := e.plain.Ends[i]
		dst = append(dst, f.Before...)
		dst = append(dst, e.plain.Data[from:to]...)
		dst = append(dst, f.After...)
		from = to
		if out.Terminate {
			dst = append(dst, '\n')
		}
		out.Ends = append(out.Ends, len(dst))
	}
	out.Data = dst
	return nil
}
