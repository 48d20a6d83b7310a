package rank

import (
	"bytes"
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
	lists   lists
	list    rowstore.Side[list]
	rowKey  []int // columns that identify a row for retraction
	rows    rowstore.Index
	rowHash []uint64

	batch   uint32        // number of the current batch, for list.mark
	touched []rowstore.ID // partitions the current batch has changed
	before  []rowstore.ID // their lists before it, one after another
	starts  []int         // of each in before
	dead    []rowstore.ID // rows to be deleted after the batch
	adds    []int32
	addIDs  []rowstore.ID
	addPart []rowstore.ID
	out     output
	windows windows
}

// NewTopN returns the operator for input of that schema.
func NewTopN(spec *plan.Rank, input types.Schema) (*TopN, error) {
	if spec.From < 1 || spec.To < spec.From && spec.ToColumn < 0 {
		return nil, fmt.Errorf("rank from %d to %d", spec.From, spec.To)
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
	r := &plan.Rank{Keys: spec.Keys, From: 1, To: 1, ToColumn: -1, TTLMillis: spec.TTLMillis, InputUpdating: spec.InputUpdating,
		UpdateBefore: spec.UpdateBefore, Final: spec.Final}
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
	t.parts.open(ctx.Pool(), t.schema, t.spec.Keys)
	t.store = rowstore.New(ctx.Pool(), append(t.schema.Types(), types.BytesType()))
	t.out.open(t)
	if t.spec.Window {
		return t.windows.open(t)
	}
	return nil
}

// Close frees the state.
func (t *TopN) Close() error {
	if t.store != nil {
		t.store.Close()
		t.parts.store.Close()
	}
	return nil
}

// Process ranks the rows and emits what changes.
func (t *TopN) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(t.ctx.Pool())
	defer b.Release()
	b = t.withSortKey(b)
	defer b.Release()
	t.parts.find(b)
	if t.spec.InputUpdating {
		if cap(t.rowHash) < b.Len {
			t.rowHash = make([]uint64, b.Len)
		}
		t.rowHash = t.rowHash[:b.Len]
		rowkey.HashColumns(b, t.rowKey, t.rowHash)
	}
	t.begin()
	for i := range b.Len {
		if !b.Kind(i).IsAdd() {
			t.flushAdds(b)
			t.retract(b, i)
			continue
		}
		if t.spec.Window && t.windows.late(b, i) {
			continue
		}
		if t.rejects(b, i) {
			continue
		}
		t.adds, t.addPart = append(t.adds, int32(i)), append(t.addPart, t.parts.ids[i])
	}
	t.flushAdds(b)
	return t.end(out)
}

// withSortKey returns b with the sort key of each row as a further column.
func (t *TopN) withSortKey(b *operators.Batch) *operators.Batch {
	k := vector.New(t.ctx.Pool(), types.BytesType(), b.Len, 12*b.Len)
	order := rowkey.Order(t.spec.Order)
	var scratch [64]byte
	for i := range b.Len {
		k.AppendBytes(i, order.AppendSortKey(scratch[:0], b, i))
	}
	cols := make([]*vector.Vector, 0, len(b.Columns)+1)
	for _, c := range b.Columns {
		cols = append(cols, c.Retain())
	}
	s := vector.NewBatch(b.Len, append(cols, k)...)
	s.Kinds = b.Kinds
	return s
}

func (t *TopN) begin() {
	t.batch++
	t.touched, t.before, t.starts = t.touched[:0], t.before[:0], t.starts[:0]
}

// touch remembers the list of a partition as it was before the batch.
func (t *TopN) touch(part rowstore.ID) *list {
	l := t.list.At(part)
	if l.mark != t.batch {
		l.mark = t.batch
		t.touched = append(t.touched, part)
		t.starts = append(t.starts, len(t.before))
		t.before = append(t.before, t.lists.of(l)...)
	}
	return l
}

// bound is how many rows of the partition are in range; over insert-only input no more are kept.
func (t *TopN) bound(l *list) int64 {
	if t.spec.ToColumn >= 0 {
		return l.to
	}
	return t.spec.To
}

func (t *TopN) sortKey(id rowstore.ID) []byte {
	v, row := t.store.Column(id, len(t.schema))
	return v.Bytes(row)
}

