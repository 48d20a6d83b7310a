package sink

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
)

// maxTransactions is how many transactions of a writer may wait for their commit. One or two do unless checkpoints fail.
const maxTransactions = 32

// The states of transactional ids.
const (
	stateOngoing  = "Ongoing"
	stateComplete = "CompleteCommit"
)

// ids is the transactional ids of one writer.
type ids struct {
	c       *client.Client
	prefix  string // with the number of the subtask and the writer's own
	timeout time.Duration
	modern  bool
	made    int
	free    []string
	pending []handle           // prepared, not known to be committed, oldest first
	waiting *operators.Counter // how many there are of pending
}

// prepared notes a transaction that waits for its commit.
func (d *ids) prepared(h handle) {
	d.pending = append(d.pending, h)
	d.waiting.Add(1)
}

// settled removes the oldest of pending. again: its id may be used again.
func (d *ids) settled(again bool) {
	if again {
		d.free = append(d.free, d.pending[0].ID)
	}
	d.pending = d.pending[1:]
	d.waiting.Add(-1)
}

// release notes that the transactions of checkpoints up to the given one have been committed.
func (d *ids) release(checkpoint int64) {
	for len(d.pending) > 0 && d.pending[0].Checkpoint <= checkpoint {
		d.settled(true)
	}
}

// begin opens a transaction.
func (d *ids) begin(ctx context.Context, now int64) (*transaction, error) {
	if len(d.free) == 0 {
		if err := d.confirm(ctx); err != nil {
			return nil, err
		}
	}
	var id string
	switch n := len(d.free); {
	case n > 0:
		id = d.free[n-1]
		d.free = d.free[:n-1]
	case len(d.pending) >= maxTransactions:
		return nil, fmt.Errorf("%d transactions wait for the commit of their checkpoints, the oldest for that of checkpoint %d", len(d.pending), d.pending[0].Checkpoint)
	default:
		id = d.prefix + strconv.Itoa(d.made)
		d.made++
	}
	p, err := initProducer(ctx, d.c, id, d.timeout, d.modern)
	if err != nil {
		return nil, fmt.Errorf("begin transaction %q: %w", id, err)
	}
	return &transaction{id: id, producer: p, modern: d.modern, timeout: d.timeout, begun: now, added: map[client.Partition]bool{}}, nil
}

// confirm looks which transactions have been committed: their ids are free again.
func (d *ids) confirm(ctx context.Context) error {
	for len(d.pending) > 0 {
		s, err := describe(ctx, d.c, d.pending[0].ID)
		switch {
		case errors.Is(err, wire.TransactionalIDNotFound):
			// Forgotten: it is never used again.
			d.settled(false)
			continue
		case err != nil:
			return err
		}
		if s.State != stateComplete {
			return nil
		}
		d.settled(true)
	}
	return nil
}
