package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"millrace/connectors/kafka/wire"
)

// Fetched is what a broker answered to one fetch. Its records lie in memory that Release gives back.
type Fetched struct {
	Parts   []Part
	Err     error // the fetcher cannot go on
	message *wire.Fetch
	home    *Fetcher
}

// Part is what came of one partition: records, or a code.
type Part struct {
	Partition
	From    int64 // the offset that was asked for; records before it may come along
	Code    wire.Code
	Aborted []wire.Aborted
	High    int64 // high watermark
	Records []byte
}

// Memory is where Records of the parts lie.
func (f *Fetched) Memory() []byte { return f.message.Frame() }

// Release gives the memory back for another fetch. To be called once.
func (f *Fetched) Release() {
	if f.message == nil || f.home == nil {
		return
	}
	select {
	case f.home.free <- f.message:
	default:
	}
	f.message = nil
}

// TruncatedError says that records were lost behind the reader's back: the log of a new leader ends before the reader's position.
type TruncatedError struct {
	Partition Partition
	Position  int64
	End       int64
}

// Error names partition and offsets.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("partition %s: the log was truncated: records up to offset %d were read, but the new leader's log of that time ends at %d "+
		"(an unclean leader election loses records)", e.Partition, e.Position, e.End)
}

// Fetcher reads partitions. A goroutine for each broker keeps one request in flight; another one finds leaders.
type Fetcher struct {
	c      *Client
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	out    chan *Fetched // room for one: the next answer is there when the reader comes
	free   chan *wire.Fetch
	look   chan struct{} // some partition has no leader

	mu     sync.Mutex
	parts  map[Partition]*fetching
	order  []*fetching
	loops  map[int32]chan struct{} // broker: wakes its goroutine
	closed bool
}

// fetching is a partition that is read.
type fetching struct {
	Partition
	offset  int64
	epoch   int32 // of the leader that wrote the record before offset; -1: unknown
	leader  Leader
	known   bool // leader is
	checked int32
	paused  bool
	retry   time.Time
	failing time.Time // since when; zero: it works
}

// NewFetcher returns a fetcher without partitions. It must be closed.
func (c *Client) NewFetcher() *Fetcher {
	f := &Fetcher{
		c: c, out: make(chan *Fetched, 1), free: make(chan *wire.Fetch, 8), look: make(chan struct{}, 1), parts: map[Partition]*fetching{},
		loops: map[int32]chan struct{}{},
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.wg.Go(f.findLeaders)
	return f
}

// Close ends the goroutines and waits for them.
func (f *Fetcher) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.wg.Wait()
}

// Add reads a partition from an offset on. epoch is that of the leader that wrote the record before; -1: unknown.
func (f *Fetcher) Add(p Partition, at Offset) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parts[p] != nil {
		return
	}
	x := &fetching{Partition: p, offset: at.Offset, epoch: at.Epoch, checked: at.Epoch}
	f.parts[p] = x
	f.order = append(f.order, x)
	f.seek()
}

// Remove reads a partition no more; what was fetched of it may still come.
func (f *Fetcher) Remove(p Partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.parts, p)
	for i, x := range f.order {
		if x.Partition == p {
			f.order = append(f.order[:i:i], f.order[i+1:]...)
			return
		}
	}
}

// Pause stops or resumes fetching a partition; what was fetched of it may still come.
func (f *Fetcher) Pause(p Partition, paused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x := f.parts[p]; x != nil && x.paused != paused {
		x.paused = paused
		if wake := f.loops[x.leader.Broker]; !paused && x.known && wake != nil {
			poke(wake)
		}
	}
}

