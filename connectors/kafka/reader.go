package kafka

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
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// unlimited is a number of rows that is never reached.
const unlimited int64 = 1<<63 - 1

// partition is a split that is being read.
type partition struct {
	position
	id   string
	name client.Partition
	high int64 // high watermark
	lag  int64 // as it is in the counter
}

// run is rows of one partition that follow each other in the batch that is being made.
type run struct {
	p     *partition
	begin position // where they begin
	row   int      // the first
}

// reader reads partitions.
type reader struct {
	cfg            *config
	s              *plan.Source
	env            connectors.Env
	c              *client.Client
	fetcher        *client.Fetcher
	codecs         wire.Codecs
	rows           *rows
	fate           format.Fate
	marks          *marks // nil: watermarks are not made here
	dropped        *operators.Counter
	keyless        *operators.Counter
	pendingRecords *operators.Counter // records that the partitions have and were not read
	retries        *operators.Counter

	parts  map[client.Partition]*partition
	noMore bool
	left   int64 // rows that are still wanted

	fetched *fetch // nil: none
	chunk   chunk
	current *partition // that of chunk, while it has records
	runs    []run
	ended   []string // partitions that were read to their end, whose last rows may be in the batch that is being made
	took    int64    // bytes read for the batch that is being made

	pending *vector.Batch // rows that are still to be returned, from row from on
	from    int

	commit chan map[client.Partition]client.Offset
	done   chan struct{}
	marked map[client.Partition]client.Offset // positions of the last snapshot
}

func newReader(cfg *config, s *plan.Source, env connectors.Env) (*reader, error) {
	r := &reader{cfg: cfg, s: s, env: env, parts: map[client.Partition]*partition{}, left: s.Limit}
	if r.left <= 0 {
		r.left = unlimited
	}
	malformed := env.Count(connectors.CountMalformed)
	r.fate = format.NewFate(s, env.DeadLetter, malformed)
	r.dropped, r.keyless = env.Count(connectors.CountWithoutValue), env.Count("numRecordsWithoutKey")
	r.pendingRecords, r.retries = env.Count(connectors.CountPendingRecords), env.Count(connectors.CountRetries)
	var err error
	if r.rows, err = newRows(cfg, s, env.Pool, malformed); err != nil {
		return nil, err
	}
	if s.Watermark != nil {
		if r.marks, err = newMarks(cfg.owner, s.Projected, s.Watermark, env.Now); err != nil {
			r.rows.close()
			return nil, err
		}
		r.marks.drift, r.marks.gap = cfg.drift.Milliseconds(), cfg.gap
	}
	r.c = client.New(cfg.client, env.Log)
	r.fetcher = r.c.NewFetcher()
	return r, nil
}

// Add takes further splits.
func (r *reader) Add(splits []connectors.Split) error {
	for _, s := range splits {
		p := &partition{id: s.ID}
		if err := json.Unmarshal(s.State, &p.position); err != nil {
			return fmt.Errorf("split %q: %w", s.ID, err)
		}
		if p.Offset < 0 || p.Skip < 0 || p.Stop < noStop {
			return fmt.Errorf("split %q: position %s is out of range", s.ID, s.State)
		}
		p.name = p.partition()
		if p.Stop != noStop && p.Offset >= p.Stop {
			continue
		}
		r.parts[p.name] = p
		if r.marks != nil {
			r.marks.add(p.id)
		}
		r.fetcher.Add(p.name, client.Offset{Offset: p.Offset, Epoch: p.Epoch})
	}
	return nil
}

// NoMoreSplits says that Add will not be called again.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll returns the next rows.
func (r *reader) Poll(ctx context.Context) (connectors.Fetch, error) {
	if r.pending != nil && r.left > 0 {
		return r.emit()
	}
	for {
		if r.left <= 0 || len(r.parts) == 0 && r.noMore && r.current == nil {
			return connectors.Fetch{}, connectors.ErrEnd
		}
		if r.current == nil && r.fetched == nil {
			if f, ok, err := r.wait(ctx); err != nil || ok {
				return f, err
			}
		}
		full, err := r.advance(ctx)
		if err != nil {
			return connectors.Fetch{}, err
		}
		if full || r.fetched == nil && r.current == nil {
			if r.take() {
				return r.emit()
			}
		}
	}
}

