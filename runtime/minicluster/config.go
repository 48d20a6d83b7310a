package minicluster

import (
	"log/slog"

	"millrace/connectors"
	"millrace/connectors/objstore"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/task"
)

// Config is what a cluster is made of. Connectors, Operators and Partitioner are required; of everything else the zero value is a default.
type Config struct {
	// Connectors are the sources and sinks that plans may name. The cluster adds "collect" by itself, without changing the registry.
	Connectors *connectors.Registry
	Operators  task.OperatorFactory
	// Partitioner makes what splits batches on hash edges.
	Partitioner exchange.PartitionerFactory
	// Stores opens checkpoint directories. Nil: checkpoints can only be kept in memory.
	Stores objstore.Opener
	Clock  job.Clock    // nil: the system's
	Log    *slog.Logger // nil: discarded
	// Settings are the options that hold where a plan does not set them, such as "parallelism.default".
	Settings job.Settings
	// TaskManagers is the number of task managers; 0: one.
	TaskManagers int
	// Slots is the number of slots of each task manager; 0: no bound.
	Slots int
	// KeepJobs is how many ended jobs are kept for Status; 0: 1000.
	KeepJobs int
}
