package job

// Status is what a client sees of a job. All times are milliseconds since 1970.
type Status struct {
	ID    ID     `json:"id"`
	Name  string `json:"name"`
	State State  `json:"state"`
	Start int64  `json:"start"`
	End   int64  `json:"end,omitempty"` // 0: not ended
	// Entered holds when each state was last entered, 0: never.
	Entered [States]int64 `json:"entered"`
	// Attempt counts executions from 1; restarts are Attempt - 1.
	Attempt    int         `json:"attempt"`
	Failure    string      `json:"failure,omitempty"` // why the job failed, or was last restarted
	Exceptions []Exception `json:"exceptions,omitempty"`
	Progress   Progress    `json:"progress"`
}

// Exception is a failure of a job, newest last.
type Exception struct {
	Time  int64  `json:"time"`
	Task  string `json:"task,omitempty"` // "name (1/4)", "" if it was not a task
	Error string `json:"error"`
	Stack string `json:"stack,omitempty"` // of a contained panic
}

// Progress is the live figures of a job.
type Progress struct {
	Nodes       []NodeProgress    `json:"nodes"` // one for each plan node, in order
	Checkpoints CheckpointCounts  `json:"checkpoints"`
	Last        *CheckpointRecord `json:"last,omitempty"` // the newest completed checkpoint or savepoint
	LastFailure *CheckpointRecord `json:"lastFailure,omitempty"`
	Restored    *CheckpointRecord `json:"restored,omitempty"` // what the running attempt was restored from
	// MemoryBytes is what the job's tasks hold in buffers and state; PeakBytes the most it was.
	MemoryBytes int64 `json:"memoryBytes"`
	PeakBytes   int64 `json:"peakBytes"`
}

// NodeProgress is the live figures of one plan node, summed over its subtasks.
type NodeProgress struct {
	Node        int    `json:"node"`
	UID         string `json:"uid"`
	Name        string `json:"name"`
	Kind        string `json:"kind"`            // the kind of its spec: "source", "sink", …
	Table       string `json:"table,omitempty"` // of sources and sinks
	Vertex      int    `json:"vertex"`          // the chain it runs in
	Parallelism int    `json:"parallelism"`
	RecordsIn   int64  `json:"recordsIn"`
	RecordsOut  int64  `json:"recordsOut"`
	Batches     int64  `json:"batches"` // batches out of it (sinks: into it)
	BytesIn     int64  `json:"bytesIn"` // read by a source
	BytesOut    int64  `json:"bytesOut"`
	// Watermark is the lowest of its subtasks, that is math.MinInt64 before any is known and math.MaxInt64 at the end.
	Watermark int64 `json:"watermark"`
	Late      int64 `json:"late,omitempty"`      // numLateRecordsDropped
	Malformed int64 `json:"malformed,omitempty"` // numRecordsMalformed
	// Counters are all named counters of the operator, source or sink.
	Counters map[string]int64 `json:"counters,omitempty"`
	Running  int              `json:"running"`  // subtasks that run
	Finished int              `json:"finished"` // subtasks that have ended
}

// CheckpointCounts counts checkpoints since the job was submitted.
type CheckpointCounts struct {
	Triggered  int `json:"triggered"`
	Completed  int `json:"completed"`
	Failed     int `json:"failed"`
	InProgress int `json:"inProgress"`
}

// CheckpointRecord describes one checkpoint or savepoint.
type CheckpointRecord struct {
	ID        int64  `json:"id"`
	Savepoint bool   `json:"savepoint,omitempty"`
	Path      string `json:"path,omitempty"`
	Triggered int64  `json:"triggered"`         // ms since 1970
	Ended     int64  `json:"ended,omitempty"`   // completed or failed
	Bytes     int64  `json:"bytes,omitempty"`   // of state
	Failure   string `json:"failure,omitempty"` // why it failed
}
