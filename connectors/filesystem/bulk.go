package filesystem

import (
	"errors"
	"fmt"
	"io"
)

// openFile begins to read the file of the first split, for formats with a file structure.
func (r *reader) openFile() error {
	if m := compression(r.splits[0].Path); m != "" {
		return fmt.Errorf("format '%s' reads no file that is compressed as a whole (%s)", r.filing.Name(), m)
	}
	size, _, err := r.in.f.meta()
	if err != nil {
		return err
	}
	f, err := r.filing.OpenFile(r.cfg, r.in.f, size)
	if err != nil {
		return err
	}
	r.file = f
	return f.MoveTo(r.splits[0].Offset)
}

func (r *reader) closeFile() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// stepFile is step for formats with a file structure: the place of a split is that of the batch being read.
func (r *reader) stepFile() error {
	p := &r.splits[0]
	begin := r.file.Place()
	b, err := r.file.Next()
	switch {
	case errors.Is(err, io.EOF):
		r.finish()
		return nil
	case err != nil:
		return fmt.Errorf("table %s: file %q: %w", r.s.Table, p.Path, err)
	case b == nil:
		p.Offset = r.file.Place()
		return nil
	}
	if p.Skip >= b.Len {
		// Rows that were returned before the restore, all of them.
		p.Skip -= b.Len
		p.Offset = r.file.Place()
		b.Release()
		return nil
	}
	p.Offset, r.from = begin, p.Skip
	r.batch = r.complete(b)
	return nil
}
