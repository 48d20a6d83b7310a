package minicluster_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/sql/types"
)

// rowSchema is the columns of the tests: a key and a value.
func rowSchema() types.Schema {
	return types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "v", Type: types.BigIntType()}}
}

func makeBatch(pool *vector.Pool, keys, values []int64) *operators.Batch {
	k := vector.New(pool, types.BigIntType(), len(keys), 0)
	v := vector.New(pool, types.BigIntType(), len(keys), 0)
	copy(vector.Values[int64](k), keys)
	copy(vector.Values[int64](v), values)
	return vector.NewBatch(len(keys), k, v)
}

// numbers is a source of "rows" rows in each of "splits" splits: row i of split s has key i mod keys and value s*1e6+i.
type numbers struct {
	pace    time.Duration // per poll
	hold    chan struct{} // if not nil, readers stop half-way until it is closed
	holdAt  int64
	polls   atomic.Int64
	failing func(poll int64) error
	noEnd   bool // more splits are promised
	told    notices
}

// notices are the checkpoints that readers or writers were told of, by the instance.
type notices struct {
	mu   sync.Mutex
	seen map[any][]int64
}

func (n *notices) add(who any, checkpoint int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		n.seen = map[any][]int64{}
	}
	n.seen[who] = append(n.seen[who], checkpoint)
}

func (*numbers) Name() string { return "numbers" }

func (*numbers) Options() []connectors.Option { return nil }

func (*numbers) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{Source: true, Bounded: true, SourceMode: plan.InsertOnly}, nil
}

type numbersEnumerator struct {
	splits int
	given  bool
	noEnd  bool
}

func (c *numbers) OpenEnumerator(_ context.Context, s *plan.Source, _ connectors.Env, state []byte) (connectors.Enumerator, error) {
	n, _ := strconv.Atoi(s.Options["splits"])
	return &numbersEnumerator{splits: n, given: len(state) > 0, noEnd: c.noEnd}, nil
}

func (e *numbersEnumerator) Discover(context.Context) (splits []connectors.Split, done bool, err error) {
	if e.given {
		return nil, !e.noEnd, nil
	}
	e.given = true
	for i := range e.splits {
		splits = append(splits, connectors.Split{ID: strconv.Itoa(i), State: binary.AppendUvarint(nil, 0)})
	}
	return splits, !e.noEnd, nil
}

func (*numbersEnumerator) Interval() time.Duration { return time.Millisecond }

func (e *numbersEnumerator) Snapshot() ([]byte, error) {
	if e.given {
		return []byte{1}, nil
	}
	return nil, nil
}

func (*numbersEnumerator) Close() error { return nil }

type numbersReader struct {
	c          *numbers
	env        connectors.Env
	rows, keys int64
	batch      int64
	splits     []connectors.Split
	at         []int64
	last       bool
	next       int
	wake       chan struct{}
}

func (c *numbers) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	r := &numbersReader{c: c, env: env, wake: make(chan struct{}, 1)}
	r.rows, _ = strconv.ParseInt(s.Options["rows"], 10, 64)
	r.keys, _ = strconv.ParseInt(s.Options["keys"], 10, 64)
	r.batch, _ = strconv.ParseInt(s.Options["batch"], 10, 64)
	return r, nil
}

func (r *numbersReader) Add(splits []connectors.Split) error {
	for _, s := range splits {
		at, _ := binary.Uvarint(s.State)
		r.splits = append(r.splits, s)
		r.at = append(r.at, int64(at))
	}
	return nil
}

func (r *numbersReader) NoMoreSplits() { r.last = true }

func (r *numbersReader) Poll(ctx context.Context) (connectors.Fetch, error) {
	poll := r.c.polls.Add(1)
	if f := r.c.failing; f != nil {
		if err := f(poll); err != nil {
			return connectors.Fetch{}, err
		}
	}
	if r.c.pace > 0 {
		select {
		case <-time.After(r.c.pace):
		case <-ctx.Done():
			return connectors.Fetch{}, nil
		}
	}
	if len(r.splits) == 0 {
		if r.last {
			return connectors.Fetch{}, connectors.ErrEnd
		}
		<-ctx.Done()
		return connectors.Fetch{}, nil
	}
	i := r.next % len(r.splits)
	r.next++
	if r.c.hold != nil && r.at[i] >= r.c.holdAt {
		select {
		case <-r.c.hold:
		case <-ctx.Done():
			return connectors.Fetch{}, nil
		}
	}
	n := min(r.batch, r.rows-r.at[i])
	keys, values := make([]int64, n), make([]int64, n)
	split, _ := strconv.ParseInt(r.splits[i].ID, 10, 64)
	for j := range n {
		keys[j] = (r.at[i] + j) % r.keys
		values[j] = split*1_000_000 + r.at[i] + j
	}
	r.at[i] += n
	f := connectors.Fetch{Split: r.splits[i].ID, Bytes: 16 * n}
	if n > 0 {
		f.Batch = makeBatch(r.env.Pool, keys, values)
	}
	if r.at[i] == r.rows {
		r.splits = slices.Delete(r.splits, i, i+1)
		r.at = slices.Delete(r.at, i, i+1)
	}
	return f, nil
}

