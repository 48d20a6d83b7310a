package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
)

const (
	// bufferBytes is how much may wait to be acknowledged; then Write waits.
	bufferBytes = 32 << 20
	// maxInFlight is how many requests one broker is sent at a time, each for other partitions.
	maxInFlight = 2
	// spareBatches is how many batches' memory is kept.
	spareBatches = 64
)

// topic is a topic that is written to.
type topic struct {
	name  string
	parts []*partition
	turn  int
	stuck int // the partition of records without key
}

// partition is a partition that is written to.
type partition struct {
	id client.Partition

	// Of the writer's goroutine.
	open   *batch
	since  int64 // when the open batch got its first record, ms
	next   int32 // sequence of the next record
	txn    *transaction
	topic  *topic
	listed bool // in the writer's list of open ones

	// Of the sender, under its mutex.
	queue  []*batch
	busy   bool // the first of the queue is on its way
	active bool // in the sender's list
	after  time.Time
	wait   time.Duration
}

// batch is records for one partition. From seal on it is the sender's.
type batch struct {
	records wire.Builder
	options wire.BatchOptions
	txn     *transaction // nil: none
	encoded []byte
	size    int
	first   time.Time // of the first attempt
}

// sender sends batches. Its methods may be called by the writer's goroutine.
type sender struct {
	c      *client.Client
	acks   int16
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{}
	done   sync.WaitGroup
	// rounds has the requests on their way.
	rounds     sync.WaitGroup
	bytes      *operators.Counter
	retries    *operators.Counter
	maxRequest int

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when batches are acknowledged or the sender has failed
	active   []*partition  // with something in their queue
	inFlight map[int32]int // by broker
	asking   bool          // for metadata
	waiting  int           // bytes that are not acknowledged
	codecs   []*wire.Codecs
	spare    []*batch
	messages []*wire.Produce // whose memory is free
	err      error
}

func newSender(c *client.Client, acks int16, bytes, retries *operators.Counter) *sender {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sender{
		c: c, acks: acks, ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1), bytes: bytes, retries: retries,
		maxRequest: max(1, c.Config().MaxRequestBytes), changed: make(chan struct{}), inFlight: map[int32]int{},
	}
	s.done.Add(1)
	go s.run()
	return s
}

// close stops sending; what is not acknowledged may be lost.
func (s *sender) close() {
	s.cancel()
	s.done.Wait()
	s.rounds.Wait()
	for _, c := range s.codecs {
		c.Close()
	}
}

// failed returns the error that ended the sender.
func (s *sender) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// fail ends the sender. The first error counts.
func (s *sender) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.announce()
}

// announce wakes all who wait; under the mutex.
func (s *sender) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sender) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take returns an empty batch.
func (s *sender) take() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.spare); n > 0 {
		b := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return b
	}
	return &batch{}
}

// put hands a batch over. It waits while too much is on its way.
func (s *sender) put(ctx context.Context, p *partition, b *batch) error {
	if err := s.await(ctx, bufferBytes); err != nil {
		return err
	}
	b.size = b.records.Size()
	s.mu.Lock()
	s.waiting += b.size
	p.queue = append(p.queue, b)
	if !p.active {
		p.active = true
		s.active = append(s.active, p)
	}
	s.mu.Unlock()
	s.poke()
	return nil
}

