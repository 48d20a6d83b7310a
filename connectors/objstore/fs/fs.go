package fs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"millrace/connectors/objstore"
)

// tempPrefix begins the names of files that are being written.
const tempPrefix = ".tmp-"

// Store keeps objects as files below a folder.
type Store struct {
	root string
}

var _ objstore.Store = (*Store)(nil)

// New returns the store of a folder, which is made when the first object is put.
func New(root string) (*Store, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("folder %q: %w", root, err)
	}
	return &Store{root: abs}, nil
}

// Root is the folder.
func (s *Store) Root() string { return s.root }

// URI is the folder as a file URI.
func (s *Store) URI() string { return "file://" + s.root }

func (s *Store) path(key string) (string, error) {
	if err := objstore.CheckKey(key); err != nil {
		return "", err
	}
	if strings.HasPrefix(key[strings.LastIndexByte(key, '/')+1:], tempPrefix) {
		return "", fmt.Errorf("object key %q: names that begin with %s are taken", key, tempPrefix)
	}
	return filepath.Join(s.root, filepath.FromSlash(key)), nil
}

// Put writes an object.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, os.Rename)
}

// PutNew writes an object that must not exist.
func (s *Store) PutNew(ctx context.Context, key string, r io.Reader) error {
	return s.put(ctx, key, r, func(from, to string) error {
		if err := os.Link(from, to); err != nil {
			return err
		}
		return os.Remove(from)
	})
}

func (s *Store) put(ctx context.Context, key string, r io.Reader, name func(from, to string) error) (err error) {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("object %q: %w", key, objstore.ErrExists)
		}
	}()
	dir := filepath.Dir(path)
	f, err := s.create(dir)
	if err != nil {
		return fmt.Errorf("object %q: %w", key, err)
	}
	temp := f.Name()
	_, err = io.Copy(f, reader{ctx, r})
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = name(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("object %q: %w", key, err)
	}
	return syncDir(dir)
}

// create makes a temporary file in dir, and dir itself. A concurrent Delete may remove the folder in between, so it tries again.
func (s *Store) create(dir string) (f *os.File, err error) {
	for range 10 {
		if err = s.makeDir(dir); err != nil {
			return nil, err
		}
		if f, err = os.CreateTemp(dir, tempPrefix); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, err
}

// makeDir makes a folder durably: each new one is synced into its parent.
func (s *Store) makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := s.makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed together with what was in it
		}
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// reader stops when its context is done.
type reader struct {
	ctx context.Context //nolint:containedctx // lives for one call of Put
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Get reads an object.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	path, err := s.path(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err == nil {
		if i, e := f.Stat(); e == nil && i.IsDir() {
			_ = f.Close()
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		return nil, missing(key, err)
	}
	if offset > 0 {
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("object %q: %w", key, err)
		}
	}
	if length < 0 {
		return f, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, length), f}, nil
}

func missing(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		err = objstore.ErrNotFound
	}
	return fmt.Errorf("object %q: %w", key, err)
}

// Head describes an object.
func (s *Store) Head(ctx context.Context, key string) (objstore.Info, error) {
	path, err := s.path(key)
	if err != nil {
		return objstore.Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return objstore.Info{}, err
	}
	i, err := os.Stat(path)
	if err == nil && i.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return objstore.Info{}, missing(key, err)
	}
	return objstore.Info{Key: key, Size: i.Size(), Modified: i.ModTime()}, nil
}

// List calls each for the objects under prefix, in key order. Objects that come or go meanwhile may be missed or seen.
func (s *Store) List(ctx context.Context, prefix string, each func(objstore.Info) error) error {
	// Only the deepest whole folder of the prefix is walked.
	dir := ""
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		dir = prefix[:i+1]
	}
	return s.list(ctx, dir, prefix, each)
}

func (s *Store) list(ctx context.Context, dir, prefix string, each func(objstore.Info) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(dir)))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		return fmt.Errorf("list %q: %w", prefix, err)
	}
	// In key order a folder sorts as its name with a slash.
	name := func(e os.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(name(a), name(b)) })
	for _, e := range entries {
		key := dir + name(e)
		switch {
		case e.IsDir():
			if strings.HasPrefix(key, prefix) || strings.HasPrefix(prefix, key) {
				err = s.list(ctx, key, prefix, each)
			}
		case strings.HasPrefix(key, prefix) && !strings.HasPrefix(e.Name(), tempPrefix):
			i, e := e.Info()
			if errors.Is(e, fs.ErrNotExist) {
				continue
			}
			if err = e; err == nil {
				err = each(objstore.Info{Key: key, Size: i.Size(), Modified: i.ModTime()})
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Delete removes objects, and folders that become empty.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		path, err := s.path(key)
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return fmt.Errorf("delete object %q: %w", key, err)
		}
		for dir := filepath.Dir(path); dir != s.root && len(dir) > len(s.root); dir = filepath.Dir(dir) {
			if os.Remove(dir) != nil {
				break // not empty, or gone
			}
		}
	}
	return nil
}

// Clean removes temporary files older than age, which crashes left behind.
func (s *Store) Clean(ctx context.Context, age time.Duration) error {
	limit := time.Now().Add(-age)
	return filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.IsDir() || !strings.HasPrefix(d.Name(), tempPrefix) {
			return nil
		}
		if i, err := d.Info(); err == nil && i.ModTime().Before(limit) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

// Opener opens "file:///a/b" and "/a/b": the store of the whole folder, with an empty key.
type Opener struct{}

// Open opens the store of a URI or path.
func (Opener) Open(uri string) (objstore.Store, string, error) {
	path, err := Path(uri)
	if err != nil {
		return nil, "", err
	}
	s, err := New(path)
	return s, "", err
}

// Path returns the path that a file URI (file:///a, file:/a) or plain path names.
func Path(uri string) (string, error) {
	rest, ok := strings.CutPrefix(uri, "file:")
	if !ok {
		if scheme, _, found := strings.Cut(uri, "://"); found {
			return "", fmt.Errorf("path %q: scheme %q is not supported by the local file system", uri, scheme)
		}
		return uri, nil
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		if !strings.HasPrefix(after, "/") {
			return "", fmt.Errorf("path %q: a host is not allowed, write file:///path", uri)
		}
		rest = after
	}
	if decoded, err := url.PathUnescape(rest); err == nil && strings.Contains(rest, "%") {
		if _, err := os.Stat(rest); err != nil {
			if _, err := os.Stat(decoded); err == nil {
				return decoded, nil
			}
		}
	}
	return rest, nil
}