func (r *numbersReader) Snapshot() ([]connectors.Split, error) {
	out := make([]connectors.Split, len(r.splits))
	for i, s := range r.splits {
		out[i] = connectors.Split{ID: s.ID, State: binary.AppendUvarint(nil, uint64(r.at[i]))}
	}
	return out, nil
}

func (*numbersReader) Close() error { return nil }

func (r *numbersReader) CheckpointComplete(checkpoint int64) { r.c.told.add(r, checkpoint) }

// ledger is a sink with two phases: rows are there when they are committed, each handle once.
type ledger struct {
	mu        sync.Mutex
	handles   map[string]bool
	rows      [][2]int64
	failing   func(checkpoint int64) error
	block     chan struct{} // if not nil, Write waits for it
	prepared  atomic.Int64
	committed atomic.Int64
	aborts    int
	told      notices
	count     *operators.Counter // of commits
	early     int                // prepared rows that were not committed when their writer was told so
}

func (*ledger) Name() string { return "ledger" }

func (*ledger) Options() []connectors.Option { return nil }

func (*ledger) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{Sink: true, SinkModes: []plan.Mode{plan.InsertOnly}}, nil
}

type ledgerHandle struct {
	ID   string
	Rows [][2]int64
}

type ledgerWriter struct {
	l        *ledger
	rows     [][2]int64
	prepared map[string]int64 // handles: their checkpoints
	begun    *operators.Counter
}

// CheckpointComplete checks that what was prepared up to the checkpoint is committed.
func (w *ledgerWriter) CheckpointComplete(checkpoint int64) {
	w.l.told.add(w, checkpoint)
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	for id, c := range w.prepared {
		if c <= checkpoint && !w.l.handles[id] {
			w.l.early++
		}
	}
}

func (l *ledger) OpenWriter(_ context.Context, _ *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	return &ledgerWriter{l: l, prepared: map[string]int64{}, begun: env.Count(connectors.CountTransactions)}, nil
}

func (w *ledgerWriter) Write(ctx context.Context, b *operators.Batch) error {
	if w.l.block != nil {
		select {
		case <-w.l.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	k, v := vector.Values[int64](b.Columns[0]), vector.Values[int64](b.Columns[1])
	if b.Sel != nil {
		for _, i := range b.Sel {
			w.rows = append(w.rows, [2]int64{k[i], v[i]})
		}
		return nil
	}
	for i := range b.Len {
		w.rows = append(w.rows, [2]int64{k[i], v[i]})
	}
	return nil
}

func (*ledgerWriter) Flush(context.Context) error { return nil }

func (w *ledgerWriter) Prepare(_ context.Context, checkpoint int64, _ bool) (commit, state []byte, err error) {
	n := w.l.prepared.Add(1)
	if len(w.rows) == 0 {
		return nil, nil, nil
	}
	id := fmt.Sprintf("%d-%d", checkpoint, n)
	w.prepared[id] = checkpoint
	w.begun.Add(1)
	commit, err = json.Marshal(ledgerHandle{id, w.rows})
	w.rows = nil
	return commit, nil, err
}

func (*ledgerWriter) Close() error { return nil }

func (l *ledger) OpenCommitter(_ context.Context, _ *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	l.count = env.Count(connectors.CountCommitted)
	return (*ledgerCommitter)(l), nil
}

type ledgerCommitter ledger

func (c *ledgerCommitter) Commit(_ context.Context, checkpoint int64, commits [][]byte) error {
	if c.failing != nil {
		if err := c.failing(checkpoint); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed.Add(1)
	c.count.Add(int64(len(commits)))
	for _, h := range commits {
		var x ledgerHandle
		if err := json.Unmarshal(h, &x); err != nil {
			return err
		}
		if c.handles == nil {
			c.handles = map[string]bool{}
		}
		if !c.handles[x.ID] {
			c.handles[x.ID] = true
			c.rows = append(c.rows, x.Rows...)
		}
	}
	return nil
}

func (c *ledgerCommitter) Abort(context.Context, [][]byte, [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aborts++
	return nil
}

func (*ledgerCommitter) Close() error { return nil }

// values returns the committed values, sorted.
func (l *ledger) values() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]int64, len(l.rows))
	for i, r := range l.rows {
		out[i] = r[1]
	}
	slices.Sort(out)
	return out
}

// highest returns the highest committed value of each key.
func (l *ledger) highest() map[int64]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[int64]int64{}
	for _, r := range l.rows {
		out[r[0]] = max(out[r[0]], r[1])
	}
	return out
}

