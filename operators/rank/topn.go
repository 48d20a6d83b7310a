package rank

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sort"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TopN is the operator of plan.Rank.
type TopN struct {
	spec   *plan.Rank
	schema types.Schema // of the input
	// newestFirst: of rows that are equal in the order the one that came last is first.
	newestFirst bool

	ctx     operators.Context
	parts   partitions
	store   *rowstore.Store // input columns and the sort key
	lists   rowstore.Lists
	rowKey  []int          // columns that identify a row for retraction
	rows    rowstore.Index // by rowKey, over updating input
	rowHash []uint64
	written rowstore.Side[int64] // of each row, with a time to live

	now     int64
	batch   uint32        // number of the current batch, for the marks of partitions
	touched []int32       // partitions the current batch has changed
	before  []rowstore.ID // their rows before it, one after another
	starts  []touch       // of each in before
	dead    []rowstore.ID // rows to be deleted after the batch
	skipped bool          // some row of the batch was not kept: its partition may be empty
	adds    []int32
	addIDs  []rowstore.ID
	addPart []int32
	keyCols []*vector.Vector
	sweep   int32
	moved   [2][]rowstore.ID
	out     output
	windows windows
}

// touch is where the former rows of a partition begin, and what its bound was.
type touch struct {
	from  int
	bound int64
}

// NewTopN returns the operator for input of that schema.
func NewTopN(spec *plan.Rank, input types.Schema) (*TopN, error) {
	if spec.From < 1 || spec.To < spec.From && spec.ToColumn < 0 {
		return nil, fmt.Errorf("rank from %d to %d", spec.From, spec.To)
	}
	if spec.Window && (spec.InputUpdating || spec.ToColumn >= 0) {
		return nil, errors.New("window ranking over updating input, or with a bound that varies, is not supported yet")
	}
	t := &TopN{spec: spec, schema: input, rowKey: spec.RowKey}
	if t.rowKey == nil {
		for i := range input {
			t.rowKey = append(t.rowKey, i)
		}
	}
	return t, nil
}

// NewLastRow returns the operator of a deduplication that keeps the last row of each key (by time, or by arrival).
func NewLastRow(spec *plan.Deduplicate, input types.Schema) (*TopN, error) {
	return newDeduplicate(spec, input, true)
}

// newDeduplicate is a deduplication as a ranking that keeps one row and can revise it.
func newDeduplicate(spec *plan.Deduplicate, input types.Schema, last bool) (*TopN, error) {
	r := &plan.Rank{
		Keys: spec.Keys, From: 1, To: 1, ToColumn: -1, TTLMillis: spec.TTLMillis, InputUpdating: spec.InputUpdating,
		UpdateBefore: spec.UpdateBefore, Final: spec.Final,
	}
	if spec.TimeColumn >= 0 {
		r.Order = []plan.SortKey{{Column: spec.TimeColumn, Descending: last}}
	}
	t, err := NewTopN(r, input)
	if err == nil {
		t.newestFirst = last
	}
	return t, err
}

// Open prepares the state.
func (t *TopN) Open(ctx operators.Context) error {
	t.ctx = ctx
	pool := ctx.Pool()
	t.parts.open(pool, t.schema, t.spec.Keys, partitionBytes)
	t.store = rowstore.New(pool, append(t.schema.Types(), types.BytesType()))
	t.lists.Open(pool)
	t.rows.Open(pool)
	t.written.Open(pool)
	t.out.t = t
	if t.spec.Window {
		return t.windows.open(t)
	}
	return nil
}

// Close frees the state.
func (t *TopN) Close() error {
	if t.store != nil {
		t.store.Close()
		t.parts.close()
		t.lists.Close()
		t.rows.Close()
		t.written.Close()
		t.store = nil
	}
	return nil
}

