package state

import (
	"context"
	"errors"
	"sync"

	"millrace/connectors/objstore"
	"millrace/operators/vector"
	"millrace/runtime/job"
)

// Stores opens writers and readers by the URI of the folder that the files are in. It keeps the stores that it has opened. It may be used from many
// goroutines.
type Stores struct {
	Opener objstore.Opener

	mu   sync.Mutex
	last string // URI
	st   objstore.Store
	key  string
}

func (s *Stores) open(uri string) (objstore.Store, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st != nil && s.last == uri {
		return s.st, s.key, nil
	}
	if s.Opener == nil {
		return nil, "", errors.New("no object store is configured")
	}
	st, key, err := s.Opener.Open(uri)
	if err != nil {
		return nil, "", err
	}
	s.st, s.key, s.last = st, key, uri
	return st, key, nil
}

// Writer returns a writer for a subtask's part of a checkpoint; see NewWriter.
func (s *Stores) Writer(ctx context.Context, tr job.Trigger, stem string, pool *vector.Pool) (*Writer, error) {
	st, key, err := s.open(tr.Store)
	if err != nil {
		return nil, err
	}
	return NewWriter(ctx, st, key, stem, tr.InlineBytes, pool), nil
}

// Reader returns a reader of files in the folder uri.
func (s *Stores) Reader(ctx context.Context, uri string, files []job.StateFile, from, to int, pool *vector.Pool) (*Reader, error) {
	st, key, err := s.open(uri)
	if err != nil {
		return nil, err
	}
	return NewReader(ctx, st, key, files, from, to, pool), nil
}
