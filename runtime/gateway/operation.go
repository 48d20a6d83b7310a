package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"millrace/operators"
)

// Status is the state of an operation.
type Status string

// The states.
const (
	Pending  Status = "PENDING"
	Running  Status = "RUNNING"
	Finished Status = "FINISHED"
	Canceled Status = "CANCELED"
	Closed   Status = "CLOSED"
	Failed   Status = "ERROR"
)

// pageRows is the largest number of rows of a page, as in Flink.
const pageRows = 5000

// hold is how long a request for rows that are not there yet is held.
const (
	holdResult = 2 * time.Second
	holdFirst  = 500 * time.Millisecond // for the first rows of a query, which is just starting
	holdRows   = 100 * time.Millisecond
)

// Operation is one statement of a session.
type Operation struct {
	ID string

	ctx    context.Context
	cancel context.CancelFunc
	ready  chan struct{} // closed when status is final or Finished

	mu     sync.Mutex // guards what follows
	status Status
	err    error
	result *Result
	used   time.Time // when it ended, or somebody last wanted its result

	fetch sync.Mutex // one fetch at a time; guards what follows
	token int64
	page  []*operators.Batch // rows of token-1, kept for a retry
	end   bool               // all rows were returned
}

func newOperation(id string) *Operation {
	ctx, cancel := context.WithCancel(context.Background())
	return &Operation{ID: id, ctx: ctx, cancel: cancel, ready: make(chan struct{}), status: Pending}
}

// idle tells whether the operation has ended, or its query delivers, and nobody has asked for it since long.
func (o *Operation) idle(now time.Time, timeout time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status != Pending && o.status != Running && now.Sub(o.used) > timeout
}

// Status returns the state.
func (o *Operation) Status() Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// run executes the statement unless the operation was cancelled or closed before.
func (o *Operation) run(execute func(context.Context) (*Result, error)) {
	o.mu.Lock()
	if o.status != Pending {
		o.mu.Unlock()
		return
	}
	o.status = Running
	o.mu.Unlock()
	r, err := guarded(o.ctx, execute)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status != Running {
		if r != nil {
			r.Rows.Close()
		}
		return
	}
	o.result, o.err, o.status, o.used = r, err, Finished, time.Now()
	if err != nil {
		o.status = Failed
	}
	close(o.ready)
}

// guarded turns a panic of a statement into its error, so that it ends neither the session nor the process.
func guarded(ctx context.Context, execute func(context.Context) (*Result, error)) (r *Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v\n%s", p, stack())
		}
	}()
	return execute(ctx)
}

// Cancel stops an operation that has not finished.
func (o *Operation) Cancel() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch o.status {
	case Pending, Running:
		o.status, o.used = Canceled, time.Now()
		o.cancel()
		close(o.ready)
		return nil
	default:
		return refuse(gatewayException, "Failed to convert the Operation Status from %s to %s for %s.", o.status, Canceled, o.ID)
	}
}

// Close ends an operation and frees its result; a running query is cancelled.
func (o *Operation) Close() {
	o.mu.Lock()
	before := o.status
	o.status = Closed
	r := o.result
	o.result = nil
	o.mu.Unlock()
	o.cancel()
	if before == Pending || before == Running {
		close(o.ready)
	}
	o.fetch.Lock() // a fetch that waits for rows does so for a moment only
	defer o.fetch.Unlock()
	if r != nil {
		r.Rows.Close()
	}
	o.drop()
}

func (o *Operation) drop() {
	for _, b := range o.page {
		b.Release()
	}
	o.page = nil
}

// Page is one page of a result.
type Page struct {
	Result *Result // nil: not ready
	Rows   []*operators.Batch
	Token  int64 // that this page answers
	End    bool
}

// Fetch hands the page of a token to use, which must not keep the rows. A token may be asked for again until the next one has been.
func (o *Operation) Fetch(ctx context.Context, token int64, use func(Page) error) error {
	hold, cancel := context.WithTimeout(ctx, holdResult)
	defer cancel()
	select {
	case <-o.ready:
	case <-hold.Done():
		return use(Page{})
	}
	o.mu.Lock()
	r, status, err := o.result, o.status, o.err
	o.used = time.Now()
	o.mu.Unlock()
	switch {
	case err != nil:
		return err
	case status != Finished || r == nil:
		return refuse(gatewayException, "Can not fetch results from the %s in %s status.", o.ID, status)
	}
	o.fetch.Lock()
	defer o.fetch.Unlock()
	switch token {
	case o.token - 1:
		if o.end {
			return use(Page{Result: r, Token: token})
		}
		return use(Page{Result: r, Rows: o.page, Token: token})
	case o.token:
	default:
		return refuse(executionException, "Expecting token to be %d or %d, but found %d.", o.token, o.token-1, token)
	}
	if o.end {
		return use(Page{Result: r, Token: token, End: true})
	}
	wait := holdRows
	if token == 0 {
		wait = holdFirst
	}
	rows, done, err := next(ctx, r, wait)
	switch {
	case err != nil && token == 0 && r.Query && ctx.Err() == nil: // clients want to know the columns; the error comes with the next page
		done = false
	case err != nil:
		return err
	}
	o.drop()
	if len(rows) == 0 && done {
		o.end = true
		return use(Page{Result: r, Token: token, End: true})
	}
	o.page = rows
	o.token++
	return use(Page{Result: r, Rows: rows, Token: token})
}

// next waits a short while for rows, and a little longer for a page of them to fill while they keep coming.
func next(ctx context.Context, r *Result, wait time.Duration) (rows []*operators.Batch, done bool, err error) {
	until := time.Now().Add(wait)
	n := 0
	for n < pageRows && !done {
		var more []*operators.Batch
		hold, cancel := context.WithDeadline(ctx, until)
		more, done, err = r.Rows.Next(hold, pageRows-n)
		late := hold.Err() != nil
		cancel()
		if late && errors.Is(err, context.DeadlineExceeded) {
			return rows, false, nil
		}
		if err != nil {
			if len(rows) > 0 { // the rows first, the error with the next page
				return rows, false, nil
			}
			return nil, false, err
		}
		for _, b := range more {
			n += b.Len
		}
		if soon := time.Now().Add(holdRows); len(rows) == 0 && len(more) > 0 && soon.Before(until) { // what waits now is the client
			until = soon
		}
		rows = append(rows, more...)
	}
	if len(rows) > 0 {
		return rows, false, nil
	}
	return nil, done, nil
}
