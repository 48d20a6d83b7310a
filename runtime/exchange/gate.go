package exchange

import (
	"context"
	"sync"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/job"
)

// Bounds of one channel.
const (
	channelRows  = 2 * vector.MaxRows
	channelBytes = 4 << 20
	channelItems = 256
)

// Gate is the input of one subtask.
type Gate struct {
	wake  func()
	loose bool // at least once: barriers do not hold channels

	mu       sync.Mutex // guards what follows
	channels []channel
	ready    []int32 // channels with items that may come out, in order of arrival
	waiting  bool    // the consumer found nothing and sleeps
	closed   bool
	open     int // channels that have not ended

	watermark int64 // last one that came out
	idle      bool
	ended     bool
	again     bool         // status or watermark may have changed besides what came out
	align     *job.Trigger // the barrier that is being aligned
	aligned   int          // channels that have delivered it or have ended since
	skipTo    int64        // barriers up to this id are dropped
}

type channel struct {
	input     int
	items     []Item // a ring
	head, n   int
	rows      int
	bytes     int
	queued    bool // in ready
	held      bool // has delivered the barrier
	barrier   bool // has delivered it, held or not
	ended     bool
	idle      bool
	watermark int64
	space     chan struct{} // capacity 1: the producer waits there
	starved   bool          // the producer waits
}

// NewGate returns the gate of a subtask with the given channels: inputs[i] is the operator's input that channel i belongs to. wake is called when
// the consumer sleeps (Next returned false) and something has come. atLeastOnce gates do not align.
func NewGate(inputs []int, atLeastOnce bool, wake func()) *Gate {
	g := &Gate{wake: wake, loose: atLeastOnce, channels: make([]channel, len(inputs)), open: len(inputs), watermark: operators.MinWatermark}
	for i, in := range inputs {
		g.channels[i] = channel{input: in, items: make([]Item, 8), watermark: operators.MinWatermark, space: make(chan struct{}, 1)}
	}
	return g
}

// Port returns the sending end of a channel.
func (g *Gate) Port(i int) Port { return &localPort{g, i} }

// Port is where a producer sends to.
type Port interface {
	// Send adds an item, waiting for room; it retains the batch. It fails when ctx ends.
	Send(ctx context.Context, it Item) error
}

type localPort struct {
	g *Gate
	i int
}