// Process ranks the rows and emits what changes.
func (t *TopN) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(t.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	b = t.withSortKey(b)
	defer b.Release()
	t.parts.find(b)
	t.hashRows(b)
	t.begin()
	for i := range b.Len {
		if !b.Kind(i).IsAdd() {
			t.flushAdds(b)
			t.retract(b, i)
			continue
		}
		if t.spec.Window && t.windows.late(b, i) || t.rejects(b, i) {
			t.skipped = true
			continue
		}
		t.adds, t.addPart = append(t.adds, int32(i)), append(t.addPart, t.parts.ids[i])
	}
	t.flushAdds(b)
	return t.end(out)
}

func (t *TopN) hashRows(b *operators.Batch) {
	if t.spec.InputUpdating {
		t.rowHash = slices.Grow(t.rowHash[:0], b.Len)[:b.Len]
		rowkey.HashColumns(b, t.rowKey, t.rowHash)
	}
}

// withSortKey returns b with the sort key of each row as a further column.
func (t *TopN) withSortKey(b *operators.Batch) *operators.Batch {
	k := vector.New(t.ctx.Pool(), types.BytesType(), b.Len, 12*b.Len)
	order := rowkey.Order(t.spec.Order)
	var scratch [64]byte
	for i := range b.Len {
		k.AppendBytes(i, order.AppendSortKey(scratch[:0], b, i))
	}
	cols := make([]*vector.Vector, 0, len(t.schema)+1)
	for _, c := range b.Columns[:len(t.schema)] {
		cols = append(cols, c.Retain())
	}
	s := vector.NewBatch(b.Len, append(cols, k)...)
	s.Kinds = b.Kinds
	return s
}

func (t *TopN) begin() {
	if t.batch++; t.batch == 0 { // new partitions have mark 0
		t.batch = 1
	}
	t.now, t.skipped = t.ctx.Now(), false
	t.touched, t.before, t.starts = t.touched[:0], t.before[:0], t.starts[:0]
}

// touch remembers the rows of a partition as they were before the batch.
func (t *TopN) touch(id int32) *partition {
	p := t.parts.at(id)
	if m := t.parts.mark(id); *m != t.batch {
		*m = t.batch
		if t.spec.TTLMillis > 0 {
			t.expire(p)
		}
		t.touched = append(t.touched, id)
		t.starts = append(t.starts, touch{len(t.before), t.bound(p)})
		t.before = append(t.before, t.lists.Of(&p.rows)...)
	}
	return p
}

// expire forgets the rows of a partition whose time to live has ended, without a word.
func (t *TopN) expire(p *partition) {
	for k := 0; k < p.rows.Len(); {
		id := t.lists.Of(&p.rows)[k]
		if t.written.Get(id)+t.spec.TTLMillis > t.now {
			k++
			continue
		}
		t.lists.Remove(&p.rows, k)
		t.forget(id)
	}
}

// forget marks a row that is in no list any more for deletion.
func (t *TopN) forget(id rowstore.ID) {
	if t.spec.InputUpdating {
		t.rows.Delete(id)
	}
	t.dead = append(t.dead, id)
}

// bound is how many rows of the partition are in range; over insert-only input no more are kept.
func (t *TopN) bound(p *partition) int64 {
	if t.spec.ToColumn >= 0 {
		return max(p.to, 0)
	}
	return t.spec.To
}

// inRange is the rows of a partition that are in the result.
func (t *TopN) inRange(id int32) []rowstore.ID {
	p := t.parts.at(id)
	return t.out.inRange(t.bound(p), t.lists.Of(&p.rows))
}

func (t *TopN) sortKey(id rowstore.ID) []byte {
	v, row := t.store.Column(id, len(t.schema))
	return v.Bytes(row)
}

// rejects tells whether a row can never be in range: the list is full of rows that come first.
func (t *TopN) rejects(b *operators.Batch, i int) bool {
	if t.spec.InputUpdating || t.spec.ToColumn >= 0 || t.spec.TTLMillis > 0 {
		return false
	}
	p := t.parts.at(t.parts.ids[i])
	if int64(p.rows.Len()) < t.spec.To {
		return false
	}
	ids := t.lists.Of(&p.rows)
	c := bytes.Compare(b.Columns[len(t.schema)].Bytes(i), t.sortKey(ids[len(ids)-1]))
	return c > 0 || c == 0 && !t.newestFirst
}

