// Package connectors is the contract between the engine and the systems where data lives.
//
// A [Connector] answers for tables with a given 'connector' option. It checks the options, says what it can do ([plan.Capabilities]), and opens
// readers and writers. Optional abilities are interfaces: [SourceConnector], [SinkConnector].
//
// Reading. An [Enumerator] finds [Split]s (a file, a topic partition, a part of a generated stream); the job hands each split to one [Reader], on
// some subtask; Poll returns batches. A checkpoint stores [Reader.Snapshot]: the splits with their positions after the last batch that Poll
// returned. After a restore the splits are dealt out anew, possibly to another number of readers.
//
// Writing. A [Writer] takes batches. At a barrier, Prepare makes everything written so far durable but invisible and returns a handle for it.
// When the checkpoint is complete, the job's [Committer] makes the handles' contents visible, idempotently: after a crash the same handles
// are committed again. Handles and writer states are bytes that the connector versions itself.
//
// Goroutines: a reader or writer is called by one goroutine, that of its task. They may start goroutines of their own, which end at Close.
// Batches: Poll hands its batch over (the task releases it); Write borrows.
//
// The package must not know jobs, tasks or SQL text.
package connectors
