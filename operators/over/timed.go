package over

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/kernel/decimal"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Timed is the operator of plan.Over for streams in the order of time. One goroutine uses it.
type Timed struct {
	spec  *plan.Over
	input types.Schema
	ctx   operators.Context
	store *rowstore.Store
	times rowstore.Side[int64] // of the rows of store, ms
	eval  evaluator
	// set and state are the keys, with a keyHead each, and the accumulators of frames that begin with the first row.
	set   *accum.Set
	state *accum.State
	lists rowstore.Lists
	late  *operators.Counter

	runs    [][]waiting // rows that wait, each in the order of time
	seq     uint64
	mark    int64 // the watermark
	clock   int64 // processing time: of the newest row
	rowsOn  int64 // how many rows before one its frames and LAG reach
	span    int64 // how many ms before a row its frame begins; < 0: no frame says
	running bool  // frames begin with the first row
	numbers bool  // the number of rows before matters
	aging   []aged
	sweep   int32

	ids    []int32
	rows   []table.Row
	sel    []int32
	add    []rowstore.ID
	millis []int64
}

// waiting is a row that the watermark has not passed.
type waiting struct {
	time int64
	seq  uint64
	id   rowstore.ID
	key  int32
}

// aged is a row that frames reach for some time.
type aged struct {
	time int64
	key  int32
}

// keyHead is what is known of a key, in the payload of its row.
type keyHead struct {
	rows, peers int64 // emitted
	last        int64 // time of the last emitted row, if there is one
	stamp       int64 // processing time of the last use
	waiting     int64 // rows that wait
	kept        rowstore.List
}

// chunk is about how many rows are evaluated at once.
const chunk = 1 << 14

// manyRuns is how many runs of waiting rows are merged.
const manyRuns = 64

func newTimed(spec *plan.Over, input types.Schema) (*Timed, error) {
	t := &Timed{spec: spec, input: input, mark: operators.MinWatermark, clock: operators.MinWatermark, span: -1}
	var frame *plan.Frame
	for i := range spec.Calls {
		c := &spec.Calls[i]
		switch {
		case c.Func == "LAG" && c.Offset >= 0 && !c.OffsetArg:
			t.rowsOn = max(t.rowsOn, c.Offset)
		case c.Func == "ROW_NUMBER" || c.Func == "RANK" || c.Func == "DENSE_RANK":
			t.numbers = true
		case c.IsPlace():
			return nil, fmt.Errorf("over: %s over a stream", c.Func)
		case !c.Frame.Upper.Current || frame != nil && c.Frame != *frame:
			return nil, errors.New("over: frames of a stream must be the same and end with the current row")
		default:
			frame = &c.Frame
			switch lower := c.Frame.Lower; {
			case lower.Unbounded:
				t.running = true
			case c.Frame.Rows:
				t.rowsOn = max(t.rowsOn, -lower.Offset)
			default:
				t.span = max(0, -lower.Offset)
			}
		}
	}
	if t.numbers && frame == nil {
		t.running = true
	}
	return t, nil
}

// Open prepares the state.
func (t *Timed) Open(ctx operators.Context) error {
	t.ctx, t.late = ctx, ctx.Counter("numLateRecordsDropped")
	t.store = rowstore.New(ctx.Pool(), t.input.Types())
	t.times.Open(ctx.Pool())
	t.lists.Open(ctx.Pool())
	keys := t.input.Project(t.spec.Keys).Types()
	if err := t.eval.open(ctx.Pool(), t.store, t.spec, t.input, keys); err != nil {
		return err
	}
	for _, g := range t.eval.groups {
		if g.frame.Lower.Unbounded {
			t.set, t.state = g.set, g.state
			return nil
		}
	}
	var err error
	if t.set, err = accum.New(ctx.Pool(), nil, nil, accum.Options{}); err != nil {
		return err
	}
	t.state = t.set.NewState(keys, head)
	return nil
}

