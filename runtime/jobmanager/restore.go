package jobmanager

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/connectors/objstore"
	"millrace/operators/kernel/civil"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// Fingerprint identifies a plan by the ids of its operators.
func Fingerprint(g *plan.Graph) string { return fingerprint(g) }

func fingerprint(g *plan.Graph) string {
	uids := make([]string, len(g.Nodes))
	for i, n := range g.Nodes {
		uids[i] = n.UID
	}
	slices.Sort(uids)
	sum := sha256.Sum256([]byte(strings.Join(uids, "\n")))
	return hex.EncodeToString(sum[:8])
}

func zoneOf(s job.Settings) *time.Location {
	if z, err := civil.LoadZone(s.Text("table.local-time-zone", "Local")); err == nil {
		return z
	}
	return time.Local
}

// restored is a checkpoint that an attempt starts from. A nil pointer is a start from nothing.
type restored struct {
	manifest *checkpoint.Manifest
	folder   string // URI
	own      string // folder that the job deletes when it has newer checkpoints, or ""
}

// open reads the checkpoint that the job was submitted with.
func (m *master) open(ctx context.Context, uri string) (*restored, error) {
	man, folder, err := checkpoint.Read(ctx, m.cfg.Stores, uri)
	if err != nil {
		return nil, err
	}
	r := &restored{man, folder, folder}
	if m.opts.Claim && man.Kind != checkpoint.Savepoint.String() && man.Kind != checkpoint.Stopping.String() {
		parent, _ := splitPath(folder)
		if err := checkpoint.Sweep(ctx, m.cfg.Stores, parent); err != nil {
			m.log.Warn("deletions of an earlier run could not be finished", "error", err)
		}
		if err := checkpoint.RemoveUnfinished(ctx, m.cfg.Stores, parent); err != nil {
			m.log.Warn("unfinished checkpoints could not be deleted", "error", err)
		}
	}
	if man.Origin != "" {
		if r.manifest, r.folder, err = checkpoint.Read(ctx, m.cfg.Stores, man.Origin); err != nil {
			return nil, fmt.Errorf("the newest state of the job is not in %q itself: %w", folder, err)
		}
	}
	if !m.opts.Claim {
		if r.own, err = m.remember(ctx, r.manifest.Checkpoint, r.folder); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// remember notes in the job's own folder which checkpoint or savepoint its state is that of. Without the note a job that dies before its next checkpoint
// would be resumed from an older one, and what it has committed since would be written once more. It returns the folder of the note.
func (m *master) remember(ctx context.Context, id int64, origin string) (string, error) {
	if m.set.dir == MemoryDir {
		return "", nil
	}
	now := m.cfg.Clock.Now()
	folder := checkpoint.Folder(m.set.dir, m.id, id)
	err := checkpoint.Write(ctx, m.cfg.Stores, folder, &checkpoint.Manifest{
		Checkpoint: id, Kind: "origin", Origin: origin, Job: m.id, JobName: m.graph.Name, Fingerprint: m.print, Triggered: now, Completed: now,
	})
	if err != nil && !errors.Is(err, objstore.ErrExists) {
		return "", fmt.Errorf("note in the directory of checkpoints: %w", err)
	}
	return folder, nil
}

func (r *restored) operator(uid string) *checkpoint.Operator {
	if r == nil {
		return nil
	}
	for i := range r.manifest.Operators {
		if r.manifest.Operators[i].UID == uid {
			return &r.manifest.Operators[i]
		}
	}
	return nil
}

func (r *restored) enumerator(uid string) []byte {
	if o := r.operator(uid); o != nil {
		return o.Enumerator
	}
	return nil
}

func (r *restored) splits(uid string) []job.OperatorState {
	if o := r.operator(uid); o != nil {
		return o.Subtasks
	}
	return nil
}

// sink returns the commits and writer states of a sink.
func (r *restored) sink(uid string) (commits, states [][]byte) {
	o := r.operator(uid)
	if o == nil {
		return nil, nil
	}
	for _, s := range o.Subtasks {
		if s.Writer != nil {
			states = append(states, s.Writer)
		}
	}
	return o.Commits, states
}

func (r *restored) record() *job.CheckpointRecord {
	x := r.manifest
	return &job.CheckpointRecord{
		ID: x.Checkpoint, Savepoint: x.Kind == "savepoint" || x.Kind == "stop", Path: r.folder, Triggered: x.Triggered,
		Ended: x.Completed, Bytes: x.Bytes,
	}
}

// assign computes what each task is restored from.
func (m *master) assign(ex *execution) error {
	ex.assigned = map[job.TaskID]*job.Restore{}
	if err := m.claimed(ex); err != nil {
		return err
	}
	for _, v := range ex.vertices {
		finished := ex.from != nil
		for _, id := range v.Nodes {
			o := ex.from.operator(m.graph.Nodes[id].UID)
			finished = finished && o != nil && o.Finished
		}
		for i := range v.Parallelism {
			r := &job.Restore{Finished: finished}
			ex.assigned[job.TaskID{Vertex: v.ID, Subtask: i}] = r
			if ex.from == nil {
				continue
			}
			r.Checkpoint, r.Store, r.States = ex.from.manifest.Checkpoint, ex.from.folder, map[string]job.RestoredState{}
			for _, id := range v.Nodes {
				n := m.graph.Nodes[id]
				ex.deal(r, n.UID, i, v.Parallelism)
				if s, ok := n.Spec.(*plan.Source); ok && s.DeadLetter != nil {
					ex.deal(r, job.DeadLetterUID(n.UID), i, v.Parallelism)
				}
			}
		}
	}
	return nil
}

// deal gives a task its share of an operator's state.
func (ex *execution) deal(r *job.Restore, uid string, subtask, parallelism int) {
	o := ex.from.operator(uid)
	if o == nil {
		return
	}
	from, to := job.KeyRange(subtask, parallelism, ex.max)
	var st job.RestoredState
	for _, s := range o.Subtasks {
		for _, f := range s.Files {
			if f.Unkeyed || f.From < to && f.To > from {
				st.Files = append(st.Files, f)
			}
		}
		if s.Writer != nil && s.Subtask%parallelism == subtask {
			st.Writers = append(st.Writers, s.Writer)
		}
	}
	r.States[uid] = st
}

// claimed refuses a restore that would lose state.
func (m *master) claimed(ex *execution) error {
	if ex.from == nil || m.opts.AllowNonRestored {
		return nil
	}
	known := map[string]bool{}
	for _, n := range m.graph.Nodes {
		known[n.UID] = true
		if s, ok := n.Spec.(*plan.Source); ok && s.DeadLetter != nil {
			known[job.DeadLetterUID(n.UID)] = true
		}
	}
	var lost []string
	for i := range ex.from.manifest.Operators {
		if o := &ex.from.manifest.Operators[i]; !known[o.UID] && o.Stateful() {
			lost = append(lost, fmt.Sprintf("%q", o.Name))
		}
	}
	if len(lost) > 0 {
		return fmt.Errorf("checkpoint %q has state of operators that the plan does not have: %s; "+
			"set 'execution.state-recovery.ignore-unclaimed-state' = 'true' to drop it", ex.from.folder, strings.Join(lost, ", "))
	}
	return nil
}
