package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"millrace/connectors/objstore"
)

// Get reads an object. When the stream breaks or stands still the reader goes on behind the last byte, if the object is still the same.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := objstore.CheckKey(key); err != nil {
		return nil, err
	}
	r := &reader{s: s, ctx: ctx, key: key, at: max(offset, 0), left: length}
	if length == 0 {
		_, err := s.Head(ctx, key)
		return r, err
	}
	if err := r.open(); err != nil {
		return nil, s.absent(ctx, err)
	}
	return r, nil
}

// reader is an open object.
type reader struct {
	s      *Store
	ctx    context.Context //nolint:containedctx // of the call of Get, as the contract has it
	key    string
	etag   string
	at     int64 // of the next byte
	left   int64 // < 0: up to the end
	body   io.ReadCloser
	cancel context.CancelFunc
	timer  *time.Timer
	broken int   // streams that broke without bringing a byte
	err    error // to be returned from now on
}

// open sends a request for what is left.
func (r *reader) open() error {
	return r.s.retry(r.ctx, "get object", r.key, 0, func(context.Context, bool) error {
		ctx, cancel := context.WithCancel(r.ctx)
		timer := time.AfterFunc(r.s.cfg.Timeout, cancel)
		var o minio.GetObjectOptions
		if r.etag != "" {
			_ = o.SetMatchETag(r.etag)
		}
		switch {
		case r.left > 0:
			_ = o.SetRange(r.at, r.at+r.left-1)
		case r.at > 0:
			_ = o.SetRange(r.at, 0)
		}
		body, i, header, err := r.s.core.GetObject(ctx, r.s.bucket, r.key, o) //nolint:contextcheck // the stream outlives this call
		if !timer.Stop() && err == nil {
			_ = body.Close()
			err = errStandstill
		}
		if e, ok := errorOf(err); ok && e.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			cancel()
			r.err = io.EOF // the object ends before
			return nil
		}
		if err != nil {
			if ctx.Err() != nil && r.ctx.Err() == nil {
				err = errStandstill
			}
			cancel()
			return err
		}
		if r.at > 0 && header.Get("Content-Range") == "" {
			cancel()
			_ = body.Close()
			return errors.New("the server does not answer with the range that was asked for")
		}
		if r.left < 0 || i.Size < r.left {
			r.left = i.Size
		}
		r.etag, r.body, r.cancel, r.timer = i.ETag, body, cancel, timer
		return nil
	})
}