// wait waits for a fetch; ok: f is to be returned.
func (r *reader) wait(ctx context.Context) (f connectors.Fetch, ok bool, err error) {
	if r.marks != nil {
		r.marks.align(r.pause)
		if t, ok := r.marks.advance(); ok {
			return connectors.Fetch{Watermark: t, HasWatermark: true}, true, nil
		}
		if d, ok := r.marks.wake(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, d)
			defer cancel()
		}
	}
	got, err := r.fetcher.Next(ctx)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return f, true, nil
		}
		return f, true, err
	}
	if got.Err != nil {
		return f, true, got.Err
	}
	r.fetched = &fetch{f: got}
	return f, false, nil
}

// advance decodes records of what was fetched. full: the batch should be returned now.
func (r *reader) advance(ctx context.Context) (full bool, err error) {
	for {
		if r.current != nil {
			if full, err := r.decode(); full || err != nil {
				return full, err
			}
			continue
		}
		if r.fetched == nil {
			return false, nil
		}
		x := r.fetched
		if x.part >= len(x.f.Parts) {
			x.f.Release()
			r.fetched = nil
			return false, nil
		}
		part := &x.f.Parts[x.part]
		p := r.parts[part.Partition]
		if p == nil {
			x.part, x.begun = x.part+1, false
			continue
		}
		if !x.begun {
			if r.divides(p) {
				return true, nil
			}
			if part.Code != wire.None {
				return false, r.failed(ctx, p, part)
			}
			x.begun, x.rest, p.high = true, part.Records, part.High
			r.measure(p)
			x.filter.Begin(r.cfg.client.Committed, part.Aborted)
		}
		if err := r.nextChunk(x, p); err != nil {
			return false, fmt.Errorf("partition %s: %w", p.id, err)
		}
	}
}

// divides tells whether rows of p may not follow those that are in the batch.
func (r *reader) divides(p *partition) bool {
	if len(r.runs) == 0 {
		return false
	}
	last := r.runs[len(r.runs)-1].p
	return last != p && (r.marks != nil || p.Skip > 0 || last.Skip > 0)
}

// nextChunk makes the next record batch of the part the current one, or ends the part.
func (r *reader) nextChunk(x *fetch, p *partition) error {
	c := &r.chunk
	rest, ok, err := wire.NextBatch(x.rest, &c.batch)
	if err != nil {
		return err
	}
	if !ok {
		x.part, x.begun = x.part+1, false
		return nil
	}
	x.rest = rest
	if c.batch.Next() <= p.Offset {
		return nil
	}
	r.took += int64(len(c.batch.Data))
	if !x.filter.Passes(&c.batch) {
		p.Offset, p.Epoch = c.batch.Next(), c.batch.LeaderEpoch
		r.endIfStopped(p)
		return nil
	}
	if err := c.load(&r.codecs, p.Offset, p.Stop, r.rows.wants); err != nil {
		return err
	}
	r.dropped.Add(c.dropped)
	r.keyless.Add(c.keyless)
	r.current = p
	return nil
}

// endIfStopped ends a partition that was read to its end.
func (r *reader) endIfStopped(p *partition) bool {
	if p.Stop == noStop || p.Offset < p.Stop {
		return false
	}
	delete(r.parts, p.name)
	r.fetcher.Remove(p.name)
	if r.marks != nil {
		r.ended = append(r.ended, p.id)
	}
	return true
}

// leave lets the watermark go past the partitions that have ended: their rows have been returned.
func (r *reader) leave() {
	for _, id := range r.ended {
		r.marks.remove(id)
	}
	r.ended = r.ended[:0]
}

