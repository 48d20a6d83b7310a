package client

import (
	"context"
	"errors"
	"fmt"

	"millrace/connectors/kafka/wire"
)

// Offset is a place in a partition.
type Offset struct {
	Offset int64
	Epoch  int32 // of the leader that wrote the record before; -1: unknown
}

// ListOffsets finds for each partition the first offset at or after a time (ms, wire.Latest, wire.Earliest); Offset is -1 where no record
// is so young. With committed, wire.Latest is where committed records end. It retries.
func (c *Client) ListOffsets(ctx context.Context, times map[Partition]int64, committed bool) (map[Partition]Offset, error) {
	out := map[Partition]Offset{}
	err := c.Retry(ctx, "list offsets", func(ctx context.Context) error {
		var todo []Partition
		for p := range times {
			if _, ok := out[p]; !ok {
				todo = append(todo, p)
			}
		}
		leaders, err := c.Leaders(ctx, todo)
		if err != nil {
			return err
		}
		for broker, ps := range leaders {
			if err := c.listOffsets(ctx, broker, ps, times, committed, out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (c *Client) listOffsets(ctx context.Context, broker int32, ps []Partition, times map[Partition]int64, committed bool, out map[Partition]Offset) error {
	m := &wire.ListOffsets{Committed: committed}
	used := map[Partition]Leader{}
	at := map[string]int{}
	for _, p := range ps {
		l, _ := c.Leader(p)
		used[p] = l
		i, ok := at[p.Topic]
		if !ok {
			i = len(m.Topics)
			at[p.Topic] = i
			m.Topics = append(m.Topics, wire.OffsetTopic{Name: p.Topic})
		}
		m.Topics[i].Partitions = append(m.Topics[i].Partitions, wire.OffsetPartition{Index: p.Index, Epoch: l.Epoch, Time: times[p]})
	}
	if err := c.Do(ctx, broker, m); err != nil {
		for p, l := range used {
			c.Forget(p, l)
		}
		return err
	}
	var failed error
	for _, t := range m.Topics {
		for _, x := range t.Partitions {
			p := Partition{t.Name, x.Index}
			if x.Code == wire.None {
				out[p] = Offset{x.Offset, x.Leader}
				continue
			}
			if x.Code.Action() == wire.Refresh {
				c.Forget(p, used[p])
			}
			if failed == nil || !x.Code.Retryable() {
				failed = fmt.Errorf("offsets of partition %s: %w", p, x.Code)
			}
		}
	}
	return failed
}

// GroupOffsets returns the offsets that a group keeps for partitions; those without are left out. It retries.
func (c *Client) GroupOffsets(ctx context.Context, group string, ps []Partition, stable bool) (map[Partition]Offset, error) {
	out := map[Partition]Offset{}
	err := c.Retry(ctx, "offsets of group '"+group+"'", func(ctx context.Context) error {
		m := &wire.OffsetFetch{Group: group, Stable: stable, Topics: groupTopics(ps, nil)}
		err := c.ToCoordinator(ctx, group, false, m, func() wire.Code {
			if m.Code != wire.None {
				return m.Code
			}
			return wire.FirstCode(m.Topics)
		})
		if errors.Is(err, wire.GroupNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("offsets of group '%s': %w", group, err)
		}
		for _, t := range m.Topics {
			for _, p := range t.Partitions {
				if p.Offset >= 0 {
					out[Partition{t.Name, p.Index}] = Offset{p.Offset, p.Epoch}
				}
			}
		}
		return nil
	})
	return out, err
}

// CommitOffsets stores offsets of a group without members. It tries once: the next commit replaces it.
func (c *Client) CommitOffsets(ctx context.Context, group string, offsets map[Partition]Offset) error {
	ps := make([]Partition, 0, len(offsets))
	for p := range offsets {
		ps = append(ps, p)
	}
	m := &wire.OffsetCommit{Group: group, Topics: groupTopics(ps, offsets)}
	err := c.ToCoordinator(ctx, group, false, m, func() wire.Code { return wire.FirstCode(m.Topics) })
	if err != nil {
		return fmt.Errorf("offsets of group '%s': %w", group, err)
	}
	return nil
}

func groupTopics(ps []Partition, offsets map[Partition]Offset) []wire.GroupTopic {
	at := map[string]int{}
	var out []wire.GroupTopic
	for _, p := range ps {
		i, ok := at[p.Topic]
		if !ok {
			i = len(out)
			at[p.Topic] = i
			out = append(out, wire.GroupTopic{Name: p.Topic})
		}
		o := offsets[p]
		out[i].Partitions = append(out[i].Partitions, wire.GroupPartition{Index: p.Index, Offset: o.Offset, Epoch: o.Epoch})
	}
	return out
}

// EndOfEpoch asks a partition's leader where an epoch ends in its log; -1 if it does not know the epoch. It tries once.
func (c *Client) EndOfEpoch(ctx context.Context, p Partition, l Leader, epoch int32) (int64, error) {
	m := &wire.OffsetForLeaderEpoch{Topics: []wire.EpochTopic{{Name: p.Topic, Partitions: []wire.EpochPartition{{Index: p.Index, Current: l.Epoch, Epoch: epoch}}}}}
	if err := c.Do(ctx, l.Broker, m); err != nil {
		return -1, err
	}
	if len(m.Topics) != 1 || len(m.Topics[0].Partitions) != 1 {
		return -1, fmt.Errorf("epochs of partition %s: %w", p, wire.ErrCorrupt)
	}
	if x := m.Topics[0].Partitions[0]; x.Code != wire.None {
		return -1, fmt.Errorf("epochs of partition %s: %w", p, x.Code)
	} else {
		return x.End, nil
	}
}
