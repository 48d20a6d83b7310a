package task

import (
	"log/slog"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/state"
)

// OperatorFactory makes the operator of a plan node that is neither source nor sink. inputs are the nodes that it reads, in order. A node
// without inputs (VALUES) gets one call of Process with a nil batch and then Finish, in either of which it emits its rows, then
// Watermark(MaxWatermark). It runs with parallelism 1.
type OperatorFactory func(n *plan.Node, inputs []*plan.Node) (operators.Operator, error)

// Connectors finds connectors; *connectors.Registry is one.
type Connectors interface {
	Get(name string) connectors.Connector
	Source(name string) (connectors.SourceConnector, error)
	Sink(name string) (connectors.SinkConnector, error)
}

// Config is everything that a task is made of.
type Config struct {
	Attempt        job.Attempt
	Task           job.TaskID
	Graph          *plan.Graph
	Vertices       []job.Vertex // all of the job
	MaxParallelism int
	Settings       job.Settings
	Checkpointing  bool
	AtLeastOnce    bool
	Started        int64 // when the job began, ms since 1970
	Restore        job.Restore

	Operators   OperatorFactory
	Partitioner exchange.PartitionerFactory
	Connectors  Connectors
	Hub         *exchange.Hub
	States      *state.Stores
	Pool        *vector.Pool // of the job
	Clock       job.Clock
	Log         *slog.Logger
	// Report is called when the task runs, Acknowledge for its part of each checkpoint. Both return soon.
	Report      func(job.TaskReport)
	Acknowledge func(job.Ack)
	// SourceTime is called for sources that are kept together with others in event time; nil: nobody wants to know. It returns soon.
	SourceTime func(job.SourceTime)
}

func (c *Config) vertex() job.Vertex { return c.Vertices[c.Task.Vertex] }

// name is what messages call the task: "source -> calc (1/4)".
func (c *Config) name() string { return c.vertex().TaskName(c.Task.Subtask) }
