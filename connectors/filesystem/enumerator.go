package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

const (
	// rangeBytes is about the size of a range of a large file.
	rangeBytes = 64 << 20
	// forever is the end of a split that is a whole file.
	forever = 1<<63 - 1
)

// position is the state of a split.
type position struct {
	Path   string `json:"path"`
	Start  int64  `json:"start,omitempty"`
	End    int64  `json:"end"`              // records that begin before End belong to the split
	Offset int64  `json:"offset,omitempty"` // of the next record
	Skip   int    `json:"skip,omitempty"`   // rows behind Offset that were read already
	More   []byte `json:"more,omitempty"`   // whole files that are read after this one, see appendPath
	Files  int    `json:"files,omitempty"`  // that these are, with the first one
	Size   int64  `json:"size,omitempty"`   // bytes of the split when it was found; 0: not known

	counted int64 // bytes that are in the counter of pending ones
}

// left is how many bytes are left to read; whole tells that they are known for the whole split only.
func (p *position) left(whole bool) int64 {
	if whole {
		return p.Size
	}
	return max(p.Size-(p.Offset-p.Start), 0)
}

func (p position) split() (connectors.Split, error) {
	b, err := json.Marshal(p)
	return connectors.Split{ID: p.Path + "#" + strconv.FormatInt(p.Start, 10), State: b}, err
}

const (
	// pageFiles is how many paths one call of Discover looks at.
	pageFiles = 10_000
	// manyFiles is how many files of a page make groups of them.
	manyFiles = 1024
	// groupFiles and groupBytes are how large groups become.
	groupFiles = 128
	groupBytes = 32 << 20
)

// enumerator finds files, a page of the listing with each call. What it remembers of files that were found is a hash, or with names in order
// nothing but the last one.
type enumerator struct {
	c        *config
	table    string
	pool     *vector.Pool
	wanted   []condition
	cut      bool // cut large files into ranges
	interval time.Duration
	seen     pathSet

	progress
}

// progress is the state of an enumerator.
type progress struct {
	Done bool     `json:"done"`
	Seen []string `json:"seen,omitempty"` // paths found, of older checkpoints
	// Hashes is the paths found, when monitoring.
	Hashes []byte `json:"hashes,omitempty"`
	// After is where the listing goes on, and More that it is not at its end.
	After string `json:"after,omitempty"`
	More  bool   `json:"more,omitempty"`
	// Begun: the first listing is over. Any: some file was found.
	Begun bool `json:"begun,omitempty"`
	Any   bool `json:"any,omitempty"`
}

func newEnumerator(c *config, s *plan.Source, env connectors.Env, state []byte) (*enumerator, error) {
	e := &enumerator{c: c, table: s.Table, pool: env.Pool, interval: c.monitor}
	for _, f := range s.Filter {
		w, ok := parseCondition(f, s.Projected, s.Partition)
		if !ok {
			return nil, fmt.Errorf("table %s: connector 'filesystem' cannot filter by %s", s.Table, f)
		}
		e.wanted = append(e.wanted, w)
	}
	if r, ok := c.format.(format.Ranged); ok && env.Parallelism > 1 {
		e.cut = r.Ranged(c.formatOptions)
	}
	if state == nil {
		e.After = c.startAfter
		return e, nil
	}
	err := json.Unmarshal(state, &e.progress)
	if err == nil {
		err = e.seen.load(e.Hashes)
	}
	if err != nil {
		return nil, fmt.Errorf("state of the splits of %s: %w", s.Table, err)
	}
	for _, p := range e.Seen {
		e.seen.add(p)
		e.Begun = true
	}
	e.Seen, e.Hashes = nil, nil
	return e, nil
}

