package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// where says where a projected column comes from.
type where struct {
	decoded int    // column of the decoder, or -1
	meta    string // metadata key
	part    string // partition column
}

// reader reads files one after another.
type reader struct {
	c       *config
	s       *plan.Source
	env     connectors.Env
	dec     format.Decoder
	filing  format.Filing     // instead of dec, for formats with a file structure
	cfg     format.Config     // for filing
	file    format.FileReader // of filing, while in is open
	columns []where
	fate    format.Fate
	splits  []position // not begun; splits[0] is the one being read, if in is open
	noMore  bool
	left    int64 // rows that are still wanted, if s.Limit > 0

	in      *input
	ended   bool // the current split has no more records
	records format.Records
	at      int   // next record
	base    int64 // offset of records.Data
	begin   int64 // offset of the first record of the batch that is being decoded
	batch   *vector.Batch
	from    int              // rows of batch that were returned
	fixed   []*vector.Vector // one-row columns of the current file, by projected column
	zeros   []uint16

	pendingFiles, pendingBytes *operators.Counter
}

func newReader(c *config, s *plan.Source, env connectors.Env) (*reader, error) {
	r := &reader{c: c, s: s, env: env, left: s.Limit}
	r.pendingFiles, r.pendingBytes = env.Counter(connectors.CountPendingFiles), env.Counter(connectors.CountPendingBytes)
	if r.left <= 0 {
		r.left = forever
	}
	malformed := env.Counter(connectors.CountMalformed)
	r.fate = format.NewFate(s, env.DeadLetter, malformed)
	physical := stored(s.Physical, s.Partition)
	cfg := format.Config{Options: c.formatOptions, Physical: physical, Pool: env.Pool, Malformed: malformed, Columns: types.Schema{}}
	for _, p := range s.Projected {
		w := where{decoded: -1, meta: p.Metadata}
		switch {
		case p.Metadata != "":
		case slices.Contains(s.Partition, p.Name):
			w.part = p.Name
		default:
			w.decoded = len(cfg.Columns)
			cfg.Columns = append(cfg.Columns, types.Field{Name: p.Name, Type: p.Type})
		}
		r.columns = append(r.columns, w)
	}
	for _, k := range c.unknown {
		if env.Log != nil {
			env.Log.Warn("unknown format option is ignored", "table", s.Table, "option", c.format.Name()+"."+k)
		}
	}
	if f, ok := c.format.(format.Filing); ok {
		r.filing, r.cfg = f, cfg
		return r, nil
	}
	var err error
	if r.dec, err = c.format.Decoder(cfg); err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return r, nil
}

// Add takes further splits.
func (r *reader) Add(splits []connectors.Split) error {
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.State, &p); err != nil {
			return fmt.Errorf("split %q: %w", s.ID, err)
		}
		for list, path := p.More, p.Path; len(list) > 0; {
			var err error
			if path, list, err = firstPath(list, path); err != nil {
				return fmt.Errorf("split %q: %w", s.ID, err)
			}
		}
		r.splits = append(r.splits, p)
		r.pendingFiles.Add(int64(max(p.Files, 1)))
		r.measure(&r.splits[len(r.splits)-1])
	}
	return nil
}

// measure counts the bytes that are left of a split.
func (r *reader) measure(p *position) {
	left := p.left(r.filing != nil || compression(p.Path) != "")
	r.pendingBytes.Add(left - p.counted)
	p.counted = left
}

// NoMoreSplits says that Add will not be called again.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll returns the next rows.
func (r *reader) Poll(ctx context.Context) (connectors.Fetch, error) {
	for {
		if r.left <= 0 || len(r.splits) == 0 {
			if r.left <= 0 || r.noMore {
				return connectors.Fetch{}, connectors.ErrEnd
			}
			return connectors.Fetch{}, wait(ctx)
		}
		if r.batch != nil {
			return r.emit(), nil
		}
		if err := r.step(ctx); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return connectors.Fetch{}, nil
			}
			if errors.Is(err, connectors.ErrEnd) { // of a file that is cut off: it must not look like the end of the table
				err = errors.New(err.Error())
			}
			return connectors.Fetch{}, err
		}
	}
}

