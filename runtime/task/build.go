package task

import (
	"errors"
	"fmt"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/kernel/civil"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
)

// open builds the chain, connects its ends and restores its state.
func (t *Task) open() error {
	var err error
	if t.zone, err = zone(t.cfg.Settings); err != nil {
		return err
	}
	if t.timeout, err = t.cfg.Settings.Millis("execution.buffer-timeout", 100); err != nil {
		return err
	}
	outs := make([]*fanout, len(t.vertex.Nodes))
	for i, id := range t.vertex.Nodes {
		n := t.cfg.Graph.Nodes[id]
		out, to, err := t.node(n, t.nodes[i])
		if err != nil {
			return err
		}
		outs[i] = out
		if i > 0 && !t.cfg.Restore.Finished {
			outs[t.vertex.Chained[i-1]].add(to)
		}
		if out != nil {
			if err := t.connect(n, out); err != nil {
				return err
			}
		}
	}
	if t.cfg.Restore.Finished {
		return nil
	}
	for _, s := range t.stages {
		if err := t.openStage(s); err != nil {
			return s.wrap(err)
		}
	}
	for _, s := range t.sinks {
		if err := s.open(); err != nil {
			return named(s.name, err)
		}
	}
	if t.source != nil {
		if err := t.source.open(); err != nil {
			return named(t.source.node.Name, err)
		}
	}
	return nil
}

func zone(s job.Settings) (*time.Location, error) {
	name := s.Text("table.local-time-zone", "default")
	if name == "default" {
		return time.Local, nil
	}
	z, err := civil.LoadZone(name)
	if err != nil {
		return nil, fmt.Errorf("option %q: %w", "table.local-time-zone", err)
	}
	return z, nil
}

// node makes what stands for a plan node: its output and what takes its input; one of them is nil for sources and sinks.
func (t *Task) node(n *plan.Node, count *metrics.Node) (*fanout, target, error) {
	if t.cfg.Restore.Finished {
		return &fanout{count: count, last: operators.MinWatermark}, nil, nil
	}
	switch spec := n.Spec.(type) {
	case *plan.Source:
		s := &source{t: t, node: n, spec: spec, count: count, idleAt: never}
		s.out = fanout{count: count, last: operators.MinWatermark}
		t.source = s
		return &s.out, nil, nil
	case *plan.Sink:
		s := newSink(t, n.UID, n.Name, spec, count)
		t.sinks = append(t.sinks, s)
		return nil, s, nil
	default:
		inputs := make([]*plan.Node, len(n.Inputs))
		for i, e := range n.Inputs {
			inputs[i] = t.cfg.Graph.Nodes[e.From]
		}
		op, err := t.cfg.Operators(n, inputs)
		if err != nil {
			return nil, nil, named(n.Name, err)
		}
		s := &stage{t: t, node: n, op: op, count: count}
		s.out = fanout{count: count, last: operators.MinWatermark}
		s.timed, _ = op.(operators.Timed)
		s.snap, _ = op.(operators.Snapshotter)
		_, s.out.hold = op.(operators.Finisher)
		from, to := job.KeyRange(t.cfg.Task.Subtask, t.vertex.Parallelism, t.cfg.MaxParallelism)
		s.keys = operators.KeyRange{From: from, To: to, Max: t.cfg.MaxParallelism}
		t.stages = append(t.stages, s)
		return &s.out, s, nil
	}
}

// connect adds the exchanges that read a node to its output.
func (t *Task) connect(n *plan.Node, out *fanout) error {
	for _, v := range t.cfg.Vertices {
		for k, in := range v.Inputs {
			if in.Node != n.ID {
				continue
			}
			e, err := t.edge(n, v, k)
			if err != nil {
				return err
			}
			t.edges = append(t.edges, e)
			out.add(e)
		}
	}
	return nil
}

func (t *Task) edge(n *plan.Node, v job.Vertex, input int) (*edge, error) {
	in, i := v.Inputs[input], t.cfg.Task.Subtask
	var ports []exchange.Port
	for j := range v.Parallelism {
		if !exchange.Connected(in, i, t.vertex.Parallelism, j, v.Parallelism) {
			continue
		}
		g, err := t.cfg.Hub.Find(t.ctx, exchange.Address{Attempt: t.cfg.Attempt, Task: job.TaskID{Vertex: v.ID, Subtask: j}})
		if err != nil {
			return nil, err
		}
		ports = append(ports, g.Port(exchange.IndexOf(v, t.cfg.Vertices, j, input, i)))
	}
	var split exchange.Partitioner
	if plan.Ship(in.Ship) == plan.Hash && len(ports) > 1 {
		if t.cfg.Partitioner == nil {
			return nil, fmt.Errorf("hash exchange after %q: no partitioner is configured", n.Name)
		}
		split = t.cfg.Partitioner(t.cfg.Pool)
	}
	return &edge{t, exchange.NewOutput(in, ports, split, t.cfg.MaxParallelism)}, nil
}

// openStage opens an operator and gives it its state.
func (t *Task) openStage(s *stage) error {
	t.current = s
	defer func() { t.current = nil }()
	s.opened = true
	if err := s.op.Open(s); err != nil {
		return err
	}
	if s.snap == nil || t.cfg.Restore.Checkpoint == 0 {
		return nil
	}
	r, err := t.cfg.States.Reader(t.ctx, t.cfg.Restore.Store, t.cfg.Restore.States[s.node.UID].Files, s.keys.From, s.keys.To, t.cfg.Pool)
	if err != nil {
		return err
	}
	return s.snap.Restore(r)
}

// interval is how often checkpoints are taken; settings were checked when the job was submitted.
func (t *Task) interval() time.Duration {
	ms, err := t.cfg.Settings.Millis("execution.checkpointing.interval", 0)
	if err != nil {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// env is what a connector gets.
func (t *Task) env(uid string, count *metrics.Node) connectors.Env {
	return connectors.Env{
		Pool: t.cfg.Pool, Log: t.cfg.Log, Zone: t.zone, Now: t.cfg.Clock.Now, JobID: string(t.cfg.Attempt.Job), Node: uid,
		Subtask: t.cfg.Task.Subtask, Parallelism: t.vertex.Parallelism, Streaming: !t.cfg.Graph.Batch, Checkpointing: t.cfg.Checkpointing,
		Count: count.Counter, Lookup: t.cfg.Connectors.Get, JobName: t.cfg.Graph.Name, CheckpointInterval: t.interval(),
	}
}

// close frees everything. The first error counts.
func (t *Task) close() error {
	if t.disarm != nil {
		t.disarm()
	}
	if t.gate != nil {
		t.cfg.Hub.Remove(exchange.Address{Attempt: t.cfg.Attempt, Task: t.cfg.Task})
		t.gate.Close()
	}
	errs := []error{t.releaseSnapshots()}
	if t.source != nil {
		errs = append(errs, t.source.close())
	}
	for _, s := range t.sinks {
		errs = append(errs, s.close())
	}
	for _, s := range t.stages {
		if s.opened {
			t.current = s
			errs = append(errs, s.op.Close())
		}
	}
	return errors.Join(errs...)
}
