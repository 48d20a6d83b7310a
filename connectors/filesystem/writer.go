package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators"
	"millrace/planner/plan"
)

// flushBytes is how much a file buffers.
const flushBytes = 256 << 10

// valueEnd is a byte that no text holds.
const valueEnd = 0xFF

// maxOpen is how many files a writer has open at most.
const maxOpen = 256

// writer implements connectors.Writer.
type writer struct {
	c         *config
	s         *plan.Sink
	env       connectors.Env
	enc       format.Encoder
	filing    format.Filing // instead of enc, for formats with a file structure
	cfg       format.Config // for filing
	changes   bool          // the format writes updates and deletions
	loose     bool          // files are for compaction, and finished with every checkpoint
	partition []int         // position of each partition column, or -1: static
	uuid      string
	tag       string
	counter   int
	buckets   map[string]*bucket
	ready     []pending // finished since the last checkpoint
	touched   []touched // partitions with rows since the last checkpoint
	scratch   []uint16
	key, text []byte
	checked   int64 // when ages were checked
	watermark int64
	hasMark   bool
	open      int // files

	handed           []handed // finished files by their checkpoints, as long as nobody says that these are complete
	uploads, written *operators.Counter
}

// handed is how many files the handle of a checkpoint has.
type handed struct {
	checkpoint int64
	files      int
}

var (
	_ connectors.WatermarkWriter    = (*writer)(nil)
	_ connectors.CheckpointListener = (*writer)(nil)
)

