package metrics

import (
	"sync"
	"sync/atomic"

	"millrace/connectors"
	"millrace/operators"
	"millrace/runtime/job"
)

// Late is the name of the counter that has its own field in job.NodeProgress, beside connectors.CountMalformed and connectors.CountBytesSent.
const Late = "numLateRecordsDropped"

// Node counts for one plan node of one subtask. Make it with NewNode.
type Node struct {
	ID        int
	In        atomic.Int64 // rows
	Out       atomic.Int64 // rows
	Batches   atomic.Int64
	BytesIn   atomic.Int64
	BytesOut  atomic.Int64
	Watermark atomic.Int64
	State     atomic.Int32 // job.TaskState

	mu    sync.Mutex
	named map[string]*operators.Counter // guarded by mu
}

// NewNode returns the counters of a node.
func NewNode(id int) *Node {
	n := &Node{ID: id}
	n.Watermark.Store(operators.MinWatermark)
	return n
}

// Counter returns the counter of that name.
func (n *Node) Counter(name string) *operators.Counter {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.named[name]
	if c == nil {
		if n.named == nil {
			n.named = map[string]*operators.Counter{}
		}
		c = &operators.Counter{}
		n.named[name] = c
	}
	return c
}

// AddTo adds the figures of this subtask to those of the whole node. The watermark becomes the lower of both; start p with
// operators.MaxWatermark.
func (n *Node) AddTo(p *job.NodeProgress) {
	p.RecordsIn += n.In.Load()
	p.RecordsOut += n.Out.Load()
	p.Batches += n.Batches.Load()
	p.BytesIn += n.BytesIn.Load()
	p.BytesOut += n.BytesOut.Load()
	p.Watermark = min(p.Watermark, n.Watermark.Load())
	switch s := job.TaskState(n.State.Load()); {
	case s == job.TaskRunning:
		p.Running++
	case s.Terminal():
		p.Finished++
	}
	n.AddNamed(p)
}

// AddNamed adds the named counters alone: of what runs outside tasks for the node.
func (n *Node) AddNamed(p *job.NodeProgress) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, c := range n.named {
		if p.Counters == nil {
			p.Counters = map[string]int64{}
		}
		p.Counters[name] += c.Load()
		switch name {
		case Late:
			p.Late += c.Load()
		case connectors.CountMalformed:
			p.Malformed += c.Load()
		case connectors.CountBytesSent:
			p.BytesOut += c.Load()
		}
	}
}
