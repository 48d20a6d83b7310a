package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"millrace/connectors"
)

// file is a file that was found.
type file struct {
	path     string
	size     int64
	modified int64 // ms
}

// found is how far a listing has come.
type found struct {
	last string // the path that was looked at last, wanted or not; "" if there was none
	more bool   // the listing goes on behind it
}

// errFull ends a listing that has looked at as many paths as it may.
var errFull = errors.New("enough")

var errPattern = errors.New("the path is a pattern for reading; a folder is needed to write")

// hidden tells whether readers pass over a name.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// comparePaths orders paths as a folder is listed: by their names from the root on.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
			continue
		case x == filepath.Separator:
			return -1
		case y == filepath.Separator:
			return 1
		case x < y:
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

// inside tells whether path is in the folder dir.
func inside(path, dir string) bool {
	return len(path) > len(dir) && strings.HasPrefix(path, dir) && path[len(dir)] == filepath.Separator
}

func (l *local) list(ctx context.Context, after string, most int, each func(file)) (f found, err error) {
	if _, err := os.Stat(l.root); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return f, fmt.Errorf("path %q: %w", l.root, connectors.ErrNotFound)
		}
		return f, err
	}
	n := 0
	most *= 10 // a large folder is read anew for each page
	err = filepath.WalkDir(l.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone since it was listed
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if path != l.root && hidden(d.Name()) || d.IsDir() && path != l.root && !inside(after, path) && comparePaths(path, after) < 0 {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || after != "" && comparePaths(path, after) <= 0 {
			return nil
		}
		if n == most {
			f.more = true
			return errFull
		}
		n++
		f.last = path
		if !l.wanted.match(path, path, l.root) {
			return nil
		}
		i, err := os.Stat(path) // follows links
		if errors.Is(err, fs.ErrNotExist) || err == nil && i.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		each(file{path: path, size: i.Size(), modified: i.ModTime().UnixMilli()})
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return f, err
}
