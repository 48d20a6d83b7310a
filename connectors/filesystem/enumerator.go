package filesystem

import (
	"context"
	"encoding/json"
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
}

func (p position) split() (connectors.Split, error) {
	b, err := json.Marshal(p)
	return connectors.Split{ID: p.Path + "#" + strconv.FormatInt(p.Start, 10), State: b}, err
}

// enumerator finds files.
type enumerator struct {
	c        *config
	table    string
	pool     *vector.Pool
	wanted   []condition
	cut      bool     // cut large files into ranges
	Done     bool     `json:"done"`
	Seen     []string `json:"seen,omitempty"` // paths found, when monitoring
	seen     map[string]bool
	interval time.Duration
}

func newEnumerator(c *config, s *plan.Source, env connectors.Env, state []byte) (*enumerator, error) {
	e := &enumerator{c: c, table: s.Table, pool: env.Pool, seen: map[string]bool{}, interval: c.monitor}
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
	if state != nil {
		if err := json.Unmarshal(state, e); err != nil {
			return nil, fmt.Errorf("state of the splits of %s: %w", s.Table, err)
		}
		for _, p := range e.Seen {
			e.seen[p] = true
		}
	}
	return e, nil
}

// Discover lists the path and returns a split for each new file.
func (e *enumerator) Discover(ctx context.Context) (splits []connectors.Split, done bool, err error) {
	if e.Done {
		return nil, true, nil
	}
	files, err := e.c.space.list(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("table %s: %w", e.table, err)
	}
	for _, f := range files {
		if e.seen[f.path] {
			continue
		}
		read, err := e.reads(f.path)
		if err != nil {
			return nil, false, fmt.Errorf("table %s: file %q: %w", e.table, f.path, err)
		}
		if !read {
			continue
		}
		for _, p := range e.pieces(f) {
			s, err := p.split()
			if err != nil {
				return nil, false, err
			}
			splits = append(splits, s)
		}
		if e.c.monitor > 0 {
			e.seen[f.path] = true
			e.Seen = append(e.Seen, f.path)
		}
	}
	e.Done = e.c.monitor == 0
	return splits, e.Done, nil
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
		return []position{{Path: f.path, End: forever}}
	}
	n := f.size / rangeBytes
	var out []position
	for i := range n {
		p := position{Path: f.path, Start: f.size / n * i, End: f.size / n * (i + 1)}
		p.Offset = p.Start
		if i == n-1 {
			p.End = forever
		}
		out = append(out, p)
	}
	return out
}

func (e *enumerator) Interval() time.Duration   { return max(e.interval, time.Millisecond) }
func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(e) }
func (e *enumerator) Close() error              { return nil }
