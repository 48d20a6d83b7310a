package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
)

// handleVersion is the version of handles and writer states.
const handleVersion = 1

// handle is what a checkpoint keeps of a transaction: all that is needed to commit it, and to tell later whether it was.
type handle struct {
	Version    int    `json:"version"`
	ID         string `json:"id"`
	ProducerID int64  `json:"producer"`
	Epoch      int16  `json:"epoch"`
	Modern     bool   `json:"modern,omitempty"`
	Checkpoint int64  `json:"checkpoint"`
	Topic      string `json:"topic"` // of the progress record
	Partition  int32  `json:"partition"`
	Begun      int64  `json:"begun"` // ms
	Timeout    int64  `json:"timeout"`
}

func (h *handle) producer() wire.Producer { return wire.Producer{ID: h.ProducerID, Epoch: h.Epoch} }

func decodeHandle(b []byte) (h handle, err error) {
	if err = json.Unmarshal(b, &h); err == nil && h.Version != handleVersion {
		err = fmt.Errorf("version %d is not known", h.Version)
	}
	if err != nil {
		err = fmt.Errorf("handle of a transaction: %w", err)
	}
	return h, err
}

// state is what a writer leaves in a checkpoint: where to look for its transactions if the prefix is another one later.
type state struct {
	Version int    `json:"version"`
	Prefix  string `json:"prefix"`
}

func decodeState(b []byte) (s state, err error) {
	if err = json.Unmarshal(b, &s); err == nil && s.Version != handleVersion {
		err = fmt.Errorf("version %d is not known", s.Version)
	}
	if err != nil {
		err = fmt.Errorf("writer state: %w", err)
	}
	return s, err
}

// transaction is the transaction that rows go to.
type transaction struct {
	id       string
	producer wire.Producer
	modern   bool
	timeout  time.Duration
	begun    int64
	// partition is one that has rows of it: its name is that of the progress record.
	partition client.Partition

	mu    sync.Mutex
	added map[client.Partition]bool // old style
}

// add makes partitions part of the transaction before they are written to, where brokers do not do that themselves.
func (t *transaction) add(ctx context.Context, c *client.Client, ps []*partition) error {
	if t.modern {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var topics []wire.TopicPartitions
	at := map[string]int{}
	for _, p := range ps {
		if t.added[p.id] {
			continue
		}
		i, ok := at[p.id.Topic]
		if !ok {
			i = len(topics)
			at[p.id.Topic] = i
			topics = append(topics, wire.TopicPartitions{Name: p.id.Topic})
		}
		topics[i].Partitions = append(topics[i].Partitions, p.id.Index)
	}
	if len(topics) == 0 {
		return nil
	}
	err := c.Retry(ctx, "partitions of transaction '"+t.id+"'", func(ctx context.Context) error {
		m := &wire.AddPartitionsToTxn{TransactionID: t.id, Producer: t.producer, Topics: topics}
		return c.ToCoordinator(ctx, t.id, true, m, func() wire.Code { return wire.FirstCode(m.Found) })
	})
	if err != nil {
		return fmt.Errorf("transaction %q: %w", t.id, err)
	}
	for _, p := range ps {
		t.added[p.id] = true
	}
	return nil
}

// progress puts the progress record into the transaction.
func (t *transaction) progress(ctx context.Context, c *client.Client, checkpoint int64) error {
	topics := []wire.GroupTopic{{Name: t.partition.Topic, Partitions: []wire.GroupPartition{{
		Index: t.partition.Index, Offset: checkpoint, Epoch: -1,
		Metadata: fmt.Sprintf("millrace %d:%d", t.producer.ID, t.producer.Epoch),
	}}}}
	if !t.modern {
		err := c.Retry(ctx, "group of transaction '"+t.id+"'", func(ctx context.Context) error {
			m := &wire.AddOffsetsToTxn{TransactionID: t.id, Producer: t.producer, Group: t.id}
			return c.ToCoordinator(ctx, t.id, true, m, func() wire.Code { return m.Code })
		})
		if err != nil {
			return fmt.Errorf("progress record of transaction %q: %w", t.id, err)
		}
	}
	err := c.Retry(ctx, "progress record of transaction '"+t.id+"'", func(ctx context.Context) error {
		m := &wire.TxnOffsetCommit{Modern: t.modern, TransactionID: t.id, Group: t.id, Producer: t.producer, Topics: topics}
		return c.ToCoordinator(ctx, t.id, false, m, func() wire.Code { return wire.FirstCode(m.Found) })
	})
	if err != nil {
		return fmt.Errorf("progress record of transaction %q: %w", t.id, err)
	}
	return nil
}

// endTxn commits or aborts, repeating what may pass.
func endTxn(ctx context.Context, c *client.Client, id string, p wire.Producer, modern, commit bool) error {
	return c.Retry(ctx, "end of transaction '"+id+"'", func(ctx context.Context) error {
		m := &wire.EndTxn{Modern: modern, TransactionID: id, Producer: p, Commit: commit}
		return c.ToCoordinator(ctx, id, true, m, func() wire.Code { return m.Code })
	})
}

// initProducer raises the epoch of a transactional id, which aborts what is open, or asks for an identity without one.
func initProducer(ctx context.Context, c *client.Client, id string, timeout time.Duration, modern bool) (p wire.Producer, err error) {
	err = c.Retry(ctx, "producer id", func(ctx context.Context) error {
		m := &wire.InitProducerID{Modern: modern, TransactionID: id, TimeoutMillis: int32(timeout.Milliseconds()), Before: wire.NoProducer()}
		code := func() wire.Code { return m.Code }
		if id == "" {
			if err := c.Do(ctx, client.AnyBroker, m); err != nil {
				return err
			}
			p = m.Producer
			return code().Err()
		}
		err := c.ToCoordinator(ctx, id, true, m, code)
		p = m.Producer
		return err
	})
	if errors.Is(err, wire.InvalidTxnTimeout) {
		err = fmt.Errorf("option '%s' = '%d' is more than the brokers' transaction.max.timeout.ms: %w", optionTimeout, timeout.Milliseconds(), err)
	}
	return p, err
}

// describe asks for the state of a transactional id.
func describe(ctx context.Context, c *client.Client, id string) (s wire.TransactionState, err error) {
	err = c.Retry(ctx, "state of transaction '"+id+"'", func(ctx context.Context) error {
		m := &wire.DescribeTransactions{IDs: []string{id}}
		return c.ToCoordinator(ctx, id, true, m, func() wire.Code {
			if len(m.Found) != 1 {
				return wire.TransactionalIDNotFound
			}
			s = m.Found[0]
			return s.Code
		})
	})
	return s, err
}
