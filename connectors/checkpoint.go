package connectors

// CheckpointListener is a reader or writer that wants to know of checkpoints.
type CheckpointListener interface {
	// CheckpointComplete says that a checkpoint is complete for which Snapshot or Prepare was called, and that what writers had prepared up to it
	// is committed. It is called by the goroutine of the task and must not block. A notice may be lost, with the process or when the input
	// ends: one of a later checkpoint stands for those before it, and nothing but figures and the reuse of resources may depend on one.
	// Savepoints give no notice, for nothing is committed with them; those that end the job may.
	CheckpointComplete(checkpoint int64)
}
