package plan

import (
	"encoding/json"
	"fmt"

	"millrace/sql/types"
)

// Version is the version of the JSON form that this code writes.
const Version = 1

// Graph is the physical plan of one job.
type Graph struct {
	Version int    `json:"version"`
	Name    string `json:"name"` // job name, such as "insert-into_default_catalog.default_database.sink"
	Batch   bool   `json:"batch,omitempty"`
	// Settings are the session's options in force when the statement was planned, for the runtime to read its own keys from.
	Settings map[string]string `json:"settings,omitempty"`
	Nodes    []*Node           `json:"nodes"` // in topological order; Node.ID is the index
}

// Node is one operator of the plan.
type Node struct {
	ID          int          `json:"id"`
	UID         string       `json:"uid"`  // stable over re-planning of the same query; names the state in checkpoints
	Name        string       `json:"name"` // what EXPLAIN and the UI show
	Spec        Spec         `json:"-"`
	Inputs      []Edge       `json:"inputs,omitempty"`
	Schema      types.Schema `json:"schema"`
	Mode        Mode         `json:"mode"`
	Parallelism int          `json:"parallelism,omitempty"` // 0: the job's default
}

// Edge is an input of a node.
type Edge struct {
	From int   `json:"from"` // Node.ID
	Ship Ship  `json:"ship"`
	Keys []int `json:"keys,omitempty"` // Hash: columns of From's output
}

// Ship is how rows travel from the subtasks of one node to those of the next.
type Ship string

// The ways to ship.
const (
	Forward   Ship = "forward"   // subtask i to subtask i; chained when the parallelism is equal
	Hash      Ship = "hash"      // by key group of the keys
	Rebalance Ship = "rebalance" // round robin by batch
	Broadcast Ship = "broadcast" // every row to every subtask
	Global    Ship = "global"    // every row to subtask 0
)

// Mode is what kinds of change an output may carry.
type Mode string

// The changelog modes.
const (
	InsertOnly Mode = "I"         // +I
	Retract    Mode = "I,UB,UA,D" // +I -U +U -D
	Upsert     Mode = "I,UA,D"    // +I +U -D, by key: -U is left out
	NoDelete   Mode = "I,UB,UA"   // +I -U +U
	UpsertOnly Mode = "I,UA"      // +I +U
)

// HasUpdateBefore tells whether -U occurs.
func (m Mode) HasUpdateBefore() bool { return m == Retract || m == NoDelete }

// HasDelete tells whether -D occurs.
func (m Mode) HasDelete() bool { return m == Retract || m == Upsert }

// IsUpdating tells whether anything but +I occurs.
func (m Mode) IsUpdating() bool { return m != InsertOnly && m != "" }

// nodeWire is the JSON form of a node: the spec under its kind.
type nodeWire struct {
	*nodePlain
	Kind string          `json:"kind"`
	Spec json.RawMessage `json:"spec"`
}

type nodePlain Node

// MarshalJSON writes the node with the kind of its spec.
func (n *Node) MarshalJSON() ([]byte, error) {
	spec, err := json.Marshal(n.Spec)
	if err != nil {
		return nil, fmt.Errorf("node %d: %w", n.ID, err)
	}
	return json.Marshal(nodeWire{nodePlain: (*nodePlain)(n), Kind: n.Spec.Kind(), Spec: spec})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Node) UnmarshalJSON(b []byte) error {
	w := nodeWire{nodePlain: (*nodePlain)(n)}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	spec, err := newSpec(w.Kind)
	if err != nil {
		return fmt.Errorf("node %d: %w", n.ID, err)
	}
	if err := json.Unmarshal(w.Spec, spec); err != nil {
		return fmt.Errorf("node %d: %w", n.ID, err)
	}
	n.Spec = spec
	return nil
}

// Parse reads a graph and refuses versions it does not know.
func Parse(b []byte) (*Graph, error) {
	var g Graph
	if err := json.Unmarshal(b, &g); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if g.Version != Version {
		return nil, fmt.Errorf("plan of version %d: this program reads version %d", g.Version, Version)
	}
	return &g, g.Check()
}

// Check reports a graph that cannot be executed: bad ids, edges that point forward, columns out of range.
func (g *Graph) Check() error {
	for i, n := range g.Nodes {
		if n.ID != i {
			return fmt.Errorf("plan: node %d has id %d", i, n.ID)
		}
		if n.Spec == nil {
			return fmt.Errorf("plan: node %d has no spec", i)
		}
		for _, e := range n.Inputs {
			if e.From < 0 || e.From >= i {
				return fmt.Errorf("plan: node %d reads from node %d", i, e.From)
			}
			for _, k := range e.Keys {
				if k < 0 || k >= len(g.Nodes[e.From].Schema) {
					return fmt.Errorf("plan: node %d is keyed by column %d of node %d, which has %d", i, k, e.From, len(g.Nodes[e.From].Schema))
				}
			}
		}
	}
	return nil
}

// Consumers returns, for each node, the ids of the nodes that read it, in order, once for each edge.
func (g *Graph) Consumers() [][]int {
	out := make([][]int, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, e := range n.Inputs {
			out[e.From] = append(out[e.From], n.ID)
		}
	}
	return out
}