// wait sleeps up to the context's deadline.
func wait(ctx context.Context) error {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return nil
}

// emit returns up to vector.MaxRows rows of the batch.
func (r *reader) emit() connectors.Fetch {
	p := &r.splits[0]
	b := r.batch
	to := min(b.Len, r.from+vector.MaxRows)
	if int64(to-r.from) > r.left {
		to = r.from + int(r.left)
	}
	r.left -= int64(to - r.from)
	f := connectors.Fetch{Batch: b, Split: p.Path}
	if r.from > 0 || to < b.Len {
		f.Batch = b.Slice(r.env.Pool, r.from, to)
	}
	if r.file != nil {
		f.Bytes = int64(f.Batch.Bytes())
	}
	r.from = to
	if to < b.Len {
		p.Skip = r.from
		return f
	}
	if f.Batch != b {
		b.Release()
	}
	r.batch, r.from = nil, 0
	next := r.next()
	if r.file == nil {
		f.Bytes = next - p.Offset
	}
	p.Offset, p.Skip = next, 0
	r.measure(p)
	if r.ended {
		r.finish()
	}
	return f
}

// next is the offset of the first record that was not decoded.
func (r *reader) next() int64 {
	if r.file != nil {
		return r.file.Place()
	}
	if r.at < r.records.Len() {
		return r.base + int64(r.records.Start[r.at])
	}
	return r.in.offset()
}

// finish ends the current split.
func (r *reader) finish() {
	r.closeFile()
	_ = r.in.Close()
	r.in, r.ended = nil, false
	r.records.Reset()
	r.at = 0
	r.pendingFiles.Add(-1)
	r.pendingBytes.Add(-r.splits[0].counted)
	r.dropFixed()
	p := &r.splits[0]
	if len(p.More) > 0 {
		if path, rest, err := firstPath(p.More, p.Path); err == nil { // Add has looked at it
			left := p.Size - p.Size/int64(max(p.Files, 1)) // about
			*p = position{Path: path, End: forever, More: rest, Size: left, Files: p.Files - 1}
			r.measure(p)
			return
		}
	}
	r.splits = r.splits[1:]
}

func (r *reader) dropFixed() {
	for i, v := range r.fixed {
		if v != nil {
			v.Release()
			r.fixed[i] = nil
		}
	}
}

// step decodes until there is a batch or the split ends.
func (r *reader) step(ctx context.Context) error {
	if r.in == nil {
		if err := r.open(ctx); err != nil {
			return err
		}
	}
	if r.file != nil {
		return r.stepFile()
	}
	for !r.dec.Full() && !r.ended {
		if r.at >= r.records.Len() {
			if err := r.fill(ctx); err != nil {
				return fmt.Errorf("file %q: %w", r.splits[0].Path, err)
			}
			if err := ctx.Err(); err != nil && r.dec.Rows() == 0 {
				return err
			} else if err != nil {
				break
			}
			continue
		}
		if r.dec.Rows() == 0 {
			r.begin = r.base + int64(r.records.Start[r.at])
		}
		next, err := r.dec.Decode(&r.records, r.at)
		r.at = next
		if err == nil {
			continue
		}
		if _, ok := errors.AsType[*format.RecordError](err); !ok {
			return err
		}
		at := fmt.Sprintf("%s@%d", r.splits[0].Path, r.base+int64(r.records.Start[r.at]))
		if err := r.fate.Handle(at, r.records.At(r.at), err); err != nil {
			return err
		}
		r.at++
	}
	return r.take()
}

// take makes a batch of what was decoded.
func (r *reader) take() error {
	p := &r.splits[0]
	b := r.dec.Take()
	if b == nil {
		p.Offset, p.Skip = r.next(), 0
		if r.ended {
			r.finish()
		}
		return nil
	}
	if p.Skip >= b.Len {
		// Rows that were returned before the restore, all of them.
		p.Skip -= b.Len
		p.Offset = r.next()
		b.Release()
		if r.ended {
			r.finish()
		}
		return nil
	}
	p.Offset, r.from = r.begin, p.Skip
	r.batch = r.complete(b)
	return nil
}

