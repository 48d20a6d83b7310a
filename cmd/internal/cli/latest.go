package cli

import (
	"context"
	"errors"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/fs"
	"millrace/runtime/checkpoint"
)

// latest is the newest completed checkpoint of the job of that name; "" if there is none.
func latest(settings map[string]string, name string) (string, error) {
	dir := settings["execution.checkpointing.dir"]
	if dir == "" {
		return "", errors.New("--resume needs the option execution.checkpointing.dir, where the job kept its checkpoints")
	}
	found, err := checkpoint.FindLatest(context.Background(), fs.Opener{}, dir, checkpoint.Query{JobName: name})
	if errors.Is(err, objstore.ErrNotFound) {
		return "", nil
	}
	return found.Path, err
}
