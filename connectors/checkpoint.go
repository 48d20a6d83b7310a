package connectors

// CheckpointListener is a reader that wants to know of checkpoints.
type CheckpointListener interface {
	// CheckpointComplete says that a checkpoint is complete that Snapshot was called for. It must not block: nothing may depend on what it does.
	CheckpointComplete(checkpoint int64)
}
