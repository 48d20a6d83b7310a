package exchange

import (
	"context"
	"sync"

	"millrace/runtime/job"
)

// Hub finds the gates of one process. Producers may ask for a gate before it is there. The zero value is ready; it may be used from many
// goroutines.
type Hub struct {
	mu     sync.Mutex
	gates  map[Address]*Gate
	change chan struct{} // closed when a gate is added
}

// Address names a gate.
type Address struct {
	Attempt job.Attempt
	Task    job.TaskID
}

// Add makes a gate known.
func (h *Hub) Add(a Address, g *Gate) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gates == nil {
		h.gates = map[Address]*Gate{}
	}
	h.gates[a] = g
	if h.change != nil {
		close(h.change)
		h.change = nil
	}
}

// Find returns the gate at an address, waiting until it is there.
func (h *Hub) Find(ctx context.Context, a Address) (*Gate, error) {
	for {
		h.mu.Lock()
		if g := h.gates[a]; g != nil {
			h.mu.Unlock()
			return g, nil
		}
		if h.change == nil {
			h.change = make(chan struct{})
		}
		change := h.change
		h.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Remove forgets a gate.
func (h *Hub) Remove(a Address) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.gates, a)
}
