package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"millrace/connectors"
	"millrace/connectors/objstore"
)

// objects is the keys of a bucket under a prefix.
type objects struct {
	store     objstore.Multipart
	prefix    string // without a slash at its end
	root      string // URI of the prefix
	wanted    wanted
	fileSize  int64
	abandoned time.Duration
	slots     chan struct{} // one for each part under way
	buffered  int64         // bytes in memory of the writer's open files, without parts under way
	before    []string      // tags of jobs that this one goes on for, with nothing newer
}

var _ space = (*objects)(nil)

// key is the key of a name relative to the table's.
func (o *objects) key(name string) string {
	if o.prefix == "" {
		return strings.TrimPrefix(name, "/")
	}
	return strings.TrimSuffix(o.prefix+"/"+name, "/")
}

// base is what keys of the table begin with.
func (o *objects) base() string {
	if o.prefix == "" {
		return ""
	}
	return o.prefix + "/"
}

func (o *objects) uri(path string) string { return path }

// list lists the keys below the prefix, or the object of that key itself.
func (o *objects) list(ctx context.Context, after string, most int, each func(file)) (f found, err error) {
	bucket := o.store.URI() + "/"
	n := 0
	err = objstore.ListAfter(ctx, o.store, o.base()+o.wanted.prefix, strings.TrimPrefix(after, bucket), func(i objstore.Info) error {
		if n == most {
			f.more = true
			return errFull
		}
		n++
		f.last = bucket + i.Key
		for part := range strings.SplitSeq(i.Key[len(o.base()):], "/") {
			if hidden(part) {
				return nil
			}
		}
		if o.wanted.match(f.last, "/"+i.Key, o.root) {
			each(file{path: f.last, size: i.Size, modified: i.Modified.UnixMilli()})
		}
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	if err != nil || n > 0 || after != "" || o.prefix == "" || o.wanted.glob != nil {
		return f, err
	}
	i, err := o.store.Head(ctx, o.prefix)
	if errors.Is(err, objstore.ErrNotFound) {
		return f, fmt.Errorf("path %q: %w", o.root, connectors.ErrNotFound)
	}
	if err != nil {
		return f, err
	}
	f.last = o.root
	if o.wanted.match(o.root, "/"+o.prefix, o.root) {
		each(file{path: o.root, size: i.Size, modified: i.Modified.UnixMilli()})
	}
	return f, nil
}

// writable finds out early whether the bucket is there and may be used.
func (o *objects) writable(ctx context.Context) error {
	if o.wanted.glob != nil {
		return errPattern
	}
	_, err := o.store.Head(ctx, o.key(marker("probe")))
	if errors.Is(err, objstore.ErrNotFound) {
		return nil
	}
	return err
}

// id hides the tag in a UUID: an upload has a key but no other sign of who began it.
func (o *objects) id(tag string) string {
	u := uuid.NewString()
	return tag[:8] + "-" + tag[8:12] + "-" + tag[12:16] + u[18:]
}

// tagIn is the tag in the name of a file, or "".
func tagIn(name string) string {
	base, ok := strings.CutPrefix(strings.TrimPrefix(path.Base(name), compactedPrefix), "part-")
	if !ok || len(base) < 36 {
		return ""
	}
	return base[:8] + base[9:13] + base[14:18]
}

func (o *objects) crowded() bool { return o.buffered > bufferBytes }

func (o *objects) create(_ context.Context, dir, name, tag string, loose bool) (output, pending, error) {
	p := pending{Final: path.Join(dir, name), Loose: loose}
	if loose {
		p.Temp = path.Join(looseFolder(tag), name)
		return newObjectFile(o, o.key(p.Temp)), p, nil
	}
	return newObjectFile(o, o.key(p.Final)), p, nil
}

// restore looks whether the upload still is there.
func (o *objects) restore(ctx context.Context, f opened) (pending, bool, error) {
	key := o.key(f.Final)
	if f.Upload != "" {
		_, err := o.store.ListParts(ctx, key, f.Upload)
		if err == nil || !errors.Is(err, objstore.ErrNoUpload) {
			return f.pending, true, err
		}
	}
	_, err := o.store.Head(ctx, key)
	switch {
	case err == nil:
		return pending{}, false, nil
	case !errors.Is(err, objstore.ErrNotFound):
		return pending{}, false, err
	case f.Upload != "":
		return pending{}, false, fmt.Errorf("upload %q was aborted, perhaps by a lifecycle rule of the bucket: %w", f.Upload, objstore.ErrNoUpload)
	}
	return f.pending, true, nil
}

// publish completes uploads, some at a time.
func (o *objects) publish(ctx context.Context, files []pending) error {
	return each(ctx, filesAtOnce, files, func(ctx context.Context, p pending) error {
		if err := o.complete(ctx, p); err != nil {
			return fmt.Errorf("commit file %q: %w", p.Final, err)
		}
		return nil
	})
}

// complete makes one object: of the bytes in the handle, or of the parts and a last one with these bytes.
func (o *objects) complete(ctx context.Context, p pending) error {
	key := o.key(p.Final)
	if p.Upload == "" {
		return o.store.Put(ctx, key, bytes.NewReader(p.Tail))
	}
	parts := p.Parts
	if len(p.Tail) > 0 {
		last, err := o.store.UploadPart(ctx, key, p.Upload, parts[len(parts)-1].Number+tailGap, p.Tail)
		if errors.Is(err, objstore.ErrNoUpload) { // completed before, as CompleteUpload will see
			last, err = objstore.Part{Number: parts[len(parts)-1].Number + tailGap, ETag: objstore.PartETag(p.Tail), Size: int64(len(p.Tail))}, nil
		}
		if err != nil {
			return err
		}
		parts = append(slices.Clip(parts), last)
	}
	return o.store.CompleteUpload(ctx, key, p.Upload, parts)
}

func (o *objects) clear(ctx context.Context, dir string, keep map[string]bool) error {
	prefix := o.base()
	if dir != "" {
		prefix = o.key(dir) + "/"
	}
	stay := map[string]bool{}
	for name := range keep {
		stay[o.key(name)] = true
	}
	var drop []string
	err := o.store.List(ctx, prefix, func(i objstore.Info) error {
		for part := range strings.SplitSeq(i.Key[len(prefix):], "/") {
			if strings.HasPrefix(part, ".") {
				return nil
			}
		}
		if !stay[i.Key] {
			drop = append(drop, i.Key)
		}
		return nil
	})
	if err != nil || len(drop) == 0 {
		return err
	}
	return o.store.Delete(ctx, drop...)
}

func (o *objects) load(ctx context.Context, name string) ([]byte, error) {
	r, err := o.store.Get(ctx, o.key(name), 0, -1)
	if errors.Is(err, objstore.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (o *objects) save(ctx context.Context, name string, data []byte) error {
	if data == nil {
		return o.store.Delete(ctx, o.key(name))
	}
	return o.store.Put(ctx, o.key(name), bytes.NewReader(data))
}

func (o *objects) mark(ctx context.Context, name string) error {
	return o.store.Put(ctx, o.key(name), bytes.NewReader(nil))
}
