package sink

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"millrace/connectors"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
)

// connect asks for topics and identities.
func (w *Writer) connect(ctx context.Context) error {
	if w.layout.topic < 0 {
		t, err := w.find(ctx, w.c.Topics[0])
		if err != nil {
			return err
		}
		w.only = t
	}
	w.looked = w.env.Now()
	switch {
	case w.guarantee == ExactlyOnce:
		modern, err := modern(ctx, w.client)
		if err != nil {
			return err
		}
		timeout, err := checkTimeout(ctx, w.client, w.c, w.env)
		if err != nil {
			return err
		}
		w.prefix = w.c.prefix(w.s.Table, w.env)
		w.ids = &ids{
			c: w.client, timeout: timeout, modern: modern, waiting: w.env.Count(connectors.CountPendingTransactions),
			prefix: w.prefix + strconv.Itoa(w.env.Subtask) + "-" + uuid.NewString()[:8] + "-",
		}
	case w.client.Config().Idempotence:
		p, err := initProducer(ctx, w.client, "", 0, false)
		if err != nil {
			return fmt.Errorf("producer id: %w", err)
		}
		w.producer = p
	}
	return nil
}

func modern(ctx context.Context, c *client.Client) (ok bool, err error) {
	err = c.Retry(ctx, "versions", func(ctx context.Context) (err error) {
		ok, err = c.Modern(ctx)
		return err
	})
	return ok, err
}

// find asks for a topic and its partitions, or for new ones.
func (w *Writer) find(ctx context.Context, name string) (*topic, error) {
	t := w.topics[name]
	if t == nil {
		t = &topic{name: name}
	}
	missing := 0
	err := w.client.Retry(ctx, "topic '"+name+"'", func(ctx context.Context) error {
		m, err := w.client.Metadata(ctx, []string{name})
		if err != nil {
			return err
		}
		if len(m.Found) == 0 {
			return fmt.Errorf("topic '%s': %w", name, wire.ErrCorrupt)
		}
		f := m.Found[0]
		switch {
		case f.Code == wire.UnknownTopicOrPartition:
			// It may just have been made; but most often the name is wrong.
			if missing++; missing > 4 {
				return fmt.Errorf("topic '%s' at %s: %w", name, strings.Join(w.c.Client.Brokers, ","), connectors.ErrNotFound)
			}
			return fmt.Errorf("topic '%s': %w", name, f.Code)
		case f.Code != wire.None:
			return fmt.Errorf("topic '%s': %w", name, f.Code)
		case len(f.Partitions) == 0:
			return fmt.Errorf("topic '%s': %w", name, errNoPartitions)
		}
		for i := len(t.parts); i < len(f.Partitions); i++ {
			t.parts = append(t.parts, &partition{id: client.Partition{Topic: name, Index: int32(i)}, topic: t})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.stuck = int(uint(w.env.Subtask) % uint(len(t.parts)))
	w.topics[name] = t
	return t, nil
}

// topicOf is the topic that a row names.
func (w *Writer) topicOf(ctx context.Context, b *operators.Batch, row int) (*topic, error) {
	col := b.Columns[w.layout.topic]
	if col.IsNull(row) {
		if w.c.Pattern == nil && len(w.c.Topics) == 1 {
			return w.known(ctx, w.c.Topics[0])
		}
		return nil, errors.New("metadata column 'topic' is NULL")
	}
	name := col.Bytes(row)
	if w.last != nil && w.last.name == string(name) {
		return w.last, nil
	}
	t := w.topics[string(name)]
	if t == nil {
		allowed := w.c.Pattern != nil && w.c.Pattern.Match(name)
		for _, a := range w.c.Topics {
			allowed = allowed || a == string(name)
		}
		if !allowed {
			return nil, fmt.Errorf("metadata column 'topic' = '%s': the options 'topic' and 'topic-pattern' do not allow it", name)
		}
		var err error
		if t, err = w.known(ctx, string(name)); err != nil {
			return nil, err
		}
	}
	w.last = t
	return t, nil
}

// known returns a topic, asking for it the first time.
func (w *Writer) known(ctx context.Context, name string) (*topic, error) {
	if t := w.topics[name]; t != nil {
		return t, nil
	}
	return w.find(ctx, name)
}
