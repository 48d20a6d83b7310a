package objstore

import (
	"context"
	"io"
)

// retriesKey is the key of the function that a context carries to [Retried].
type retriesKey struct{}

// Retried is called by a store before it repeats a request: it tells whoever the context comes from, see [CountRetries].
func Retried(ctx context.Context) {
	if f, ok := ctx.Value(retriesKey{}).(func()); ok {
		f()
	}
}

// CountRetries returns the store m, which may be used by others too, seen by one user: retried is called for each request of this user that the
// store repeats, from any goroutine.
func CountRetries(m Multipart, retried func()) Multipart { return &counted{m, retried} }

type counted struct {
	m       Multipart
	retried func()
}

var _ Multipart = (*counted)(nil)

func (c *counted) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, retriesKey{}, c.retried)
}

func (c *counted) Put(ctx context.Context, key string, r io.Reader) error {
	return c.m.Put(c.with(ctx), key, r)
}

func (c *counted) PutNew(ctx context.Context, key string, r io.Reader) error {
	return c.m.PutNew(c.with(ctx), key, r)
}

func (c *counted) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	return c.m.Get(c.with(ctx), key, offset, length)
}

func (c *counted) Head(ctx context.Context, key string) (Info, error) {
	return c.m.Head(c.with(ctx), key)
}

func (c *counted) List(ctx context.Context, prefix string, each func(Info) error) error {
	return c.m.List(c.with(ctx), prefix, each)
}

// ListAfter implements Ranger, at the price of List where m has no better way.
func (c *counted) ListAfter(ctx context.Context, prefix, after string, each func(Info) error) error {
	return ListAfter(c.with(ctx), c.m, prefix, after, each)
}

func (c *counted) Delete(ctx context.Context, keys ...string) error {
	return c.m.Delete(c.with(ctx), keys...)
}

func (c *counted) URI() string { return c.m.URI() }

func (c *counted) MinPart() int64 { return c.m.MinPart() }

func (c *counted) CreateUpload(ctx context.Context, key string) (string, error) {
	return c.m.CreateUpload(c.with(ctx), key)
}

func (c *counted) UploadPart(ctx context.Context, key, id string, number int, data []byte) (Part, error) {
	return c.m.UploadPart(c.with(ctx), key, id, number, data)
}

func (c *counted) ListParts(ctx context.Context, key, id string) ([]Part, error) {
	return c.m.ListParts(c.with(ctx), key, id)
}

func (c *counted) CompleteUpload(ctx context.Context, key, id string, parts []Part) error {
	return c.m.CompleteUpload(c.with(ctx), key, id, parts)
}

func (c *counted) AbortUpload(ctx context.Context, key, id string) error {
	return c.m.AbortUpload(c.with(ctx), key, id)
}

func (c *counted) ListUploads(ctx context.Context, prefix string, each func(Upload) error) error {
	return c.m.ListUploads(c.with(ctx), prefix, each)
}
