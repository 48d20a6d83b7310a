package checkpoint

import (
	"fmt"
	"strings"

	"millrace/runtime/job"
)

// Event is what happens to a coordinator. Times are in milliseconds since 1970.
type Event interface{ event() }

// The events.
type (
	// Started says that the tasks of an attempt have been deployed.
	Started struct {
		Now   int64
		Tasks []job.TaskID
	}
	// Tick says that time has passed.
	Tick struct{ Now int64 }
	// Request asks for a savepoint. Token comes back with Complete or Abort. Stop ends the job with it.
	Request struct {
		Now         int64
		Token       int
		Stop, Drain bool
	}
	// Acked says that a task has written its part.
	Acked struct {
		Now        int64
		Checkpoint int64
		Task       job.TaskID
	}
	// Declined says that some part could not be done.
	Declined struct {
		Now        int64
		Checkpoint int64
		Reason     string
	}
	// Ended says that a task has finished; Acked of it came before.
	Ended struct {
		Now  int64
		Task job.TaskID
	}
	// Stored says that the manifest has been written, or could not be.
	Stored struct {
		Now        int64
		Checkpoint int64
		Failure    string
	}
	// Committed says that the sinks have committed. A commit that fails is the failure of the job, followed by Stopped.
	Committed struct {
		Now        int64
		Checkpoint int64
	}
	// Finish says that all tasks have finished: the last output is to be committed.
	Finish struct{ Now int64 }
	// Stopped says that the attempt is being ended.
	Stopped struct {
		Now    int64
		Reason string
	}
)

func (Started) event()   {}
func (Tick) event()      {}
func (Request) event()   {}
func (Acked) event()     {}
func (Declined) event()  {}
func (Ended) event()     {}
func (Stored) event()    {}
func (Committed) event() {}
func (Finish) event()    {}
func (Stopped) event()   {}

// Action is what a coordinator wants done. String is for transcripts.
type Action interface{ String() string }

// Kind is the kind of a checkpoint.
type Kind uint8

// The kinds.
const (
	Periodic  Kind = iota
	Savepoint      // on request
	Stopping       // a savepoint that ends the job
	Final          // after the end of all tasks
)

// String is the kind in lower case.
func (k Kind) String() string { return [...]string{"checkpoint", "savepoint", "stop", "final"}[k] }

// The actions.
type (
	// Trigger wants a checkpoint begun: note the state of enumerators, then send the barrier to the sources.
	Trigger struct {
		Checkpoint int64
		Kind       Kind
		Token      int
		Drain      bool
	}
	// Abort gives a checkpoint up: tell the tasks, and delete what has been written.
	Abort struct {
		Checkpoint int64
		Kind       Kind
		Token      int
		Failed     bool // it counts as a failure; else it was overtaken by the end of the attempt
		Reason     string
	}
	// Store wants the manifest written of what Acked tasks sent, and what Ended tasks left at their end and that no commit had yet.
	Store struct {
		Checkpoint   int64
		Kind         Kind
		Token        int
		Acked, Ended []job.TaskID
	}
	// Commit wants published what the manifest holds. Without a manifest (Kind is Final, checkpointing off): what tasks left at their end.
	Commit struct {
		Checkpoint int64
		Kind       Kind
	}
	// Complete says that the checkpoint is done.
	Complete struct {
		Checkpoint int64
		Kind       Kind
		Token      int
	}
	// Delete says that the checkpoint is not needed any more.
	Delete struct{ Checkpoint int64 }
	// Wake wants Tick at that time. A later Wake replaces it.
	Wake struct{ At int64 }
	// Fail says that the job has failed.
	Fail struct{ Reason string }
	// Refuse says that a request cannot be met.
	Refuse struct {
		Token  int
		Reason string
	}
)

func (a Trigger) String() string {
	s := fmt.Sprintf("trigger %s %d", a.Kind, a.Checkpoint)
	if a.Drain {
		s += " drain"
	}
	return s
}

func (a Abort) String() string {
	return fmt.Sprintf("abort %s %d: %s", a.Kind, a.Checkpoint, a.Reason)
}

func (a Store) String() string {
	return fmt.Sprintf("store %s %d acked=%s ended=%s", a.Kind, a.Checkpoint, names(a.Acked), names(a.Ended))
}

func (a Commit) String() string   { return fmt.Sprintf("commit %s %d", a.Kind, a.Checkpoint) }
func (a Complete) String() string { return fmt.Sprintf("complete %s %d", a.Kind, a.Checkpoint) }
func (a Delete) String() string   { return fmt.Sprintf("delete %d", a.Checkpoint) }
func (a Wake) String() string     { return fmt.Sprintf("wake at %d", a.At) }
func (a Fail) String() string     { return "fail: " + a.Reason }
func (a Refuse) String() string   { return fmt.Sprintf("refuse %d: %s", a.Token, a.Reason) }

func names(ts []job.TaskID) string {
	ss := make([]string, len(ts))
	for i, t := range ts {
		ss[i] = t.String()
	}
	return "[" + strings.Join(ss, " ") + "]"
}
