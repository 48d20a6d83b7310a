package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/connectors/objstore"
)

// content is an open file.
type content interface {
	io.ReadCloser
	io.ReaderAt
	// wait returns when Read has bytes, an error or the end, or with the context's error.
	wait(ctx context.Context) error
	// meta returns size and time of the file.
	meta() (int64, time.Time, error)
}

// streamAhead is how many chunks of an object are read before they are wanted.
const streamAhead = 3

// stream reads an object: ahead in a goroutine, which begins with the first Read and ends with Close, or at places.
type stream struct {
	store  objstore.Store
	key    string
	path   string
	offset int64
	ctx    context.Context //nolint:containedctx // of the goroutine; Close ends it
	cancel context.CancelFunc

	chunks  chan chunk
	free    chan []byte
	wg      sync.WaitGroup
	current chunk
	from    int
	info    *objstore.Info
	block   []byte // of the object, at
	at      int64
}

// chunk is what came next; err is behind the data.
type chunk struct {
	data []byte
	err  error
}

func newStream(store objstore.Store, key, path string, offset int64) *stream {
	s := &stream{store: store, key: key, path: path, offset: offset}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

func (s *stream) wrap(err error) error {
	if errors.Is(err, objstore.ErrNotFound) {
		return fmt.Errorf("file %q: %w", s.path, connectors.ErrNotFound)
	}
	return err
}

// begin starts the goroutine.
func (s *stream) begin() {
	if s.chunks != nil {
		return
	}
	s.chunks, s.free = make(chan chunk, streamAhead), make(chan []byte, streamAhead+2)
	s.wg.Go(func() {
		r, err := s.store.Get(s.ctx, s.key, s.offset, -1)
		if err != nil {
			s.chunks <- chunk{err: s.wrap(err)}
			return
		}
		defer r.Close()
		for {
			var buf []byte
			select {
			case buf = <-s.free:
			default:
				buf = make([]byte, chunkBytes/2)
			}
			n, err := io.ReadFull(r, buf)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			select {
			case s.chunks <- chunk{buf[:n], err}:
			case <-s.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
}

func (s *stream) wait(ctx context.Context) error {
	for s.from == len(s.current.data) && s.current.err == nil {
		s.begin()
		if cap(s.current.data) > 0 {
			select {
			case s.free <- s.current.data[:cap(s.current.data)]:
			default:
			}
		}
		s.current, s.from = chunk{}, 0
		select {
		case s.current = <-s.chunks:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.wait(s.ctx); err != nil {
		return 0, err
	}
	n := copy(p, s.current.data[s.from:])
	s.from += n
	if n == 0 {
		return 0, s.current.err
	}
	return n, nil
}

// ReadAt reads at a place. Small pieces come from a block that is kept.
func (s *stream) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.at && off+int64(len(p)) <= s.at+int64(len(s.block)) {
		return copy(p, s.block[off-s.at:]), nil
	}
	if len(p) >= chunkBytes {
		return s.fetch(p, off)
	}
	if s.block == nil {
		s.block = make([]byte, 0, chunkBytes)
	}
	size, _, err := s.meta()
	if err != nil {
		return 0, err
	}
	begin := off
	if off+chunkBytes > size { // the end is read from back to front
		begin = max(0, min(off, size-chunkBytes))
	}
	n, err := s.fetch(s.block[:chunkBytes], begin)
	s.block, s.at = s.block[:n], begin
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if off-begin >= int64(n) {
		return 0, io.EOF
	}
	if k := copy(p, s.block[off-begin:]); k < len(p) {
		return k, io.EOF
	}
	return len(p), nil
}

func (s *stream) fetch(p []byte, off int64) (int, error) {
	r, err := s.store.Get(s.ctx, s.key, off, int64(len(p)))
	if err != nil {
		return 0, s.wrap(err)
	}
	defer r.Close()
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (s *stream) meta() (int64, time.Time, error) {
	if s.info == nil {
		i, err := s.store.Head(s.ctx, s.key)
		if err != nil {
			return 0, time.Time{}, s.wrap(err)
		}
		s.info = &i
	}
	return s.info.Size, s.info.Modified, nil
}

func (s *stream) Close() error {
	s.cancel()
	s.wg.Wait()
	return nil
}

func (o *objects) open(_ context.Context, path string, offset int64) (content, error) {
	return newStream(o.store, strings.TrimPrefix(path, o.store.URI()+"/"), path, offset), nil
}
