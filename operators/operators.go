package operators

import (
	"math"
	"sync/atomic"
	"time"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// The types of package vector, which everything that touches rows imports.
type (
	// Batch is a batch of rows.
	Batch = vector.Batch
	// RowKind is the kind of change that a row is.
	RowKind = vector.RowKind
)

// MaxWatermark is the watermark at the end of input.
const MaxWatermark = math.MaxInt64

// MinWatermark is the watermark before any is known.
const MinWatermark = math.MinInt64

// Operator is a stage of a chain.
type Operator interface {
	// Open is called once, before anything else (Restore comes after it).
	Open(ctx Context) error
	// Process takes a batch of the given input (0, or 1 for the right side of a join).
	Process(input int, b *Batch, out Output) error
	// Watermark says that no row with an event time <= t (milliseconds since 1970) will come, but for late ones.
	Watermark(t int64, out Output) error
	// Close frees everything. It is called once, also after an error.
	Close() error
}

// Output is where an operator's results go.
type Output interface {
	Emit(b *Batch) error
	Watermark(t int64) error
}

// IdleOutput is implemented by every Output that a task gives its operators. An operator that makes watermarks says there that none will come
// for a while, so that consumers do not wait for it; the next batch or watermark does not end that, Idle(false) does.
type IdleOutput interface {
	Idle(idle bool) error
}

// Finisher is an operator that acts when all its inputs have ended, after Watermark(MaxWatermark).
type Finisher interface {
	Finish(out Output) error
}

// Timed is an operator that wants to be woken by the clock; see Context.WakeAt.
type Timed interface {
	// ProcessingTime is called with the current time (ms since 1970), at least as late as the earliest time asked for.
	ProcessingTime(now int64, out Output) error
}

// Context is what a task gives its operators. It may be kept until Close.
type Context interface {
	// Pool is where columns and state come from; it belongs to the job.
	Pool() *vector.Pool
	// Now is the processing time in milliseconds since 1970.
	Now() int64
	// Started is when the job began, in milliseconds since 1970: the same for all its operators and through all its restarts.
	Started() int64
	// WakeAt asks for a call of ProcessingTime at time t or soon after. An earlier request stays in force.
	WakeAt(t int64)
	// Subtask is the index of this instance, of Parallelism.
	Subtask() int
	Parallelism() int
	// Keys is the range of key groups that this instance owns.
	Keys() KeyRange
	// Zone is the session's time zone.
	Zone() *time.Location
	// Counter returns the counter of that name of this operator, such as "numLateRecordsDropped".
	Counter(name string) *Counter
}

// ExpressionClock is the clock of an operator's expressions. In a batch job functions of the clock give one value, that of when the job began.
func ExpressionClock(ctx Context, batch bool) func() int64 {
	if !batch {
		return ctx.Now
	}
	start := ctx.Started()
	return func() int64 { return start }
}

// KeyRange is the key groups From (inclusive) to To (exclusive) of Max.
type KeyRange struct{ From, To, Max int }

// Counter counts. Read from any goroutine, added to by the operator's.
type Counter struct{ n atomic.Int64 }

// Add adds n.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Load reads the count.
func (c *Counter) Load() int64 { return c.n.Load() }

// Snapshotter is an operator with state.
type Snapshotter interface {
	// Snapshot freezes the state as it is between two batches, in microseconds: by copying little or by copy-on-write.
	Snapshot() (Snapshot, error)
	// Restore is called after Open, before any batch, with everything that was written for the key groups this instance owns now (and all
	// rows that were written without a key group).
	Restore(r StateReader) error
}

// Snapshot is frozen state.
type Snapshot interface {
	// Write writes the state. It runs on another goroutine while the operator goes on.
	Write(w StateWriter) error
	// Release ends the copy-on-write. It is called once, on the operator's goroutine, after Write ended or when it will never be called.
	Release()
}

// NoKeyGroup marks rows of state that do not belong to a key group: each instance gets all of them at restore.
const NoKeyGroup = -1

// StateWriter takes the state of one operator as named tables.
type StateWriter interface {
	// Table begins a table. Tables are written one after another.
	Table(name string, schema types.Schema) (TableWriter, error)
}

// TableWriter takes the rows of a table.
type TableWriter interface {
	// Append writes the rows of b (without selection), which all belong to the key group.
	Append(keyGroup int, b *Batch) error
}

// StateReader gives back the state of one operator.
type StateReader interface {
	// Table calls each with every batch of the table that was written for the key groups that this instance owns, or for none. A table
	// that was never written has no rows. The batch is borrowed. Row order inside a key group is that of writing.
	Table(name string, schema types.Schema, each func(keyGroup int, b *Batch) error) error
}

// Stateless is embedded by operators with nothing to open, watermarks that pass, and nothing to close.
type Stateless struct{}

// Open does nothing.
func (Stateless) Open(Context) error { return nil }

// Watermark passes t on.
func (Stateless) Watermark(t int64, out Output) error { return out.Watermark(t) }

// Close does nothing.
func (Stateless) Close() error { return nil }
