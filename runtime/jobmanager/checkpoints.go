package jobmanager

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"millrace/connectors/objstore"
	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// step gives the coordinator an event and carries out what it answers.
func (m *master) step(e checkpoint.Event) {
	if m.coord == nil {
		m.newCoordinator()
	}
	for _, a := range m.coord.Step(e) {
		m.perform(a)
	}
	in := 0
	if m.coord.InProgress() != 0 {
		in = 1
	}
	m.update(func(s *job.Status) { s.Progress.Checkpoints.InProgress = in })
}

// newCoordinator is called when the first attempt runs: ids go on from those of the checkpoint restored from.
func (m *master) newCoordinator() {
	next := int64(1)
	var retained []int64
	if from := m.ex.from; from != nil {
		next = from.manifest.Checkpoint + 1
		if from.own != "" {
			retained = []int64{from.manifest.Checkpoint}
			parent, name := splitPath(from.own)
			m.places[from.manifest.Checkpoint] = place{parent, name}
		}
	}
	m.coord = checkpoint.New(m.set.checkpoints, next, retained)
}

func splitPath(folder string) (parent, name string) {
	for i := len(folder) - 1; i >= 0; i-- {
		if folder[i] == '/' {
			return folder[:i], folder[i+1:]
		}
	}
	return "", folder
}

func (m *master) perform(a checkpoint.Action) {
	switch a := a.(type) {
	case checkpoint.Trigger:
		m.begin(a)
	case checkpoint.Abort:
		m.aborted(a)
	case checkpoint.Store:
		m.store(a)
	case checkpoint.Commit:
		m.commit(a)
	case checkpoint.Complete:
		m.completed(a)
	case checkpoint.Delete:
		if p, ok := m.places[a.Checkpoint]; ok {
			delete(m.places, a.Checkpoint)
			m.garbage = append(m.garbage, p)
			m.clean()
		}
	case checkpoint.Wake:
		if _, ok := m.phase.(running); ok {
			m.arm(a.At)
		}
	case checkpoint.Fail:
		if _, ok := m.phase.(running); ok {
			m.failed("", a.Reason, "", false)
		}
	case checkpoint.Refuse:
		m.reply(a.Token, "", errors.New(a.Reason))
	}
}

func (m *master) reply(token int, path string, err error) {
	if r, ok := m.requests[token]; ok {
		delete(m.requests, token)
		r.reply <- savepointResult{path, err}
	}
}

// refuseAll answers the requests that are still open.
func (m *master) refuseAll(reason string) {
	for token := range m.requests {
		m.reply(token, "", errors.New(reason))
	}
	m.mu.Lock()
	queue := m.queue
	m.mu.Unlock()
	for _, e := range queue {
		if r, ok := e.(savepointRequest); ok {
			r.reply <- savepointResult{err: errors.New(reason)}
		}
	}
}

// begin asks the enumerators for their states; the barriers follow when all have answered, see enumeratorState.
func (m *master) begin(a checkpoint.Trigger) {
	ex := m.ex
	ex.acks = map[job.TaskID]job.Ack{}
	ex.triggered = m.cfg.Clock.Now()
	ex.target = place{checkpoint.JobFolder(m.set.dir, m.id), "chk-" + strconv.FormatInt(a.Checkpoint, 10)}
	if a.Kind == checkpoint.Savepoint || a.Kind == checkpoint.Stopping {
		ex.target = place{m.requests[a.Token].dir, "savepoint-" + string(m.id[:6]) + "-" + string(job.NewID()[:12])}
	}
	ex.trigger = job.Trigger{
		Checkpoint: a.Checkpoint, Store: ex.target.uri(), InlineBytes: m.set.inlineBytes, Savepoint: a.Kind != checkpoint.Periodic,
		Stop: a.Kind == checkpoint.Stopping, Drain: a.Drain,
	}
	m.update(func(s *job.Status) { s.Progress.Checkpoints.Triggered++ })
	ex.waiting = len(ex.sources)
	for _, s := range ex.sources {
		select {
		case <-s.requests: // of a checkpoint that was given up
		default:
		}
		s.requests <- a.Checkpoint
	}
	if ex.waiting == 0 {
		m.sendBarriers()
	}
}

// enumeratorState takes the state of one enumerator; splits that it finds from now on wait until the barriers have been sent.
func (m *master) enumeratorState(e enumeratorState) {
	ex := m.ex
	if e.attempt != m.attempts || e.checkpoint != m.coord.InProgress() || ex.waiting == 0 {
		return
	}
	if e.err != nil {
		m.step(checkpoint.Declined{Now: m.cfg.Clock.Now(), Checkpoint: e.checkpoint, Reason: job.TableError(e.source.node.Spec.(*plan.Source).Table, e.err).Error()})
		return
	}
	e.source.hold = true
	ex.enumerators[e.source.node.UID] = e.state
	ex.waiting--
	if ex.waiting == 0 {
		m.sendBarriers()
		m.unhold()
	}
}

func (m *master) sendBarriers() {
	for _, tm := range m.cfg.TaskManagers {
		tm.Trigger(m.ex.attempt, m.ex.trigger)
	}
}