// Discover looks at the next page of the listing and returns splits of the new files.
func (e *enumerator) Discover(ctx context.Context) (splits []connectors.Split, done bool, err error) {
	if e.Done {
		return nil, true, nil
	}
	var files []file
	page, err := e.c.space.list(ctx, e.After, pageFiles, func(f file) { files = append(files, f) })
	if e.Begun && e.c.monitor > 0 && errors.Is(err, connectors.ErrNotFound) {
		return nil, false, nil // all files are gone; others may come
	}
	if err != nil {
		return nil, false, fmt.Errorf("table %s: %w", e.table, err)
	}
	e.Any = e.Any || len(files) > 0
	if files, err = e.fresh(files); err != nil {
		return nil, false, err
	}
	for _, p := range e.positions(files, page.more) {
		s, err := p.split()
		if err != nil {
			return nil, false, err
		}
		splits = append(splits, s)
	}
	if page.last != "" && (page.more || e.c.byName) {
		e.After = page.last
	}
	e.More = page.more
	if e.More {
		return splits, false, nil
	}
	e.Begun = true
	if e.c.monitor > 0 {
		if !e.c.byName {
			e.After = e.c.startAfter
		}
		return splits, false, nil
	}
	if e.c.glob != "" && !e.Any {
		return nil, false, fmt.Errorf("table %s: path %q: no file has a name of this form: %w", e.table, e.c.glob, connectors.ErrNotFound)
	}
	e.Done = true
	return splits, true, nil
}

// fresh leaves the files that are to be read.
func (e *enumerator) fresh(files []file) ([]file, error) {
	out := files[:0]
	for _, f := range files {
		if e.c.monitor > 0 && !e.c.byName && e.seen.has(f.path) {
			continue
		}
		read, err := e.reads(f.path)
		if err != nil {
			return nil, fmt.Errorf("table %s: file %q: %w", e.table, f.path, err)
		}
		if !read {
			continue
		}
		if e.c.monitor > 0 && !e.c.byName {
			e.seen.add(f.path)
		}
		switch e.c.startup {
		case startLatest:
			if !e.Begun {
				continue
			}
		case startTimestamp:
			if f.modified < e.c.startTime {
				continue
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// positions makes splits: of a file, of a range of a large one, or, when there are very many, of some small ones together.
func (e *enumerator) positions(files []file, more bool) (out []position) {
	many := more || len(files) > manyFiles
	var group []file
	var size int64
	end := func() {
		if len(group) > 0 {
			p := position{Path: group[0].path, End: forever, Size: size, Files: len(group)}
			for i, f := range group[1:] {
				p.More = appendPath(p.More, group[i].path, f.path)
			}
			out = append(out, p)
		}
		group, size = group[:0], 0
	}
	for _, f := range files {
		pieces := e.pieces(f)
		if !many || len(pieces) > 1 {
			out = append(out, pieces...)
			continue
		}
		if len(group) == groupFiles || size+f.size > groupBytes {
			end()
		}
		group, size = append(group, f), size+f.size
	}
	end()
	return out
}

// reads tells whether a file is in a partition that is wanted.
func (e *enumerator) reads(path string) (bool, error) {
	if len(e.wanted) == 0 {
		return true, nil
	}
	values := partitionValues(e.c.root, path)
	var failed error // only if no other condition excludes the file
	for i := range e.wanted {
		ok, err := e.wanted[i].meets(e.pool, values, e.c.defaultName)
		switch {
		case err != nil:
			failed = err
		case !ok:
			return false, nil
		}
	}
	return true, failed
}

// pieces cuts a large file into ranges.
func (e *enumerator) pieces(f file) []position {
	if !e.cut || f.size < 2*rangeBytes || compression(f.path) != "" {
		return []position{{Path: f.path, End: forever, Size: f.size}}
	}
	n := f.size / rangeBytes
	var out []position
	for i := range n {
		p := position{Path: f.path, Start: f.size / n * i, End: f.size / n * (i + 1)}
		p.Offset = p.Start
		if i == n-1 {
			p.End = forever
		}
		p.Size = min(p.End, f.size) - p.Start
		out = append(out, p)
	}
	return out
}

// Interval is short while a listing goes on.
func (e *enumerator) Interval() time.Duration {
	if e.More {
		return time.Millisecond
	}
	return max(e.interval, time.Millisecond)
}

// Snapshot returns the progress.
func (e *enumerator) Snapshot() ([]byte, error) {
	p := e.progress
	p.Hashes = e.seen.save()
	return json.Marshal(p)
}

func (e *enumerator) Close() error { return nil }
