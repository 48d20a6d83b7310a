package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"millrace/connectors"
)

// local is a folder of the local file system.
type local struct {
	root   string
	wanted wanted
}

var _ space = (*local)(nil)

func (l *local) uri(path string) string  { return "file:" + path }
func (l *local) id(string) string        { return uuid.NewString() }
func (l *local) crowded() bool           { return false }
func (l *local) path(name string) string { return filepath.Join(l.root, name) }

// localContent is an open file.
type localContent struct{ *os.File }

func (localContent) wait(context.Context) error { return nil }

func (f localContent) meta() (int64, time.Time, error) {
	i, err := f.Stat()
	if err != nil {
		return 0, time.Time{}, err
	}
	return i.Size(), i.ModTime(), nil
}

func (l *local) open(_ context.Context, path string, offset int64) (content, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("file %q: %w", path, connectors.ErrNotFound)
		}
		return nil, err
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("file %q: %w", path, err)
	}
	return localContent{f}, nil
}

func (l *local) writable(context.Context) error {
	if l.wanted.glob != nil {
		return errPattern
	}
	if i, err := os.Stat(l.root); err == nil && !i.IsDir() {
		return fmt.Errorf("path %q is a file; a folder is needed to write", l.root)
	}
	return nil
}

// localFile is a hidden file.
type localFile struct {
	*os.File
}

func (l *local) create(_ context.Context, dir, name, tag string, loose bool) (output, pending, error) {
	folder := l.path(dir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, pending{}, err
	}
	temp := "." + name + ".inprogress." + tag + "." + uuid.NewString()[:8]
	f, err := os.OpenFile(filepath.Join(folder, temp), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, pending{}, err
	}
	return localFile{f}, pending{Temp: filepath.Join(dir, temp), Final: filepath.Join(dir, name), Loose: loose}, nil
}

func (f localFile) write(_ context.Context, p []byte) error {
	_, err := f.Write(p)
	return err
}

func (f localFile) ahead(context.Context, bool) error { return nil }

func (f localFile) keep(context.Context, *opened) error { return f.Sync() }

func (f localFile) finish(context.Context, *pending) error {
	err := f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (f localFile) discard(kept bool) error {
	err := f.Close()
	if !kept {
		_ = os.Remove(f.Name())
	}
	return err
}

// restore cuts a file to its valid length.
func (l *local) restore(_ context.Context, o opened) (pending, bool, error) {
	path := l.path(o.Temp)
	i, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(l.path(o.Final)); err == nil {
			return pending{}, false, nil
		}
	}
	switch {
	case err != nil:
		return pending{}, false, err
	case i.Size() < o.Size:
		return pending{}, false, fmt.Errorf("it has %d bytes, the checkpoint %d", i.Size(), o.Size)
	}
	return o.pending, true, truncate(path, o.Size)
}

func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Truncate(size)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (l *local) settle(_ context.Context, files []pending) error {
	done := map[string]bool{}
	for _, p := range files {
		if err := syncFolders(l.root, filepath.Dir(l.path(p.Temp)), done); err != nil {
			return err
		}
	}
	return nil
}

// publish renames files.
func (l *local) publish(ctx context.Context, files []pending) error {
	dirs := map[string]bool{}
	for _, p := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		final := l.path(p.Final)
		err := os.Rename(l.path(p.Temp), final)
		if errors.Is(err, fs.ErrNotExist) {
			if _, e := os.Stat(final); e == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("commit file %q: %w", p.Final, err)
		}
		dirs[filepath.Dir(final)] = true
	}
	done := map[string]bool{}
	for dir := range dirs {
		if err := syncFolders(l.root, dir, done); err != nil {
			return err
		}
	}
	return nil
}

func (l *local) has(_ context.Context, name string) (bool, error) {
	_, err := os.Stat(l.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (l *local) loose(ctx context.Context, p pending) (content, error) {
	return l.open(ctx, l.path(p.Temp), 0)
}

// put writes a hidden file, which sweep knows, and renames it.
func (l *local) put(ctx context.Context, name, tag string, r io.Reader) error {
	f, p, err := l.create(ctx, filepath.Dir(name), filepath.Base(name), tag, false)
	if err != nil {
		return err
	}
	_, err = io.Copy(onlyWriter{ctx, f}, r)
	if err == nil {
		err = f.finish(ctx, &p)
	}
	if err != nil {
		_ = f.discard(false)
		return err
	}
	return l.rename(p.Temp, name)
}

// onlyWriter writes to an output.
type onlyWriter struct {
	ctx context.Context //nolint:containedctx // of the call that writes
	f   output
}

func (w onlyWriter) Write(b []byte) (int, error) { return len(b), w.f.write(w.ctx, b) }

func (l *local) move(_ context.Context, p pending, name, _ string) error {
	err := l.rename(p.Temp, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("file %q: %w", p.Temp, connectors.ErrNotFound)
	}
	return err
}

// rename is durable when it returns.
func (l *local) rename(from, to string) error {
	if err := os.Rename(l.path(from), l.path(to)); err != nil {
		return err
	}
	return syncFolders(l.root, filepath.Dir(l.path(to)), map[string]bool{})
}

func (l *local) drop(_ context.Context, files []pending) error {
	for _, p := range files {
		if err := os.Remove(l.path(p.Temp)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (l *local) clear(_ context.Context, dir string, keep map[string]bool) error {
	whole := map[string]bool{}
	for name := range keep {
		whole[l.path(name)] = true
	}
	return removeVisible(l.path(dir), whole)
}

func (l *local) load(_ context.Context, name string) ([]byte, error) {
	b, err := os.ReadFile(l.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func (l *local) save(_ context.Context, name string, data []byte) error {
	path := l.path(name)
	if data == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	return err
}

func (l *local) mark(_ context.Context, name string) error {
	path := l.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = syncFolders(l.root, filepath.Dir(path), map[string]bool{})
	}
	return err
}

func (l *local) commits(context.Context, string, int64) error { return nil }
func (l *local) ended(context.Context, string) error          { return nil }

// sweep removes the hidden files of the sink of this job, and of the jobs that it goes on for.
func (l *local) sweep(ctx context.Context, tag string, claimed bool, commits []handle, states []state) error {
	keep, mine := map[string]bool{}, map[string]bool{tag: true}
	for _, h := range commits {
		mine[h.Tag] = mine[h.Tag] || claimed
		for _, p := range h.Files {
			keep[l.path(p.Temp)] = true
		}
	}
	for _, s := range states {
		mine[s.Tag] = mine[s.Tag] || claimed
		for _, o := range s.Open {
			keep[l.path(o.Temp)] = true
		}
	}
	return filepath.WalkDir(l.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.IsDir() || keep[path] || !strings.HasPrefix(d.Name(), ".part-") && !strings.HasPrefix(d.Name(), "."+compactedPrefix) {
			return nil
		}
		if _, rest, ok := strings.Cut(d.Name(), ".inprogress."); !ok || !mine[strings.SplitN(rest, ".", 2)[0]] {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}