// flushAdds stores and ranks the collected rows.
func (t *TopN) flushAdds(b *operators.Batch) {
	if len(t.adds) == 0 {
		return
	}
	t.addIDs = slices.Grow(t.addIDs[:0], len(t.adds))[:len(t.adds)]
	t.store.Append(b, t.adds, t.addIDs)
	for k, id := range t.addIDs {
		row := int(t.adds[k])
		if t.spec.InputUpdating {
			t.rows.Insert(t.rowHash[row], id)
		}
		if t.spec.TTLMillis > 0 {
			*t.written.At(id) = t.now
		}
		t.insert(t.addPart[k], id, b, row)
	}
	t.adds, t.addPart = t.adds[:0], t.addPart[:0]
}

func (t *TopN) insert(part int32, id rowstore.ID, b *operators.Batch, row int) {
	p := t.touch(part)
	if t.spec.ToColumn >= 0 {
		p.to = integer(b.Columns[t.spec.ToColumn], row)
	}
	if t.spec.Window && p.rows.Len() == 0 {
		t.windows.add(b, row, part)
	}
	t.lists.Insert(&p.rows, t.position(p, b.Columns[len(t.schema)].Bytes(row)), id)
	if !t.spec.InputUpdating {
		for bound := t.bound(p); int64(p.rows.Len()) > bound; {
			t.dead = append(t.dead, t.lists.Pop(&p.rows))
		}
	}
}

// position is where a row with that key goes.
func (t *TopN) position(p *partition, key []byte) int {
	ids := t.lists.Of(&p.rows)
	return sort.Search(len(ids), func(i int) bool {
		c := bytes.Compare(t.sortKey(ids[i]), key)
		return c > 0 || c == 0 && t.newestFirst
	})
}

// retract takes back a row. One that is not there is ignored.
func (t *TopN) retract(b *operators.Batch, i int) {
	part := t.parts.ids[i]
	id := t.lookup(b, i)
	if id == rowstore.None {
		t.skipped = true
		return
	}
	p := t.touch(part)
	if at := t.place(p, id); at >= 0 { // else its time to live has just ended
		t.lists.Remove(&p.rows, at)
		t.forget(id)
	}
}

// lookup finds the stored row that is the same as row i of the batch, in the same partition.
func (t *TopN) lookup(b *operators.Batch, i int) rowstore.ID {
	if !t.spec.InputUpdating {
		return rowstore.None
	}
	t.keyCols = t.keyCols[:0]
	for _, c := range t.rowKey {
		t.keyCols = append(t.keyCols, b.Columns[c])
	}
	for id := t.rows.First(t.rowHash[i]); id != rowstore.None; id = t.rows.Next(id) {
		if t.store.KeyEquals(id, t.rowKey, t.keyCols, i) && t.samePartition(id, b, i) {
			return id
		}
	}
	return rowstore.None
}

// samePartition tells whether a stored row has the partition keys of row i.
func (t *TopN) samePartition(id rowstore.ID, b *operators.Batch, i int) bool {
	for _, c := range t.spec.Keys {
		if v, row := t.store.Column(id, c); !rowstore.Equal(v, row, b.Columns[c], i) {
			return false
		}
	}
	return true
}

// place is the position of a row in its partition, or -1. The sort key leads near it; rows with the same key are looked through.
func (t *TopN) place(p *partition, id rowstore.ID) int {
	ids := t.lists.Of(&p.rows)
	if len(ids) <= 16 {
		return slices.Index(ids, id)
	}
	key := t.sortKey(id)
	from := sort.Search(len(ids), func(i int) bool { return bytes.Compare(t.sortKey(ids[i]), key) >= 0 })
	if at := slices.Index(ids[from:], id); at >= 0 {
		return from + at
	}
	return -1
}

