package gateway

import (
	"context"
	"time"

	"millrace/operators"
	"millrace/sql/types"
)

// Session executes statements. Execute and Configure are called by one goroutine at a time; the other methods by any.
type Session interface {
	// Execute runs one statement with the given options on top of those of the session. A query or INSERT is submitted, not awaited.
	Execute(ctx context.Context, statement string, config map[string]string) (*Result, error)
	// Configure runs a statement that only changes the session; it refuses others.
	Configure(ctx context.Context, statement string) error
	// Properties are all options in force.
	Properties() map[string]string
	// Complete proposes what may stand at a position (in UTF-16 units, as clients count).
	Complete(statement string, position int) []string
	// Close ends the session and cancels its queries.
	Close()
}

// SessionFactory opens a session with the given options.
type SessionFactory func(name string, properties map[string]string) (Session, error)

// Result is the answer to a statement.
type Result struct {
	Schema types.Schema
	// Query: the rows of a SELECT.
	Query bool
	// Content tells answers with content from the bare OK of DDL.
	Content bool
	JobID   string
	Zone    *time.Location // of TIMESTAMP_LTZ values; nil: UTC
	Style   Style
	Rows    Rows
}

// Style is how values look as plain text. The zero value is the default of Flink.
type Style struct {
	// Legacy: BOOLEAN in lower case and no blanks in a ROW, as 'table.exec.legacy-cast-behaviour' wants it.
	Legacy bool
	// ISO: points in time with a T.
	ISO bool
}

// Rows are the rows of a result on their way.
type Rows interface {
	// Next waits for rows and returns at most maxRows of them as batches without selection, which the caller owns. done: there are no more
	// after these. When ctx ends first, its error is returned and nothing is lost.
	Next(ctx context.Context, maxRows int) (batches []*operators.Batch, done bool, err error)
	// Close gives up the rest; a running query is cancelled.
	Close()
}

// fixed is rows that are there already.
type fixed struct{ batch *operators.Batch }

// FixedRows returns one batch as Rows, which it takes over; nil: no rows.
func FixedRows(b *operators.Batch) Rows { return &fixed{b} }

// Next implements Rows.
func (f *fixed) Next(context.Context, int) ([]*operators.Batch, bool, error) {
	b := f.batch
	f.batch = nil
	if b == nil || b.Len == 0 {
		return nil, true, nil
	}
	return []*operators.Batch{b}, true, nil
}

// Close implements Rows.
func (f *fixed) Close() {
	if f.batch != nil {
		f.batch.Release()
		f.batch = nil
	}
}