// Read reads on.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.err != nil {
			return 0, r.err
		}
		if r.left == 0 {
			r.stop()
			r.err = io.EOF
			continue
		}
		if len(p) == 0 {
			return 0, nil
		}
		if r.body == nil {
			if err := r.open(); err != nil {
				if errors.Is(err, objstore.ErrExists) { // the precondition: it was replaced
					err = fmt.Errorf("object %q in s3://%s was replaced while it was read", r.key, r.s.bucket)
				}
				r.err = err
			}
			continue
		}
		if int64(len(p)) > r.left {
			p = p[:r.left]
		}
		r.timer.Reset(r.s.cfg.Timeout)
		n, err := r.body.Read(p)
		r.timer.Stop()
		r.at, r.left = r.at+int64(n), r.left-int64(n)
		if n > 0 {
			r.broken = 0
		}
		if err != nil && r.left > 0 {
			r.stop()
			if cause := r.ctx.Err(); cause != nil {
				r.err = context.Cause(r.ctx)
			} else if r.broken++; r.broken > 10 {
				r.err = r.s.explain("get object", r.key, err)
			} else if n == 0 {
				r.s.retries.Add(1)
				objstore.Retried(r.ctx)
				if err := r.s.sleep(r.ctx, pause(r.broken)); err != nil {
					r.err = err
				}
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (r *reader) stop() {
	if r.body != nil {
		r.timer.Stop()
		r.cancel()
		_ = r.body.Close()
		r.body = nil
	}
}

// Close ends reading.
func (r *reader) Close() error {
	r.stop()
	r.err = errors.New("object is closed")
	return nil
}

// Head describes an object.
func (s *Store) Head(ctx context.Context, key string) (objstore.Info, error) {
	if err := objstore.CheckKey(key); err != nil {
		return objstore.Info{}, err
	}
	var i minio.ObjectInfo
	err := s.retry(ctx, "head object", key, 0, func(ctx context.Context, _ bool) (err error) {
		i, err = s.core.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
		return err
	})
	if err != nil {
		return objstore.Info{}, s.absent(ctx, err)
	}
	return objstore.Info{Key: key, Size: i.Size, Modified: i.LastModified}, nil
}

// absent looks, when an object was not found or refused, whether it is the bucket that is missing or the credentials that are wrong: an answer to
// HEAD has no text that says so, and some servers say "not found" to a key that they do not know.
func (s *Store) absent(ctx context.Context, err error) error {
	if s.known.Load() || !errors.Is(err, objstore.ErrNotFound) && !errors.Is(err, objstore.ErrDenied) {
		return err
	}
	if e := s.page(ctx, "", "", 1, nil); e != nil && (errors.Is(e, objstore.ErrNoBucket) || errors.Is(e, objstore.ErrDenied)) {
		return e
	}
	return err
}

// pageSize is how many objects one request lists.
const pageSize = 1000

// page calls each for up to n objects under prefix behind a key.
func (s *Store) page(ctx context.Context, prefix, after string, n int, each func(objstore.Info)) error {
	return s.retry(ctx, "list objects", prefix, 0, func(ctx context.Context, _ bool) error {
		found := make([]objstore.Info, 0, 16)
		o := minio.ListObjectsOptions{Prefix: prefix, Recursive: true, MaxKeys: n, StartAfter: after, FetchOwner: new(bool)}
		for i := range s.core.ListObjectsIter(ctx, s.bucket, o) {
			if i.Err != nil {
				return i.Err
			}
			found = append(found, objstore.Info{Key: i.Key, Size: i.Size, Modified: i.LastModified})
			if len(found) == n {
				break
			}
		}
		if each != nil {
			for _, i := range found {
				each(i)
			}
		}
		return nil
	})
}

// List calls each for the objects under prefix, in key order. Objects that come or go meanwhile may be missed or seen.
func (s *Store) List(ctx context.Context, prefix string, each func(objstore.Info) error) error {
	return s.ListAfter(ctx, prefix, "", each)
}

// ListAfter is List for the keys behind one; the server does not look at those before it.
func (s *Store) ListAfter(ctx context.Context, prefix, after string, each func(objstore.Info) error) error {
	for {
		var found []objstore.Info
		if err := s.page(ctx, prefix, after, pageSize, func(i objstore.Info) { found = append(found, i) }); err != nil {
			return err
		}
		slices.SortFunc(found, func(a, b objstore.Info) int { return strings.Compare(a.Key, b.Key) })
		for _, i := range found {
			if strings.HasSuffix(i.Key, "/") && i.Size == 0 {
				continue // a folder that some tool made
			}
			if err := each(i); err != nil {
				return err
			}
		}
		if len(found) < pageSize {
			return nil
		}
		after = found[len(found)-1].Key
	}
}

// Delete removes objects, up to a thousand by one request.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := objstore.CheckKey(key); err != nil {
			return err
		}
	}
	if len(keys) == 1 {
		err := s.retry(ctx, "delete object", keys[0], 0, func(ctx context.Context, _ bool) error {
			return s.core.RemoveObject(ctx, s.bucket, keys[0], minio.RemoveObjectOptions{})
		})
		if errors.Is(err, objstore.ErrNotFound) {
			return nil
		}
		return err
	}
	for some := range slices.Chunk(keys, pageSize) {
		left := some
		err := s.retry(ctx, "delete objects", some[0], 0, func(ctx context.Context, _ bool) (err error) {
			left, err = s.deleteSome(ctx, left)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteSome returns the keys that are left, and why.
func (s *Store) deleteSome(ctx context.Context, keys []string) (left []string, err error) {
	results, err := s.core.RemoveObjectsWithIter(ctx, s.bucket, func(yield func(minio.ObjectInfo) bool) {
		for _, k := range keys {
			if !yield(minio.ObjectInfo{Key: k}) {
				return
			}
		}
	}, minio.RemoveObjectsOptions{})
	if err != nil {
		return keys, err
	}
	for r := range results {
		switch {
		case r.Err == nil || isNotFound(r.Err):
		case r.ObjectName == "":
			return keys, r.Err
		default:
			left, err = append(left, r.ObjectName), r.Err
		}
	}
	return left, err
}
