// Package sink writes rows to Kafka topics: the sink half of the connectors kafka and upsert-kafka.
//
// [Open] makes a connectors.Writer, [OpenCommitter] the committer. The goroutine of the task encodes rows into record batches, one open batch
// for each partition; full ones, and after the linger time others, go to the sender, which has goroutines of its own: at most one request
// in flight for a partition, so order holds through every retry, and the same bytes are sent again, so a broker that knows the producer
// id drops what it has.
//
// Exactly once. A transaction carries the rows between two checkpoints of one subtask. Prepare ends it short of the commit: all rows are
// acknowledged, and a progress record (the number of the checkpoint as the offset of a group with the name of the transactional id) is part
// of it. Its handle (transactional id, producer id, epoch, checkpoint) goes into the checkpoint. The committer sends EndTxn, also after
// a restore and before anything else is done with that id. A refusal does not tell whether the transaction had been committed before: the
// progress record does. If it is not there either, the rows are lost and the job fails with an error that says so.
//
// A writer takes its transactional ids from a small pool whose names hold a number of their own, so that no other writer ever uses
// them: an id that was committed once carries a later checkpoint, and a progress record at or beyond a checkpoint proves its commit. An id is
// used again only when its coordinator says that the commit is complete; its epoch is raised before. What writers before left open is found
// by prefix and aborted, but for what the checkpoint refers to.
//
// Writers belong to the goroutine of their task, committers to theirs. The package must not know jobs.
package sink
