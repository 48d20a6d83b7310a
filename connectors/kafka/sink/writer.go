package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/planner/plan"
)

// refresh is how often topics are looked at for new partitions.
const refresh = 5 * time.Minute

// closeTime is how long Close may take to abort what is open.
const closeTime = 5 * time.Second

// Writer writes the rows of one subtask. It implements connectors.Writer.
type Writer struct {
	c         *Config
	s         *plan.Sink
	env       connectors.Env
	guarantee Guarantee
	prefix    string
	client    *client.Client
	send      *sender
	layout    layout
	spread    spread
	codec     wire.Codec

	topics map[string]*topic
	only   *topic // the one topic; nil: a column names it
	last   *topic // that of the row before
	looked int64  // when, ms

	producer wire.Producer // of batches without transaction
	ids      *ids          // nil: no transactions
	txn      *transaction  // nil: none is open
	buffer   *reducer      // nil: none

	opened       []*partition // with an open batch
	oldest       int64        // since when there is one
	batchBytes   int
	keys, values format.Output
	rows, adds   []uint16
	chosen       []uint16
	headers      []byte
	records      *operators.Counter
	begun        *operators.Counter
}

var (
	_ connectors.Writer             = (*Writer)(nil)
	_ connectors.CheckpointListener = (*Writer)(nil)
)

// Open opens the writer of one subtask: it asks the cluster for the topic and, if needed, for a producer id.
func Open(ctx context.Context, c *Config, s *plan.Sink, env connectors.Env) (*Writer, error) {
	w := &Writer{
		c: c, s: s, env: env, guarantee: c.guarantee(env), spread: spreadOf(c.Partitioner), codec: c.Client.Compression,
		producer: wire.NoProducer(), topics: map[string]*topic{}, records: env.Count(connectors.CountRecordsSent), begun: env.Count(connectors.CountTransactions),
	}
	cfg, err := clientConfig(c, w.guarantee)
	if err != nil {
		return nil, err
	}
	if w.layout, err = newLayout(c, s); err != nil {
		return nil, err
	}
	if w.layout.topic < 0 && (c.Pattern != nil || len(c.Topics) != 1) {
		return nil, errors.New("a sink of several topics needs the metadata column 'topic'")
	}
	w.batchBytes = min(max(cfg.BatchBytes, 1), cfg.MaxRequestBytes)
	w.client = client.New(cfg, env.Log)
	if c.BufferRows > 0 {
		w.buffer = newReducer(c.BufferRows)
	}
	if err := w.connect(ctx); err != nil {
		w.client.Close()
		return nil, err
	}
	w.send = newSender(w.client, cfg.Acks, env.Count(connectors.CountBytesSent), env.Count(connectors.CountRetries))
	return w, nil
}

// clientConfig is the client's config for a guarantee.
func clientConfig(c *Config, g Guarantee) (client.Config, error) {
	cfg := c.Client
	if !c.hasBackoff() {
		// The first repetition comes soon: coordinators say for some ms that they are not done yet.
		cfg.Backoff = 2 * time.Millisecond
	}
	switch {
	case cfg.Acks == -1 && (g == AtLeastOnce || cfg.Idempotence):
		cfg.Idempotence = cfg.Idempotence || g == ExactlyOnce
	case g == ExactlyOnce:
		return cfg, errors.New("option 'properties.acks': exactly-once needs all")
	case c.Idempotent && cfg.Idempotence:
		return cfg, errors.New("option 'properties.acks': 'properties.enable.idempotence' needs all")
	default:
		cfg.Idempotence = false
	}
	if g == ExactlyOnce && !cfg.Idempotence {
		return cfg, errors.New("option 'properties.enable.idempotence': exactly-once needs true")
	}
	return cfg, nil
}

// hasBackoff tells whether the table's options set the pause before a repetition.
func (c *Config) hasBackoff() bool { return c.Client.Backoff != client.Defaults().Backoff }

// Write encodes rows and sends what is full.
func (w *Writer) Write(ctx context.Context, b *operators.Batch) error {
	if err := w.send.failed(); err != nil {
		return w.named(err)
	}
	if b.Rows() == 0 {
		return nil
	}
	rows, adds, err := w.choose(b)
	if err != nil || len(rows) == 0 {
		return err
	}
	if w.ids != nil && w.txn == nil && w.buffer == nil {
		if err := w.begin(ctx); err != nil {
			return w.named(err)
		}
	}
	if err := w.encode(b, rows, adds); err != nil {
		return w.named(err)
	}
	if err := w.spreadOut(ctx, b, rows, adds); err != nil {
		return w.named(err)
	}
	return w.named(w.tick(ctx))
}

func (w *Writer) begin(ctx context.Context) (err error) {
	w.txn, err = w.ids.begin(ctx, w.env.Now())
	if err == nil {
		w.begun.Add(1)
	}
	return err
}

func (w *Writer) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("table %s: %w", w.s.Table, err)
}

