package task

import (
	"context"
	"errors"
	"fmt"

	"millrace/connectors"
	"millrace/operators"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
)

// upload is the part of a checkpoint that this task writes.
type upload struct {
	checkpoint int64
	frozen     []frozen
	cancel     context.CancelFunc
	done       bool // Write has ended; set on the task's goroutine
}

type frozen struct {
	stage *stage
	snap  operators.Snapshot
}

var errAborted = errors.New("checkpoint was aborted")

// Trigger begins a checkpoint at a task without inputs. It may be called from any goroutine.
func (t *Task) Trigger(tr job.Trigger) {
	t.box.post(func() error { return t.trigger(tr) })
}

func (t *Task) trigger(tr job.Trigger) error {
	if t.ending {
		return nil
	}
	if tr.Stop && tr.Drain && t.source != nil && !t.cfg.Restore.Finished {
		if err := t.source.out.Watermark(operators.MaxWatermark); err != nil {
			return err
		}
	}
	if tr.Stop && t.source != nil {
		t.source.paused = true
	}
	return t.checkpoint(tr)
}

// Complete tells readers and writers that want to know that a checkpoint is complete. It may be called from any goroutine.
func (t *Task) Complete(checkpoint int64) {
	if !t.listens.Load() {
		return
	}
	t.box.post(func() error {
		for _, l := range t.listeners {
			l.CheckpointComplete(checkpoint)
		}
		return nil
	})
}

// listen notes a reader or writer, if it wants to know of checkpoints.
func (t *Task) listen(x any) {
	if l, ok := x.(connectors.CheckpointListener); ok {
		t.listeners = append(t.listeners, l)
		t.listens.Store(true)
	}
}

// Abort gives up a checkpoint. It may be called from any goroutine.
func (t *Task) Abort(checkpoint int64, resume bool) {
	t.box.post(func() error {
		t.last = max(t.last, checkpoint)
		if t.gate != nil {
			t.gate.Abort(checkpoint)
		}
		for _, u := range t.snapshots {
			if u.checkpoint <= checkpoint {
				u.cancel()
			}
		}
		if resume && t.source != nil {
			t.source.paused = false
		}
		return nil
	})
}

// AddSplits gives a source splits to read. It may be called from any goroutine.
func (t *Task) AddSplits(splits []job.Split, last bool) {
	t.box.post(func() error {
		if t.source == nil {
			return nil
		}
		return t.source.add(splits, last)
	})
}

// checkpoint is the task's part of a checkpoint, at the barrier.
func (t *Task) checkpoint(tr job.Trigger) error {
	if tr.Checkpoint <= t.last {
		return nil // aborted
	}
	t.last = tr.Checkpoint
	// A barrier after the last watermark is that of a draining stop: the end of input does not follow.
	for _, s := range t.stages {
		if !s.out.held {
			continue
		}
		if err := s.out.release(); err != nil {
			return err
		}
	}
	for _, e := range t.edges {
		if err := e.out.Event(t.ctx, exchange.Item{Kind: exchange.Barrier, Barrier: &tr}); err != nil {
			return err
		}
	}
	if err := t.releaseOld(); err != nil {
		return err
	}
	ack := job.Ack{Attempt: t.cfg.Attempt, Task: t.cfg.Task, Checkpoint: tr.Checkpoint}
	if t.source != nil {
		if err := t.source.flushDead(); err != nil {
			return err
		}
		splits, err := t.source.snapshot()
		if err != nil {
			return err
		}
		ack.States = append(ack.States, job.OperatorState{UID: t.source.node.UID, Splits: splits})
	}
	u := &upload{checkpoint: tr.Checkpoint}
	for _, s := range t.stages {
		if s.snap == nil {
			continue
		}
		t.current = s
		f, err := s.snap.Snapshot()
		if err != nil {
			return s.wrap(err)
		}
		if f != nil {
			u.frozen = append(u.frozen, frozen{s, f})
		}
	}
	t.current = nil
	for _, s := range t.sinks {
		st, err := s.prepare(tr.Checkpoint, false)
		if err != nil {
			return err
		}
		if !st.Empty() {
			ack.States = append(ack.States, st)
		}
	}
	t.dirty, t.flushAt = false, never
	if len(u.frozen) == 0 {
		t.cfg.Acknowledge(ack)
		return nil
	}
	var ctx context.Context
	ctx, u.cancel = context.WithCancel(t.ctx)
	t.snapshots = append(t.snapshots, u)
	t.uploads.Go(func() {
		t.write(ctx, u, tr, ack)
		t.box.post(func() error {
			u.done = true
			return t.releaseDone()
		})
	})
	return nil
}

// write writes frozen state and acknowledges. It runs on its own goroutine.
func (t *Task) write(ctx context.Context, u *upload, tr job.Trigger, ack job.Ack) {
	defer u.cancel()
	for _, f := range u.frozen {
		st, err := t.writeOne(ctx, f, tr)
		if err != nil {
			if ctx.Err() != nil && t.ctx.Err() == nil {
				err = errAborted
			}
			// What the sinks have prepared stays in: it is committed with a later checkpoint.
			ack.Failure = fmt.Sprintf("task %q, operator %q: %v", t.cfg.name(), f.stage.node.Name, err)
			break
		}
		for _, file := range st.Files {
			ack.Bytes += file.Bytes
		}
		if !st.Empty() {
			ack.States = append(ack.States, st)
		}
	}
	if t.ctx.Err() == nil {
		t.cfg.Acknowledge(ack)
	}
}

func (t *Task) writeOne(ctx context.Context, f frozen, tr job.Trigger) (st job.OperatorState, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	st.UID = f.stage.node.UID
	w, err := t.cfg.States.Writer(ctx, tr, fmt.Sprintf("op%d-%d", f.stage.node.ID, t.cfg.Task.Subtask), t.cfg.Pool)
	if err != nil {
		return st, err
	}
	err = f.snap.Write(w)
	files, closeErr := w.Close()
	st.Files = files
	return st, errors.Join(err, closeErr)
}

// releaseOld waits for writes of earlier checkpoints that still go on: they have been aborted.
func (t *Task) releaseOld() error {
	if len(t.snapshots) == 0 {
		return nil
	}
	for _, u := range t.snapshots {
		u.cancel()
	}
	t.uploads.Wait()
	return t.releaseSnapshots()
}

// releaseDone ends the copy-on-write of snapshots that have been written.
func (t *Task) releaseDone() error {
	kept := t.snapshots[:0]
	for _, u := range t.snapshots {
		if u.done {
			u.release()
		} else {
			kept = append(kept, u)
		}
	}
	clear(t.snapshots[len(kept):])
	t.snapshots = kept
	return nil
}

// releaseSnapshots ends all of them. No write goes on.
func (t *Task) releaseSnapshots() error {
	for _, u := range t.snapshots {
		u.release()
	}
	t.snapshots = nil
	return nil
}

func (u *upload) release() {
	for _, f := range u.frozen {
		f.snap.Release()
	}
	u.frozen = nil
}
