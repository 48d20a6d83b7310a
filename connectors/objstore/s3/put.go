package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"

	"millrace/connectors/objstore"
)

// Put writes an object: in one request, or in parts if it is larger than one.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, false)
}

// PutNew is Put for a key that must be free.
func (s *Store) PutNew(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, true)
}

func (s *Store) put(ctx context.Context, key string, r io.Reader, only bool) error {
	if err := objstore.CheckKey(key); err != nil {
		return err
	}
	data, whole, err := s.first(r)
	if err != nil {
		return fmt.Errorf("object %q: %w", key, err)
	}
	if whole {
		return s.putSmall(ctx, key, data, only)
	}
	if only {
		// The end decides, but why send so much in vain?
		switch _, err := s.Head(ctx, key); {
		case err == nil:
			return fmt.Errorf("object %q: %w", key, objstore.ErrExists)
		case !errors.Is(err, objstore.ErrNotFound):
			return err
		}
	}
	return s.putLarge(ctx, key, data, r, only)
}

// singleBytes is how large an object of a known length may be that is sent in one request: unlike parts it leaves nothing behind if the process dies.
const singleBytes = 64 << 20

// first reads up to the size of a part; whole: that is all.
func (s *Store) first(r io.Reader) (data []byte, whole bool, err error) {
	if l, ok := r.(interface{ Len() int }); ok && int64(l.Len()) <= max(s.cfg.PartSize, singleBytes) {
		data = make([]byte, l.Len())
		_, err = io.ReadFull(r, data)
		return data, true, err
	}
	var b bytes.Buffer
	n, err := io.CopyN(&b, r, s.cfg.PartSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	return b.Bytes(), n < s.cfg.PartSize, nil
}

func (s *Store) options(key string, only bool) (o minio.PutObjectOptions, token string) {
	o.UserMetadata = map[string]string{metaMark: s.mark(key)}
	if only {
		token = uuid.NewString()
		o.UserMetadata[metaToken] = token
		o.SetMatchETagExcept("*")
	}
	return o, token
}

func (s *Store) putSmall(ctx context.Context, key string, data []byte, only bool) error {
	o, token := s.options(key, only)
	sum := s.sum(data)
	o.DisableContentSha256 = true // but for the sum
	return s.retry(ctx, "put object", key, int64(len(data)), func(ctx context.Context, again bool) error {
		_, err := s.core.PutObject(ctx, s.bucket, key, bytes.NewReader(data), int64(len(data)), "", sum, o)
		if again && isTaken(err) {
			return s.mine(ctx, key, token, err)
		}
		return err
	})
}

// sum is the checksum that is signed with the request: over plain HTTP, where nothing else protects the bytes. Signing them in chunks instead would
// need no second look at them, but servers exist that take the last chunk of an empty body for another request.
func (s *Store) sum(data []byte) string {
	if s.secure && len(data) > 0 {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// mine looks whether the object that is in the way is the one that an earlier try wrote, whose answer was lost.
func (s *Store) mine(ctx context.Context, key, token string, taken error) error {
	i, err := s.core.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	switch {
	case isNotFound(err):
		return taken
	case err != nil:
		return err
	case i.UserMetadata[metaToken] == token:
		return nil
	}
	return taken
}

// putLarge sends parts, some at a time. If it fails nothing is left of them.
func (s *Store) putLarge(ctx context.Context, key string, data []byte, r io.Reader, only bool) (err error) {
	o, token := s.options(key, only)
	id, err := s.begin(ctx, key, o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.drop(ctx, key, id)
		}
	}()
	parts, err := s.send(ctx, key, id, data, r)
	if err != nil {
		return err
	}
	return s.complete(ctx, key, id, parts, token)
}

// drop aborts an upload after an error.
func (s *Store) drop(ctx context.Context, key, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(10*time.Second, s.cfg.Timeout))
	defer cancel()
	_ = s.AbortUpload(ctx, key, id) // what is left is an upload that nobody completes; the bucket's lifecycle rule takes it
}

// send uploads data and what r has left. Buffers are used again.
func (s *Store) send(ctx context.Context, key, id string, data []byte, r io.Reader) ([]objstore.Part, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		parts []objstore.Part // guarded by mu
		free  = make(chan []byte, s.cfg.Concurrency)
	)
	for range s.cfg.Concurrency - 1 {
		free <- nil
	}
	var failed error
	for number := 1; len(data) > 0; number++ {
		if number > maxParts {
			failed = fmt.Errorf("object %q: more than %d parts of %d bytes; a larger '%s' is needed", key, maxParts, s.cfg.PartSize, KeyPartSize)
			break
		}
		part := data
		mu.Lock()
		parts = append(parts, objstore.Part{})
		mu.Unlock()
		wg.Go(func() {
			p, err := s.UploadPart(ctx, key, id, number, part)
			if err != nil {
				cancel(err)
			}
			mu.Lock()
			parts[number-1] = p
			mu.Unlock()
			free <- part
		})
		next := <-free
		if ctx.Err() != nil {
			break
		}
		if next == nil {
			next = make([]byte, s.cfg.PartSize)
		}
		n, err := io.ReadFull(r, next[:s.cfg.PartSize])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			failed = fmt.Errorf("object %q: %w", key, err)
			break
		}
		data = next[:n]
	}
	if failed != nil {
		cancel(failed)
	}
	wg.Wait()
	if failed == nil {
		failed = context.Cause(ctx)
	}
	return parts, failed
}
