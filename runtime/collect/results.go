package collect

import (
	"context"
	"errors"
	"sync"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// ErrClosed is the error of a job whose client has closed its results.
var ErrClosed = errors.New("results were closed by the client")

// Bounds of the buffer of one Results, beyond which writers wait.
const (
	MaxRows  = 4 * vector.MaxRows
	MaxBytes = 8 << 20
)

// Results is the rows of one job on their way to the client.
type Results struct {
	schema types.Schema
	forget func() // called by Close

	mu     sync.Mutex // guards what follows
	queue  []entry
	rows   int
	bytes  int
	total  int64
	done   bool // the job has ended
	err    error
	closed bool
	change chan struct{} // closed and replaced when any of the above changes
}

type entry struct {
	batch *operators.Batch // without selection
	pool  *vector.Pool
	bytes int
}

func newResults(schema types.Schema, forget func()) *Results {
	return &Results{schema: schema, forget: forget, change: make(chan struct{})}
}

// Schema is the columns of the rows.
func (r *Results) Schema() types.Schema { return r.schema }

// changed wakes everyone who waits. r.mu is held.
func (r *Results) changed() {
	close(r.change)
	r.change = make(chan struct{})
}

// put adds a batch, waiting for room.
func (r *Results) put(ctx context.Context, b *operators.Batch, pool *vector.Pool) error {
	n := b.Bytes()
	for {
		r.mu.Lock()
		switch {
		case r.closed:
			r.mu.Unlock()
			return ErrClosed
		case len(r.queue) == 0 || r.rows+b.Len <= MaxRows && r.bytes+n <= MaxBytes:
			r.queue = append(r.queue, entry{b.Retain(), pool, n})
			r.rows += b.Len
			r.bytes += n
			r.total += int64(b.Len)
			r.changed()
			r.mu.Unlock()
			return nil
		}
		change := r.change
		r.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// End tells that the job has ended, with its failure or nil. The first call counts.
func (r *Results) End(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		r.done, r.err = true, err
		r.changed()
	}
}

// Next waits until there are rows and returns at most maxRows of them (maxRows <= 0: all that are there) as batches without selection, which
// the caller owns and releases. done says that the job has ended well and everything was returned by this call or before. When the job has failed,
// the rows that were delivered before come first, then the error. When ctx ends before there is anything, its error is returned and nothing is lost.
func (r *Results) Next(ctx context.Context, maxRows int) (batches []*operators.Batch, done bool, err error) {
	for {
		batches, done, err = r.TryNext(maxRows)
		if len(batches) > 0 || done || err != nil {
			return batches, done, err
		}
		r.mu.Lock()
		change, ready := r.change, len(r.queue) > 0 || r.done || r.closed
		r.mu.Unlock()
		if ready {
			continue
		}
		select {
		case <-change:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// TryNext is Next that does not wait: no batches, not done and no error mean that there is nothing yet.
func (r *Results) TryNext(maxRows int) (batches []*operators.Batch, done bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, false, ErrClosed
	}
	left := maxRows
	for len(r.queue) > 0 && (maxRows <= 0 || left > 0) {
		e := &r.queue[0]
		if maxRows > 0 && e.batch.Len > left {
			batches = append(batches, e.batch.Slice(e.pool, 0, left))
			rest := e.batch.Slice(e.pool, left, e.batch.Len)
			e.batch.Release()
			e.batch = rest
			r.rows -= left
			break
		}
		batches = append(batches, e.batch)
		left -= e.batch.Len
		r.rows -= e.batch.Len
		r.bytes -= e.bytes
		r.queue[0] = entry{}
		r.queue = r.queue[1:]
	}
	if len(batches) > 0 {
		r.changed()
	}
	if len(r.queue) == 0 && r.done {
		if r.err != nil && len(batches) == 0 {
			return nil, false, r.err
		}
		done = r.err == nil
	}
	return batches, done, nil
}

// Rows is the number of rows delivered so far, read or not.
func (r *Results) Rows() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// Close drops what is buffered; a job that still writes fails with ErrClosed, so cancel it first. It may be called more than once. The cluster
// keeps a Results until it is closed.
func (r *Results) Close() {
	r.forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	for _, e := range r.queue {
		e.batch.Release()
	}
	r.queue, r.rows, r.bytes, r.closed = nil, 0, 0, true
	r.changed()
}