// modulo is a partitioner: the key group is the key modulo the number of groups.
type modulo struct{ pool *vector.Pool }

func newModulo(pool *vector.Pool) exchange.Partitioner { return modulo{pool} }

func (m modulo) Split(b *operators.Batch, keys []int, parallelism, maxParallelism int, emit func(int, *operators.Batch) error) error {
	k := vector.Values[int64](b.Columns[keys[0]])
	for t := range parallelism {
		var sel []uint16
		for i := range b.Len {
			if (b.Sel == nil || slices.Contains(b.Sel, uint16(i))) && int(k[i])%maxParallelism*parallelism/maxParallelism == t {
				sel = append(sel, uint16(i))
			}
		}
		if len(sel) == 0 {
			continue
		}
		out := vector.NewBatch(b.Len, b.Columns[0].Retain(), b.Columns[1].Retain())
		out.Sel = sel
		err := emit(t, out)
		out.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// pass passes rows on and calls hook before.
type pass struct {
	operators.Stateless
	hook   func() error
	opened func(operators.Context) // nil: nobody cares
}

func (p *pass) Open(ctx operators.Context) error {
	if p.opened != nil {
		p.opened(ctx)
	}
	return nil
}

func (p *pass) Process(_ int, b *operators.Batch, out operators.Output) error {
	if p.hook != nil {
		if err := p.hook(); err != nil {
			return err
		}
	}
	return out.Emit(b)
}

// summer adds up values by key and emits the sum for each row.
type summer struct {
	operators.Stateless
	ctx    operators.Context
	sums   map[int64]int64
	hook   func() error
	closed bool
}

func (s *summer) Open(ctx operators.Context) error {
	s.ctx, s.sums = ctx, map[int64]int64{}
	return nil
}

func (s *summer) Process(_ int, b *operators.Batch, out operators.Output) error {
	if s.hook != nil {
		if err := s.hook(); err != nil {
			return err
		}
	}
	k, v := vector.Values[int64](b.Columns[0]), vector.Values[int64](b.Columns[1])
	var keys, sums []int64
	add := func(i int) error {
		if r := s.ctx.Keys(); int(k[i])%r.Max < r.From || int(k[i])%r.Max >= r.To {
			return fmt.Errorf("key %d is not of the groups %v", k[i], r)
		}
		s.sums[k[i]] += v[i]
		keys, sums = append(keys, k[i]), append(sums, s.sums[k[i]])
		return nil
	}
	if b.Sel != nil {
		for _, i := range b.Sel {
			if err := add(int(i)); err != nil {
				return err
			}
		}
	} else {
		for i := range b.Len {
			if err := add(i); err != nil {
				return err
			}
		}
	}
	nb := makeBatch(s.ctx.Pool(), keys, sums)
	defer nb.Release()
	return out.Emit(nb)
}

func (s *summer) Close() error {
	if s.closed {
		return errors.New("closed twice")
	}
	s.closed = true
	return nil
}

type summerSnapshot struct {
	s        *summer
	max      int
	sums     map[int64]int64
	released bool
}

func (s *summer) Snapshot() (operators.Snapshot, error) {
	c := map[int64]int64{}
	maps.Copy(c, s.sums)
	return &summerSnapshot{s, s.ctx.Keys().Max, c, false}, nil
}

func (x *summerSnapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("sums", rowSchema())
	if err != nil {
		return err
	}
	groups := map[int][][2]int64{}
	for k, v := range x.sums {
		groups[int(k)%x.max] = append(groups[int(k)%x.max], [2]int64{k, v})
	}
	for g := range x.max {
		rows := groups[g]
		if len(rows) == 0 {
			continue
		}
		keys, values := make([]int64, len(rows)), make([]int64, len(rows))
		for i, r := range rows {
			keys[i], values[i] = r[0], r[1]
		}
		b := makeBatch(x.s.ctx.Pool(), keys, values)
		err := t.Append(g, b)
		b.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *summerSnapshot) Release() {
	if x.released {
		panic("released twice")
	}
	x.released = true
}

func (s *summer) Restore(r operators.StateReader) error {
	return r.Table("sums", rowSchema(), func(_ int, b *operators.Batch) error {
		k, v := vector.Values[int64](b.Columns[0]), vector.Values[int64](b.Columns[1])
		for i := range b.Len {
			s.sums[k[i]] = v[i]
		}
		return nil
	})
}

// literals emits constant rows.
type literals struct {
	operators.Stateless
	ctx operators.Context
}

func (l *literals) Open(ctx operators.Context) error {
	l.ctx = ctx
	return nil
}

func (l *literals) Process(_ int, _ *operators.Batch, out operators.Output) error {
	b := makeBatch(l.ctx.Pool(), []int64{1, 2, 3}, []int64{10, 20, 30})
	defer b.Release()
	return out.Emit(b)
}

var _ io.Closer = (*numbersReader)(nil)