// decode decodes records of the chunk.
func (r *reader) decode() (full bool, err error) {
	c, p := &r.chunk, r.current
	for c.left() > 0 {
		if r.rows.full() {
			return true, nil
		}
		if len(r.runs) == 0 || r.runs[len(r.runs)-1].p != p {
			begin := p.position
			begin.Offset = c.offsets[c.at]
			r.runs = append(r.runs, run{p, begin, r.rows.count()})
		}
		before := c.at
		bad, err := r.rows.decode(c, p)
		if c.at > before {
			p.Offset = c.offsets[c.at-1] + 1
		}
		if err == nil {
			continue
		}
		if _, ok := errors.AsType[*format.RecordError](err); !ok {
			return false, err
		}
		at := fmt.Sprintf("%s@%d", p.id, c.offsets[c.at])
		if err := r.fate.Handle(at, bad, err); err != nil {
			return false, err
		}
		p.Offset = c.offsets[c.at] + 1
		c.at++
	}
	p.Offset, p.Epoch = max(p.Offset, c.next), c.batch.LeaderEpoch
	r.current = nil
	if r.endIfStopped(p) && r.marks != nil {
		return true, nil
	}
	return r.rows.full(), nil
}

// failed describes a partition that cannot be read.
func (r *reader) failed(ctx context.Context, p *partition, part *client.Part) error {
	if part.Code != wire.OffsetOutOfRange {
		return fmt.Errorf("partition %s: fetch at offset %d: %w", p.id, part.From, part.Code)
	}
	return r.outOfRange(ctx, p, part)
}

// OffsetError says that the records at a reader's position are not there.
type OffsetError struct {
	Partition  string
	Offset     int64 // the position
	Start, End int64 // what the log has
}

// Error says which records are missing, and why that may be.
func (e *OffsetError) Error() string {
	if e.Offset < e.Start {
		return fmt.Sprintf("partition %s: records from offset %d on are gone: the log begins at %d (they were deleted, by retention or by hand, before they were read)",
			e.Partition, e.Offset, e.Start)
	}
	return fmt.Sprintf("partition %s: offset %d is behind the end of the log at %d (the log was truncated, the topic was made anew, or the offset was never there)",
		e.Partition, e.Offset, e.End)
}

func (r *reader) outOfRange(ctx context.Context, p *partition, part *client.Part) error {
	e := &OffsetError{Partition: p.id, Offset: part.From, Start: -1, End: -1}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.client.RequestTimeout)
	defer cancel()
	for _, x := range []struct {
		time int64
		to   *int64
	}{{wire.Earliest, &e.Start}, {wire.Latest, &e.End}} {
		found, err := r.c.ListOffsets(ctx, map[client.Partition]int64{p.name: x.time}, false)
		if err != nil {
			return fmt.Errorf("partition %s: offset %d: %w, and the log's limits cannot be told: %w", p.id, part.From, part.Code, err)
		}
		*x.to = found[p.name].Offset
	}
	return e
}

// take makes a batch of what was decoded.
func (r *reader) take() bool {
	b := r.rows.take()
	if b == nil {
		r.runs = r.runs[:0]
		r.leave()
		return false
	}
	r.pending, r.from = b, 0
	if p := r.runs[0].p; p.Skip > 0 {
		// Rows that were returned before the restore.
		skip := min(p.Skip, b.Len)
		r.from = skip
		if r.from == b.Len {
			p.Skip -= skip
			r.drop()
			return false
		}
	}
	return true
}

// drop ends the pending batch.
func (r *reader) drop() {
	r.pending.Release()
	r.pending, r.from, r.runs = nil, 0, r.runs[:0]
	r.leave()
}