// Next returns what was fetched, waiting for it until ctx ends. The caller releases it.
func (f *Fetcher) Next(ctx context.Context) (*Fetched, error) {
	select {
	case x := <-f.out:
		return x, nil
	default:
	}
	select {
	case x := <-f.out:
		return x, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// deliver hands x to the reader.
func (f *Fetcher) deliver(x *Fetched) {
	select {
	case f.out <- x:
	case <-f.ctx.Done():
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// seek asks for leaders.
func (f *Fetcher) seek() { poke(f.look) }

// findLeaders gives partitions their leaders, whenever some have none.
func (f *Fetcher) findLeaders() {
	wait := f.c.cfg.Backoff
	for {
		select {
		case <-f.look:
		case <-f.ctx.Done():
			return
		}
		for {
			again, err := f.assign()
			if f.ctx.Err() != nil {
				return
			}
			if err != nil {
				f.deliver(&Fetched{Err: err})
				return
			}
			if !again {
				break
			}
			if sleep(f.ctx, wait) != nil {
				return
			}
			wait = f.c.grow(wait)
		}
		wait = f.c.cfg.Backoff
	}
}

// assign asks for the leaders of partitions without; again tells that some still have none.
func (f *Fetcher) assign() (again bool, err error) {
	f.mu.Lock()
	var lost []*fetching
	for _, x := range f.order {
		if !x.known {
			lost = append(lost, x)
		}
	}
	f.mu.Unlock()
	if len(lost) == 0 {
		return false, nil
	}
	topics, seen := []string{}, map[string]bool{}
	for _, x := range lost {
		if !seen[x.Topic] {
			seen[x.Topic] = true
			topics = append(topics, x.Topic)
		}
	}
	m, err := f.c.Metadata(f.ctx, topics)
	if err != nil && !Retryable(err) {
		return false, err
	}
	codes := map[string]wire.Code{}
	if m != nil {
		for _, t := range m.Found {
			codes[t.Name] = t.Code
			if t.Code != wire.None && !t.Code.Retryable() {
				return false, TopicError(t.Name, t.Code)
			}
		}
	}
	for _, x := range lost {
		reason := err
		if reason == nil {
			reason = f.give(x, codes[x.Topic])
		}
		var truncated *TruncatedError
		switch {
		case reason == nil:
			continue
		case errors.As(reason, &truncated):
			return false, reason
		}
		again = true
		if err := f.fails(x, reason); err != nil {
			return false, err
		}
	}
	return again, nil
}

// give lets x be read from its leader, if that is known and has all that was read.
func (f *Fetcher) give(x *fetching, code wire.Code) error {
	if code != wire.None {
		return TopicError(x.Topic, code)
	}
	l, ok := f.c.Leader(x.Partition)
	if !ok {
		return fmt.Errorf("partition %s: %w", x.Partition, wire.LeaderNotAvailable)
	}
	f.mu.Lock()
	offset, epoch, checked := x.offset, x.epoch, x.checked
	f.mu.Unlock()
	if epoch >= 0 && l.Epoch > checked {
		end, err := f.c.EndOfEpoch(f.ctx, x.Partition, l, epoch)
		if err != nil {
			f.c.Forget(x.Partition, l)
			return err
		}
		if end >= 0 && end < offset {
			return &TruncatedError{x.Partition, offset, end}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	x.leader, x.known, x.checked = l, true, l.Epoch
	wake := f.loops[l.Broker]
	if wake == nil && !f.closed {
		wake = make(chan struct{}, 1)
		f.loops[l.Broker] = wake
		f.wg.Go(func() { f.loop(l.Broker, wake) })
	}
	poke(wake)
	return nil
}

// fails notes that x cannot be read. It is an error when that has lasted too long.
func (f *Fetcher) fails(x *fetching, reason error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failsLocked(x, reason)
}

func (f *Fetcher) failsLocked(x *fetching, reason error) error {
	now := time.Now()
	f.c.retries.Add(1)
	if x.failing.IsZero() {
		x.failing = now
		f.c.log.Warn("kafka partition cannot be read for the moment", "partition", x.Partition.String(), "error", reason)
	}
	if spent := now.Sub(x.failing); spent >= f.c.cfg.RetryTimeout {
		return fmt.Errorf("partition %s: given up after %s: %w", x.Partition, spent.Round(100*time.Millisecond), reason)
	}
	return nil
}

// loop fetches from one broker.
func (f *Fetcher) loop(broker int32, wake chan struct{}) {
	turn := 0
	wait := f.c.cfg.Backoff
	var asked []asking
	for f.ctx.Err() == nil {
		var m *wire.Fetch
		select {
		case m = <-f.free:
		default:
			m = &wire.Fetch{}
		}
		var pause time.Duration
		asked, pause = f.request(m, broker, turn, asked[:0])
		turn++
		if len(asked) == 0 {
			(&Fetched{message: m, home: f}).Release()
			if !f.idle(wake, pause) {
				return
			}
			continue
		}
		err := f.c.Do(f.ctx, broker, m)
		if f.ctx.Err() != nil {
			return
		}
		if err == nil && m.Code != wire.None {
			err = fmt.Errorf("fetch from broker %d: %w", broker, m.Code)
		}
		if err != nil {
			// The message is not used again: the transport may still hold it.
			if err := f.broken(asked, err); err != nil {
				f.deliver(&Fetched{Err: err})
				return
			}
			if sleep(f.ctx, wait) != nil {
				return
			}
			wait = f.c.grow(wait)
			continue
		}
		wait = f.c.cfg.Backoff
		x := f.answer(m, asked)
		if len(x.Parts) == 0 && x.Err == nil {
			x.Release()
			continue
		}
		f.deliver(x)
	}
}

// idle waits until there may be something to fetch.
func (f *Fetcher) idle(wake chan struct{}, pause time.Duration) bool {
	var after <-chan time.Time
	if pause > 0 {
		t := time.NewTimer(pause)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-wake:
	case <-after:
	case <-f.ctx.Done():
		return false
	}
	return true
}

// asking is a partition in a request.
type asking struct {
	x      *fetching
	offset int64
	leader Leader
}

// request fills in a fetch of the broker's partitions, beginning with another one each turn. pause is how long to wait if there are none.
func (f *Fetcher) request(m *wire.Fetch, broker int32, turn int, asked []asking) (_ []asking, pause time.Duration) {
	cfg := &f.c.cfg
	m.MaxWaitMillis, m.MinBytes, m.MaxBytes = int32(cfg.FetchWait.Milliseconds()), cfg.FetchMinBytes, cfg.FetchMaxBytes
	m.Committed = cfg.Committed
	m.Topics = m.Topics[:0]
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	at := map[string]int{}
	for k := range f.order {
		x := f.order[(k+turn)%len(f.order)]
		if !x.known || x.leader.Broker != broker || x.paused {
			continue
		}
		if d := x.retry.Sub(now); d > 0 {
			if pause == 0 || d < pause {
				pause = d
			}
			continue
		}
		i, ok := at[x.Topic]
		if !ok {
			i = len(m.Topics)
			at[x.Topic] = i
			m.Topics = append(m.Topics, wire.FetchTopic{Name: x.Topic})
		}
		m.Topics[i].Partitions = append(m.Topics[i].Partitions,
			wire.FetchPartition{Index: x.Index, Epoch: x.leader.Epoch, Offset: x.offset, MaxBytes: cfg.PartitionMaxBytes})
		asked = append(asked, asking{x, x.offset, x.leader})
	}
	return asked, pause
}

// broken handles a fetch that was not answered: the leaders may be elsewhere.
func (f *Fetcher) broken(asked []asking, reason error) error {
	if !Retryable(reason) {
		return reason
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range asked {
		if err := f.failsLocked(a.x, reason); err != nil {
			return err
		}
		f.lose(a)
	}
	f.seek()
	return nil
}

// lose takes the leader away from a partition.
func (f *Fetcher) lose(a asking) {
	f.c.Forget(a.x.Partition, a.leader)
	if a.x.leader == a.leader {
		a.x.known = false
	}
}

// answer advances the partitions and collects what came.
func (f *Fetcher) answer(m *wire.Fetch, asked []asking) *Fetched {
	out := &Fetched{message: m, home: f}
	at := make(map[Partition]int, len(asked))
	for i, a := range asked {
		at[a.x.Partition] = i
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range m.Found {
		t := &m.Found[i]
		for k := range t.Partitions {
			got := &t.Partitions[k]
			if i, ok := at[Partition{t.Name, got.Index}]; ok && f.parts[asked[i].x.Partition] == asked[i].x {
				f.take(out, asked[i], got)
			}
		}
	}
	return out
}

// take handles the answer for one partition.
func (f *Fetcher) take(out *Fetched, a asking, got *wire.FetchedPartition) {
	x := a.x
	part := Part{Partition: x.Partition, From: a.offset, Code: got.Code, Aborted: got.Aborted, High: got.High, Records: got.Records}
	switch got.Code.Action() {
	case wire.Refresh, wire.Wait:
		if err := f.failsLocked(x, fmt.Errorf("partition %s: %w", x.Partition, got.Code)); err != nil {
			out.Err = err
		}
		x.retry = time.Now().Add(f.c.cfg.Backoff)
		if got.Code.Action() == wire.Refresh {
			f.lose(a)
			f.seek()
		}
		return
	case wire.Fail:
		if got.Code == wire.None {
			break
		}
		fallthrough
	default:
		x.paused = true
		out.Parts = append(out.Parts, part)
		return
	}
	if !x.failing.IsZero() {
		f.c.log.Info("kafka partition is read again", "partition", x.Partition.String(), "after", time.Since(x.failing).Round(time.Millisecond))
		x.failing = time.Time{}
	}
	if len(got.Records) == 0 {
		return
	}
	next, epoch := wire.NextOffset(got.Records, a.offset, x.epoch)
	if next <= a.offset {
		out.Err = fmt.Errorf("partition %s: %w: %d bytes at offset %d have no whole batch", x.Partition, wire.ErrCorrupt, len(got.Records), a.offset)
		return
	}
	x.offset, x.epoch = next, epoch
	out.Parts = append(out.Parts, part)
}
