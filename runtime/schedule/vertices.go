package schedule

import (
	"fmt"

	"millrace/planner/plan"
	"millrace/runtime/job"
)

// Options are what chaining depends on.
type Options struct {
	Parallelism    int // of nodes that do not say
	MaxParallelism int // bound of it: the number of key groups
	Chaining       bool
}

// Vertices expands a plan into its chains, in topological order.
func Vertices(g *plan.Graph, o Options) ([]job.Vertex, error) {
	parallelism := make([]int, len(g.Nodes))
	for i, n := range g.Nodes {
		p := n.Parallelism
		if p <= 0 {
			p = o.Parallelism
		}
		if len(n.Inputs) == 0 && n.Spec.Kind() != (*plan.Source)(nil).Kind() {
			p = 1
		}
		for _, e := range n.Inputs {
			if e.Ship == plan.Global {
				p = 1
			}
		}
		if p > o.MaxParallelism {
			return nil, fmt.Errorf("parallelism %d of %q: the maximum parallelism is %d", p, n.Name, o.MaxParallelism)
		}
		parallelism[i] = p
	}
	var vs []job.Vertex
	home := make([]int, len(g.Nodes))  // the vertex of each node
	place := make([]int, len(g.Nodes)) // its position there
	for i, n := range g.Nodes {
		if o.Chaining && len(n.Inputs) == 1 && n.Inputs[0].Ship == plan.Forward && parallelism[n.Inputs[0].From] == parallelism[i] {
			from := n.Inputs[0].From
			v := &vs[home[from]]
			home[i], place[i] = v.ID, len(v.Nodes)
			v.Chained = append(v.Chained, place[from])
			v.Nodes = append(v.Nodes, i)
			v.Name += " -> " + n.Name
			continue
		}
		v := job.Vertex{ID: len(vs), Name: n.Name, Nodes: []int{i}, Parallelism: parallelism[i]}
		for k, e := range n.Inputs {
			spread := e.Ship == plan.Forward && !g.Nodes[e.From].Mode.IsUpdating()
			v.Inputs = append(v.Inputs, job.Input{From: home[e.From], Node: e.From, Edge: k, Ship: string(e.Ship), Keys: e.Keys, Spread: spread})
		}
		home[i] = v.ID
		vs = append(vs, v)
	}
	return vs, nil
}

// TaskManager is where subtasks can run.
type TaskManager struct {
	ID    string
	Slots int // free; < 0: no bound
}

// Assign returns the task manager of each subtask.
func Assign(vs []job.Vertex, tms []TaskManager) (map[job.TaskID]string, error) {
	need := 0
	for _, v := range vs {
		need = max(need, v.Parallelism)
	}
	slots := make([]string, 0, need)
	unbounded := ""
	have := 0
	for _, tm := range tms {
		if tm.Slots < 0 {
			unbounded = tm.ID
			continue
		}
		have += tm.Slots
		for range tm.Slots {
			if len(slots) < need {
				slots = append(slots, tm.ID)
			}
		}
	}
	for unbounded != "" && len(slots) < need {
		slots = append(slots, spread(tms, unbounded, len(slots)))
	}
	if len(slots) < need {
		return nil, fmt.Errorf("not enough slots: the job needs %d, %d are free", need, have)
	}
	out := map[job.TaskID]string{}
	for _, v := range vs {
		for i := range v.Parallelism {
			out[job.TaskID{Vertex: v.ID, Subtask: i}] = slots[i]
		}
	}
	return out, nil
}

// spread deals slots out round robin over the task managers without bound.
func spread(tms []TaskManager, other string, i int) string {
	var ids []string
	for _, tm := range tms {
		if tm.Slots < 0 {
			ids = append(ids, tm.ID)
		}
	}
	if len(ids) == 0 {
		return other
	}
	return ids[i%len(ids)]
}