// unhold deals out the splits that were held back.
func (m *master) unhold() {
	for _, s := range m.ex.sources {
		held := s.held
		s.hold, s.held = false, nil
		for _, e := range held {
			m.splitsFound(e)
		}
	}
}

func (m *master) acknowledged(a job.Ack) {
	if a.Attempt != m.ex.attempt {
		return
	}
	if a.Checkpoint != m.coord.InProgress() {
		m.ex.carry(a.States)
		return
	}
	now := m.cfg.Clock.Now()
	if a.Failure != "" {
		m.ex.carry(a.States)
		m.step(checkpoint.Declined{Now: now, Checkpoint: a.Checkpoint, Reason: a.Failure})
		return
	}
	m.ex.acks[a.Task] = a
	m.step(checkpoint.Acked{Now: now, Checkpoint: a.Checkpoint, Task: a.Task})
}

// aborted tells the tasks; what has been written is deleted when the next checkpoint is complete or the attempt ends, since writes may still
// go on.
func (m *master) aborted(a checkpoint.Abort) {
	ex := m.ex
	now := m.cfg.Clock.Now()
	for _, tm := range m.cfg.TaskManagers {
		tm.Abort(ex.attempt, a.Checkpoint, a.Kind == checkpoint.Stopping)
	}
	if _, ok := m.phase.(running); ok {
		m.unhold()
	}
	ex.waiting = 0
	if a.Kind == checkpoint.Final || ex.trigger.Checkpoint == a.Checkpoint {
		m.garbage = append(m.garbage, ex.target)
	}
	ex.carryAll()
	m.reply(a.Token, "", fmt.Errorf("savepoint failed: %s", a.Reason))
	if !a.Failed {
		m.update(func(s *job.Status) { s.Progress.Checkpoints.Triggered-- })
		return
	}
	m.update(func(s *job.Status) {
		s.Progress.Checkpoints.Failed++
		s.Progress.LastFailure = &job.CheckpointRecord{
			ID: a.Checkpoint, Savepoint: a.Kind == checkpoint.Savepoint || a.Kind == checkpoint.Stopping,
			Triggered: ex.triggered, Ended: now, Failure: a.Reason,
		}
	})
	m.log.Warn("checkpoint failed", "checkpoint", a.Checkpoint, "kind", a.Kind.String(), "reason", a.Reason)
}

// store writes the manifest on another goroutine.
func (m *master) store(a checkpoint.Store) {
	ex := m.ex
	if a.Kind == checkpoint.Final {
		ex.triggered = m.cfg.Clock.Now()
		ex.target = place{checkpoint.JobFolder(m.set.dir, m.id), "chk-" + strconv.FormatInt(a.Checkpoint, 10)}
		ex.acks = map[job.TaskID]job.Ack{}
	}
	man := m.manifest(a)
	target, attempt := ex.target, ex.attempt.Number
	ex.storing = storing{a.Ended, ex.carried}
	ex.carried = map[string][][]byte{}
	m.spawn(func() event {
		err := m.contain(func() error {
			err := checkpoint.Write(m.ctx, m.cfg.Stores, target.uri(), man)
			if err == nil && a.Kind == checkpoint.Stopping { // before its output is published, as for any checkpoint
				_, err = m.remember(m.ctx, a.Checkpoint, target.uri())
			}
			return err
		})
		if errors.Is(err, objstore.ErrExists) {
			err = fmt.Errorf("another job writes to this directory: %w", err)
		}
		return manifestStored{attempt, man, target, err}
	})
}

// manifest puts together what the tasks have sent.
func (m *master) manifest(a checkpoint.Store) *checkpoint.Manifest {
	ex := m.ex
	man := &checkpoint.Manifest{
		Checkpoint: a.Checkpoint, Kind: a.Kind.String(), Job: m.id, JobName: m.graph.Name, Fingerprint: m.print,
		Started: ex.started, Triggered: ex.triggered, Completed: m.cfg.Clock.Now(), MaxParallelism: ex.max,
	}
	at := map[string]int{}
	add := func(uid, name string, v job.Vertex) {
		o := checkpoint.Operator{UID: uid, Name: name, Parallelism: v.Parallelism, Finished: true}
		for i := range v.Parallelism {
			o.Finished = o.Finished && slices.Contains(a.Ended, job.TaskID{Vertex: v.ID, Subtask: i})
		}
		o.Commits = slices.Clone(ex.carried[uid])
		at[uid] = len(man.Operators)
		man.Operators = append(man.Operators, o)
	}
	for i, n := range m.graph.Nodes {
		v := ex.vertices[ex.home[i]]
		add(n.UID, n.Name, v)
		if s, ok := n.Spec.(*plan.Source); ok {
			man.Operators[at[n.UID]].Enumerator = ex.enumerators[n.UID]
			if s.DeadLetter != nil {
				add(job.DeadLetterUID(n.UID), n.Name+" dead letters", v)
			}
		}
	}
	take := func(t job.TaskID, states []job.OperatorState) {
		for _, s := range states {
			i, ok := at[s.UID]
			if !ok {
				continue
			}
			o := &man.Operators[i]
			if s.Commit != nil {
				o.Commits = append(o.Commits, s.Commit)
			}
			s.UID, s.Subtask, s.Commit = "", t.Subtask, nil
			if !s.Empty() {
				o.Subtasks = append(o.Subtasks, s)
			}
		}
	}
	for _, t := range a.Acked {
		man.Bytes += ex.acks[t].Bytes
		take(t, ex.acks[t].States)
	}
	for _, t := range a.Ended {
		take(t, ex.finals[t])
	}
	return man
}

