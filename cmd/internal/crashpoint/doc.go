// Package crashpoint kills the process at a named place, for tests of what a crash leaves behind.
//
// MILLRACE_CRASH_AT=NAME or NAME@N lets the process get SIGKILL when it comes to the place for the first or the N-th time. Without the variable
// nothing of this package is between the parts of the program, so it costs nothing.
//
// Places are named STEP.before and STEP.after. Steps of connectors, for CONNECTOR kafka, upsert-kafka and filesystem:
//
//	prepare.CONNECTOR         a writer ends the epoch of a checkpoint
//	commit.CONNECTOR          a committer publishes a checkpoint, and after a restore
//	restore.CONNECTOR         what the checkpoint holds that the job was restored from
//	abort.CONNECTOR           what attempts before left open is dropped
//
// With commit.kafka.half and restore.kafka.half only the first half of the transactions is committed. Steps on a bucket:
//
//	checkpoint.state          a file of a checkpoint is written
//	checkpoint.manifest       the manifest is written: after it the checkpoint exists
//	checkpoint.read           a file of a checkpoint is read
//	delete                    objects are deleted
//	upload.create, upload.part, upload.complete, upload.abort, object.put      of everything else
package crashpoint