// Close frees the state.
func (t *Timed) Close() error {
	if t.store == nil {
		return nil
	}
	own := t.state != nil && !slices.ContainsFunc(t.eval.groups, func(g *group) bool { return g.state == t.state })
	t.eval.close()
	if own {
		t.state.Close()
	}
	t.times.Close()
	t.lists.Close()
	t.store.Close()
	t.store = nil
	return nil
}

func (t *Timed) head(r table.Row) *keyHead { return table.At[keyHead](r, t.state.Table.Payload()) }

// Process takes rows: they wait for the watermark, or are emitted at once in processing time.
func (t *Timed) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(t.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	times := t.timesOf(b)
	t.find(b)
	t.sel = t.sel[:0]
	for i, r := range t.rows {
		if !t.isLate(r, times[i]) {
			t.sel = append(t.sel, int32(i))
		}
	}
	due := t.take(b, times, t.store.Append)
	if late := b.Len - len(due); late > 0 {
		t.late.Add(int64(late))
		for _, id := range t.ids {
			if t.state.Table.Live(id) && *t.head(t.state.Table.Row(id)) == (keyHead{stamp: t.head(t.state.Table.Row(id)).stamp}) {
				t.state.Delete(id)
			}
		}
	}
	if t.spec.Time == plan.OverEventTime {
		t.enqueue(due)
		return nil
	}
	if err := t.evaluate(due, out); err != nil {
		return err
	}
	t.forget(t.clock)
	return nil
}

// timesOf are the times of rows in ms.
func (t *Timed) timesOf(b *operators.Batch) []int64 {
	t.millis = slices.Grow(t.millis[:0], b.Len)[:b.Len]
	out := t.millis
	if t.spec.Time == plan.OverProcessing {
		t.clock = max(t.clock, t.ctx.Now())
		for i := range out {
			out[i] = t.clock
		}
		return out
	}
	c := b.Columns[t.spec.Order[0].Column]
	copy(out, vector.Values[int64](c))
	if unit := c.Type.TimeUnit() / 1000; unit > 1 {
		for i, x := range out {
			// Rounded up: the row may go when the watermark has reached it.
			if out[i] = x / unit; x%unit > 0 {
				out[i]++
			}
		}
	}
	return out
}

// find finds the keys of a batch and notes that they are in use.
func (t *Timed) find(b *operators.Batch) {
	t.ids = slices.Grow(t.ids[:0], b.Len)[:b.Len]
	t.state.Table.FindBatch(b, t.spec.Keys, t.ids, true)
	t.rows = t.state.Table.Rows(t.ids, t.rows)
	if t.spec.TTLMillis <= 0 {
		return
	}
	now := t.ctx.Now()
	for i, r := range t.rows {
		h := t.head(r)
		if t.expired(h, now) {
			t.reset(t.ids[i], h)
		}
		h.stamp = now
	}
	for range min(2*b.Len+8, t.state.Table.Limit()) {
		if t.sweep++; int(t.sweep) >= t.state.Table.Limit() {
			t.sweep = 0
		}
		if id := t.sweep; t.state.Table.Live(id) {
			if h := t.head(t.state.Table.Writable(id)); t.expired(h, now) {
				t.reset(id, h)
				t.state.Delete(id)
			}
		}
	}
}

func (t *Timed) expired(h *keyHead, now int64) bool {
	return h.waiting == 0 && h.rows > 0 && now-h.stamp >= t.spec.TTLMillis
}

// reset makes a key one without rows.
func (t *Timed) reset(id int32, h *keyHead) {
	for _, row := range t.lists.Of(&h.kept) {
		t.store.Delete(row)
	}
	t.lists.Drop(&h.kept)
	*h = keyHead{stamp: h.stamp}
	t.state.Reset(id)
}

// isLate tells whether a row comes too late.
func (t *Timed) isLate(r table.Row, time int64) bool {
	if t.spec.Time != plan.OverEventTime {
		return false
	}
	if t.running || len(t.eval.groups) == 0 {
		return time <= t.mark
	}
	h := t.head(r)
	return h.rows > 0 && time <= h.last
}