// manifestStored: from here on the checkpoint exists.
func (m *master) manifestStored(e manifestStored) {
	if e.attempt != m.attempts {
		return
	}
	now := m.cfg.Clock.Now()
	if e.err != nil {
		m.step(checkpoint.Stored{Now: now, Checkpoint: e.manifest.Checkpoint, Failure: fmt.Sprintf("manifest: %v", e.err)})
		return
	}
	if e.manifest.Kind == checkpoint.Savepoint.String() {
		m.saves = append(m.saves, e.manifest)
		m.ex.carryAll()
	} else {
		m.latest = &restored{e.manifest, e.place.uri(), ""}
	}
	if k := e.manifest.Kind; k == checkpoint.Periodic.String() || k == checkpoint.Final.String() {
		m.places[e.manifest.Checkpoint] = e.place
	}
	m.update(func(s *job.Status) {
		s.Progress.Last = &job.CheckpointRecord{
			ID: e.manifest.Checkpoint, Savepoint: e.manifest.Kind == "savepoint" || e.manifest.Kind == "stop",
			Path: e.place.uri(), Triggered: e.manifest.Triggered, Ended: now, Bytes: e.manifest.Bytes,
		}
		s.Progress.Checkpoints.Completed++
	})
	m.step(checkpoint.Stored{Now: now, Checkpoint: e.manifest.Checkpoint})
}

// commit publishes what the stored manifest holds, or, without checkpoints, what tasks left at their end.
func (m *master) commit(a checkpoint.Commit) {
	ex := m.ex
	handles := map[string][][]byte{}
	if a.Kind == checkpoint.Final && !m.set.checkpoints.Enabled {
		ex.storing = storing{ex.ids(), ex.carried}
		ex.carried = map[string][][]byte{}
		for uid, hs := range ex.storing.carried {
			handles[uid] = append(handles[uid], hs...)
		}
		for _, t := range ex.ids() {
			for _, s := range ex.finals[t] {
				if s.Commit != nil {
					handles[s.UID] = append(handles[s.UID], s.Commit)
				}
			}
		}
	} else {
		for _, s := range ex.sinks {
			handles[s.uid], _ = m.latest.sink(s.uid)
		}
	}
	attempt := ex.attempt.Number
	m.spawn(func() event {
		for _, s := range ex.sinks {
			if s.committer == nil || len(handles[s.uid]) == 0 {
				continue
			}
			if err := m.commitSink(m.ctx, s, a.Checkpoint, handles[s.uid]); err != nil {
				return commitDone{attempt, a.Checkpoint, err}
			}
		}
		return commitDone{attempt, a.Checkpoint, nil}
	})
}

func (m *master) commitDone(e commitDone) {
	if e.attempt != m.attempts {
		return
	}
	now := m.cfg.Clock.Now()
	if e.err != nil {
		if _, ok := m.phase.(running); ok {
			// The manifest holds what was to be committed: the next attempt does it.
			m.failed("", e.err.Error(), "", job.Fatal(e.err))
		} else {
			m.note("", e.err.Error(), "")
		}
		m.step(checkpoint.Committed{Now: now, Checkpoint: e.checkpoint})
		return
	}
	for _, t := range m.ex.storing.ended {
		delete(m.ex.finals, t)
	}
	m.ex.storing = storing{}
	m.step(checkpoint.Committed{Now: now, Checkpoint: e.checkpoint})
}

// completed ends a checkpoint.
func (m *master) completed(a checkpoint.Complete) {
	m.log.Debug("checkpoint complete", "checkpoint", a.Checkpoint, "kind", a.Kind.String())
	if a.Token != 0 {
		m.reply(a.Token, m.ex.target.uri(), nil)
	}
	if _, ok := m.phase.(running); !ok {
		return
	}
	if a.Kind == checkpoint.Periodic || a.Kind == checkpoint.Stopping {
		for _, tm := range m.cfg.TaskManagers {
			tm.Complete(m.ex.attempt, a.Checkpoint)
		}
	}
	switch a.Kind {
	case checkpoint.Final:
		m.finalID = a.Checkpoint
		m.become(&windingDown{to: job.Finished})
	case checkpoint.Stopping:
		m.become(&windingDown{to: job.Finished})
	default:
		m.clean()
	}
}

// clean deletes what is not needed any more, beside everything else.
func (m *master) clean() {
	if len(m.garbage) == 0 {
		return
	}
	garbage := m.garbage
	m.garbage = nil
	m.helpers.Go(func() {
		m.post(garbageLeft{m.collect(m.ctx, garbage)})
	})
}
