package filesystem

import (
	"bytes"
	"context"
	"encoding/json"
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

// looseFolder is where loose files of a job wait in a bucket.
func looseFolder(tag string) string { return loosePrefix + tag }

const loosePrefix = ".uncompacted-"

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

// settle completes the uploads of loose files: compaction reads them.
func (o *objects) settle(ctx context.Context, files []pending) error {
	var uploads []*pending
	for i := range files {
		if files[i].Loose && files[i].Upload != "" {
			uploads = append(uploads, &files[i])
		}
	}
	return each(ctx, filesAtOnce, uploads, func(ctx context.Context, p *pending) error {
		if err := o.store.CompleteUpload(ctx, o.key(p.Temp), p.Upload, p.Parts); err != nil {
			return fmt.Errorf("file %q: %w", p.Final, err)
		}
		p.Upload, p.Parts = "", nil
		return nil
	})
}

func (o *objects) has(ctx context.Context, name string) (bool, error) {
	_, err := o.store.Head(ctx, o.key(name))
	if errors.Is(err, objstore.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (o *objects) loose(ctx context.Context, p pending) (content, error) {
	if p.inline() {
		return inline{bytes.NewReader(p.Tail)}, nil
	}
	return o.open(ctx, o.store.URI()+"/"+o.key(p.Temp), 0)
}

func (o *objects) put(ctx context.Context, name, _ string, r io.Reader) error {
	return o.store.Put(ctx, o.key(name), r)
}

func (o *objects) move(ctx context.Context, p pending, name, tag string) error {
	f, err := o.loose(ctx, p)
	if err != nil {
		return err
	}
	err = o.put(ctx, name, tag, f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (o *objects) drop(ctx context.Context, files []pending) error {
	var keys []string
	for _, p := range files {
		if !p.inline() {
			keys = append(keys, o.key(p.Temp))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return o.store.Delete(ctx, keys...)
}

// inline is a loose file that was in a checkpoint.
type inline struct{ *bytes.Reader }

func (inline) Close() error                      { return nil }
func (inline) wait(context.Context) error        { return nil }
func (f inline) meta() (int64, time.Time, error) { return f.Size(), time.Time{}, nil }

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

// marker is the name of the object that says which checkpoint of a job is the newest that is complete. As long as it is there, uploads of the job may
// belong to a checkpoint that is kept.
func marker(tag string) string { return ".millrace-" + tag + ".json" }

type newest struct {
	Checkpoint int64 `json:"checkpoint"`
}

func (o *objects) commits(ctx context.Context, tag string, checkpoint int64) error {
	b, err := json.Marshal(newest{checkpoint})
	if err != nil {
		return err
	}
	return o.save(ctx, marker(tag), b)
}

func (o *objects) ended(ctx context.Context, tag string) error {
	if err := o.sweep(ctx, tag, false, nil, nil); err != nil {
		return err
	}
	return o.forget(ctx, append(o.before, tag))
}

// forget removes the markers of jobs that have no upload left.
func (o *objects) forget(ctx context.Context, tags []string) error {
	busy := map[string]bool{}
	if err := o.store.ListUploads(ctx, o.base(), func(u objstore.Upload) error {
		busy[tagIn(u.Key)] = true
		return nil
	}); err != nil {
		return err
	}
	if err := o.store.List(ctx, o.key(loosePrefix), func(i objstore.Info) error {
		busy[tagIn(i.Key)] = true
		return nil
	}); err != nil {
		return err
	}
	var keys []string
	for _, t := range tags {
		if !busy[t] {
			keys = append(keys, o.key(marker(t)))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return o.store.Delete(ctx, keys...)
}

// known returns the newest complete checkpoint of a job that its committer was told of; false if there is none.
func (o *objects) known(ctx context.Context, tag string) (int64, bool, error) {
	b, err := o.load(ctx, marker(tag))
	if err != nil || b == nil {
		return 0, false, err
	}
	var n newest
	if err := json.Unmarshal(b, &n); err != nil {
		return 0, false, fmt.Errorf("object %q: %w", o.key(marker(tag)), err)
	}
	return n.Checkpoint, true, nil
}

// sweep aborts uploads below the table's prefix: those of this job, and of the jobs whose checkpoint this one was restored from, that no handle or
// state refers to, unless such a job has a later checkpoint; and those of jobs that never completed a checkpoint, when they are old.
func (o *objects) sweep(ctx context.Context, tag string, _ bool, commits []handle, states []state) error {
	keep, ancestors := map[string]bool{}, map[string]int64{}
	note := func(p pending, checkpoint int64) {
		if p.Upload != "" {
			keep[p.Upload] = true
		}
		if p.Loose {
			keep[o.key(p.Temp)] = true
		}
		t := tagIn(p.Final)
		ancestors[t] = max(ancestors[t], checkpoint)
	}
	for _, h := range commits {
		ancestors[h.Tag] = max(ancestors[h.Tag], h.Checkpoint)
		for _, p := range h.Files {
			note(p, h.Checkpoint)
		}
	}
	for _, s := range states {
		ancestors[s.Tag] = max(ancestors[s.Tag], s.Checkpoint)
		for _, f := range s.Open {
			note(f.pending, s.Checkpoint)
		}
	}
	verdicts := map[string]func(objstore.Upload) bool{tag: func(objstore.Upload) bool { return true }}
	judge := func(t string) (func(objstore.Upload) bool, error) {
		if v := verdicts[t]; v != nil {
			return v, nil
		}
		checkpoint, complete, err := o.known(ctx, t)
		if err != nil {
			return nil, err
		}
		from, ancestor := ancestors[t]
		v := func(objstore.Upload) bool { return false }
		switch {
		case ancestor && checkpoint <= from:
			v = func(objstore.Upload) bool { return true }
		case !complete && o.abandoned >= 0:
			v = func(u objstore.Upload) bool { return time.Since(u.Begun) >= o.abandoned }
		}
		verdicts[t] = v
		return v, nil
	}
	var drop []objstore.Upload
	err := o.store.ListUploads(ctx, o.base(), func(u objstore.Upload) error {
		t := tagIn(u.Key)
		if t == "" || keep[u.ID] {
			return nil
		}
		v, err := judge(t)
		if err == nil && v(u) {
			drop = append(drop, u)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := each(ctx, filesAtOnce, drop, func(ctx context.Context, u objstore.Upload) error { return o.store.AbortUpload(ctx, u.Key, u.ID) }); err != nil {
		return err
	}
	// Loose files are objects already; who may drop an upload may drop them.
	var keys []string
	err = o.store.List(ctx, o.key(loosePrefix), func(i objstore.Info) error {
		t := tagIn(i.Key)
		if t == "" || keep[i.Key] {
			return nil
		}
		v, err := judge(t)
		if err == nil && v(objstore.Upload{Key: i.Key, Begun: i.Modified}) {
			keys = append(keys, i.Key)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		if err := o.store.Delete(ctx, keys...); err != nil {
			return err
		}
	}
	return o.supersede(ctx, tag, ancestors)
}

// supersede notes the jobs that this one goes on for. Their markers go when they have no upload left.
func (o *objects) supersede(ctx context.Context, tag string, ancestors map[string]int64) error {
	var over []string
	for t, from := range ancestors {
		if t == tag || t == "" {
			continue
		}
		checkpoint, known, err := o.known(ctx, t)
		if err != nil {
			return err
		}
		if known && checkpoint <= from {
			over = append(over, t)
		}
	}
	if len(over) == 0 {
		return nil
	}
	o.before = over
	return o.forget(ctx, over)
}
