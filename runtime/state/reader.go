package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/ipc"

	"millrace/connectors/objstore"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/job"
	"millrace/sql/types"
)

// wholeBytes is up to which size a file is fetched in one piece.
const wholeBytes = 1 << 20

// Reader gives back the state of one operator for a range of key groups. It implements operators.StateReader.
type Reader struct {
	ctx      context.Context
	store    objstore.Store
	folder   string
	files    []job.StateFile
	from, to int
	pool     *vector.Pool
}

// NewReader returns a reader of files that lie in store below folder.
func NewReader(ctx context.Context, store objstore.Store, folder string, files []job.StateFile, from, to int, pool *vector.Pool) *Reader {
	if folder != "" && folder[len(folder)-1] != '/' {
		folder += "/"
	}
	return &Reader{ctx: ctx, store: store, folder: folder, files: files, from: from, to: to, pool: pool}
}

// Table implements operators.StateReader.
func (r *Reader) Table(name string, schema types.Schema, each func(keyGroup int, b *operators.Batch) error) error {
	for _, f := range r.files {
		if f.Table != name || !f.Unkeyed && (f.To <= r.from || f.From >= r.to) {
			continue
		}
		if err := r.file(f, schema, each); err != nil {
			return fmt.Errorf("state table %q of file %q: %w", name, r.folder+f.Key, err)
		}
	}
	return nil
}

// source fetches parts of a file.
type source struct {
	r     *Reader
	key   string
	size  int64
	whole []byte // or nil
}

func (s *source) part(offset, length int64) ([]byte, error) {
	if offset < 0 || length < 0 || offset > s.size || length > s.size-offset {
		return nil, fmt.Errorf("%w: %d bytes, and %d are wanted from %d", errDamaged, s.size, length, offset)
	}
	if s.whole != nil {
		return s.whole[offset : offset+length], nil
	}
	rc, err := s.r.store.Get(s.r.ctx, s.key, offset, length)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	b := make([]byte, length)
	if _, err = io.ReadFull(rc, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%w: it is shorter than the %d bytes that were written", errDamaged, s.size)
	}
	return b, err
}

// checked fetches a part whose checksum is known.
func (s *source) checked(offset, length int64, sum uint32, what string) ([]byte, error) {
	b, err := s.part(offset, length)
	if err == nil && checksum(0, b) != sum {
		return nil, fmt.Errorf("%w: the checksum of %s is not that of what was written", errDamaged, what)
	}
	return b, err
}

func (r *Reader) file(f job.StateFile, schema types.Schema, each func(keyGroup int, b *operators.Batch) error) error {
	src := &source{r: r, key: r.folder + f.Key, size: f.Bytes, whole: f.Inline}
	if len(src.whole) > 0 {
		src.size = int64(len(src.whole))
	} else if f.Bytes <= wholeBytes {
		b, err := src.part(0, f.Bytes)
		if err != nil {
			return err
		}
		src.whole = b
	}
	x, err := src.index()
	if err != nil {
		return err
	}
	head, err := src.checked(0, x.schema, x.sum, "the schema")
	if err != nil {
		return err
	}
	for _, e := range x.batches {
		if !r.wants(e) {
			continue
		}
		body, err := src.checked(e.offset, e.length, e.sum, "a record batch")
		if err != nil {
			return err
		}
		if err := r.batch(head, body, e, schema, each); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) index() (*index, error) {
	end := min(s.size, int64(footerSize))
	tail, err := s.part(s.size-end, end)
	if err != nil {
		return nil, err
	}
	n, sum, err := footer(tail)
	if err != nil {
		return nil, err
	}
	raw, err := s.checked(s.size-int64(footerSize)-n, n, sum, "the index")
	if err != nil {
		return nil, err
	}
	return parseIndex(raw)
}

func (r *Reader) wants(e batchEntry) bool {
	for _, x := range e.runs {
		if r.owns(x.group) {
			return true
		}
	}
	return false
}

func (r *Reader) owns(group int) bool {
	return group == operators.NoKeyGroup || group >= r.from && group < r.to
}

// batch decodes one record batch and delivers its runs.
func (r *Reader) batch(head, body []byte, e batchEntry, schema types.Schema, each func(keyGroup int, b *operators.Batch) error) error {
	in, err := ipc.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader(body)))
	if err != nil {
		return err
	}
	defer in.Release()
	if !in.Next() {
		return errors.Join(errDamaged, in.Err())
	}
	b, err := vector.FromRecord(in.Record(), schema)
	if err != nil {
		return err
	}
	defer b.Release()
	if b.Len != e.rows {
		return fmt.Errorf("%w: %d rows where the index has %d", errDamaged, b.Len, e.rows)
	}
	at := 0
	for _, x := range e.runs {
		if r.owns(x.group) {
			s := b.Slice(r.pool, at, at+x.rows)
			err := each(x.group, s)
			s.Release()
			if err != nil {
				return err
			}
		}
		at += x.rows
	}
	return nil
}
