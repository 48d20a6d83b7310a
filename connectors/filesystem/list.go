package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"millrace/connectors"
)

// file is a file that was found.
type file struct {
	path string
	size int64
}

// hidden tells whether readers pass over a name.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// list finds the files below root, or root itself if it is a file, in order of their paths.
func list(ctx context.Context, root string, pattern *regexp.Regexp) ([]file, error) {
	if _, err := os.Stat(root); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("path %q: %w", root, connectors.ErrNotFound)
		}
		return nil, err
	}
	var out []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone since it was listed
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if path != root && hidden(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || pattern != nil && !pattern.MatchString(path) {
			return nil
		}
		i, err := os.Stat(path) // follows links
		if errors.Is(err, fs.ErrNotExist) || err == nil && i.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		out = append(out, file{path: path, size: i.Size()})
		return nil
	})
	return out, err
}
