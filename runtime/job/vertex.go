package job

import (
	"errors"
	"fmt"
)

// Vertex is a chain of plan nodes that run together: each of its subtasks is one goroutine.
type Vertex struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Nodes []int  `json:"nodes"` // ids of plan nodes in topological order, the head first
	// Chained holds, for each of Nodes but the first, the position in Nodes of the one node that it is chained to.
	Chained     []int `json:"chained"`
	Parallelism int   `json:"parallelism"`
	// Inputs are the exchanges that end here, in the order of the head's inputs.
	Inputs []Input `json:"inputs,omitempty"`
}

// TaskName is what messages call a subtask: "source -> calc (1/4)".
func (v Vertex) TaskName(subtask int) string {
	return fmt.Sprintf("%s (%d/%d)", v.Name, subtask+1, v.Parallelism)
}

// Input is an exchange between two vertices.
type Input struct {
	From   int    `json:"from"` // the producing vertex
	Node   int    `json:"node"` // the producing plan node
	Edge   int    `json:"edge"` // which of the head's inputs this is
	Ship   string `json:"ship"`
	Keys   []int  `json:"keys,omitempty"`
	Spread bool   `json:"spread,omitempty"` // forward between different parallelisms may deal rows out round robin
}

// StateFile is where one table of an operator's state, as written by one subtask, lies.
type StateFile struct {
	Table  string `json:"table"`
	Key    string `json:"key,omitempty"`    // relative to the folder of the manifest
	Inline []byte `json:"inline,omitempty"` // the file itself, if it is small
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"`
	// From and To are the range of key groups in it; Unkeyed: it also has rows of none.
	From    int  `json:"from"`
	To      int  `json:"to"`
	Unkeyed bool `json:"unkeyed,omitempty"`
}

// Split is a part of a source with the position in it.
type Split struct {
	ID    string `json:"id"`
	State []byte `json:"state,omitempty"`
}

// OperatorState is what one subtask of one operator, source or sink contributes to a checkpoint.
type OperatorState struct {
	UID     string      `json:"uid,omitempty"` // of the plan node; dead-letter sinks have a suffix, see DeadLetterUID
	Subtask int         `json:"subtask"`
	Files   []StateFile `json:"files,omitempty"`
	Splits  []Split     `json:"splits,omitempty"` // sources
	Writer  []byte      `json:"writer,omitempty"` // sinks: what the writer gets back
	Commit  []byte      `json:"commit,omitempty"` // sinks: what the committer publishes
}

// Empty tells whether there is nothing in it.
func (s OperatorState) Empty() bool {
	return len(s.Files) == 0 && len(s.Splits) == 0 && s.Writer == nil && s.Commit == nil
}

// DeadLetterUID is the uid of the sink that takes the unreadable records of a source.
func DeadLetterUID(source string) string { return source + "/dead-letter" }

// Trigger begins a checkpoint; it travels through the plan as the barrier.
type Trigger struct {
	Checkpoint int64  `json:"checkpoint"`
	Store      string `json:"store"` // URI of the folder of the checkpoint
	// InlineBytes is up to which size a state file goes into the manifest.
	InlineBytes int64 `json:"inlineBytes"`
	Savepoint   bool  `json:"savepoint,omitempty"`
	// Stop: sources deliver nothing after it. Drain: they send the last watermark before it.
	Stop  bool `json:"stop,omitempty"`
	Drain bool `json:"drain,omitempty"`
}

// Ack tells that a subtask has written its part of a checkpoint.
type Ack struct {
	Attempt    Attempt         `json:"attempt"`
	Task       TaskID          `json:"task"`
	Checkpoint int64           `json:"checkpoint"`
	States     []OperatorState `json:"states,omitempty"`
	Bytes      int64           `json:"bytes"`
	// Failure: the part could not be written, and the checkpoint fails. What sinks have prepared is in States all the same.
	Failure string `json:"failure,omitempty"`
}

// TaskReport tells that a subtask has entered a state.
type TaskReport struct {
	Attempt Attempt   `json:"attempt"`
	Task    TaskID    `json:"task"`
	State   TaskState `json:"state"`
	// Final is what the sinks of a finished subtask prepared at the end of input.
	Final   []OperatorState `json:"final,omitempty"`
	Failure string          `json:"failure,omitempty"`
	Stack   string          `json:"stack,omitempty"`
	// Fatal: the same failure would come again.
	Fatal bool `json:"fatal,omitempty"`
}

// SourceTime tells how far a source's subtask has come in event time.
type SourceTime struct {
	Attempt Attempt `json:"attempt"`
	Task    TaskID  `json:"task"`
	Time    int64   `json:"time"` // ms
	// Idle: no rows come, or none come any more; nobody shall wait for this subtask.
	Idle bool `json:"idle,omitempty"`
}

// Fatal tells whether an error says of itself, by a method Retryable() bool, that trying again is of no use.
func Fatal(err error) bool {
	var r interface{ Retryable() bool }
	return errors.As(err, &r) && !r.Retryable()
}

// Restore is what a subtask is restored from. The zero value is a start from nothing.
type Restore struct {
	Checkpoint int64  `json:"checkpoint"` // 0: none
	Store      string `json:"store"`      // URI of the folder of its manifest
	// States by uid: all state files that may hold the subtask's key groups, and what was dealt to it of splits and writer states.
	States map[string]RestoredState `json:"states,omitempty"`
	// Finished: every operator of the vertex had ended.
	Finished bool `json:"finished,omitempty"`
}

// RestoredState is the part of a restore that belongs to one operator, source or sink.
type RestoredState struct {
	Files   []StateFile `json:"files,omitempty"`
	Writers [][]byte    `json:"writers,omitempty"`
}

// KeyRange returns the key groups [from, to) of a subtask.
func KeyRange(subtask, parallelism, maxParallelism int) (from, to int) {
	return (subtask*maxParallelism + parallelism - 1) / parallelism, ((subtask+1)*maxParallelism + parallelism - 1) / parallelism
}