// append adds a record to the open batch of its partition.
func (w *Writer) append(ctx context.Context, p *partition, at int64, key, value []byte, n int, headers []byte, now int64) error {
	size := wire.RecordSize(len(key), len(value), len(headers))
	if p.open != nil && p.open.records.Size()+size > w.batchBytes {
		if err := w.seal(ctx, p); err != nil {
			return err
		}
	}
	if p.open == nil {
		if size > w.send.maxRequest+32 {
			return fmt.Errorf("a record of %d bytes is larger than 'properties.max.request.size' = %d", size-32, w.send.maxRequest)
		}
		p.open, p.since = w.send.take(), now
		if !p.listed {
			p.listed = true
			w.opened = append(w.opened, p)
		}
		if len(w.opened) == 1 {
			w.oldest = now
		}
	}
	p.open.records.AppendEncoded(at, key, value, n, headers)
	w.records.Add(1)
	return nil
}

// seal hands the open batch of a partition to the sender.
func (w *Writer) seal(ctx context.Context, p *partition) error {
	b := p.open
	p.open = nil
	b.options = wire.BatchOptions{Codec: w.codec, Producer: w.producer, Sequence: -1}
	if w.ids != nil {
		b.txn = w.txn
		b.options.Producer, b.options.Transactional = w.txn.producer, true
		if p.txn != w.txn {
			p.txn, p.next = w.txn, 0
		}
		w.txn.partition = p.id
	}
	if b.options.Producer.ID >= 0 {
		b.options.Sequence = p.next
		p.next = forward(p.next, b.records.Count())
	}
	p.topic.move(p)
	return w.send.put(ctx, p, b)
}

// sealAll hands over all open batches, or those that were opened by the given time.
func (w *Writer) sealAll(ctx context.Context, by int64) error {
	kept := w.opened[:0]
	w.oldest = by
	for i, p := range w.opened {
		switch {
		case p.open == nil:
			p.listed = false
		case p.since > by:
			kept = append(kept, p)
			w.oldest = min(w.oldest, p.since)
		default:
			p.listed = false
			if err := w.seal(ctx, p); err != nil {
				w.opened = append(kept, w.opened[i+1:]...)
				return err
			}
		}
	}
	w.opened = kept
	return nil
}

// tick sends what has lingered long enough and looks for new partitions.
func (w *Writer) tick(ctx context.Context) error {
	now := w.env.Now()
	if w.buffer != nil && w.buffer.due(now, w.c.BufferTime.Milliseconds()) {
		if err := w.drain(ctx); err != nil {
			return err
		}
	}
	if linger := w.c.Client.Linger.Milliseconds(); len(w.opened) > 0 && now-w.oldest >= linger {
		if err := w.sealAll(ctx, now-linger); err != nil {
			return err
		}
	}
	if now-w.looked < refresh.Milliseconds() {
		return nil
	}
	w.looked = now
	for name := range w.topics {
		if _, err := w.find(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Flush sends what is open. It does not wait for the brokers: Prepare does.
func (w *Writer) Flush(ctx context.Context) error {
	if err := w.send.failed(); err != nil {
		return w.named(err)
	}
	if w.buffer != nil {
		return w.named(w.tick(ctx))
	}
	return w.named(w.sealAll(ctx, w.env.Now()+1))
}

// Prepare waits until all rows are acknowledged and ends the transaction short of its commit.
func (w *Writer) Prepare(ctx context.Context, checkpoint int64, final bool) (commit, keep []byte, err error) {
	if w.buffer != nil {
		if err := w.drain(ctx); err != nil {
			return nil, nil, w.named(err)
		}
	}
	if err := w.sealAll(ctx, w.env.Now()+1); err != nil {
		return nil, nil, w.named(err)
	}
	if w.guarantee == None && !final {
		return nil, nil, w.named(w.send.failed())
	}
	if err := w.send.await(ctx, 0); err != nil {
		return nil, nil, w.named(err)
	}
	if w.ids == nil {
		return nil, nil, nil
	}
	if keep, err = json.Marshal(state{Version: handleVersion, Prefix: w.prefix}); err != nil {
		return nil, nil, err
	}
	t := w.txn
	if t == nil {
		return nil, keep, nil
	}
	if err := t.progress(ctx, w.client, checkpoint); err != nil {
		return nil, nil, w.named(err)
	}
	h := handle{
		Version: handleVersion, ID: t.id, ProducerID: t.producer.ID, Epoch: t.producer.Epoch, Modern: t.modern, Checkpoint: checkpoint,
		Topic: t.partition.Topic, Partition: t.partition.Index, Begun: t.begun, Timeout: t.timeout.Milliseconds(),
	}
	if commit, err = json.Marshal(h); err != nil {
		return nil, nil, err
	}
	w.ids.prepared(h)
	w.txn = nil
	return commit, keep, nil
}

// CheckpointComplete frees the ids of transactions that are committed. Without a notice the coordinators are asked when an id is needed.
func (w *Writer) CheckpointComplete(checkpoint int64) {
	if w.ids != nil {
		w.ids.release(checkpoint)
	}
}

// Close ends the writer. What no Prepare has ended is aborted.
func (w *Writer) Close() error {
	w.send.close()
	if t := w.txn; t != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if err := endTxn(ctx, w.client, t.id, t.producer, t.modern, false); err != nil && w.env.Log != nil {
			w.env.Log.Debug("transaction was left open", "transaction", t.id, "error", err)
		}
	}
	w.client.Close()
	return nil
}