// take stores the rows t.sel of a batch, whose keys are t.ids.
func (t *Timed) take(b *operators.Batch, times []int64, add func(*vector.Batch, []int32, []rowstore.ID)) []waiting {
	t.add = slices.Grow(t.add[:0], len(t.sel))[:len(t.sel)]
	add(b, t.sel, t.add)
	due := make([]waiting, len(t.sel))
	for k, i := range t.sel {
		t.seq++
		due[k] = waiting{time: times[i], seq: t.seq, id: t.add[k], key: t.ids[i]}
		*t.times.At(t.add[k]) = times[i]
		t.head(t.rows[i]).waiting++
	}
	return due
}

func compareWaiting(a, b waiting) int {
	if a.time != b.time {
		return cmp.Compare(a.time, b.time)
	}
	return cmp.Compare(a.seq, b.seq)
}

// enqueue adds rows to those that wait.
func (t *Timed) enqueue(rows []waiting) {
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, compareWaiting)
	if n := len(t.runs); n > 0 {
		last := t.runs[n-1]
		if len(last) > 0 && last[len(last)-1].time <= rows[0].time {
			t.runs[n-1] = append(last, rows...)
			return
		}
	}
	t.runs = append(t.runs, rows)
	if len(t.runs) >= manyRuns {
		all := slices.Concat(t.runs...)
		slices.SortFunc(all, compareWaiting)
		t.runs = append(t.runs[:0], all)
	}
}

// Watermark emits the rows that it passes.
func (t *Timed) Watermark(mark int64, out operators.Output) error {
	t.mark = max(t.mark, mark)
	if t.spec.Time == plan.OverEventTime {
		var due []waiting
		for k, run := range t.runs {
			n, _ := slices.BinarySearchFunc(run, t.mark, func(w waiting, mark int64) int {
				if w.time <= mark {
					return -1
				}
				return 1
			})
			due = append(due, run[:n]...)
			t.runs[k] = run[n:]
		}
		t.runs = slices.DeleteFunc(t.runs, func(run []waiting) bool { return len(run) == 0 })
		slices.SortFunc(due, compareWaiting)
		for len(due) > 0 {
			n := min(len(due), chunk)
			for n < len(due) && due[n].time == due[n-1].time {
				n++
			}
			if err := t.evaluate(due[:n], out); err != nil {
				return err
			}
			due = due[n:]
		}
		t.forget(t.mark)
	}
	return out.Watermark(mark)
}

// evaluate computes and emits rows, which are in the order of time.
func (t *Timed) evaluate(due []waiting, out operators.Output) error {
	if len(due) == 0 {
		return nil
	}
	by := byKey(due)
	var ids []rowstore.ID
	var parts []part
	o := &order{}
	fresh := make([]rowstore.ID, len(due))
	perm := make([]int32, len(due))
	for k, i := range by {
		w := due[i]
		fresh[k], perm[i] = w.id, int32(k)
		if k == 0 || due[by[k-1]].key != w.key {
			h := t.head(t.state.Table.Writable(w.key))
			p := part{start: len(ids), id: -1, rows: h.rows, peers: h.peers}
			if t.running {
				p.id = w.key
			}
			ids = append(ids, t.lists.Of(&h.kept)...)
			p.from = len(ids)
			parts = append(parts, p)
		}
		ids = append(ids, w.id)
		parts[len(parts)-1].end = len(ids)
	}
	t.compare(ids, parts, o)
	cols, err := t.eval.results(ids, parts, o)
	if err != nil {
		return err
	}
	if err := t.eval.emit(fresh, cols, perm, out); err != nil {
		return err
	}
	for _, p := range parts {
		t.advance(due, by, ids, p, o)
		by = by[p.end-p.from:]
	}
	return nil
}

// byKey are the numbers of rows, those of a key one after another.
func byKey(due []waiting) []int32 {
	packed := make([]uint64, len(due))
	for i, w := range due {
		packed[i] = uint64(w.key)<<32 | uint64(i)
	}
	slices.Sort(packed)
	by := make([]int32, len(due))
	for i, x := range packed {
		by[i] = int32(uint32(x))
	}
	return by
}