// await waits until at most limit bytes are not acknowledged.
func (s *sender) await(ctx context.Context, limit int) error {
	for {
		s.mu.Lock()
		err, ready, changed := s.err, s.waiting <= limit, s.changed
		s.mu.Unlock()
		if err != nil {
			return err
		}
		if ready {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// run gives out requests until it is closed.
func (s *sender) run() {
	defer s.done.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(s.dispatch())
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// dispatch sends what can be sent, and returns when to look again.
func (s *sender) dispatch() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	again, now := time.Hour, time.Now()
	if s.err != nil {
		return again
	}
	kept := s.active[:0]
	groups, sizes := map[int32][]*partition{}, map[int32]int{}
	var unknown []client.Partition
	for _, p := range s.active {
		if len(p.queue) == 0 && !p.busy {
			p.active = false
			continue
		}
		kept = append(kept, p)
		if p.busy {
			continue
		}
		if d := p.after.Sub(now); d > 0 {
			again = min(again, d)
			continue
		}
		l, ok := s.c.Leader(p.id)
		if !ok {
			unknown = append(unknown, p.id)
			continue
		}
		size := p.queue[0].size
		if s.inFlight[l.Broker] >= maxInFlight || sizes[l.Broker] > 0 && sizes[l.Broker]+size > s.maxRequest {
			continue
		}
		sizes[l.Broker] += size
		groups[l.Broker] = append(groups[l.Broker], p)
	}
	s.active = kept
	for broker, ps := range groups {
		s.inFlight[broker]++
		bs := make([]*batch, len(ps))
		for i, p := range ps {
			p.busy, bs[i] = true, p.queue[0]
		}
		s.rounds.Add(1)
		go s.exchange(broker, ps, bs)
	}
	if len(unknown) > 0 && !s.asking {
		s.asking = true
		s.rounds.Add(1)
		go s.ask(unknown)
	}
	return again
}

// ask looks for leaders.
func (s *sender) ask(ps []client.Partition) {
	defer s.rounds.Done()
	err := s.c.Retry(s.ctx, "leaders", func(ctx context.Context) error {
		_, err := s.c.Leaders(ctx, ps)
		return err
	})
	if err != nil && s.ctx.Err() == nil {
		s.fail(err)
	}
	s.mu.Lock()
	s.asking = false
	s.mu.Unlock()
	s.poke()
}

// outcome is what became of a batch.
type outcome struct {
	err  error
	soon bool // send it again
	half *batch
}

// exchange sends the first batches of partitions of one leader.
func (s *sender) exchange(broker int32, ps []*partition, bs []*batch) {
	defer s.rounds.Done()
	out, clean := s.attempt(broker, ps, bs)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[broker]--
	now := time.Now()
	for i, p := range ps {
		p.busy = false
		switch o := out[i]; {
		case o.half != nil:
			p.queue = append([]*batch{bs[i], o.half}, p.queue[1:]...)
		case o.err == nil:
			s.waiting -= bs[i].size
			copy(p.queue, p.queue[1:])
			p.queue = p.queue[:len(p.queue)-1]
			p.wait = 0
			s.bytes.Add(int64(len(bs[i].encoded)))
			s.reuse(bs[i], clean)
		case s.ctx.Err() != nil:
		case !o.soon || now.Sub(bs[i].first) > s.c.Config().RetryTimeout:
			if s.err == nil {
				s.err = o.err
				if o.soon {
					s.err = fmt.Errorf("given up after %s: %w", now.Sub(bs[i].first).Round(100*time.Millisecond), o.err)
				}
			}
		default:
			s.retries.Add(1)
			p.wait = min(max(2*p.wait, s.c.Config().Backoff), max(s.c.Config().MaxBackoff, time.Millisecond))
			p.after = now.Add(p.wait)
		}
	}
	s.announce()
	s.poke()
}

// reuse keeps a batch's memory, unless the transport may still read it.
func (s *sender) reuse(b *batch, clean bool) {
	if len(s.spare) >= spareBatches {
		return
	}
	b.records.Reset()
	if !clean {
		b.encoded = nil
	}
	b.encoded, b.txn, b.size, b.first = b.encoded[:0], nil, 0, time.Time{}
	s.spare = append(s.spare, b)
}

// attempt sends batches once. clean: nobody reads their memory any more.
func (s *sender) attempt(broker int32, ps []*partition, bs []*batch) (out []outcome, clean bool) {
	out = make([]outcome, len(ps))
	all := func(err error, soon bool) {
		for i := range out {
			out[i] = outcome{err: err, soon: soon}
		}
	}
	now := time.Now()
	for _, b := range bs {
		if b.first.IsZero() {
			b.first = now
		}
	}
	if err := s.encode(bs); err != nil {
		all(err, false)
		return out, true
	}
	m := s.message()
	if t := bs[0].txn; t != nil {
		if err := t.add(s.ctx, s.c, ps); err != nil {
			all(err, false)
			return out, true
		}
		m.Modern, m.TransactionID = t.modern, t.id
	}
	used := make([]client.Leader, len(ps))
	at := map[string]int{}
	for i, p := range ps {
		used[i], _ = s.c.Leader(p.id)
		k, ok := at[p.id.Topic]
		if !ok {
			k = len(m.Topics)
			at[p.id.Topic] = k
			m.Topics = append(m.Topics, wire.ProduceTopic{Name: p.id.Topic})
		}
		m.Topics[k].Partitions = append(m.Topics[k].Partitions, wire.ProducePartition{Index: p.id.Index, Records: bs[i].encoded})
	}
	if err := s.c.Do(s.ctx, broker, m); err != nil {
		for i, p := range ps {
			s.c.Forget(p.id, used[i])
		}
		all(err, client.Retryable(err))
		return out, false
	}
	defer s.giveBack(m)
	if s.acks == 0 {
		for i := range out {
			out[i] = outcome{}
		}
		return out, true
	}
	all(fmt.Errorf("%w: the broker's answer leaves out a partition", wire.ErrCorrupt), false)
	for _, t := range m.Found {
		for _, f := range t.Partitions {
			for i, p := range ps {
				if p.id.Topic == t.Name && p.id.Index == f.Index {
					out[i] = s.judge(p, bs[i], used[i], f)
				}
			}
		}
	}
	return out, true
}

// message returns a request without partitions.
func (s *sender) message() *wire.Produce {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &wire.Produce{}
	if n := len(s.messages); n > 0 {
		m = s.messages[n-1]
		s.messages = s.messages[:n-1]
	}
	m.Topics, m.Modern, m.TransactionID = m.Topics[:0], false, ""
	m.Acks, m.TimeoutMillis = s.acks, int32(s.c.Config().RequestTimeout.Milliseconds())
	return m
}

// giveBack keeps a request that nobody uses any more.
func (s *sender) giveBack(m *wire.Produce) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
}

// encode makes the bytes of batches that have none.
func (s *sender) encode(bs []*batch) (err error) {
	var c *wire.Codecs
	s.mu.Lock()
	if n := len(s.codecs); n > 0 {
		c = s.codecs[n-1]
		s.codecs = s.codecs[:n-1]
	}
	s.mu.Unlock()
	if c == nil {
		c = &wire.Codecs{}
	}
	for _, b := range bs {
		if len(b.encoded) == 0 && err == nil {
			b.encoded, err = b.records.AppendBatch(b.encoded[:0], c, b.options)
		}
	}
	s.mu.Lock()
	s.codecs = append(s.codecs, c)
	s.mu.Unlock()
	return err
}

// judge reads the broker's answer for a batch.
func (s *sender) judge(p *partition, b *batch, used client.Leader, f wire.ProducedPartition) outcome {
	err := fmt.Errorf("partition %s: %w", p.id, f.Code)
	switch {
	case f.Code == wire.None, f.Code == wire.DuplicateSequence:
		return outcome{}
	case f.Code == wire.MessageTooLarge:
		return s.halve(p, b)
	case f.Code == wire.UnknownTopicOrPartition, f.Code.Action() == wire.Refresh:
		s.c.Forget(p.id, used)
		return outcome{err: err, soon: true}
	case f.Code.Action() == wire.Wait:
		return outcome{err: err, soon: true}
	}
	if f.Message != "" {
		err = fmt.Errorf("%w: %s", err, f.Message)
	}
	for _, r := range f.Faults {
		err = fmt.Errorf("%w (record %d: %s)", err, r.Index, r.Message)
		break
	}
	if b.txn != nil && f.Code.Action() == wire.Resolve {
		err = fmt.Errorf("transaction %q was ended from outside (by its timeout of %s, or by another job with the same '%s'): %w",
			b.txn.id, b.txn.timeout, optionPrefix, err)
	}
	return outcome{err: err}
}

// halve divides a batch that is too large for its topic.
func (s *sender) halve(p *partition, b *batch) outcome {
	rest := &batch{options: b.options, txn: b.txn, first: b.first}
	ok, err := b.records.Halve(&rest.records)
	if err == nil && !ok {
		err = fmt.Errorf("partition %s: a record of %d bytes is larger than the topic's max.message.bytes allows: %w", p.id, b.records.Size(), wire.MessageTooLarge)
	}
	if err != nil {
		return outcome{err: err}
	}
	if b.options.Sequence >= 0 {
		rest.options.Sequence = forward(b.options.Sequence, b.records.Count())
	}
	b.encoded = nil
	whole := b.size
	b.size = whole / 2
	rest.size = whole - b.size
	return outcome{half: rest}
}

// forward counts a sequence on; after the largest comes 0.
func forward(seq int32, n int) int32 { return int32((int64(seq) + int64(n)) & 0x7fffffff) }

var errNoPartitions = errors.New("it has no partitions")
