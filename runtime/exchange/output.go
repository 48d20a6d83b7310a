package exchange

import (
	"context"

	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// Connected tells whether producer subtask i of n sends to consumer subtask j of m on that edge.
func Connected(in job.Input, i, n, j, m int) bool {
	switch plan.Ship(in.Ship) {
	case plan.Forward:
		switch {
		case n == m:
			return i == j
		case in.Spread:
			return true
		default:
			return i%m == j
		}
	case plan.Global:
		return j == 0
	default:
		return true
	}
}

// Output is one edge of one producing subtask.
type Output struct {
	ports []Port
	ship  plan.Ship
	split Partitioner // Hash with several targets
	keys  []int
	max   int
	next  int // round robin
	emit  func(target int, b *operators.Batch) error
	ctx   context.Context // of the Emit that runs
	// Batches and Bytes count what was sent.
	Batches, Bytes int64
}

// NewOutput returns the output over the ports of the consumers that this producer is connected to, in subtask order. For Hash with more than one
// port, split says where rows go.
func NewOutput(in job.Input, ports []Port, split Partitioner, maxParallelism int) *Output {
	o := &Output{ports: ports, ship: plan.Ship(in.Ship), split: split, keys: in.Keys, max: maxParallelism}
	o.emit = func(target int, b *operators.Batch) error {
		return o.ports[target].Send(o.ctx, Item{Kind: Rows, Batch: b})
	}
	return o
}

// Emit sends a batch; it is borrowed.
func (o *Output) Emit(ctx context.Context, b *operators.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	o.Batches++
	switch {
	case len(o.ports) == 1:
		return o.ports[0].Send(ctx, Item{Kind: Rows, Batch: b})
	case o.ship == plan.Broadcast:
		return o.all(ctx, Item{Kind: Rows, Batch: b})
	case o.ship == plan.Hash:
		o.ctx = ctx
		return o.split.Split(b, o.keys, len(o.ports), o.max, o.emit)
	case len(o.ports) == 0:
		return nil
	default:
		p := o.ports[o.next]
		o.next = (o.next + 1) % len(o.ports)
		return p.Send(ctx, Item{Kind: Rows, Batch: b})
	}
}

// Event sends an event to all consumers.
func (o *Output) Event(ctx context.Context, it Item) error { return o.all(ctx, it) }

func (o *Output) all(ctx context.Context, it Item) error {
	for _, p := range o.ports {
		if err := p.Send(ctx, it); err != nil {
			return err
		}
	}
	return nil
}
