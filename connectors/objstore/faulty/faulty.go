package faulty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"millrace/connectors/objstore"
)

// ErrInjected is the default error of a fault.
var ErrInjected = errors.New("injected fault")

// ErrFull is what a full disk answers.
var ErrFull = fmt.Errorf("write: %w", syscall.ENOSPC)

// Op is a kind of operation.
type Op string

// The kinds of operation; Any matches all.
const (
	Any    Op = ""
	Put    Op = "put"
	PutNew Op = "putnew"
	Get    Op = "get"
	Head   Op = "head"
	List   Op = "list"
	Delete Op = "delete"
	Create Op = "create"   // an upload
	Part   Op = "part"     // a part is uploaded
	Commit Op = "complete" // an upload is completed
	Abort  Op = "abort"    // an upload is aborted
)

// Fault is one line of the script.
type Fault struct {
	Op     Op     // which operations
	Prefix string // of the key
	Skip   int    // so many matches pass first: 2 makes the third one fail
	Times  int    // applies to so many matches; 0: one, < 0: all that follow
	// Err is returned; nil: ErrInjected, or no error if there is a Delay.
	Err   error
	Delay time.Duration // waited before
	// After: the operation is carried out, then the error returned: a response that was lost.
	After bool
	// Partial > 0: a Put reads so many bytes before it fails; a Get returns a reader that fails after so many.
	Partial int64
}

// Store injects faults into another store.
type Store struct {
	objstore.Store
	mu     sync.Mutex
	faults []*state         // guarded by mu
	counts map[Op]int       // guarded by mu
	after  func(Op, string) // guarded by mu
}

type state struct {
	Fault
	skip, left int
}

// New wraps a store.
func New(inner objstore.Store, faults ...Fault) *Store {
	s := &Store{Store: inner, counts: map[Op]int{}}
	s.Script(faults...)
	return s
}

// Script replaces the faults.
func (s *Store) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	for _, f := range faults {
		left := f.Times
		if left == 0 {
			left = 1
		}
		s.faults = append(s.faults, &state{Fault: f, skip: f.Skip, left: left})
	}
}

// Observe calls f after each operation that was carried out, with its first key.
func (s *Store) Observe(f func(op Op, key string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = f
}

// Count is how often an operation was asked for.
func (s *Store) Count(op Op) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[op]
}

// match counts an operation and returns the fault that applies to it.
func (s *Store) match(op Op, keys ...string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[op]++
	s.counts[Any]++
	for _, f := range s.faults {
		if f.left == 0 || f.Op != Any && f.Op != op || !hasPrefix(keys, f.Prefix) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return &f.Fault
	}
	return nil
}

func hasPrefix(keys []string, prefix string) bool {
	for _, k := range keys {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return len(keys) == 0 && prefix == ""
}

// run carries out an operation under the fault that applies to it.
func (s *Store) run(ctx context.Context, op Op, keys []string, do func(f *Fault) error) error {
	f := s.match(op, keys...)
	if f != nil && f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	failure := f.failure()
	if failure != nil && !f.After && f.Partial == 0 {
		return fmt.Errorf("%s %q: %w", op, first(keys), failure)
	}
	err := do(f)
	if err == nil {
		s.mu.Lock()
		after := s.after
		s.mu.Unlock()
		if after != nil {
			after(op, first(keys))
		}
	}
	if err == nil && failure != nil && f.After {
		err = fmt.Errorf("%s %q: %w", op, first(keys), failure)
	}
	return err
}

func (f *Fault) failure() error {
	switch {
	case f == nil:
		return nil
	case f.Err != nil:
		return f.Err
	case f.Delay > 0:
		return nil
	}
	return ErrInjected
}

func first(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

// broken is a reader that fails after some bytes.
type broken struct {
	io.Reader
	err error
}

func (b *broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.err
	}
	return n, err
}

func breaking(r io.Reader, f *Fault) io.Reader {
	if f == nil || f.Partial == 0 {
		return r
	}
	return &broken{Reader: io.LimitReader(r, f.Partial), err: f.failure()}
}

// Put writes an object.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	return s.run(ctx, Put, []string{key}, func(f *Fault) error { return s.Store.Put(ctx, key, breaking(r, f)) })
}

// PutNew writes an object that must not exist.
func (s *Store) PutNew(ctx context.Context, key string, r io.Reader) error {
	return s.run(ctx, PutNew, []string{key}, func(f *Fault) error { return s.Store.PutNew(ctx, key, breaking(r, f)) })
}

// Get reads an object.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (rc io.ReadCloser, err error) {
	err = s.run(ctx, Get, []string{key}, func(f *Fault) error {
		inner, err := s.Store.Get(ctx, key, offset, length)
		if err != nil {
			return err
		}
		rc = struct {
			io.Reader
			io.Closer
		}{breaking(inner, f), inner}
		return nil
	})
	if err != nil && rc != nil {
		_ = rc.Close()
		rc = nil
	}
	return rc, err
}

// Head describes an object.
func (s *Store) Head(ctx context.Context, key string) (i objstore.Info, err error) {
	err = s.run(ctx, Head, []string{key}, func(*Fault) (err error) {
		i, err = s.Store.Head(ctx, key)
		return err
	})
	return i, err
}

// List calls each for the objects under prefix.
func (s *Store) List(ctx context.Context, prefix string, each func(objstore.Info) error) error {
	return s.run(ctx, List, []string{prefix}, func(*Fault) error { return s.Store.List(ctx, prefix, each) })
}

// ListAfter is List for the keys behind one.
func (s *Store) ListAfter(ctx context.Context, prefix, after string, each func(objstore.Info) error) error {
	return s.run(ctx, List, []string{prefix}, func(*Fault) error { return objstore.ListAfter(ctx, s.Store, prefix, after, each) })
}

// Delete removes objects.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	return s.run(ctx, Delete, keys, func(*Fault) error { return s.Store.Delete(ctx, keys...) })
}