// compare fills in what the evaluator needs of the order: rows of one time are peers, but in processing time none are.
func (t *Timed) compare(ids []rowstore.ID, parts []part, o *order) {
	o.first = make([]bool, len(ids))
	if t.eval.ranged {
		o.keys = &keys{ints: make([]decimal.Int128, len(ids)), null: make([]bool, len(ids))}
	}
	for _, p := range parts {
		for i := p.start; i < p.end; i++ {
			time := t.times.Get(ids[i])
			o.first[i] = i == p.start || t.spec.Time == plan.OverProcessing || time != t.times.Get(ids[i-1])
			if o.keys != nil {
				o.keys.ints[i] = decimal.FromInt64(time)
			}
		}
	}
}

// advance notes that the rows of a partition were emitted, and keeps those that later ones reach. by begins with the rows of the partition.
func (t *Timed) advance(due []waiting, by []int32, ids []rowstore.ID, p part, o *order) {
	key := due[by[0]].key
	h := t.head(t.state.Table.Writable(key))
	n := p.end - p.from
	h.rows += int64(n)
	h.waiting -= int64(n)
	for i := p.from; i < p.end; i++ {
		if o.first[i] {
			h.peers++
		}
	}
	h.last = due[by[n-1]].time
	if t.rowsOn == 0 && t.span < 0 {
		for _, id := range ids[p.from:p.end] {
			t.store.Delete(id)
		}
		return
	}
	for _, id := range ids[p.from:p.end] {
		t.lists.Insert(&h.kept, h.kept.Len(), id)
		if t.span >= 0 {
			t.aging = append(t.aging, aged{h.last, key})
		}
	}
	t.trim(h, h.last)
}

// trim drops the kept rows of a key that rows from time now on do not reach.
func (t *Timed) trim(h *keyHead, now int64) {
	rows := t.lists.Of(&h.kept)
	n := 0
	for n < len(rows) && int64(len(rows)-n) > t.rowsOn && (t.span < 0 || t.times.Get(rows[n]) < now-t.span) {
		n++
	}
	if n == 0 {
		return
	}
	rest := slices.Clone(rows[n:])
	for _, id := range rows[:n] {
		t.store.Delete(id)
	}
	t.lists.Drop(&h.kept)
	for i, id := range rest {
		t.lists.Insert(&h.kept, i, id)
	}
}

// forget drops rows that no frame reaches any more, and keys without rows.
func (t *Timed) forget(now int64) {
	n := 0
	for n < len(t.aging) && t.aging[n].time < now-t.span {
		a := t.aging[n]
		n++
		if !t.state.Table.Live(a.key) {
			continue
		}
		h := t.head(t.state.Table.Writable(a.key))
		t.trim(h, now)
		if h.kept.Len() == 0 && h.waiting == 0 && !t.numbers {
			t.lists.Drop(&h.kept)
			t.state.Delete(a.key)
		}
	}
	if n == len(t.aging) {
		t.aging = t.aging[:0]
	} else {
		t.aging = t.aging[n:]
	}
	t.compact()
}

// compact gives sparse chunks free and follows the rows that move.
func (t *Timed) compact() {
	moved := map[rowstore.ID]rowstore.ID{}
	t.store.Compact(func(from, to rowstore.ID) {
		moved[from] = to
		*t.times.At(to) = t.times.Get(from)
	})
	if len(moved) == 0 {
		return
	}
	for _, run := range t.runs {
		for i := range run {
			if to, ok := moved[run[i].id]; ok {
				run[i].id = to
			}
		}
	}
	for id := range int32(t.state.Table.Limit()) {
		if !t.state.Table.Live(id) {
			continue
		}
		rows := t.lists.Of(&t.head(t.state.Table.Row(id)).kept)
		for i := range rows {
			if to, ok := moved[rows[i]]; ok {
				rows[i] = to
			}
		}
	}
}
