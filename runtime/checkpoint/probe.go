package checkpoint

import (
	"context"
	"fmt"
	"strings"

	"millrace/connectors/objstore"
)

// Probe shows, before a job starts, that checkpoints can be written below dir: it writes an object and deletes it. A job whose directory is wrong
// would otherwise restart for ever.
func Probe(ctx context.Context, stores objstore.Opener, dir string) error {
	store, at, err := stores.Open(dir)
	key := "probe"
	if at != "" {
		key = strings.TrimRight(at, "/") + "/" + key
	}
	if err == nil {
		err = store.Put(ctx, key, strings.NewReader("can this be written?"))
	}
	if err == nil {
		err = store.Delete(ctx, key)
	}
	if err != nil {
		return fmt.Errorf("checkpoint directory %q cannot be written: %w", dir, err)
	}
	return nil
}
