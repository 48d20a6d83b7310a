package state

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"millrace/connectors/objstore"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/job"
	"millrace/sql/types"
)

// Sizes at which a record batch is written, and at which a file is streamed to the store instead of being kept in memory until it ends.
const (
	batchRows   = 16 * vector.MaxRows
	batchBytes  = 4 << 20
	streamBytes = 8 << 20
	smallBytes  = 64 << 10 // files below are not compressed
)

// Writer writes the state of one subtask of one operator. It implements operators.StateWriter.
type Writer struct {
	ctx    context.Context
	store  objstore.Store
	folder string // prefix of keys in the store, "" or ending in a slash
	stem   string // begin of file names
	inline int64
	pool   *vector.Pool
	table  *table // being written
	files  []job.StateFile
}

// NewWriter returns a writer that puts files into store below folder, named stem and the number of the table. Files of up to inline bytes are
// returned instead. The writer's memory comes from pool.
func NewWriter(ctx context.Context, store objstore.Store, folder, stem string, inline int64, pool *vector.Pool) *Writer {
	if folder != "" && folder[len(folder)-1] != '/' {
		folder += "/"
	}
	return &Writer{ctx: ctx, store: store, folder: folder, stem: stem, inline: inline, pool: pool}
}

// Table implements operators.StateWriter.
func (w *Writer) Table(name string, schema types.Schema) (operators.TableWriter, error) {
	if err := w.end(); err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s-%d.arrows", w.stem, len(w.files))
	as := vector.ArrowSchema(schema)
	n, sum, err := schemaMessage(as)
	if err != nil {
		return nil, fmt.Errorf("state table %q: %w", name, err)
	}
	t := &table{w: w, schema: as, pending: gatherer{pool: w.pool, schema: schema}, file: job.StateFile{Table: name, Key: key, From: math.MaxInt}}
	t.out = upload{ctx: w.ctx, store: w.store, key: w.folder + key, head: n}
	t.index.schema, t.index.sum = n, sum
	w.table = t
	return t, nil
}

// schemaMessage gives length and checksum of the schema message of a stream: a stream without batches is that and the end-of-stream mark.
func schemaMessage(as *arrow.Schema) (length int64, sum uint32, err error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(as))
	if err := w.Close(); err != nil {
		return 0, 0, err
	}
	b.Truncate(b.Len() - endLength)
	return int64(b.Len()), checksum(0, b.Bytes()), nil
}

// endLength is the length of the end-of-stream mark.
const endLength = 8

// Close ends the last table and returns the files. It is called also after an error, to end what goes on.
func (w *Writer) Close() ([]job.StateFile, error) {
	err := w.end()
	return w.files, err
}

// end closes the table that is being written.
func (w *Writer) end() error {
	t := w.table
	if t == nil {
		return nil
	}
	w.table = nil
	defer t.pending.release()
	err := t.close()
	if err != nil {
		return fmt.Errorf("state table %q: %w", t.file.Table, err)
	}
	if t.file.Rows > 0 {
		w.files = append(w.files, t.file)
	}
	return nil
}

// table writes one file.
type table struct {
	w       *Writer
	schema  *arrow.Schema
	ipc     *ipc.Writer
	out     upload
	index   index
	pending gatherer
	runs    []run
	file    job.StateFile
	ending  bool // what is pending is all that follows
	err     error
}

// Append implements operators.TableWriter.
func (t *table) Append(keyGroup int, b *operators.Batch) error {
	if t.err != nil || b.Len == 0 {
		return t.err
	}
	if err := t.w.ctx.Err(); err != nil {
		t.err = context.Cause(t.w.ctx)
		return t.err
	}
	t.mark(keyGroup, b.Len)
	if b.Len >= batchRows/2 && t.pending.rows == 0 {
		t.err = t.write(b)
		return t.err
	}
	t.pending.add(b)
	if t.pending.rows >= batchRows || t.pending.bytes >= batchBytes {
		t.flush()
	}
	return t.err
}

