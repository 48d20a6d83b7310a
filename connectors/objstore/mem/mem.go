package mem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"millrace/connectors/objstore"
)

// Store holds objects in memory. The zero value is empty and ready.
type Store struct {
	// Name is what URI shows: "mem://Name".
	Name string
	// PartBytes is the smallest size of parts of uploads; 0: one byte.
	PartBytes int64

	mu      sync.RWMutex
	objects map[string]object  // guarded by mu
	uploads map[string]*upload // guarded by mu, by id
}

type object struct {
	data     []byte
	modified time.Time
	tag      string // of an object made of parts
}

var _ objstore.Store = (*Store)(nil)

// New returns an empty store.
func New(name string) *Store { return &Store{Name: name} }

// Put writes an object.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, false)
}

// PutNew writes an object that must not exist.
func (s *Store) PutNew(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, true)
}

func (s *Store) put(ctx context.Context, key string, r io.Reader, only bool) error {
	if err := objstore.CheckKey(key); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("object %q: %w", key, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.objects[key]; taken && only {
		return fmt.Errorf("object %q: %w", key, objstore.ErrExists)
	}
	if s.objects == nil {
		s.objects = map[string]object{}
	}
	s.objects[key] = object{data: data, modified: time.Now()}
	return nil
}

// Get reads an object.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	o, ok := s.objects[key]
	s.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("object %q: %w", key, objstore.ErrNotFound)
	}
	data := o.data[min(offset, int64(len(o.data))):]
	if length >= 0 && length < int64(len(data)) {
		data = data[:length]
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// Head describes an object.
func (s *Store) Head(ctx context.Context, key string) (objstore.Info, error) {
	if err := ctx.Err(); err != nil {
		return objstore.Info{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.objects[key]
	if !ok {
		return objstore.Info{}, fmt.Errorf("object %q: %w", key, objstore.ErrNotFound)
	}
	return objstore.Info{Key: key, Size: int64(len(o.data)), Modified: o.modified}, nil
}

// List calls each for the objects under prefix, in key order, as they were when List was called.
func (s *Store) List(ctx context.Context, prefix string, each func(objstore.Info) error) error {
	s.mu.RLock()
	var found []objstore.Info
	for k, o := range s.objects {
		if strings.HasPrefix(k, prefix) {
			found = append(found, objstore.Info{Key: k, Size: int64(len(o.data)), Modified: o.modified})
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(found, func(a, b objstore.Info) int { return strings.Compare(a.Key, b.Key) })
	for _, i := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(i); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes objects.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		delete(s.objects, k)
	}
	return nil
}

// URI is "mem://" and the name.
func (s *Store) URI() string { return "mem://" + s.Name }

// Opener opens stores by the host of a URI such as "mem://name/key"; equal names give the same store.
type Opener struct {
	mu     sync.Mutex
	stores map[string]*Store // guarded by mu
}

// Open opens the store of a URI.
func (o *Opener) Open(uri string) (objstore.Store, string, error) {
	rest, ok := strings.CutPrefix(uri, "mem://")
	if !ok {
		return nil, "", fmt.Errorf("object store %q: mem://name/key is expected", uri)
	}
	name, key, _ := strings.Cut(rest, "/")
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stores == nil {
		o.stores = map[string]*Store{}
	}
	if o.stores[name] == nil {
		o.stores[name] = New(name)
	}
	return o.stores[name], strings.Trim(key, "/"), nil
}
