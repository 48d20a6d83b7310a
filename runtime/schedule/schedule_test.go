package schedule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/schedule"
)

func node(id int, spec plan.Spec, p int, edges ...plan.Edge) *plan.Node {
	return &plan.Node{ID: id, Name: fmt.Sprintf("%s%d", spec.Kind(), id), Spec: spec, Parallelism: p, Inputs: edges, Mode: plan.InsertOnly}
}

func edge(from int, s plan.Ship) plan.Edge { return plan.Edge{From: from, Ship: s} }

func text(vs []job.Vertex) string {
	var b strings.Builder
	for _, v := range vs {
		fmt.Fprintf(&b, "%d: %s x%d", v.ID, v.Name, v.Parallelism)
		if len(v.Chained) > 0 {
			fmt.Fprintf(&b, " chained to %v", v.Chained)
		}
		for _, in := range v.Inputs {
			fmt.Fprintf(&b, " <- %d.%d %s", in.From, in.Node, in.Ship)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestVertices(t *testing.T) {
	for _, c := range []struct {
		name     string
		unchain  bool
		nodes    []*plan.Node
		want     string
		parallel int
	}{
		{
			"one chain", false,
			[]*plan.Node{node(0, &plan.Source{}, 0), node(1, &plan.Calc{}, 0, edge(0, plan.Forward)), node(2, &plan.Sink{}, 0, edge(1, plan.Forward))},
			"0: source0 -> calc1 -> sink2 x2 chained to [0 1]\n", 2,
		},
		{
			"chaining off", true,
			[]*plan.Node{node(0, &plan.Source{}, 0), node(1, &plan.Sink{}, 0, edge(0, plan.Forward))},
			"0: source0 x2\n1: sink1 x2 <- 0.0 forward\n", 2,
		},
		{
			"hash ends a chain, a tree stays one", false,
			[]*plan.Node{
				node(0, &plan.Source{}, 0), node(1, &plan.Calc{}, 0, edge(0, plan.Forward)),
				node(2, &plan.Sink{}, 0, edge(1, plan.Forward)), node(3, &plan.Sink{}, 0, edge(1, plan.Forward)), node(4, &plan.GroupAggregate{}, 0, edge(1, plan.Hash)),
				node(5, &plan.Sink{}, 0, edge(4, plan.Forward)),
			},
			"0: source0 -> calc1 -> sink2 -> sink3 x2 chained to [0 1 1]\n1: group-aggregate4 -> sink5 x2 chained to [0] <- 0.1 hash\n", 2,
		},
		{
			"two inputs head a chain", false,
			[]*plan.Node{
				node(0, &plan.Source{}, 0), node(1, &plan.Source{}, 0),
				node(2, &plan.Union{}, 0, edge(0, plan.Forward), edge(1, plan.Forward)),
			},
			"0: source0 x2\n1: source1 x2\n2: union2 x2 <- 0.0 forward <- 1.1 forward\n", 2,
		},
		{
			"constants and global run once", false,
			[]*plan.Node{
				node(0, &plan.Values{}, 0), node(1, &plan.Calc{}, 0, edge(0, plan.Forward)),
				node(2, &plan.Sort{}, 0, edge(1, plan.Global)), node(3, &plan.Sink{}, 1, edge(2, plan.Forward)),
			},
			"0: values0 x1\n1: calc1 x2 <- 0.0 forward\n2: sort2 -> sink3 x1 chained to [0] <- 1.1 global\n", 2,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			vs, err := schedule.Vertices(&plan.Graph{Nodes: c.nodes}, schedule.Options{Parallelism: c.parallel, MaxParallelism: 128, Chaining: !c.unchain})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, text(vs)); d != "" {
				t.Error(d)
			}
		})
	}
	g := &plan.Graph{Nodes: []*plan.Node{node(0, &plan.Source{}, 200)}}
	if _, err := schedule.Vertices(g, schedule.Options{Parallelism: 1, MaxParallelism: 128}); err == nil {
		t.Error("parallelism over the maximum was taken")
	}
}

func TestAssign(t *testing.T) {
	vs := []job.Vertex{{ID: 0, Parallelism: 1}, {ID: 1, Parallelism: 3}}
	for _, c := range []struct {
		tms  []schedule.TaskManager
		want string
	}{
		{[]schedule.TaskManager{{ID: "a", Slots: 2}, {ID: "b", Slots: 2}}, "a a a b"},
		{[]schedule.TaskManager{{ID: "a", Slots: -1}}, "a a a a"},
		{[]schedule.TaskManager{{ID: "a", Slots: -1}, {ID: "b", Slots: -1}}, "a a b a"},
		{[]schedule.TaskManager{{ID: "a", Slots: 1}, {ID: "b", Slots: 1}}, "not enough slots: the job needs 3, 2 are free"},
	} {
		m, err := schedule.Assign(vs, c.tms)
		var got string
		if err != nil {
			got = err.Error()
		} else {
			got = strings.Join([]string{m[job.TaskID{}], m[job.TaskID{Vertex: 1}], m[job.TaskID{Vertex: 1, Subtask: 1}], m[job.TaskID{Vertex: 1, Subtask: 2}]}, " ")
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.tms, got, c.want)
		}
	}
}
