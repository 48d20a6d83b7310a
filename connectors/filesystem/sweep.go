package filesystem

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"millrace/connectors/objstore"
)

// marker is the name of the object that says which checkpoint of a job is the newest that is complete. As long as it is there, uploads of the job may
// belong to a checkpoint that is kept.
func marker(tag string) string { return ".millrace-" + tag + ".json" }

type newest struct {
	Checkpoint int64 `json:"checkpoint"`
}

func (o *objects) commits(ctx context.Context, tag string, checkpoint int64) error {
	b, err := json.Marshal(newest{checkpoint})
	if err != nil {
		return err
	}
	return o.save(ctx, marker(tag), b)
}

func (o *objects) ended(ctx context.Context, tag string) error {
	if err := o.sweep(ctx, tag, false, nil, nil); err != nil {
		return err
	}
	return o.forget(ctx, append(o.before, tag))
}

// forget removes the markers of jobs that have no upload left.
func (o *objects) forget(ctx context.Context, tags []string) error {
	busy := map[string]bool{}
	if err := o.store.ListUploads(ctx, o.base(), func(u objstore.Upload) error {
		busy[tagIn(u.Key)] = true
		return nil
	}); err != nil {
		return err
	}
	if err := o.store.List(ctx, o.key(loosePrefix), func(i objstore.Info) error {
		busy[tagIn(i.Key)] = true
		return nil
	}); err != nil {
		return err
	}
	var keys []string
	for _, t := range tags {
		if !busy[t] {
			keys = append(keys, o.key(marker(t)))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return o.store.Delete(ctx, keys...)
}

// known returns the newest complete checkpoint of a job that its committer was told of; false if there is none.
func (o *objects) known(ctx context.Context, tag string) (int64, bool, error) {
	b, err := o.load(ctx, marker(tag))
	if err != nil || b == nil {
		return 0, false, err
	}
	var n newest
	if err := json.Unmarshal(b, &n); err != nil {
		return 0, false, fmt.Errorf("object %q: %w", o.key(marker(tag)), err)
	}
	return n.Checkpoint, true, nil
}

// sweep aborts uploads below the table's prefix: those of this job, and of the jobs whose checkpoint this one was restored from, that no handle or
// state refers to, unless such a job has a later checkpoint; and those of jobs that never completed a checkpoint, when they are old.
func (o *objects) sweep(ctx context.Context, tag string, _ bool, commits []handle, states []state) error {
	keep, ancestors := map[string]bool{}, map[string]int64{}
	note := func(p pending, checkpoint int64) {
		if p.Upload != "" {
			keep[p.Upload] = true
		}
		if p.Loose {
			keep[o.key(p.Temp)] = true
		}
		t := tagIn(p.Final)
		ancestors[t] = max(ancestors[t], checkpoint)
	}
	for _, h := range commits {
		ancestors[h.Tag] = max(ancestors[h.Tag], h.Checkpoint)
		for _, p := range h.Files {
			note(p, h.Checkpoint)
		}
	}
	for _, s := range states {
		ancestors[s.Tag] = max(ancestors[s.Tag], s.Checkpoint)
		for _, f := range s.Open {
			note(f.pending, s.Checkpoint)
		}
	}
	verdicts := map[string]func(objstore.Upload) bool{tag: func(objstore.Upload) bool { return true }}
	judge := func(t string) (func(objstore.Upload) bool, error) {
		if v := verdicts[t]; v != nil {
			return v, nil
		}
		checkpoint, complete, err := o.known(ctx, t)
		if err != nil {
			return nil, err
		}
		from, ancestor := ancestors[t]
		v := func(objstore.Upload) bool { return false }
		switch {
		case ancestor && checkpoint <= from:
			v = func(objstore.Upload) bool { return true }
		case !complete && o.abandoned >= 0:
			v = func(u objstore.Upload) bool { return time.Since(u.Begun) >= o.abandoned }
		}
		verdicts[t] = v
		return v, nil
	}
	var drop []objstore.Upload
	err := o.store.ListUploads(ctx, o.base(), func(u objstore.Upload) error {
		t := tagIn(u.Key)
		if t == "" || keep[u.ID] {
			return nil
		}
		v, err := judge(t)
		if err == nil && v(u) {
			drop = append(drop, u)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := each(ctx, filesAtOnce, drop, func(ctx context.Context, u objstore.Upload) error { return o.store.AbortUpload(ctx, u.Key, u.ID) }); err != nil {
		return err
	}
	// Loose files are objects already; who may drop an upload may drop them.
	var keys []string
	err = o.store.List(ctx, o.key(loosePrefix), func(i objstore.Info) error {
		t := tagIn(i.Key)
		if t == "" || keep[i.Key] {
			return nil
		}
		v, err := judge(t)
		if err == nil && v(objstore.Upload{Key: i.Key, Begun: i.Modified}) {
			keys = append(keys, i.Key)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		if err := o.store.Delete(ctx, keys...); err != nil {
			return err
		}
	}
	return o.supersede(ctx, tag, ancestors)
}

// supersede notes the jobs that this one goes on for. Their markers go when they have no upload left.
func (o *objects) supersede(ctx context.Context, tag string, ancestors map[string]int64) error {
	var over []string
	for t, from := range ancestors {
		if t == tag || t == "" {
			continue
		}
		checkpoint, known, err := o.known(ctx, t)
		if err != nil {
			return err
		}
		if known && checkpoint <= from {
			over = append(over, t)
		}
	}
	if len(over) == 0 {
		return nil
	}
	o.before = over
	return o.forget(ctx, over)
}
