package filesystem

import (
	"context"
	"encoding/binary"
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
	// TailBytes is the length of Tail where it stands behind the handle or state, see encode.
	TailBytes int `json:"tailBytes,omitempty"`

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

// binaryForm begins handles and states whose tails stand behind the rest, as they are; older ones are JSON alone.
const binaryForm = 1

// encode writes a handle or state with the tails of its files, which visit goes through, behind it.
func encode(v any, visit func(each func(*pending))) ([]byte, error) {
	var tails [][]byte
	size := 0
	visit(func(p *pending) {
		if len(p.Tail) > 0 {
			tails = append(tails, p.Tail)
			size += len(p.Tail)
			p.TailBytes, p.Tail = len(p.Tail), nil
		}
	})
	text, err := json.Marshal(v)
	i := 0
	visit(func(p *pending) {
		if p.TailBytes > 0 {
			p.Tail, p.TailBytes = tails[i], 0
			i++
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 1+binary.MaxVarintLen64+len(text)+size)
	out = append(binary.AppendUvarint(append(out, binaryForm), uint64(len(text))), text...)
	for _, t := range tails {
		out = append(out, t...)
	}
	return out, nil
}

// decode is the inverse.
func decode(b []byte, v any, visit func(each func(*pending))) error {
	if len(b) == 0 || b[0] != binaryForm {
		return json.Unmarshal(b, v)
	}
	n, k := binary.Uvarint(b[1:])
	if k <= 0 || n > uint64(len(b)-1-k) {
		return errCut
	}
	text, tails := b[1+k:1+k+int(n)], b[1+k+int(n):]
	err := json.Unmarshal(text, v)
	visit(func(p *pending) {
		size := p.TailBytes
		if size < 0 || size > len(tails) {
			err = errors.Join(err, errCut)
			return
		}
		if size > 0 {
			p.Tail, tails, p.TailBytes = tails[:size:size], tails[size:], 0
		}
	})
	if err == nil && len(tails) > 0 {
		err = errCut
	}
	return err
}

var errCut = errors.New("it is cut off")

func (h *handle) visit(each func(*pending)) {
	for i := range h.Files {
		each(&h.Files[i])
	}
}

func (s *state) visit(each func(*pending)) {
	for i := range s.Open {
		each(&s.Open[i].pending)
	}
}

func decodeHandle(b []byte) (h handle, err error) {
	if err = decode(b, &h, h.visit); err == nil && h.Version != handleVersion {
		err = fmt.Errorf("version %d is not known", h.Version)
	}
	if err != nil {
		err = fmt.Errorf("handle of files: %w", err)
	}
	return h, err
}

func decodeState(b []byte) (s state, err error) {
	if err = decode(b, &s, s.visit); err == nil && s.Version != handleVersion {
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
