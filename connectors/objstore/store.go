package objstore

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors that implementations wrap.
var (
	ErrNotFound = errors.New("object not found")
	ErrExists   = errors.New("object exists already")
)

// Info describes an object.
type Info struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Store is a bucket, or a folder.
type Store interface {
	// Put writes an object whole: it is visible completely or not at all, and durable when Put returns. It replaces an older one.
	Put(ctx context.Context, key string, r io.Reader) error
	// PutNew is Put that fails with ErrExists if the key is taken.
	PutNew(ctx context.Context, key string, r io.Reader) error
	// Get reads an object from offset on; length < 0 reads to its end. ErrNotFound if there is none.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Head returns the size and time of an object.
	Head(ctx context.Context, key string) (Info, error)
	// List calls each for all objects whose key begins with prefix, in key order.
	List(ctx context.Context, prefix string, each func(Info) error) error
	// Delete removes objects. Keys that do not exist are no error.
	Delete(ctx context.Context, keys ...string) error
	// URI is the store's own address, for messages: "file:///data/checkpoints". Secrets are not in it.
	URI() string
}

// Ranger is a store that lists from a key on without looking at those before.
type Ranger interface {
	// ListAfter calls each for all objects whose key begins with prefix and is greater than after, in key order.
	ListAfter(ctx context.Context, prefix, after string, each func(Info) error) error
}

// ListAfter calls each for the objects under prefix behind a key, in key order.
func ListAfter(ctx context.Context, s Store, prefix, after string, each func(Info) error) error {
	if r, ok := s.(Ranger); ok {
		return r.ListAfter(ctx, prefix, after, each)
	}
	return s.List(ctx, prefix, func(i Info) error {
		if i.Key <= after {
			return nil
		}
		return each(i)
	})
}

// Opener opens the store that a URI names, together with the key of the URI inside it: "file:///a/b" or "/a/b".
type Opener interface {
	Open(uri string) (store Store, key string, err error)
}