// rejects tells whether a row can never be in range: the list is full of rows that come first.
func (t *TopN) rejects(b *operators.Batch, i int) bool {
	if t.spec.InputUpdating || t.spec.ToColumn >= 0 {
		return false
	}
	l := t.list.At(t.parts.ids[i])
	if int64(l.n) < t.spec.To {
		return false
	}
	c := bytes.Compare(b.Columns[len(t.schema)].Bytes(i), t.sortKey(t.lists.of(l)[l.n-1]))
	return c > 0 || c == 0 && !t.newestFirst
}

// flushAdds stores and ranks the collected rows.
func (t *TopN) flushAdds(b *operators.Batch) {
	if len(t.adds) == 0 {
		return
	}
	if cap(t.addIDs) < len(t.adds) {
		t.addIDs = make([]rowstore.ID, max(len(t.adds), vector.MaxRows))
	}
	ids := t.addIDs[:len(t.adds)]
	t.store.Append(b, t.adds, ids)
	for k, id := range ids {
		if t.spec.InputUpdating {
			t.rows.Insert(t.rowHash[t.adds[k]], id)
		}
		t.insert(t.addPart[k], id, b, int(t.adds[k]))
	}
	t.adds, t.addPart = t.adds[:0], t.addPart[:0]
}

func (t *TopN) insert(part, id rowstore.ID, b *operators.Batch, row int) {
	l := t.touch(part)
	if t.spec.ToColumn >= 0 {
		l.to = integer(b.Columns[t.spec.ToColumn], row)
	}
	if t.spec.Window && l.n == 0 {
		t.windows.add(b, row, part)
	}
	t.lists.insert(l, t.position(l, t.sortKey(id)), id)
	if !t.spec.InputUpdating {
		for int64(l.n) > max(t.bound(l), 0) {
			t.dead = append(t.dead, t.lists.of(l)[l.n-1])
			l.n--
		}
	}
}

// position is where a row with that key goes.
func (t *TopN) position(l *list, key []byte) int {
	ids := t.lists.of(l)
	return sort.Search(len(ids), func(i int) bool {
		c := bytes.Compare(t.sortKey(ids[i]), key)
		return c > 0 || c == 0 && t.newestFirst
	})
}

// retract takes back a row. One that is not there is ignored.
func (t *TopN) retract(b *operators.Batch, i int) {
	key := make([]*vector.Vector, len(t.rowKey))
	for k, c := range t.rowKey {
		key[k] = b.Columns[c]
	}
	part := t.parts.ids[i]
	for id := t.rows.First(t.rowHash[i]); id != rowstore.None; id = t.rows.Next(id) {
		if !t.store.KeyEquals(id, t.rowKey, key, i) {
			continue
		}
		l := t.touch(part)
		if p := slices.Index(t.lists.of(l), id); p >= 0 {
			t.lists.remove(l, p)
		}
		t.rows.Delete(id)
		t.dead = append(t.dead, id)
		return
	}
}

// end emits the differences and forgets dead rows and empty partitions.
func (t *TopN) end(out operators.Output) error {
	if !t.spec.Final && !t.spec.Window {
		for k, part := range t.touched {
			end := len(t.before)
			if k+1 < len(t.starts) {
				end = t.starts[k+1]
			}
			if err := t.out.difference(t.list.At(part), t.before[t.starts[k]:end], out); err != nil {
				return err
			}
		}
		if err := t.out.flush(out); err != nil {
			return err
		}
	}
	for _, id := range t.dead {
		t.store.Delete(id)
	}
	t.dead = t.dead[:0]
	for _, part := range t.touched {
		if l := t.list.At(part); l.n == 0 {
			t.lists.drop(l)
			t.parts.drop(part)
			*l = list{}
		}
	}
	for _, part := range t.parts.fresh { // rows that were late, or retractions of nothing
		if l := t.list.At(part); l.n == 0 && l.mark != t.batch && !l.used {
			t.dropFresh(part)
		}
	}
	return nil
}

// dropFresh forgets a partition that a batch has added without giving it a row, unless it was dropped already.
func (t *TopN) dropFresh(part rowstore.ID) {
	if !slices.Contains(t.touched, part) {
		t.parts.drop(part)
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
	t.parts.store.Each(func(part rowstore.ID) {
		if err == nil {
			err = t.out.difference(t.list.At(part), nil, out)
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