// end emits the differences and forgets dead rows and empty partitions.
func (t *TopN) end(out operators.Output) error {
	if !t.spec.Final && !t.spec.Window {
		for k, id := range t.touched {
			end := len(t.before)
			if k+1 < len(t.starts) {
				end = t.starts[k+1].from
			}
			was := t.out.inRange(t.starts[k].bound, t.before[t.starts[k].from:end])
			if err := t.out.difference(was, t.inRange(id), out); err != nil {
				return err
			}
		}
		if err := t.out.flush(out); err != nil {
			return err
		}
	}
	if t.spec.TTLMillis > 0 {
		t.sweepSome(2 * len(t.parts.ids))
	}
	t.clean()
	return nil
}

// clean deletes dead rows and empty partitions, and moves the rows of chunks that are nearly empty.
func (t *TopN) clean() {
	for _, id := range t.dead {
		t.store.Delete(id)
	}
	t.dead = t.dead[:0]
	for _, id := range t.touched {
		t.dropEmpty(id)
	}
	if t.skipped { // rows that were late, or retractions of nothing, may have left a partition without rows
		for _, id := range t.parts.ids {
			t.dropEmpty(id)
		}
	}
	t.parts.table.Compact(nil)
	t.compact()
}

func (t *TopN) dropEmpty(id int32) {
	if !t.parts.table.Live(id) {
		return
	}
	if p := t.parts.at(id); p.rows.Len() == 0 {
		t.lists.Drop(&p.rows)
		t.parts.table.Delete(id)
	}
}

// sweepSome looks for rows whose time to live has ended in the next n partitions.
func (t *TopN) sweepSome(n int) {
	limit := int32(t.parts.table.Limit())
	for range min(n, int(limit)) {
		if t.sweep++; t.sweep >= limit {
			t.sweep = 0
		}
		if id := t.sweep; t.parts.table.Live(id) {
			if p := t.parts.at(id); p.rows.Len() > 0 {
				t.expire(p)
				if p.rows.Len() == 0 {
					t.touched = append(t.touched, id)
				}
			}
		}
	}
}

// compact moves the rows of chunks that are nearly empty. Between batches only lists and indexes hold ids.
func (t *TopN) compact() {
	from, to := t.moved[0][:0], t.moved[1][:0]
	t.store.Compact(func(f, o rowstore.ID) {
		if t.spec.InputUpdating {
			t.rows.Move(f, o)
		}
		if t.spec.TTLMillis > 0 {
			*t.written.At(o) = t.written.Get(f)
		}
		from, to = append(from, f), append(to, o)
	})
	t.moved = [2][]rowstore.ID{from, to}
	parts := make([]int32, min(len(to), vector.MaxRows))
	for len(to) > 0 {
		n := min(len(to), vector.MaxRows)
		t.parts.ofRows(t.store, to[:n], parts[:n])
		for k, id := range parts[:n] {
			ids := t.lists.Of(&t.parts.at(id).rows)
			ids[slices.Index(ids, from[k])] = to[k]
		}
		from, to = from[n:], to[n:]
	}
}

// Watermark fires the windows that it passes.
func (t *TopN) Watermark(w int64, out operators.Output) error {
	if t.spec.Window {
		if err := t.windows.fire(w, out); err != nil {
			return err
		}
	}
	return out.Watermark(w)
}

// Finish emits all partitions in batch mode.
func (t *TopN) Finish(out operators.Output) error {
	if !t.spec.Final || t.spec.Window {
		return nil
	}
	var err error
	t.parts.each(func(id int32) {
		if err == nil {
			err = t.out.difference(nil, t.inRange(id), out)
		}
	})
	if err != nil {
		return err
	}
	return t.out.flush(out)
}

// integer reads an integer column; NULL is 0.
func integer(v *vector.Vector, i int) int64 {
	if v.IsNull(i) {
		return 0
	}
	switch v.Type.Storage() {
	case types.StoreI8:
		return int64(vector.Values[int8](v)[i])
	case types.StoreI16:
		return int64(vector.Values[int16](v)[i])
	case types.StoreI32:
		return int64(vector.Values[int32](v)[i])
	default:
		return vector.Values[int64](v)[i]
	}
}
