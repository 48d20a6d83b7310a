package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"millrace/connectors"
	"millrace/operators/kernel/civil"
	"millrace/planner/plan"
)

// committer implements connectors.Committer. Partitions that are not complete yet are kept in a hidden file of the table's folder.
type committer struct {
	c       *config
	s       *plan.Sink
	env     connectors.Env
	tag     string
	pending map[string]touched // by directory; nil until it is read
}

func newCommitter(c *config, s *plan.Sink, env connectors.Env) *committer {
	return &committer{c: c, s: s, env: env, tag: tag(env)}
}

// Commit gives the files of a checkpoint their names, then commits partitions that are complete.
func (c *committer) Commit(ctx context.Context, _ int64, commits [][]byte) error {
	var all []handle
	for _, b := range commits {
		if b == nil {
			continue
		}
		h, err := decodeHandle(b)
		if err != nil {
			return err
		}
		all = append(all, h)
	}
	if len(all) == 0 {
		return nil
	}
	if c.s.Overwrite {
		if err := c.clear(all); err != nil {
			return fmt.Errorf("table %s: %w", c.s.Table, err)
		}
	}
	done := map[string]bool{}
	for _, h := range all {
		for _, p := range h.Files {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := c.publish(p, done); err != nil {
				return fmt.Errorf("table %s: commit file %q: %w", c.s.Table, p.Final, err)
			}
		}
	}
	for dir := range done {
		if done[dir] {
			continue
		}
		if err := syncFolders(c.c.root, dir, map[string]bool{}); err != nil {
			return fmt.Errorf("table %s: %w", c.s.Table, err)
		}
	}
	if len(c.c.policies) == 0 || len(c.s.Partition) == 0 {
		return nil
	}
	if err := c.partitions(all); err != nil {
		return fmt.Errorf("table %s: %w", c.s.Table, err)
	}
	return nil
}

// publish renames a file, unless that was done before. It notes the folder for syncing.
func (c *committer) publish(p pending, dirs map[string]bool) error {
	temp, final := filepath.Join(c.c.root, p.Temp), filepath.Join(c.c.root, p.Final)
	err := os.Rename(temp, final)
	if errors.Is(err, fs.ErrNotExist) {
		if _, e := os.Stat(final); e == nil {
			return nil
		}
	}
	dirs[filepath.Dir(final)] = false
	return err
}

// clear removes what an INSERT OVERWRITE replaces: the table, or the partitions that got rows or were named in full.
func (c *committer) clear(all []handle) error {
	keep, dirs := map[string]bool{}, map[string]bool{}
	for _, h := range all {
		for _, p := range h.Files {
			final := filepath.Join(c.c.root, p.Final)
			keep[final] = true
			dirs[filepath.Dir(final)] = true
		}
	}
	if len(c.s.Partition) == 0 {
		return removeVisible(c.c.root, keep)
	}
	if len(c.s.Static) == len(c.s.Partition) {
		dir := c.c.root
		for _, p := range c.s.Partition {
			dir = filepath.Join(dir, escapeName(p)+"="+escapeName(c.s.Static[p]))
		}
		dirs[dir] = true
	}
	for dir := range dirs {
		if err := removeVisible(dir, keep); err != nil {
			return err
		}
	}
	return nil
}

func (c *committer) pendingPath() string { return filepath.Join(c.c.root, ".pending-"+c.tag+".json") }

// load reads the partitions that wait.
func (c *committer) load() error {
	if c.pending != nil {
		return nil
	}
	c.pending = map[string]touched{}
	b, err := os.ReadFile(c.pendingPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &c.pending); err != nil {
		return fmt.Errorf("partitions that wait: %w", err)
	}
	return nil
}

// save writes them.
func (c *committer) save() error {
	path := c.pendingPath()
	if len(c.pending) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := json.Marshal(c.pending)
	if err != nil {
		return err
	}
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
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

// partitions commits the partitions that are complete.
func (c *committer) partitions(all []handle) error {
	if err := c.load(); err != nil {
		return err
	}
	mark, final := int64(math.MaxInt64), true
	for _, h := range all {
		final = final && h.Final
		if !h.HasWatermark {
			h.Watermark = math.MinInt64
		}
		mark = min(mark, h.Watermark)
		for _, p := range h.Partitions {
			if old, ok := c.pending[p.Dir]; ok {
				p.Created = min(p.Created, old.Created)
			}
			c.pending[p.Dir] = p
		}
	}
	// What waits must be known before anything is committed, or a crash could lose it.
	if err := c.save(); err != nil {
		return err
	}
	dirs := make([]string, 0, len(c.pending))
	for dir := range c.pending {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		p := c.pending[dir]
		ready, err := c.complete(p, mark)
		if err != nil {
			return err
		}
		if !ready && !final {
			continue
		}
		if err := c.mark(p); err != nil {
			return fmt.Errorf("commit partition %q: %w", dir, err)
		}
		delete(c.pending, dir)
	}
	return c.save()
}

// complete tells whether a partition may be committed.
func (c *committer) complete(p touched, mark int64) (bool, error) {
	delay := c.c.delay.Milliseconds()
	if c.c.trigger == "process-time" {
		return delay == 0 || c.env.Now() > p.Created+delay, nil
	}
	local, err := partitionTime(c.c.timestampPattern, c.c.timeFormatter, c.s.Partition, p.Values)
	if err != nil {
		return false, err
	}
	return mark > civil.NewZone(c.c.zone).ToInstant(local)+delay, nil
}

// mark writes the file that says that a partition is complete.
func (c *committer) mark(p touched) error {
	dir := filepath.Join(c.c.root, p.Dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, c.c.successFile))
	if err != nil {
		return err
	}
	err = f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = syncFolders(c.c.root, dir, map[string]bool{})
	}
	return err
}

// Abort removes the hidden files of this sink of this job that neither commits nor states refer to. No writer may be running.
func (c *committer) Abort(ctx context.Context, commits, states [][]byte) error {
	keep := map[string]bool{}
	for _, b := range commits {
		if b == nil {
			continue
		}
		h, err := decodeHandle(b)
		if err != nil {
			return err
		}
		for _, p := range h.Files {
			keep[filepath.Join(c.c.root, p.Temp)] = true
		}
	}
	for _, b := range states {
		if b == nil {
			continue
		}
		s, err := decodeState(b)
		if err != nil {
			return err
		}
		for _, o := range s.Open {
			keep[filepath.Join(c.c.root, o.Temp)] = true
		}
	}
	mine := ".inprogress." + c.tag + "."
	err := filepath.WalkDir(c.c.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.IsDir() || keep[path] || !strings.HasPrefix(d.Name(), ".part-") || !strings.Contains(d.Name(), mine) {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("table %s: remove files of attempts before: %w", c.s.Table, err)
	}
	return nil
}

func (c *committer) Close() error { return nil }
