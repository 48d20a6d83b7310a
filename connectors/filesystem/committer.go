package filesystem

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"millrace/connectors"
	"millrace/operators"
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
	saved   string             // as they were written

	published *operators.Counter
}

func newCommitter(c *config, s *plan.Sink, env connectors.Env) *committer {
	return &committer{c: c, s: s, env: env, tag: tag(env), published: env.Counter(connectors.CountPublished)}
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
	sp, final := c.c.space, true
	var files []pending
	newest := int64(-1)
	for _, h := range all {
		for _, p := range h.Files {
			if !p.Loose {
				files = append(files, p)
			}
		}
		final = final && h.Final
		if h.Tag == c.tag {
			newest = max(newest, h.Checkpoint)
		}
	}
	// Uploads of a checkpoint must be known to belong to one before anything else happens.
	if newest >= 0 && !final {
		if err := sp.commits(ctx, c.tag, newest); err != nil {
			return fmt.Errorf("table %s: %w", c.s.Table, err)
		}
	}
	if c.s.Overwrite {
		if err := c.clear(ctx, files); err != nil {
			return fmt.Errorf("table %s: %w", c.s.Table, err)
		}
	}
	if err := sp.publish(ctx, files); err != nil {
		return fmt.Errorf("table %s: %w", c.s.Table, err)
	}
	c.published.Add(int64(len(files)))
	if err := c.compact(ctx, all); err != nil {
		return fmt.Errorf("table %s: %w", c.s.Table, err)
	}
	if err := c.partitions(ctx, all); err != nil {
		return fmt.Errorf("table %s: %w", c.s.Table, err)
	}
	if final && newest >= 0 && len(commits) == len(all) {
		if err := sp.ended(ctx, c.tag); err != nil && c.env.Log != nil {
			c.env.Log.Warn("uploads that were left behind could not be dropped", "table", c.s.Table, "error", err)
		}
	}
	return nil
}

// clear removes what an INSERT OVERWRITE replaces: the table, or the partitions that got rows or were named in full.
func (c *committer) clear(ctx context.Context, files []pending) error {
	keep, dirs := map[string]bool{}, map[string]bool{}
	for _, p := range files {
		keep[p.Final] = true
		dirs[filepath.Dir(p.Final)] = true
	}
	if len(c.s.Partition) == 0 {
		return c.c.space.clear(ctx, "", keep)
	}
	if len(c.s.Static) == len(c.s.Partition) {
		dir := ""
		for _, p := range c.s.Partition {
			dir = filepath.Join(dir, escapeName(p)+"="+escapeName(c.s.Static[p]))
		}
		dirs[dir] = true
	}
	for dir := range dirs {
		if err := c.c.space.clear(ctx, dir, keep); err != nil {
			return err
		}
	}
	return nil
}

func (c *committer) pendingName() string { return ".pending-" + c.tag + ".json" }

// load reads the partitions that wait.
func (c *committer) load(ctx context.Context) error {
	if c.pending != nil {
		return nil
	}
	found := map[string]touched{}
	b, err := c.c.space.load(ctx, c.pendingName())
	if err == nil && b != nil {
		err = json.Unmarshal(b, &found)
	}
	if err != nil {
		return fmt.Errorf("partitions that wait: %w", err)
	}
	c.pending, c.saved = found, string(b)
	return nil
}

// save writes them.
func (c *committer) save(ctx context.Context) error {
	var b []byte
	var err error
	if len(c.pending) > 0 {
		if b, err = json.Marshal(c.pending); err != nil {
			return err
		}
	}
	if string(b) == c.saved {
		return nil
	}
	if err := c.c.space.save(ctx, c.pendingName(), b); err != nil {
		return err
	}
	c.saved = string(b)
	return nil
}

// partitions commits the partitions that are complete.
func (c *committer) partitions(ctx context.Context, all []handle) error {
	if len(c.c.policies) == 0 || len(c.s.Partition) == 0 {
		return nil
	}
	if err := c.load(ctx); err != nil {
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
	if err := c.save(ctx); err != nil {
		return err
	}
	x, err := newExtractor(c.c.timestampPattern, c.c.timeFormatter, c.s.Partition)
	if err != nil {
		return err
	}
	dirs := make([]string, 0, len(c.pending))
	for dir := range c.pending {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		p := c.pending[dir]
		ready, err := c.complete(p, mark, &x)
		if err != nil {
			return err
		}
		if !ready && !final {
			continue
		}
		if err := c.c.space.mark(ctx, filepath.Join(p.Dir, c.c.successFile)); err != nil {
			return fmt.Errorf("commit partition %q: %w", dir, err)
		}
		delete(c.pending, dir)
	}
	return c.save(ctx)
}

// complete tells whether a partition may be committed.
func (c *committer) complete(p touched, mark int64, x *extractor) (bool, error) {
	delay := c.c.delay.Milliseconds()
	if c.c.trigger == "process-time" {
		return delay == 0 || c.env.Now() > p.Created+delay, nil
	}
	local, err := x.time(p.Values)
	if err != nil {
		return false, err
	}
	return mark > civil.NewZone(c.c.zone).ToInstant(local)+delay, nil
}

// Abort removes the hidden files and uploads of this sink of this job, and of the jobs that it was restored from, that neither commits nor states
// refer to. No writer may be running.
func (c *committer) Abort(ctx context.Context, commits, states [][]byte) error {
	var handles []handle
	for _, b := range commits {
		if b == nil {
			continue
		}
		h, err := decodeHandle(b)
		if err != nil {
			return err
		}
		handles = append(handles, h)
	}
	var kept []state
	for _, b := range states {
		if b == nil {
			continue
		}
		s, err := decodeState(b)
		if err != nil {
			return err
		}
		kept = append(kept, s)
	}
	if err := c.c.space.sweep(ctx, c.tag, c.env.Claimed, handles, kept); err != nil {
		return fmt.Errorf("table %s: remove files of attempts before: %w", c.s.Table, err)
	}
	return nil
}

func (c *committer) Close() error { return nil }
