package connectors

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// ErrEnd is returned by Poll when all splits are read and no more will come. An error that wraps it is a failure, not the end.
var ErrEnd = io.EOF

// ErrNotFound is wrapped by errors about things that are not there (a file, a topic, a connector).
var ErrNotFound = errors.New("not found")

// Table is what a connector is asked about: a table of the catalog.
type Table struct {
	Name      string // full name, for messages
	Options   map[string]string
	Schema    types.Schema // physical columns
	Key       []string     // primary key
	Partition []string     // PARTITIONED BY
	Batch     bool         // the session runs in batch mode
}

// Connector answers for the tables of one kind.
type Connector interface {
	// Name is the value of the option 'connector'.
	Name() string
	// Options lists every key that the connector itself understands, "format" and format options not included unless it has no formats.
	Options() []Option
	// Capabilities checks the table's options and says what can be done with it. Errors name the option, its value and what is allowed.
	Capabilities(t Table) (plan.Capabilities, error)
}

// Option describes one key of WITH (…).
type Option struct {
	Key      string // a '#' stands for a name: "fields.#.kind"
	Type     OptionType
	Default  string // "" for none
	Required bool
	Help     string
	// Values lists the allowed values of an enumeration.
	Values []string
}

// OptionType is the type of an option's value.
type OptionType uint8

// The option types.
const (
	Text     OptionType = iota
	Integer             // 64 bits
	Number              // floating point
	Boolean             // true, false
	Duration            // 10 s, 200ms, 1 d
	Size                // 128MB, 64 kb
	Enum                // one of Values, not case-sensitive
)

// SourceConnector is a connector that reads.
type SourceConnector interface {
	Connector
	// OpenEnumerator opens the one enumerator of a source. state is what its Snapshot returned, or nil.
	OpenEnumerator(ctx context.Context, s *plan.Source, env Env, state []byte) (Enumerator, error)
	// OpenReader opens the reader of one subtask.
	OpenReader(ctx context.Context, s *plan.Source, env Env) (Reader, error)
}

// SinkConnector is a connector that writes.
type SinkConnector interface {
	Connector
	// OpenWriter opens the writer of one subtask. states holds the writer states of the checkpoint that the job is restored from which fell
	// to this subtask: its own, or after rescaling any number of others'.
	OpenWriter(ctx context.Context, s *plan.Sink, env Env, states [][]byte) (Writer, error)
	// OpenCommitter opens the one committer of a sink, or returns nil if nothing needs committing.
	OpenCommitter(ctx context.Context, s *plan.Sink, env Env) (Committer, error)
}

// Env is what the runtime gives connectors.
type Env struct {
	Pool        *vector.Pool
	Log         *slog.Logger
	Zone        *time.Location
	Now         func() int64 // ms since 1970
	JobID       string
	Node        string // uid of the plan node
	Subtask     int
	Parallelism int
	Streaming   bool
	// Checkpointing tells whether the job takes checkpoints, and CheckpointInterval how often (0: unknown).
	Checkpointing      bool
	CheckpointInterval time.Duration
	// JobName is what the job is called in all its runs; JobID is of one.
	JobName string
	// Claimed: the job goes on for the one whose checkpoint it was restored from; what that one did later is not needed any more.
	Claimed bool
	// Count returns a counter of the source or sink, such as "numRecordsMalformed".
	Count func(name string) *operators.Counter
	// DeadLetter takes a record that could not be read, when the table's fate for those is DEAD_LETTER; else nil.
	DeadLetter func(DeadLetter) error
	// Lookup finds another connector by name, or nil.
	Lookup func(name string) Connector
}

// DeadLetter is a record that could not be read.
type DeadLetter struct {
	Source   string // table name
	Position string // where it was: "file.csv:17", "topic-3@1200"
	Error    string
	Record   []byte
}

// DeadLetterSchema is the columns that a dead-letter table may have, by name; it may leave some out.
func DeadLetterSchema() types.Schema {
	return types.Schema{
		{Name: "source", Type: types.StringType()},
		{Name: "position", Type: types.StringType()},
		{Name: "error", Type: types.StringType()},
		{Name: "record", Type: types.BytesType()},
		{Name: "time", Type: types.TimestampLTZType(3)},
	}
}

// Split is a part of a source that one reader reads: a stable id and the position in it, encoded by the connector.
type Split struct {
	ID    string `json:"id"`
	State []byte `json:"state"`
}

// Enumerator finds splits. It is called by one goroutine.
type Enumerator interface {
	// Discover returns splits that were not returned before; done says that no more will ever come.
	Discover(ctx context.Context) (splits []Split, done bool, err error)
	// Interval is how long to wait between calls of Discover while it is not done.
	Interval() time.Duration
	// Snapshot returns what is needed to go on from here.
	Snapshot() ([]byte, error)
	Close() error
}

// Reader reads splits.
type Reader interface {
	// Add gives it further splits to read.
	Add(splits []Split) error
	// NoMoreSplits says that Add will not be called again.
	NoMoreSplits()
	// Poll returns the next rows, waiting for them up to the context's deadline; (Fetch{}, nil) if there were none by then, ErrEnd
	// at the end. The caller owns the batch.
	Poll(ctx context.Context) (Fetch, error)
	// Snapshot returns all unfinished splits with their positions after the rows that Poll has returned.
	Snapshot() ([]Split, error)
	Close() error
}

// Fetch is what Poll returns.
type Fetch struct {
	Batch *operators.Batch // nil: none; columns as in plan.Source.Projected
	Split string           // id of the split it came from, if watermarks are per split
	Bytes int64            // bytes read for it
	// Watermark is the event time before which this reader's rows are complete, when the connector makes watermarks; see plan.Source.Watermark.
	Watermark    int64
	HasWatermark bool
}

// Writer writes rows.
type Writer interface {
	// Write takes the rows of b, which may have a selection and kinds.
	Write(ctx context.Context, b *operators.Batch) error
	// Flush hands over what is buffered: at a barrier, and when the input is idle. What Flush has handed over is at-least-once.
	Flush(ctx context.Context) error
	// Prepare ends the epoch of a checkpoint: everything written before must be in commit (what the committer publishes when the checkpoint
	// is complete) or state (what OpenWriter gets back after a restore). Both may be nil. final: no more rows will come.
	Prepare(ctx context.Context, checkpoint int64, final bool) (commit, state []byte, err error)
	Close() error
}

// WatermarkWriter is a writer that wants watermarks.
type WatermarkWriter interface {
	Watermark(t int64)
}

// Committer publishes what writers prepared. It is called by one goroutine.
type Committer interface {
	// Commit publishes all handles of a checkpoint. It must succeed when it is called again with the same handles, also by another process.
	Commit(ctx context.Context, checkpoint int64, commits [][]byte) error
	// Abort drops what writers of attempts before left behind that no checkpoint refers to. Called after a restore, with the handles and writer
	// states of the checkpoint restored from (none after a start from nothing).
	Abort(ctx context.Context, commits, states [][]byte) error
	Close() error
}