func (t *table) mark(keyGroup, rows int) {
	if n := len(t.runs); n > 0 && t.runs[n-1].group == keyGroup {
		t.runs[n-1].rows += rows
	} else {
		t.runs = append(t.runs, run{keyGroup, rows})
	}
	t.file.Rows += int64(rows)
	if keyGroup == operators.NoKeyGroup {
		t.file.Unkeyed = true
		return
	}
	t.file.From, t.file.To = min(t.file.From, keyGroup), max(t.file.To, keyGroup+1)
}

func (t *table) flush() {
	if t.pending.rows == 0 || t.err != nil {
		return
	}
	b := t.pending.take()
	t.err = t.write(b)
	b.Release()
}

func (t *table) write(b *operators.Batch) error {
	r := vector.ToRecord(b, t.schema)
	defer r.Release()
	if t.ipc == nil {
		t.ipc = t.stream(t.ending && b.Bytes() < smallBytes)
	}
	from := t.out.n
	if len(t.index.batches) == 0 {
		from = t.index.schema
	}
	if err := t.ipc.Write(r); err != nil {
		return err
	}
	t.index.batches = append(t.index.batches, batchEntry{from, t.out.n - from, t.out.takeSum(), b.Len, t.runs})
	t.runs = nil
	return nil
}

// stream begins the Arrow stream. Setting up the compressor takes milliseconds: small files go without.
func (t *table) stream(small bool) *ipc.Writer {
	if small {
		return ipc.NewWriter(&t.out, ipc.WithSchema(t.schema))
	}
	return ipc.NewWriter(&t.out, ipc.WithSchema(t.schema), ipc.WithZstd())
}

// close ends the file: in memory if it is small, else in the store.
func (t *table) close() error {
	t.ending = true
	t.flush()
	if t.err == nil && t.ipc != nil {
		t.err = t.ipc.Close()
	}
	if t.err != nil || t.file.Rows == 0 {
		t.out.abort(t.err)
		return t.err
	}
	if _, err := t.out.Write(t.index.append(nil)); err != nil {
		t.out.abort(err)
		return err
	}
	t.file.Bytes = t.out.n
	if t.file.Unkeyed && t.file.From == math.MaxInt || t.file.From == math.MaxInt {
		t.file.From = 0
	}
	if t.out.n <= t.w.inline && t.out.pipe == nil {
		t.file.Inline, t.file.Key = t.out.buf.Bytes(), ""
		return nil
	}
	return t.out.finish()
}

// upload is a file on its way to the store: buffered, and from streamBytes on piped to a Put on another goroutine.
type upload struct {
	ctx   context.Context
	store objstore.Store
	key   string
	buf   bytes.Buffer
	n     int64
	head  int64  // length of the schema message, which comes in writes of its own
	sum   uint32 // checksum of what was written since the schema message or the last takeSum
	pipe  *io.PipeWriter
	done  chan error
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (int, error) {
	if u.n >= u.head {
		u.sum = checksum(u.sum, p)
	}
	u.n += int64(len(p))
	if u.pipe == nil {
		if u.buf.Len()+len(p) <= streamBytes {
			return u.buf.Write(p)
		}
		r, w := io.Pipe()
		u.pipe, u.done = w, make(chan error, 1)
		go func() {
			err := u.store.Put(u.ctx, u.key, r)
			r.CloseWithError(orClosed(err))
			u.done <- err
		}()
		if _, err := w.Write(u.buf.Bytes()); err != nil {
			return 0, err
		}
		u.buf = bytes.Buffer{}
	}
	return u.pipe.Write(p)
}

// takeSum returns the checksum and begins another.
func (u *upload) takeSum() uint32 {
	sum := u.sum
	u.sum = 0
	return sum
}

func orClosed(err error) error {
	if err == nil {
		return io.ErrClosedPipe
	}
	return err
}

func (u *upload) finish() error {
	if u.pipe == nil {
		return u.store.Put(u.ctx, u.key, bytes.NewReader(u.buf.Bytes()))
	}
	_ = u.pipe.Close() // never fails
	return <-u.done
}

// abort ends an upload so that the store does not keep it.
func (u *upload) abort(err error) {
	if u.pipe != nil {
		_ = u.pipe.CloseWithError(fmt.Errorf("upload given up: %w", orClosed(err)))
		<-u.done //nolint:errcheck // the upload has been given up
	}
}