func newWriter(ctx context.Context, c *config, s *plan.Sink, env connectors.Env, states [][]byte) (*writer, error) {
	if s.Overwrite && env.Streaming {
		return nil, errors.New("INSERT OVERWRITE is possible in batch mode only")
	}
	if err := c.space.writable(ctx); err != nil {
		return nil, err
	}
	w := &writer{c: c, s: s, env: env, uuid: c.space.id(tag(env)), tag: tag(env), changes: c.format.Mode().IsUpdating(), buckets: map[string]*bucket{}, checked: env.Now()}
	w.loose = c.compact > 0 && env.Streaming
	w.uploads, w.written = env.Counter(connectors.CountPendingUploads), env.Counter(connectors.CountBytesSent)
	cfg := format.Config{Options: c.formatOptions}
	for i, f := range s.Schema {
		if i < len(s.Metadata) && s.Metadata[i] != "" {
			return nil, fmt.Errorf("metadata column '%s' cannot be written", f.Name)
		}
		if !slices.Contains(s.Partition, f.Name) {
			cfg.Columns = append(cfg.Columns, f)
			cfg.Positions = append(cfg.Positions, i)
		}
	}
	cfg.Physical = cfg.Columns
	for _, p := range s.Partition {
		at := s.Schema.Index(p)
		if _, static := s.Static[p]; at < 0 && !static {
			return nil, fmt.Errorf("there is no partition column '%s'", p)
		}
		w.partition = append(w.partition, at)
	}
	var err error
	if f, ok := c.format.(format.Filing); ok {
		w.filing, w.cfg = f, cfg
		_, err = f.CreateFile(cfg, &format.Output{})
	} else {
		w.enc, err = c.format.Encoder(cfg)
	}
	if err != nil {
		return nil, err
	}
	for _, b := range states {
		if err := w.restore(ctx, b); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// restore takes the files of a state over; they are finished with the next checkpoint.
func (w *writer) restore(ctx context.Context, b []byte) error {
	s, err := decodeState(b)
	if err != nil {
		return err
	}
	for _, o := range s.Open {
		p, ok, err := w.c.space.restore(ctx, o)
		if err != nil {
			return fmt.Errorf("restore file %q: %w", o.Final, err)
		}
		if ok {
			w.ready = append(w.ready, p)
			w.uploads.Add(1)
		}
	}
	w.touched = append(w.touched, s.Partitions...)
	return nil
}

// Watermark notes the event time.
func (w *writer) Watermark(t int64) { w.watermark, w.hasMark = t, true }

// Write appends rows to the files of their partitions.
func (w *writer) Write(ctx context.Context, b *operators.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	for k, i := range b.Kinds {
		if i != 0 && !w.changes && (b.Sel == nil || slices.Contains(b.Sel, uint16(k))) {
			return fmt.Errorf("table %s: format '%s' takes insertions only, not %s", w.s.Table, w.c.format.Name(), i)
		}
	}
	w.scratch = format.Rows(b, w.scratch)
	if len(w.partition) == 0 {
		if err := w.append(ctx, w.bucket(nil), b, w.scratch); err != nil {
			return fmt.Errorf("table %s: %w", w.s.Table, err)
		}
		return w.tick(ctx)
	}
	used := w.group(b)
	for _, bu := range used {
		err := w.append(ctx, bu, b, bu.rows)
		bu.rows = bu.rows[:0]
		if err != nil {
			return fmt.Errorf("table %s: %w", w.s.Table, err)
		}
	}
	return w.tick(ctx)
}

// group deals the rows of a batch out to their partitions.
func (w *writer) group(b *operators.Batch) (used []*bucket) {
	var current *bucket
	for _, r := range w.scratch {
		w.text = w.text[:0]
		for k, at := range w.partition {
			if at < 0 {
				w.text = append(w.text, w.s.Static[w.s.Partition[k]]...)
			} else {
				w.text = partitionText(w.text, b.Columns[at], int(r), w.c.defaultName)
			}
			w.text = append(w.text, valueEnd)
		}
		if current == nil || !bytes.Equal(w.text, w.key) {
			w.key = append(w.key[:0], w.text...)
			current = w.bucket(w.key)
		}
		if len(current.rows) == 0 {
			used = append(used, current)
		}
		current.rows = append(current.rows, r)
	}
	return used
}

// bucket returns the files of a partition; key holds its values, each ended by valueEnd.
func (w *writer) bucket(key []byte) *bucket {
	if bu := w.buckets[string(key)]; bu != nil {
		return bu
	}
	bu := &bucket{out: format.Output{Terminate: true}, values: map[string]string{}, created: w.env.Now()}
	rest := key
	for _, p := range w.s.Partition {
		var value []byte
		value, rest, _ = bytes.Cut(rest, []byte{valueEnd})
		bu.values[p] = string(value)
		bu.dir = filepath.Join(bu.dir, escapeName(p)+"="+escapeName(string(value)))
	}
	w.buckets[string(key)] = bu
	return bu
}

func (w *writer) append(ctx context.Context, bu *bucket, b *operators.Batch, rows []uint16) error {
	if bu.f == nil {
		if err := w.create(ctx, bu); err != nil {
			return err
		}
	}
	if !bu.marked && len(w.partition) > 0 {
		bu.marked = true
		w.touched = append(w.touched, touched{Dir: bu.dir, Values: bu.values, Created: bu.created})
	}
	bu.last = w.env.Now()
	bu.out.Ends = bu.out.Ends[:0]
	enc := w.enc
	if bu.body != nil {
		enc = bu.body
	}
	if err := enc.Encode(b, rows, &bu.out); err != nil {
		return err
	}
	if len(bu.out.Data) >= flushBytes {
		if err := w.flush(ctx, bu); err != nil {
			return err
		}
	}
	if bu.file.Size+int64(len(bu.out.Data)) >= w.c.fileSize {
		return w.roll(ctx, bu)
	}
	if w.c.space.crowded() {
		return w.rollOldest(ctx)
	}
	return nil
}

// create opens a new hidden file.
func (w *writer) create(ctx context.Context, bu *bucket) error {
	if w.open >= maxOpen {
		if err := w.rollOldest(ctx); err != nil {
			return err
		}
	}
	if w.filing != nil {
		var err error
		if bu.body, err = w.filing.CreateFile(w.cfg, &bu.out); err != nil {
			return err
		}
	}
	name := "part-" + w.uuid + "-" + strconv.Itoa(w.env.Subtask) + "-" + strconv.Itoa(w.counter)
	w.counter++
	f, p, err := w.c.space.create(ctx, bu.dir, name, w.tag, w.loose)
	if err != nil {
		return err
	}
	bu.f, bu.kept = f, false
	bu.file = opened{pending: p, Partition: bu.dir, Created: w.env.Now()}
	w.open++
	w.uploads.Add(1)
	return nil
}

// flush writes what a file buffers.
func (w *writer) flush(ctx context.Context, bu *bucket) error {
	n := len(bu.out.Data)
	if err := bu.flush(ctx); err != nil {
		return err
	}
	w.written.Add(int64(n))
	return nil
}

// roll finishes the open file of a bucket.
func (w *writer) roll(ctx context.Context, bu *bucket) error {
	before := bu.file.Size
	p, err := bu.finish(ctx)
	w.written.Add(bu.file.Size - before)
	if err != nil {
		return fmt.Errorf("file %q: %w", p.Final, err)
	}
	w.open--
	w.ready = append(w.ready, p)
	return nil
}

// rollOldest finishes the file that was written to longest ago, so that not too many are open.
func (w *writer) rollOldest(ctx context.Context) error {
	var oldest *bucket
	for _, bu := range w.buckets {
		if bu.f != nil && (oldest == nil || bu.last < oldest.last) {
			oldest = bu
		}
	}
	if oldest == nil {
		return nil
	}
	return w.roll(ctx, oldest)
}

// tick finishes files that are old or idle.
func (w *writer) tick(ctx context.Context) error {
	now := w.env.Now()
	if !w.env.Streaming || now-w.checked < w.c.check.Milliseconds() {
		return nil
	}
	w.checked = now
	for _, bu := range w.buckets {
		if bu.f != nil && w.aged(bu, now) {
			if err := w.roll(ctx, bu); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) aged(bu *bucket, now int64) bool {
	return now-bu.file.Created >= w.c.rollover.Milliseconds() || now-bu.last >= w.c.inactivity.Milliseconds()
}

// Flush writes buffers to their files.
func (w *writer) Flush(ctx context.Context) error {
	for _, bu := range w.buckets {
		if bu.f == nil {
			continue
		}
		if err := w.flush(ctx, bu); err != nil {
			return fmt.Errorf("file %q: %w", bu.file.Final, err)
		}
	}
	return w.tick(ctx)
}

// Prepare hands finished files to the committer and keeps the others as state.
func (w *writer) Prepare(ctx context.Context, checkpoint int64, final bool) (commit, keep []byte, err error) {
	if err := w.Flush(ctx); err != nil {
		return nil, nil, err
	}
	for _, bu := range w.buckets {
		if bu.f == nil || bu.body != nil {
			continue
		}
		if err := bu.f.ahead(ctx, final || w.loose); err != nil {
			return nil, nil, fmt.Errorf("file %q: %w", bu.file.Final, err)
		}
	}
	st := state{Version: handleVersion, Checkpoint: checkpoint, Tag: w.tag}
	tails := 0
	for key, bu := range w.buckets {
		bu.marked = false
		if bu.f == nil {
			delete(w.buckets, key)
			continue
		}
		if final || w.loose || w.filing != nil {
			if err := w.roll(ctx, bu); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err := bu.f.keep(ctx, &bu.file); err != nil {
			return nil, nil, fmt.Errorf("file %q: %w", bu.file.Final, err)
		}
		if tails += len(bu.file.Tail); tails > tailBytes {
			tails -= len(bu.file.Tail)
			bu.file.Tail = nil
			if err := w.roll(ctx, bu); err != nil {
				return nil, nil, err
			}
			continue
		}
		bu.kept = true
		st.Open = append(st.Open, bu.file)
		if len(w.partition) > 0 {
			st.Partitions = append(st.Partitions, touched{Dir: bu.dir, Values: bu.values, Created: bu.created})
		}
	}
	if err := w.settle(ctx, st.Open); err != nil {
		return nil, nil, err
	}
	h := handle{
		Version: handleVersion, Files: w.ready, Partitions: w.touched, Watermark: w.watermark, HasWatermark: w.hasMark, Final: final,
		Checkpoint: checkpoint, Tag: w.tag,
	}
	if w.loose {
		h.Target = w.c.compact
	}
	if n := len(w.ready); n > 0 {
		w.handed = append(w.handed, handed{checkpoint, n})
	}
	w.ready, w.touched = nil, nil
	if len(h.Files) > 0 || w.told() || len(w.c.policies) > 0 || w.s.Overwrite && final {
		if commit, err = encode(&h, h.visit); err != nil {
			return nil, nil, err
		}
	}
	if len(st.Open) > 0 {
		if keep, err = encode(&st, st.visit); err != nil {
			return nil, nil, err
		}
	}
	return commit, keep, nil
}

// CheckpointComplete counts the files that are seen now.
func (w *writer) CheckpointComplete(checkpoint int64) {
	for len(w.handed) > 0 && w.handed[0].checkpoint <= checkpoint {
		w.uploads.Add(int64(-w.handed[0].files))
		w.handed = w.handed[1:]
	}
}

// settle makes all files of the checkpoint durable.
func (w *writer) settle(ctx context.Context, open []opened) error {
	if err := w.c.space.settle(ctx, w.ready); err != nil {
		return err
	}
	files := make([]pending, 0, len(open))
	for _, o := range open {
		files = append(files, o.pending)
	}
	return w.c.space.settle(ctx, files)
}

// told tells whether the committer must know of every checkpoint: for uploads, which are in states and not in handles, and to know when all ends.
func (w *writer) told() bool {
	_, ok := w.c.space.(*objects)
	return ok
}

// Close closes the files and removes those that no checkpoint knows.
func (w *writer) Close() error {
	var first error
	for _, bu := range w.buckets {
		if bu.f == nil {
			continue
		}
		if err := bu.f.discard(bu.kept); err != nil && first == nil {
			first = err
		}
		bu.f = nil
	}
	return first
}