// fill finds further records.
func (r *reader) fill(ctx context.Context) error {
	data, last := r.in.rest()
	r.records.Reset()
	r.at, r.base = 0, r.in.offset()
	used := 0
	if len(data) > 0 {
		used = r.dec.Split(data, last, vector.MaxRows, &r.records)
	}
	if used == 0 && r.records.Len() == 0 {
		if last {
			r.ended = true
			return nil
		}
		if err := r.in.f.wait(ctx); err != nil {
			return err
		}
		return r.in.more()
	}
	r.in.take(used)
	// Records that begin at or behind the end belong to the next split.
	end := r.splits[0].End
	if n := r.records.Len(); n > 0 && end != forever && r.base+int64(r.records.Start[n-1]) >= end {
		k := 0
		for k < n && r.base+int64(r.records.Start[k]) < end {
			k++
		}
		r.records.Start, r.records.End = r.records.Start[:k], r.records.End[:k]
		r.ended = k == 0
	}
	return nil
}

// open opens the file of the first split.
func (r *reader) open(ctx context.Context) error {
	p := &r.splits[0]
	fresh := p.Start > 0 && p.Offset == p.Start && p.Skip == 0
	offset := p.Offset
	if fresh {
		offset--
	}
	if r.filing != nil {
		offset = 0
	}
	in, err := openInput(ctx, r.c.space, p.Path, offset)
	if err != nil {
		return fmt.Errorf("table %s: %w", r.s.Table, err)
	}
	r.in, r.ended = in, false
	if fresh {
		if err := in.skipLine(); err != nil {
			return fmt.Errorf("file %q: %w", p.Path, err)
		}
		p.Offset = in.offset()
	}
	if r.filing != nil {
		if err := r.openFile(); err != nil {
			return fmt.Errorf("table %s: file %q: %w", r.s.Table, p.Path, err)
		}
	}
	return r.fix()
}

// fix makes one-row columns of what the current file tells.
func (r *reader) fix() error {
	if r.fixed == nil {
		r.fixed = make([]*vector.Vector, len(r.columns))
	}
	path := r.splits[0].Path
	values := partitionValues(r.c.root, path)
	for i, w := range r.columns {
		if w.decoded >= 0 {
			continue
		}
		v, err := r.constant(r.s.Projected[i].Type, w, path, values)
		if err != nil {
			return fmt.Errorf("table %s: file %q: %w", r.s.Table, path, err)
		}
		r.fixed[i] = v
	}
	return nil
}

// complete puts decoded and fixed columns together.
func (r *reader) complete(b *operators.Batch) *operators.Batch {
	if len(r.columns) == len(b.Columns) {
		return b
	}
	for len(r.zeros) < b.Len {
		r.zeros = append(r.zeros, 0)
	}
	out := make([]*vector.Vector, len(r.columns))
	for i, w := range r.columns {
		if w.decoded >= 0 {
			out[i] = b.Columns[w.decoded].Retain()
		} else {
			out[i] = vector.Gather(r.env.Pool, r.fixed[i], r.zeros[:b.Len])
		}
	}
	whole := vector.NewBatch(b.Len, out...)
	whole.Kinds = b.Kinds
	b.Release()
	return whole
}

// Snapshot returns the splits with their positions.
func (r *reader) Snapshot() ([]connectors.Split, error) {
	var out []connectors.Split
	for _, p := range r.splits {
		s, err := p.split()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Close closes files and gives memory back.
func (r *reader) Close() error {
	r.dropFixed()
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
	r.closeFile()
	if r.dec != nil {
		r.dec.Close()
	}
	if r.in == nil {
		return nil
	}
	err := r.in.Close()
	r.in = nil
	return err
}
