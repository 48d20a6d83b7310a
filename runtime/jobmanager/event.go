package jobmanager

import (
	"millrace/connectors"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// event is what a master handles, one after another.
type event any

// The events. Those of an attempt carry its number, and are ignored when it has ended.
type (
	taskReport  struct{ job.TaskReport }
	taskAck     struct{ job.Ack }
	sourceTime  struct{ job.SourceTime }
	clockTick   struct{ armed int } // the timer with that number has fired
	restartTime struct{ attempt int }

	// prepared: connectors are open and the restore is known.
	prepared struct {
		ex    *execution
		err   error
		fatal bool // the same would come again
	}
	// splitsFound: an enumerator has found splits.
	splitsFound struct {
		attempt int
		source  *sourceRun
		splits  []connectors.Split
		done    bool
		err     error
	}
	// enumeratorState: what an enumerator's state was, in order with its splits.
	enumeratorState struct {
		attempt    int
		source     *sourceRun
		checkpoint int64
		state      []byte
		err        error
	}
	// manifestStored is the result of checkpoint.Write.
	manifestStored struct {
		attempt  int
		manifest *checkpoint.Manifest
		place    place
		err      error
	}
	// commitDone is the result of all committers' Commit.
	commitDone struct {
		attempt    int
		checkpoint int64
		err        error
	}
	// helperEnded wraps the last event of a helper; the event may be nil.
	helperEnded struct{ event event }

	cancelRequest    struct{}
	suspendRequest   struct{}
	savepointRequest struct {
		dir         string
		stop, drain bool
		reply       chan<- savepointResult
	}
)

// savepointResult is the answer to a savepointRequest.
type savepointResult struct {
	path string
	err  error
}

// place is where a checkpoint lies.
type place struct{ parent, name string }

func (p place) uri() string { return checkpoint.Join(p.parent, p.name) }
