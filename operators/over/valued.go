package over

import (
	"bytes"
	"slices"
	"sort"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Valued is the operator of plan.Over for streams in another order than time. One goroutine uses it.
type Valued struct {
	operators.Stateless
	spec   *plan.Over
	input  types.Schema
	rowKey []int
	ctx    operators.Context
	table  *table.Table    // partitions, with a valuedHead each
	store  *rowstore.Store // input columns and the sort key
	index  rowstore.Index  // rows by rowKey, over updating input
	lists  rowstore.Lists
	eval   evaluator
	// results are the results that were emitted, of the rows that have some: their ids there plus 1 are in emitted.
	results *rowstore.Store
	emitted rowstore.Side[rowstore.ID]

	batch   uint32
	ids     []int32
	rows    []table.Row
	add     []rowstore.ID
	touched []int32
	out     *vector.Rows
	gone    []rowstore.ID // rows to be deleted after the batch
	sweep   int32
}

// valuedHead is what is known of a partition.
type valuedHead struct {
	rows  rowstore.List // in order
	batch uint32        // the last that touched it
	stamp int64         // its processing time
}

func newValued(spec *plan.Over, input types.Schema) *Valued {
	v := &Valued{spec: spec, input: input, rowKey: spec.RowKey}
	if v.rowKey == nil {
		v.rowKey = make([]int, len(input))
		for i := range input {
			v.rowKey[i] = i
		}
	}
	return v
}

// Open prepares the state.
func (v *Valued) Open(ctx operators.Context) error {
	pool := ctx.Pool()
	v.ctx = ctx
	v.table = table.New(pool, v.input.Project(v.spec.Keys).Types(), 40)
	v.store = rowstore.New(pool, append(v.input.Types(), types.BytesType()))
	v.lists.Open(pool)
	v.index.Open(pool)
	v.emitted.Open(pool)
	var ts []types.Type
	for _, c := range v.spec.Calls {
		ts = append(ts, c.Type)
	}
	v.results = rowstore.New(pool, ts)
	v.out = vector.NewRows(pool, append(v.input.Types(), ts...), 16)
	return v.eval.open(pool, v.store, v.spec, v.input, nil)
}

// Close frees the state.
func (v *Valued) Close() error {
	if v.store == nil {
		return nil
	}
	v.eval.close()
	v.table.Close()
	v.lists.Close()
	v.index.Close()
	v.emitted.Close()
	v.results.Close()
	v.store.Close()
	v.out.Release()
	v.store = nil
	return nil
}

func (v *Valued) head(r table.Row) *valuedHead { return table.At[valuedHead](r, v.table.Payload()) }

// Process changes partitions and emits the difference.
func (v *Valued) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(v.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	b = v.withSortKey(b)
	defer b.Release()
	v.batch++
	v.touched, v.gone = v.touched[:0], v.gone[:0]
	v.change(b)
	if err := v.removed(out); err != nil {
		return err
	}
	if err := v.evaluate(v.touched, out); err != nil {
		return err
	}
	for _, id := range v.touched {
		if v.head(v.table.Row(id)).rows.Len() == 0 {
			v.drop(id)
		}
	}
	v.expire()
	v.compact()
	return v.flush(out)
}

// withSortKey returns b with the sort key of each row as a further column.
func (v *Valued) withSortKey(b *operators.Batch) *operators.Batch {
	k := vector.New(v.ctx.Pool(), types.BytesType(), b.Len, 12*b.Len)
	order := rowkey.Order(v.spec.Order)
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

// change puts the rows of a batch into their partitions, or takes them out.
func (v *Valued) change(b *operators.Batch) {
	v.ids = slices.Grow(v.ids[:0], b.Len)[:b.Len]
	v.table.FindBatch(b, v.spec.Keys, v.ids, true)
	v.rows = v.table.Rows(v.ids, v.rows)
	var hashes []uint64
	if v.spec.InputUpdating {
		hashes = make([]uint64, b.Len)
		rowkey.HashColumns(b, v.rowKey, hashes)
	}
	now := v.ctx.Now()
	adds := make([]int32, 0, b.Len)
	flush := func() {
		v.add = slices.Grow(v.add[:0], len(adds))[:len(adds)]
		v.store.AppendCopy(b, adds, v.add)
		for k, i := range adds {
			if hashes != nil {
				v.index.Insert(hashes[i], v.add[k])
			}
			*v.emitted.At(v.add[k]) = 0
			h := v.head(v.rows[i])
			v.lists.Insert(&h.rows, v.position(h, b.Columns[len(v.input)].Bytes(int(i)), true), v.add[k])
		}
		adds = adds[:0]
	}
	for i := range b.Len {
		h := v.head(v.rows[i])
		if h.batch != v.batch {
			h.batch, h.stamp = v.batch, now
			v.touched = append(v.touched, v.ids[i])
		}
		if b.Kind(i).IsAdd() {
			adds = append(adds, int32(i))
			continue
		}
		flush()
		v.retract(h, b, i, hashes)
	}
	flush()
}

func (v *Valued) sortKey(id rowstore.ID) []byte {
	c, row := v.store.Column(id, len(v.input))
	return c.Bytes(row)
}

// position is that of the first row of a partition with the key, or behind the last one.
func (v *Valued) position(h *valuedHead, key []byte, behind bool) int {
	rows := v.lists.Of(&h.rows)
	return sort.Search(len(rows), func(i int) bool {
		c := bytes.Compare(v.sortKey(rows[i]), key)
		return c > 0 || c == 0 && !behind
	})
}

// retract takes out the row that is equal to row i of b; a row that is not there changes nothing.
func (v *Valued) retract(h *valuedHead, b *operators.Batch, i int, hashes []uint64) {
	if hashes == nil {
		return
	}
	cols := make([]*vector.Vector, len(v.rowKey))
	for k, c := range v.rowKey {
		cols[k] = b.Columns[c]
	}
	for id := v.index.First(hashes[i]); id != rowstore.None; id = v.index.Next(id) {
		if !v.store.KeyEquals(id, v.rowKey, cols, i) {
			continue
		}
		rows := v.lists.Of(&h.rows)
		for at := v.position(h, v.sortKey(id), false); at < len(rows); at++ {
			if rows[at] == id {
				v.lists.Remove(&h.rows, at)
				v.index.Delete(id)
				v.gone = append(v.gone, id)
				return
			}
		}
	}
}

// removed emits the rows that were taken out, as they were emitted, and forgets them.
func (v *Valued) removed(out operators.Output) error {
	for _, id := range v.gone {
		if e := *v.emitted.At(id); e != 0 {
			if err := v.row(id, e-1, vector.Delete, out); err != nil {
				return err
			}
			v.results.Delete(e - 1)
		}
		v.store.Delete(id)
	}
	return nil
}

// row emits a row with results that are kept.
func (v *Valued) row(id, result rowstore.ID, kind vector.RowKind, out operators.Output) error {
	for c := range v.input {
		x, row := v.store.Column(id, c)
		v.out.Columns[c].AppendFrom(x, row)
	}
	for c := range v.spec.Calls {
		x, row := v.results.Column(result, c)
		v.out.Columns[len(v.input)+c].AppendFrom(x, row)
	}
	v.out.EndRow(kind)
	if v.out.Full() {
		return v.flush(out)
	}
	return nil
}

func (v *Valued) flush(out operators.Output) error {
	if v.out.Len() == 0 {
		return nil
	}
	b := v.out.Finish()
	defer b.Release()
	return out.Emit(b)
}

// evaluate computes partitions and, if out is not nil, emits what has changed.
func (v *Valued) evaluate(keys []int32, out operators.Output) error {
	var ids []rowstore.ID
	var parts []part
	for k, key := range keys {
		h := v.head(v.table.Row(key))
		p := part{start: len(ids), from: len(ids), id: -1}
		ids = append(ids, v.lists.Of(&h.rows)...)
		if p.end = len(ids); p.end > p.start {
			parts = append(parts, p)
		}
		if len(ids) >= vector.MaxRows || k == len(keys)-1 && len(ids) > 0 {
			if err := v.difference(ids, parts, out); err != nil {
				return err
			}
			ids, parts = ids[:0], parts[:0]
		}
	}
	return nil
}

func (v *Valued) difference(ids []rowstore.ID, parts []part, out operators.Output) error {
	o := &order{first: make([]bool, len(ids))}
	for _, p := range parts {
		for i := p.start; i < p.end; i++ {
			o.first[i] = i == p.start || !bytes.Equal(v.sortKey(ids[i-1]), v.sortKey(ids[i]))
		}
	}
	o.keys = v.eval.orderKeys(ids, v.spec.Order)
	cols, err := v.eval.results(ids, parts, o)
	if err != nil {
		return err
	}
	b := vector.NewBatch(len(ids), cols...)
	defer b.Release()
	var changed []int32
	for i, id := range ids {
		if e := *v.emitted.At(id); e == 0 || !v.results.RowEquals(e-1, b.Columns, i) {
			changed = append(changed, int32(i))
		}
	}
	fresh := make([]rowstore.ID, len(changed))
	v.results.AppendCopy(b, changed, fresh)
	for k, i := range changed {
		e := v.emitted.At(ids[i])
		old := *e
		*e = fresh[k] + 1
		kind := vector.Insert
		if old != 0 {
			kind = vector.UpdateAfter
			if v.spec.UpdateBefore && out != nil {
				if err := v.row(ids[i], old-1, vector.UpdateBefore, out); err != nil {
					return err
				}
			}
			v.results.Delete(old - 1)
		}
		if out != nil {
			if err := v.row(ids[i], fresh[k], kind, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop forgets a partition.
func (v *Valued) drop(id int32) {
	h := v.head(v.table.Writable(id))
	for _, row := range v.lists.Of(&h.rows) {
		if e := *v.emitted.At(row); e != 0 {
			v.results.Delete(e - 1)
		}
		if v.spec.InputUpdating {
			v.index.Delete(row)
		}
		v.store.Delete(row)
	}
	v.lists.Drop(&h.rows)
	v.table.Delete(id)
}

// expire forgets some of the partitions that have outlived their time.
func (v *Valued) expire() {
	if v.spec.TTLMillis <= 0 {
		return
	}
	now := v.ctx.Now()
	for range min(2*len(v.touched)+8, v.table.Limit()) {
		if v.sweep++; int(v.sweep) >= v.table.Limit() {
			v.sweep = 0
		}
		if v.table.Live(v.sweep) && now-v.head(v.table.Row(v.sweep)).stamp >= v.spec.TTLMillis {
			v.drop(v.sweep)
		}
	}
}

// compact gives sparse chunks free and follows the rows that move.
func (v *Valued) compact() {
	moved := map[rowstore.ID]rowstore.ID{}
	v.store.Compact(func(from, to rowstore.ID) {
		moved[from] = to
		*v.emitted.At(to) = *v.emitted.At(from)
		if v.spec.InputUpdating {
			v.index.Move(from, to)
		}
	})
	results := map[rowstore.ID]rowstore.ID{}
	v.results.Compact(func(from, to rowstore.ID) { results[from] = to })
	if len(moved) == 0 && len(results) == 0 {
		return
	}
	for id := range int32(v.table.Limit()) {
		if !v.table.Live(id) {
			continue
		}
		rows := v.lists.Of(&v.head(v.table.Row(id)).rows)
		for i := range rows {
			if to, ok := moved[rows[i]]; ok {
				rows[i] = to
			}
			if e := v.emitted.At(rows[i]); *e != 0 {
				if to, ok := results[*e-1]; ok {
					*e = to + 1
				}
			}
		}
	}
}
