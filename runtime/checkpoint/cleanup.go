package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"millrace/connectors/objstore"
	"millrace/runtime/job"
)

// journal is the folder, beside the checkpoints of a job, with an empty object for each deletion that is under way.
const journal = "cleanup"

// Remove deletes the checkpoint in the folder of that name below parent, or what has been written of it: first a note in the journal, then the
// manifest, the files, the note. After an error it may be called again; Sweep does that for what the journal holds.
func Remove(ctx context.Context, stores objstore.Opener, parent, name string) error {
	store, at, err := stores.Open(parent)
	if err != nil {
		return fmt.Errorf("delete checkpoint %q: %w", Join(parent, name), err)
	}
	note := key(key(at, journal), name)
	// A full store may refuse the note and still be able to delete.
	noteErr := store.Put(ctx, note, strings.NewReader(""))
	if err := removeAll(ctx, store, key(at, name)); err != nil {
		return fmt.Errorf("delete checkpoint %q: %w", Join(parent, name), errors.Join(noteErr, err))
	}
	if noteErr != nil {
		return nil //nolint:nilerr // what the note announced is gone without it
	}
	if err := store.Delete(ctx, note); err != nil {
		return fmt.Errorf("delete checkpoint %q: %w", Join(parent, name), err)
	}
	return nil
}

func removeAll(ctx context.Context, store objstore.Store, folder string) error {
	if err := store.Delete(ctx, key(folder, ManifestName)); err != nil {
		return err
	}
	keys, err := list(ctx, store, folder+"/")
	if err != nil || len(keys) == 0 {
		return err
	}
	return store.Delete(ctx, keys...)
}

// list returns the keys below a prefix.
func list(ctx context.Context, store objstore.Store, prefix string) ([]string, error) {
	var keys []string
	err := store.List(ctx, prefix, func(i objstore.Info) error {
		keys = append(keys, i.Key)
		return nil
	})
	if errors.Is(err, objstore.ErrNotFound) {
		err = nil
	}
	return keys, err
}

// Sweep finishes the deletions in the journal of a job's folder.
func Sweep(ctx context.Context, stores objstore.Opener, jobFolder string) error {
	store, at, err := stores.Open(jobFolder)
	if err != nil {
		return err
	}
	notes, err := list(ctx, store, key(at, journal)+"/")
	if err != nil {
		return err
	}
	for _, n := range notes {
		if err := Remove(ctx, stores, jobFolder, path.Base(n)); err != nil {
			return err
		}
	}
	return nil
}

// RemoveUnfinished deletes the folders of checkpoints without a manifest below a job's folder, and what a dead process had not finished to upload. The
// job must not run.
func RemoveUnfinished(ctx context.Context, stores objstore.Opener, jobFolder string) error {
	store, at, err := stores.Open(jobFolder)
	if err != nil {
		return err
	}
	prefix := ""
	if at != "" {
		prefix = strings.TrimRight(at, "/") + "/"
	}
	if err := objstore.DropUploads(ctx, store, prefix); err != nil {
		return err
	}
	keys, err := list(ctx, store, prefix)
	if err != nil {
		return err
	}
	complete := map[string]bool{}
	for _, k := range keys {
		name, file, _ := strings.Cut(strings.TrimPrefix(k, prefix), "/")
		if strings.HasPrefix(name, "chk-") {
			complete[name] = complete[name] || file == ManifestName
		}
	}
	for name, ok := range complete {
		if ok {
			continue
		}
		if err := Remove(ctx, stores, jobFolder, name); err != nil {
			return err
		}
	}
	return nil
}

// DropStale aborts uploads below the directory of checkpoints that began before a time: those of jobs that died before their first checkpoint, whose
// folders nobody looks for. No checkpoint takes as long as the time should be ago. It returns how many there were.
func DropStale(ctx context.Context, stores objstore.Opener, dir string, before time.Time) (n int, err error) {
	store, at, err := stores.Open(dir)
	if err != nil {
		return 0, err
	}
	m, ok := store.(objstore.Multipart)
	if !ok || m.MinPart() == 0 {
		return 0, nil
	}
	prefix := ""
	if at != "" {
		prefix = strings.TrimRight(at, "/") + "/"
	}
	var stale []objstore.Upload
	err = m.ListUploads(ctx, prefix, func(u objstore.Upload) error {
		// Only what is of a checkpoint: other things may lie in the same bucket.
		parts := strings.Split(strings.TrimPrefix(u.Key, prefix), "/")
		if _, bad := job.ParseID(parts[0]); bad == nil && len(parts) > 2 && strings.HasPrefix(parts[1], "chk-") && u.Begun.Before(before) {
			stale = append(stale, u)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, u := range stale {
		if err := m.AbortUpload(ctx, u.Key, u.ID); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