// emit returns up to vector.MaxRows rows of the pending batch.
func (r *reader) emit() (connectors.Fetch, error) {
	b := r.pending
	to := min(b.Len, r.from+vector.MaxRows)
	if int64(to-r.from) > r.left {
		to = r.from + int(r.left)
	}
	last := r.runs[len(r.runs)-1].p
	if r.marks != nil {
		var err error
		if to, err = r.marks.observe(last.id, b, r.from, to); err != nil {
			return connectors.Fetch{}, fmt.Errorf("partition %s: %w", last.id, err)
		}
	}
	r.left -= int64(to - r.from)
	f := connectors.Fetch{Bytes: r.took}
	r.took = 0
	if len(r.runs) == 1 {
		f.Split = last.id
	}
	f.Batch = b.Retain()
	if r.from > 0 || to < b.Len {
		f.Batch.Release()
		f.Batch = b.Slice(r.env.Pool, r.from, to)
	}
	if r.marks != nil {
		f.Watermark, f.HasWatermark = r.marks.advance()
		r.marks.align(r.pause)
	}
	r.from = to
	r.retries.Add(r.c.Retries() - r.retries.Load())
	if to == b.Len {
		for _, x := range r.runs {
			x.p.Skip = 0
			r.measure(x.p)
		}
		r.drop()
	}
	return f, nil
}

// pause stops or resumes fetching a partition.
func (r *reader) pause(split string, paused bool) {
	for name, p := range r.parts {
		if p.id == split {
			r.fetcher.Pause(name, paused)
		}
	}
}

// Align implements connectors.AlignedReader: partitions that are later than the limit are not fetched.
func (r *reader) Align(limit int64) bool {
	if r.marks == nil {
		return false
	}
	r.marks.limit = limit
	r.marks.align(r.pause)
	return true
}

// EventTime implements connectors.AlignedReader.
func (r *reader) EventTime() (int64, bool) {
	if r.marks == nil {
		return 0, false
	}
	low := r.marks.low()
	return low, low != operators.MaxWatermark
}

// measure counts how far p is behind.
func (r *reader) measure(p *partition) {
	end := p.high
	if p.Stop != noStop {
		end = min(end, p.Stop)
	}
	lag := max(end-p.Offset, 0)
	r.pendingRecords.Add(lag - p.lag)
	p.lag = lag
}

// positions returns where each partition stands after the rows that were returned.
func (r *reader) positions() map[client.Partition]position {
	out := map[client.Partition]position{}
	for name, p := range r.parts {
		out[name] = p.position
	}
	if r.pending == nil {
		return out
	}
	seen := map[client.Partition]bool{}
	for i, x := range r.runs {
		end := r.pending.Len
		if i+1 < len(r.runs) {
			end = r.runs[i+1].row
		}
		if end <= r.from || seen[x.p.name] {
			continue
		}
		seen[x.p.name] = true
		at := x.begin
		if r.from > x.row {
			at.Skip = r.from - x.row
		}
		out[x.p.name] = at
	}
	return out
}

// Snapshot returns the partitions with their positions.
func (r *reader) Snapshot() ([]connectors.Split, error) {
	at := r.positions()
	out := make([]connectors.Split, 0, len(at))
	r.marked = make(map[client.Partition]client.Offset, len(at))
	for name, p := range at {
		r.marked[name] = client.Offset{Offset: p.Offset, Epoch: p.Epoch}
		s, err := p.split()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// CheckpointComplete stores the positions of the last snapshot as the group's offsets, for those who watch the group. Nothing depends on them
// here, and one that cannot be stored is only logged.
func (r *reader) CheckpointComplete(int64) {
	if r.cfg.client.Group == "" || len(r.marked) == 0 {
		return
	}
	if r.commit == nil {
		r.commit, r.done = make(chan map[client.Partition]client.Offset, 1), make(chan struct{})
		go r.commits()
	}
	select {
	case <-r.commit: // older, and still waiting
	default:
	}
	r.commit <- r.marked
}

// commits stores offsets until Close.
func (r *reader) commits() {
	defer close(r.done)
	for offsets := range r.commit {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if err := r.c.CommitOffsets(ctx, r.cfg.client.Group, offsets); err != nil && r.env.Log != nil {
			r.env.Log.Warn("offsets could not be committed to the group", "group", r.cfg.client.Group, "error", err)
		}
		cancel()
	}
}

// Close ends fetching and gives memory back.
func (r *reader) Close() error {
	if r.commit != nil {
		close(r.commit)
		<-r.done
	}
	r.fetcher.Close()
	r.c.Close()
	if r.pending != nil {
		r.drop()
	}
	r.rows.close()
	r.codecs.Close()
	return nil
}
