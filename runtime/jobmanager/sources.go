package jobmanager

import (
	"slices"

	"millrace/connectors"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// sourceRun is a source with its enumerator, which runs on a goroutine of its own.
type sourceRun struct {
	node     *plan.Node
	vertex   job.Vertex
	enum     connectors.Enumerator
	requests chan int64 // checkpoints whose state is wanted; capacity 1
	dealt    []int      // splits given to each subtask
	started  bool       // its goroutine closes the enumerator
	// held are splits found after the state of a checkpoint was taken and before its barrier was sent.
	held []splitsFound
	hold bool
}

// openSources opens enumerators, but for sources that had ended.
func (m *master) openSources(ex *execution) error {
	for _, n := range m.graph.Nodes {
		spec, ok := n.Spec.(*plan.Source)
		if !ok {
			continue
		}
		v := ex.vertices[ex.home[n.ID]]
		if ex.assigned[job.TaskID{Vertex: v.ID}].Finished {
			ex.enumerators[n.UID] = ex.from.enumerator(n.UID)
			continue
		}
		c, err := m.cfg.Connectors.Source(spec.Connector)
		if err != nil {
			return err
		}
		if err := ex.aligned.add(spec, v); err != nil {
			return job.TableError(spec.Table, err)
		}
		e, err := c.OpenEnumerator(ex.ctx, spec, m.env(ex, n, n.UID), ex.from.enumerator(n.UID))
		if err != nil {
			return job.TableError(spec.Table, err)
		}
		ex.sources = append(ex.sources, &sourceRun{node: n, vertex: v, enum: e, requests: make(chan int64, 1), dealt: make([]int, v.Parallelism)})
	}
	return nil
}

// startSources gives readers the splits of the checkpoint and lets the enumerators run.
func (m *master) startSources(ex *execution) {
	for _, s := range ex.sources {
		for i, splits := range dealSplits(ex.from.splits(s.node.UID), s.vertex.Parallelism) {
			if len(splits) > 0 {
				m.give(s, i, splits, false)
			}
		}
		s.started = true
		m.spawn(func() event { return m.enumerate(ex, s) })
	}
}

// dealSplits spreads the splits of a checkpoint over the subtasks: each stays where it was if that many there are, else round robin by id.
func dealSplits(states []job.OperatorState, parallelism int) [][]job.Split {
	out := make([][]job.Split, parallelism)
	same := true
	var all []job.Split
	for _, s := range states {
		same = same && s.Subtask < parallelism
		all = append(all, s.Splits...)
	}
	if same && len(states) == parallelism {
		for _, s := range states {
			out[s.Subtask] = append(out[s.Subtask], s.Splits...)
		}
		return out
	}
	slices.SortFunc(all, func(a, b job.Split) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	for i, s := range all {
		out[i%parallelism] = append(out[i%parallelism], s)
	}
	return out
}

func (m *master) give(s *sourceRun, subtask int, splits []job.Split, last bool) {
	s.dealt[subtask] += len(splits)
	id := job.TaskID{Vertex: s.vertex.ID, Subtask: subtask}
	for _, tm := range m.cfg.TaskManagers {
		tm.AddSplits(m.ex.attempt, id, splits, last)
	}
}

// enumerate runs an enumerator until the attempt ends.
func (m *master) enumerate(ex *execution, s *sourceRun) event {
	n := ex.attempt.Number
	fail := func(err error) event {
		if ex.ctx.Err() != nil {
			return nil
		}
		return splitsFound{attempt: n, source: s, err: job.TableError(s.node.Spec.(*plan.Source).Table, err)}
	}
	var failure event
	timer := make(chan struct{}, 1)
	done, first := false, true
	for {
		if !done {
			splits, end, err := m.discover(ex.ctx, s)
			if err != nil {
				failure = fail(err)
				break
			}
			done = end
			if len(splits) > 0 || done || first {
				first = false
				m.post(splitsFound{attempt: n, source: s, splits: splits, done: done})
			}
		}
		var wait <-chan struct{}
		stop := func() {}
		if !done {
			wait = timer
			stop = m.cfg.Clock.At(m.cfg.Clock.Now()+max(1, m.interval(s)), func() {
				select {
				case timer <- struct{}{}:
				default:
				}
			})
		}
		more := true
		for more {
			select {
			case <-wait:
				more = false
			case id := <-s.requests:
				state, err := m.enumeratorSnapshot(s)
				m.post(enumeratorState{attempt: n, source: s, checkpoint: id, state: state, err: err})
			case <-ex.ctx.Done():
				more = false
			}
		}
		stop()
		if ex.ctx.Err() != nil {
			break
		}
	}
	if err := m.contain(s.enum.Close); err != nil && failure == nil {
		m.log.Warn("enumerator could not be closed", "table", s.node.Name, "error", err)
	}
	return failure
}

// splitsFound deals out splits: each goes to the subtask that has been given the fewest.
func (m *master) splitsFound(e splitsFound) {
	if e.attempt != m.attempts {
		return
	}
	if e.err != nil {
		m.failed("", e.err.Error(), "", job.Fatal(e.err))
		return
	}
	s := e.source
	if s.hold {
		s.held = append(s.held, e)
		return
	}
	give := make([][]job.Split, s.vertex.Parallelism)
	for _, x := range e.splits {
		to := 0
		for i, n := range s.dealt {
			if n+len(give[i]) < s.dealt[to]+len(give[to]) {
				to = i
			}
		}
		give[to] = append(give[to], job.Split(x))
	}
	for i, splits := range give {
		m.give(s, i, splits, e.done)
	}
}
