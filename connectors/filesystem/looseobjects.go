package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"millrace/connectors/objstore"
)

// looseFolder is where loose files of a job wait in a bucket.
func looseFolder(tag string) string { return loosePrefix + tag }

const loosePrefix = ".uncompacted-"

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
