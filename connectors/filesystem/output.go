package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/objstore"
)

// handleVersion is the version of handles and writer states.
const handleVersion = 1

// pending is a finished file that waits for its name. Paths are relative to the table's.
type pending struct {
	Temp  string `json:"temp,omitempty"`
	Final string `json:"final"`
	Size  int64  `json:"size"`

	// Of an object: the upload with the parts that count, and what comes behind them. Without an upload, Tail is all.
	Upload string          `json:"upload,omitempty"`
	Parts  []objstore.Part `json:"parts,omitempty"`
	Tail   []byte          `json:"tail,omitempty"`

	// Loose: compaction gives it its name, maybe together with others. In a bucket Temp is the object, unless Tail is all.
	Loose bool `json:"loose,omitempty"`
}

// inline tells whether a loose file is in the handle.
func (p *pending) inline() bool { return p.Tail != nil || p.Size == 0 }

// opened is a file that goes on after a checkpoint, with its valid length.
type opened struct {
	pending
	Partition string `json:"partition,omitempty"` // directory
	Created   int64  `json:"created"`
}

// touched is a partition that got rows.
type touched struct {
	Dir     string            `json:"dir"`
	Values  map[string]string `json:"values"`
	Created int64             `json:"created"` // ms
}

// handle is what a writer gives its committer.
type handle struct {
	Version      int       `json:"version"`
	Files        []pending `json:"files,omitempty"`
	Partitions   []touched `json:"partitions,omitempty"`
	Watermark    int64     `json:"watermark"`
	HasWatermark bool      `json:"hasWatermark,omitempty"`
	Final        bool      `json:"final,omitempty"`
	Checkpoint   int64     `json:"checkpoint,omitempty"`
	Tag          string    `json:"tag,omitempty"`    // of the writer's sink and job
	Target       int64     `json:"target,omitempty"` // how large loose files are to become
}

// state is what a writer gets back.
type state struct {
	Version    int       `json:"version"`
	Open       []opened  `json:"open,omitempty"`
	Partitions []touched `json:"partitions,omitempty"` // of open files: they must be committed later
	Checkpoint int64     `json:"checkpoint,omitempty"`
	Tag        string    `json:"tag,omitempty"`
}

func decodeHandle(b []byte) (h handle, err error) {
	if err = json.Unmarshal(b, &h); err == nil && h.Version != handleVersion {
		err = fmt.Errorf("version %d is not known", h.Version)
	}
	if err != nil {
		err = fmt.Errorf("handle of files: %w", err)
	}
	return h, err
}

func decodeState(b []byte) (s state, err error) {
	if err = json.Unmarshal(b, &s); err == nil && s.Version != handleVersion {
		err = fmt.Errorf("version %d is not known", s.Version)
	}
	if err != nil {
		err = fmt.Errorf("writer state of files: %w", err)
	}
	return s, err
}

// tag marks the hidden files of one sink of one job.
func tag(env connectors.Env) string {
	h := fnv.New64a()
	h.Write([]byte(env.JobID + "\x00" + env.Node))
	return fmt.Sprintf("%016x", h.Sum64())
}

// bucket is the files of one partition.
type bucket struct {
	dir     string // relative to the table's
	values  map[string]string
	rows    []uint16 // of the batch that is being written
	f       output
	file    opened
	kept    bool // the open file is in the state of a checkpoint
	last    int64
	created int64 // when the partition got its first row, ms
	out     format.Output
	body    format.FileWriter // of the open file, for formats with a file structure
	marked  bool              // the partition is among those of the next handle
}

// flush writes what is buffered.
func (b *bucket) flush(ctx context.Context) error {
	if len(b.out.Data) == 0 {
		return nil
	}
	if err := b.f.write(ctx, b.out.Data); err != nil {
		return err
	}
	b.file.Size += int64(len(b.out.Data))
	b.out.Reset()
	return nil
}

// finish completes and closes the open file.
func (b *bucket) finish(ctx context.Context) (pending, error) {
	if b.body != nil {
		if err := b.body.Finish(&b.out); err != nil {
			return b.file.pending, err
		}
		b.body = nil
	}
	if err := b.flush(ctx); err != nil {
		return b.file.pending, err
	}
	if err := b.f.finish(ctx, &b.file.pending); err != nil {
		return b.file.pending, err
	}
	b.f = nil
	return b.file.pending, nil
}

// syncFolders syncs a folder and those above it, up to root.
func syncFolders(root, dir string, done map[string]bool) error {
	for !done[dir] {
		done[dir] = true
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		_ = d.Close()
		if err != nil && !errors.Is(err, syscall.EINVAL) {
			return err
		}
		if dir == root || len(dir) <= len(root) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// removeVisible removes the files in dir, and below, that readers see, but for those to keep.
func removeVisible(dir string, keep map[string]bool) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if path != dir && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || keep[path] {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}