// Send implements Port.
func (p *localPort) Send(ctx context.Context, it Item) error {
	g, c := p.g, &p.g.channels[p.i]
	rows := 0
	if it.Batch != nil {
		rows, it.bytes = it.Batch.Rows(), it.Batch.Bytes()
	}
	g.mu.Lock()
	for g.closed || rows > 0 && c.n > 0 && (c.rows+rows > channelRows || c.bytes+it.bytes > channelBytes || c.n >= channelItems) {
		c.starved = true
		g.mu.Unlock()
		select {
		case <-c.space:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		g.mu.Lock()
	}
	if it.Batch != nil {
		it.Batch.Retain()
	}
	c.push(it)
	c.rows += rows
	c.bytes += it.bytes
	if !c.queued && !c.held {
		c.queued = true
		g.ready = append(g.ready, int32(p.i))
	}
	wake := g.waiting && c.queued
	if wake {
		g.waiting = false
	}
	g.mu.Unlock()
	if wake {
		g.wake()
	}
	return nil
}

func (c *channel) push(it Item) {
	if c.n == len(c.items) {
		bigger := make([]Item, 2*len(c.items))
		k := copy(bigger, c.items[c.head:])
		copy(bigger[k:], c.items[:c.head])
		c.items, c.head = bigger, 0
	}
	c.items[(c.head+c.n)&(len(c.items)-1)] = it
	c.n++
}

func (c *channel) pop() Item {
	it := c.items[c.head]
	c.items[c.head] = Item{}
	c.head = (c.head + 1) & (len(c.items) - 1)
	c.n--
	if it.Batch != nil {
		c.rows -= it.Batch.Rows()
		c.bytes -= it.bytes
	}
	if c.starved && (c.rows <= channelRows/2 || c.n == 0) {
		c.starved = false
		select {
		case c.space <- struct{}{}:
		default:
		}
	}
	return it
}

// Next returns the next event, or false if there is none: then wake will be called when there is.
func (g *Gate) Next() (Event, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == 0 {
		return g.finish()
	}
	if g.again {
		g.again = false
		if ev, ok := g.status(); ok {
			return ev, true
		}
	}
	for len(g.ready) > 0 {
		i := g.ready[0]
		c := &g.channels[i]
		it := c.pop()
		if ev, ok := g.take(c, it); ok {
			g.rotate(c, i)
			return ev, true
		}
		g.rotate(c, i)
		if g.open == 0 {
			return g.finish()
		}
	}
	g.waiting = true
	return Event{}, false
}

// rotate takes the channel that was just read from the front of ready and puts it to the back if it has more. Taking an item may have changed
// ready behind the front only.
func (g *Gate) rotate(c *channel, i int32) {
	n := copy(g.ready, g.ready[1:])
	g.ready = g.ready[:n]
	c.queued = c.n > 0 && !c.held && !c.ended
	if c.queued {
		g.ready = append(g.ready, i)
	}
}

// finish delivers the last watermark, then the end.
func (g *Gate) finish() (Event, bool) {
	switch {
	case g.align != nil:
		return g.complete(), true
	case g.watermark != operators.MaxWatermark:
		g.watermark = operators.MaxWatermark
		return Event{Kind: Watermark, Time: operators.MaxWatermark}, true
	case !g.ended:
		g.ended = true
		return Event{Kind: End}, true
	default:
		g.waiting = true
		return Event{}, false
	}
}

// take handles an item and returns the event that comes out, if any.
func (g *Gate) take(c *channel, it Item) (Event, bool) {
	switch it.Kind {
	case Rows:
		return Event{Kind: Rows, Input: c.input, Batch: it.Batch}, true
	case Watermark:
		if it.Time > c.watermark {
			c.watermark = it.Time
		}
		return g.advance()
	case Idle, Active:
		c.idle = it.Kind == Idle
		return g.status()
	case Barrier:
		return g.barrier(c, it.Barrier)
	default: // End
		c.ended = true
		g.open--
		if g.align != nil && !c.barrier {
			c.barrier = true
			g.aligned++
			if g.aligned == len(g.channels) {
				g.again = true
				return g.complete(), true
			}
		}
		if g.open == 0 {
			return Event{}, false
		}
		return g.status()
	}
}

// advance returns the new watermark if the minimum over the active channels has risen.
func (g *Gate) advance() (Event, bool) {
	low := int64(operators.MaxWatermark)
	active := false
	for i := range g.channels {
		c := &g.channels[i]
		if !c.ended && !c.idle {
			active = true
			low = min(low, c.watermark)
		}
	}
	if !active || low <= g.watermark {
		return Event{}, false
	}
	g.watermark = low
	return Event{Kind: Watermark, Time: low}, true
}

// status returns a change of idleness: the gate is idle when all its open channels are. Before it turns idle, the highest watermark of the idle
// channels comes out: nobody holds it back any more.
func (g *Gate) status() (Event, bool) {
	idle, high := g.open > 0, int64(operators.MinWatermark)
	for i := range g.channels {
		c := &g.channels[i]
		if !c.ended {
			idle = idle && c.idle
			high = max(high, c.watermark)
		}
	}
	switch {
	case idle == g.idle:
		return g.advance()
	case idle && high > g.watermark:
		g.again = true // the change itself comes out next
		g.watermark = high
		return Event{Kind: Watermark, Time: high}, true
	}
	g.idle, g.again = idle, true
	if idle {
		return Event{Kind: Idle}, true
	}
	return Event{Kind: Active}, true
}

// barrier takes a barrier from a channel.
func (g *Gate) barrier(c *channel, b *job.Trigger) (Event, bool) {
	if b.Checkpoint <= g.skipTo || g.align != nil && b.Checkpoint < g.align.Checkpoint {
		return Event{}, false
	}
	if g.align != nil && b.Checkpoint > g.align.Checkpoint {
		g.release(c)
	}
	if g.align == nil {
		g.align = b
		for i := range g.channels {
			if g.channels[i].ended {
				g.channels[i].barrier = true
				g.aligned++
			}
		}
	}
	if !c.barrier {
		c.barrier, c.held = true, !g.loose
		g.aligned++
	}
	if g.aligned < len(g.channels) {
		return Event{}, false
	}
	return g.complete(), true
}

// complete ends the alignment and returns the barrier.
func (g *Gate) complete() Event {
	b := g.align
	g.skipTo = b.Checkpoint
	g.release(nil)
	return Event{Kind: Barrier, Barrier: b}
}

// release lets held channels go. The channel except is being read: rotate deals with it.
func (g *Gate) release(except *channel) {
	g.align, g.aligned = nil, 0
	for i := range g.channels {
		c := &g.channels[i]
		held := c.held
		c.held, c.barrier = false, false
		if held && c != except && !c.queued && c.n > 0 {
			c.queued = true
			g.ready = append(g.ready, int32(i))
		}
	}
}

// Abort gives up the alignment of a checkpoint, if it goes on, and drops its barriers that are still to come. It is called by the consumer.
func (g *Gate) Abort(checkpoint int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.skipTo = max(g.skipTo, checkpoint)
	if g.align != nil && g.align.Checkpoint <= checkpoint {
		g.release(nil)
	}
}

// Close drops what is queued. Producers that send afterwards wait until their context ends.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for i := range g.channels {
		c := &g.channels[i]
		for c.n > 0 {
			if it := c.pop(); it.Batch != nil {
				it.Batch.Release()
			}
		}
	}
	g.ready = nil
}

// Queued returns the rows that wait in the gate.
func (g *Gate) Queued() (rows int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.channels {
		rows += g.channels[i].rows
	}
	return rows
}
