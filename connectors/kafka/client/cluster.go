package client

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"millrace/connectors/kafka/wire"
)

// Partition names a partition.
type Partition struct {
	Topic string
	Index int32
}

// String is topic-index.
func (p Partition) String() string { return p.Topic + "-" + strconv.Itoa(int(p.Index)) }

// Leader is a partition's leader.
type Leader struct{ Broker, Epoch int32 }

// coordinatorKey is a group or a transactional id.
type coordinatorKey struct {
	key         string
	transaction bool
}

// Metadata asks once for topics (all: nil) and remembers addresses and leaders. Codes of topics and partitions are the caller's.
func (c *Client) Metadata(ctx context.Context, topics []string) (*wire.Metadata, error) {
	m := &wire.Metadata{Topics: topics, All: topics == nil}
	if err := c.Do(ctx, AnyBroker, m); err != nil {
		// The bootstrap servers may be gone while others are there.
		if ctx.Err() != nil {
			return nil, err
		}
		m = &wire.Metadata{Topics: topics, All: topics == nil}
		if !c.askOthers(ctx, m) {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range m.Brokers {
		c.addresses[b.ID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	for _, t := range m.Found {
		for _, p := range t.Partitions {
			at := Partition{t.Name, p.Index}
			switch old, ok := c.leaders[at]; {
			case p.Leader < 0:
				delete(c.leaders, at)
			case !ok || p.Epoch >= old.Epoch || p.Epoch < 0:
				c.leaders[at] = Leader{p.Leader, p.Epoch}
			}
		}
	}
	return m, nil
}

// askOthers sends m to the brokers that are known, until one answers.
func (c *Client) askOthers(ctx context.Context, m wire.Message) bool {
	c.mu.Lock()
	ids := make([]int32, 0, len(c.addresses))
	for id := range c.addresses {
		ids = append(ids, id)
	}
	c.mu.Unlock()
	for _, id := range ids {
		if c.DoWithin(ctx, id, m, 2*c.cfg.DialTimeout) == nil {
			return true
		}
	}
	return false
}

// TopicError is an error about a topic with the broker's code in its chain.
func TopicError(topic string, code wire.Code) error {
	return fmt.Errorf("topic '%s': %w", topic, code)
}

// Brokers lists the brokers that the last metadata named.
func (c *Client) Brokers() []int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]int32, 0, len(c.addresses))
	for id := range c.addresses {
		out = append(out, id)
	}
	return out
}

// Leader returns the leader of a partition, if it is known.
func (c *Client) Leader(p Partition) (Leader, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.leaders[p]
	return l, ok
}

// Forget drops what is known of the leaders of partitions, because l turned out to be old.
func (c *Client) Forget(p Partition, l Leader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaders[p] == l {
		delete(c.leaders, p)
	}
}

// Leaders groups partitions by leader. For those whose leader is not known it asks for metadata once; then they are an error that may pass.
func (c *Client) Leaders(ctx context.Context, ps []Partition) (map[int32][]Partition, error) {
	missing := map[string]bool{}
	for _, p := range ps {
		if _, ok := c.Leader(p); !ok {
			missing[p.Topic] = true
		}
	}
	if len(missing) > 0 {
		topics := make([]string, 0, len(missing))
		for t := range missing {
			topics = append(topics, t)
		}
		m, err := c.Metadata(ctx, topics)
		if err != nil {
			return nil, err
		}
		for _, t := range m.Found {
			if t.Code != wire.None {
				return nil, fmt.Errorf("topic '%s': %w", t.Name, t.Code)
			}
		}
	}
	out := map[int32][]Partition{}
	for _, p := range ps {
		l, ok := c.Leader(p)
		if !ok {
			return nil, fmt.Errorf("partition %s: %w", p, wire.LeaderNotAvailable)
		}
		out[l.Broker] = append(out[l.Broker], p)
	}
	return out, nil
}

// Coordinator finds the broker that keeps a group or a transactional id; it remembers it until ForgetCoordinator.
func (c *Client) Coordinator(ctx context.Context, key string, transaction bool) (int32, error) {
	k := coordinatorKey{key, transaction}
	c.mu.Lock()
	id, ok := c.coordinators[k]
	c.mu.Unlock()
	if ok {
		return id, nil
	}
	m := &wire.FindCoordinator{Key: key, Transaction: transaction}
	if err := c.Do(ctx, AnyBroker, m); err != nil {
		return 0, err
	}
	if m.Code != wire.None {
		return 0, fmt.Errorf("coordinator of '%s': %w", key, m.Code)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.coordinators[k] = m.Broker.ID
	c.addresses[m.Broker.ID] = net.JoinHostPort(m.Broker.Host, strconv.Itoa(int(m.Broker.Port)))
	return m.Broker.ID, nil
}

// ForgetCoordinator drops what Coordinator remembers.
func (c *Client) ForgetCoordinator(key string, transaction bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.coordinators, coordinatorKey{key, transaction})
}

// ToCoordinator sends m once to the coordinator of key. code reads the error of the answer; one that says the coordinator has moved, and a
// connection that broke, make it forget where it was. A code other than None is the error.
func (c *Client) ToCoordinator(ctx context.Context, key string, transaction bool, m wire.Message, code func() wire.Code) error {
	id, err := c.Coordinator(ctx, key, transaction)
	if err != nil {
		return err
	}
	if err := c.Do(ctx, id, m); err != nil {
		c.ForgetCoordinator(key, transaction)
		return err
	}
	got := code()
	if got == wire.NotCoordinator || got == wire.CoordinatorNotAvailable {
		c.ForgetCoordinator(key, transaction)
	}
	return got.Err()
}

// Versions asks a broker once what it understands.
func (c *Client) Versions(ctx context.Context, broker int32) (*wire.APIVersions, error) {
	c.mu.Lock()
	v := c.versions[broker]
	c.mu.Unlock()
	if v != nil {
		return v, nil
	}
	v = &wire.APIVersions{}
	if err := c.Do(ctx, broker, v); err != nil {
		return nil, err
	}
	if v.Code != wire.None {
		return nil, fmt.Errorf("versions of the broker: %w", v.Code)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[broker] = v
	return v, nil
}

// Modern tells whether the cluster has finalised the second version of transactions (KIP-890).
func (c *Client) Modern(ctx context.Context) (bool, error) {
	v, err := c.Versions(ctx, AnyBroker)
	if err != nil {
		return false, err
	}
	return v.Level("transaction.version") >= 2, nil
}
