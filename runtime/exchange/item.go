package exchange

import (
	"millrace/operators"
	"millrace/runtime/job"
)

// Kind is what an item or event is.
type Kind uint8

// The kinds.
const (
	Rows      Kind = iota // a batch
	Watermark             // see operators.Operator
	Idle                  // the producer will send no watermarks for a while
	Active                // it will again
	Barrier               // a checkpoint begins
	End                   // nothing follows
)

// Item is what travels through a channel.
type Item struct {
	Kind    Kind
	Batch   *operators.Batch
	Time    int64 // Watermark
	Barrier *job.Trigger
	bytes   int
}

// Event is what comes out of a gate. The receiver releases the batch.
type Event struct {
	Kind    Kind
	Input   int // Rows: which input of the operator
	Batch   *operators.Batch
	Time    int64
	Barrier *job.Trigger
}
