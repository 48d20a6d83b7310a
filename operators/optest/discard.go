package optest

import (
	"millrace/operators"
	"millrace/operators/vector"
)

// Discard is an output that drops what it gets: for benchmarks, and where a test looks elsewhere.
type Discard struct {
	Rows int // how many came
}

var _ operators.Output = (*Discard)(nil)

// Emit counts the rows.
func (d *Discard) Emit(b *vector.Batch) error {
	d.Rows += b.Rows()
	return nil
}

// Watermark does nothing.
func (*Discard) Watermark(int64) error { return nil }

// Change is the event of a row of the first input.
func Change(kind vector.RowKind, values ...any) Event {
	return Event{Row: &Row{Kind: kind, Values: values}}
}

// Mark is the event of a watermark of the first input.
func Mark(t int64) Event { return Event{Mark: &t} }

// Clock is the event of a processing time.
func Clock(t int64) Event { return Event{Time: &t} }
