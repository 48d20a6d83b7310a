package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"millrace/connectors/objstore"
)

// output is an open file of a writer.
type output interface {
	// write appends bytes, which it does not keep.
	write(ctx context.Context, p []byte) error
	// ahead begins what keep, or finish if final, will wait for.
	ahead(ctx context.Context, final bool) error
	// keep makes everything written durable and notes in o how to go on from there.
	keep(ctx context.Context, o *opened) error
	// finish is keep for a file that is complete, and closes it.
	finish(ctx context.Context, p *pending) error
	// discard closes the file; what no checkpoint knows is removed.
	discard(kept bool) error
}

// space is where the files of a table are: a folder, or the keys of a bucket under a prefix. Names of directories and files are relative to it.
type space interface {
	// list finds files that readers see and that are wanted, in an order that stays the same: those behind the path after, until it has looked at as
	// many as it may.
	list(ctx context.Context, after string, most int, each func(file)) (found, error)
	// open opens a file at an offset.
	open(ctx context.Context, path string, offset int64) (content, error)
	// uri is the path of a file as queries see it.
	uri(path string) string

	// writable refuses a place that files cannot be written to.
	writable(ctx context.Context) error
	// id is the identity of a writer, a part of the names of its files.
	id(tag string) string
	// crowded tells that a writer has more in memory than it should, so that a file must be finished.
	crowded() bool
	// create opens a new file that nobody sees. loose: it is for compaction.
	create(ctx context.Context, dir, name, tag string, loose bool) (output, pending, error)
	// restore makes a file of a checkpoint what it was then; false: a later checkpoint has published it.
	restore(ctx context.Context, o opened) (pending, bool, error)
	// settle makes finished files durable where finishing them has left something to do, and notes in them what is different then.
	settle(ctx context.Context, files []pending) error
	// publish makes finished files visible, unless that was done before.
	publish(ctx context.Context, files []pending) error
	// has tells whether there is a visible file.
	has(ctx context.Context, name string) (bool, error)
	// loose opens a loose file.
	loose(ctx context.Context, p pending) (content, error)
	// put writes a visible file, which is there whole or not at all. move makes one of a loose file.
	put(ctx context.Context, name, tag string, r io.Reader) error
	move(ctx context.Context, p pending, name, tag string) error
	// drop removes loose files that are not needed any more.
	drop(ctx context.Context, files []pending) error
	// clear removes the visible files in dir, and below, but for those to keep.
	clear(ctx context.Context, dir string, keep map[string]bool) error
	// load reads a small file; nil if there is none. save replaces it, or removes it if data is nil.
	load(ctx context.Context, name string) ([]byte, error)
	save(ctx context.Context, name string, data []byte) error
	// mark writes an empty file.
	mark(ctx context.Context, name string) error
	// commits is told of a complete checkpoint before its files are published, ended after the last one.
	commits(ctx context.Context, tag string, checkpoint int64) error
	ended(ctx context.Context, tag string) error
	// sweep removes hidden files of a job that neither commits nor states refer to; claimed: also those of the jobs that these are of.
	sweep(ctx context.Context, tag string, claimed bool, commits []handle, states []state) error
}

// newSpace opens the place that the option path names, which for reading may be a pattern.
func newSpace(c *config, path string, opener objstore.Opener) error {
	want := wanted{pattern: c.pattern}
	whole := path
	if folder, pattern := splitGlob(path); pattern != "" {
		if strings.HasSuffix(folder, "//") || strings.HasSuffix(folder, ":/") {
			return errors.New("a bucket's name cannot be a pattern")
		}
		if _, err := os.Stat(path); err != nil { // a file may really have that name
			if want.glob, err = compileGlob(pattern); err != nil {
				return err
			}
			c.glob, path = whole, folder
			want.prefix = literal(pattern)
		}
	}
	store, key, err := opener.Open(path)
	if err != nil {
		return err
	}
	if folder, ok := store.(interface{ Root() string }); ok {
		c.root = filepath.Join(folder.Root(), filepath.FromSlash(key))
		c.space = &local{root: c.root, wanted: want}
		return nil
	}
	parts, ok := store.(objstore.Multipart)
	if !ok || parts.MinPart() == 0 {
		return fmt.Errorf("path %q: the store takes no uploads in parts", path)
	}
	c.root = strings.TrimSuffix(store.URI()+"/"+key, "/")
	c.space = &objects{
		store: parts, prefix: key, root: c.root, wanted: want, fileSize: c.fileSize, abandoned: c.abandoned,
		slots: make(chan struct{}, partsAtOnce),
	}
	return nil
}
