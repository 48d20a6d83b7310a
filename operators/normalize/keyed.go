package normalize

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// conflict is what happens to several rows of a key.
type conflict uint8

const (
	replace  conflict = iota // the new one replaces the old one
	history                  // the last one counts, the others are kept
	fail                     // at the next watermark the job fails
	keepOne                  // at the next watermark the first one is kept
	noRow    = rowstore.None
	keyBytes = int(unsafe.Sizeof(key{}))
)

// key is the state of a key: the payload of its row in the table of keys.
type key struct {
	rows    rowstore.List
	emitted uint32 // the row that consumers know, plus 1; it may have left rows
	written int64
}

// Keyed is the operator of plan.ChangelogNormalize and plan.SinkMaterialize.
type Keyed struct {
	schema types.Schema
	keys   []int
	// identity is the columns by which a row is found among those of its key.
	identity     []int
	mode         conflict
	updateBefore bool
	each         bool  // every change is told, not only the last one of a batch
	ttl          int64 // ms; 0: for ever

	ctx     operators.Context
	table   *table.Table
	store   *rowstore.Store
	lists   rowstore.Lists
	ids     []int32 // of the rows of the batch
	rows    []int32 // of the batch that are added
	added   []rowstore.ID
	batch   uint32 // number of the batch or watermark, for the marks of keys
	touched []int32
	sweep   int32
	idents  []*vector.Vector
	out     changes
}

// NewChangelog returns the operator of plan.ChangelogNormalize for input of that schema. updateBefore: consumers need -U.
func NewChangelog(spec *plan.ChangelogNormalize, input types.Schema, updateBefore bool) *Keyed {
	return &Keyed{schema: input, keys: spec.Keys, updateBefore: updateBefore, each: spec.EachChange, ttl: spec.TTLMillis}
}

// NewMaterialize returns the operator of plan.SinkMaterialize for input of that schema.
func NewMaterialize(spec *plan.SinkMaterialize, input types.Schema) (*Keyed, error) {
	k := &Keyed{schema: input, keys: spec.Keys, identity: spec.RowKey, ttl: spec.TTLMillis}
	switch strings.ToUpper(spec.Conflict) {
	case "", "DEDUPLICATE":
		k.mode = history
	case "ERROR":
		k.mode = fail
	case "NOTHING":
		k.mode = keepOne
	default:
		return nil, fmt.Errorf("ON CONFLICT DO %s is not supported", spec.Conflict)
	}
	if len(k.identity) == 0 {
		for i := range input {
			k.identity = append(k.identity, i)
		}
	}
	return k, nil
}

// waits tells whether changes are emitted at watermarks only.
func (k *Keyed) waits() bool { return k.mode == fail || k.mode == keepOne }

// Open prepares the state.
func (k *Keyed) Open(ctx operators.Context) error {
	k.ctx = ctx
	k.table = table.New(ctx.Pool(), k.schema.Project(k.keys).Types(), keyBytes)
	k.store = rowstore.New(ctx.Pool(), k.schema.Types())
	k.lists.Open(ctx.Pool())
	k.out.k = k
	k.begin()
	return nil
}

// Close frees the state.
func (k *Keyed) Close() error {
	if k.store != nil {
		k.store.Close()
		k.table.Close()
		k.lists.Close()
		k.store = nil
	}
	return nil
}

func (k *Keyed) at(id int32) *key { return table.At[key](k.table.Row(id), k.table.Payload()) }

// begin starts to collect touched keys.
func (k *Keyed) begin() {
	if k.batch++; k.batch == 0 { // new keys have mark 0
		k.batch = 1
	}
	k.touched = k.touched[:0]
}

// Process applies the rows and emits what that changes, or waits for the watermark.
func (k *Keyed) Process(_ int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(k.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	k.ids = slices.Grow(k.ids[:0], b.Len)[:b.Len]
	k.table.FindBatch(b, k.keys, k.ids, true)
	k.rows = k.rows[:0]
	for i := range b.Len {
		if b.Kind(i).IsAdd() {
			k.rows = append(k.rows, int32(i))
		}
	}
	k.added = slices.Grow(k.added[:0], len(k.rows))[:len(k.rows)]
	k.store.Append(b, k.rows, k.added)
	now, next := k.ctx.Now(), 0
	for i, id := range k.ids {
		e := k.touch(id, now)
		if b.Kind(i).IsAdd() {
			k.add(e, k.added[next], b, i)
			next++
		} else {
			k.retract(e, b, i)
		}
		if k.each {
			if err := k.collect(id); err != nil {
				return err
			}
		}
	}
	if k.waits() {
		return nil
	}
	return k.end(out)
}

// touch notes that a key may change. A key whose time to live has ended begins anew, without a word.
func (k *Keyed) touch(id int32, now int64) *key {
	e := k.at(id)
	if m := table.Mark(k.table.Row(id)); *m != k.batch {
		*m = k.batch
		k.touched = append(k.touched, id)
		if k.expired(e, now) {
			k.clear(e)
		}
	}
	e.written = now
	return e
}

func (k *Keyed) expired(e *key, now int64) bool {
	return k.ttl > 0 && e.written+k.ttl <= now && (e.rows.Len() > 0 || e.emitted != 0)
}

// clear forgets the rows of a key.
func (k *Keyed) clear(e *key) {
	for e.rows.Len() > 0 {
		k.drop(e, k.lists.Pop(&e.rows))
	}
	if e.emitted != 0 {
		k.store.Delete(e.emitted - 1)
		e.emitted = 0
	}
}

// drop deletes a row that has left its key, unless consumers know it: then it stays until they know of another.
func (k *Keyed) drop(e *key, row rowstore.ID) {
	if e.emitted != row+1 {
		k.store.Delete(row)
	}
}

func (k *Keyed) add(e *key, row rowstore.ID, b *operators.Batch, i int) {
	switch {
	case k.mode == replace:
		for e.rows.Len() > 0 {
			k.drop(e, k.lists.Pop(&e.rows))
		}
	case len(k.identity) < len(k.schema):
		// The new version of a row: what it replaces was not taken back.
		k.remove(e, b, i)
	}
	k.lists.Insert(&e.rows, e.rows.Len(), row)
}

func (k *Keyed) retract(e *key, b *operators.Batch, i int) {
	if k.mode != replace {
		k.remove(e, b, i)
		return
	}
	for e.rows.Len() > 0 {
		k.drop(e, k.lists.Pop(&e.rows))
	}
}

// remove takes out the first row of a key that is the same as row i. One that is not there is ignored.
func (k *Keyed) remove(e *key, b *operators.Batch, i int) {
	k.idents = k.idents[:0]
	for _, c := range k.identity {
		k.idents = append(k.idents, b.Columns[c])
	}
	for p, row := range k.lists.Of(&e.rows) {
		if k.store.KeyEquals(row, k.identity, k.idents, i) {
			k.lists.Remove(&e.rows, p)
			k.drop(e, row)
			return
		}
	}
}

// current is the row of a key that consumers are to know.
func (k *Keyed) current(e *key) rowstore.ID {
	rows := k.lists.Of(&e.rows)
	switch {
	case len(rows) == 0:
		return noRow
	case k.waits():
		return rows[0]
	default:
		return rows[len(rows)-1]
	}
}

// end emits the changes of the touched keys.
func (k *Keyed) end(out operators.Output) error {
	for _, id := range k.touched {
		if !k.table.Live(id) {
			continue
		}
		if err := k.collect(id); err != nil {
			return err
		}
	}
	if err := k.out.flush(out); err != nil {
		return err
	}
	k.clean()
	k.begin()
	return nil
}

// collect adds the change of a key since it was last collected.
func (k *Keyed) collect(id int32) error {
	e := k.at(id)
	if err := k.settle(e, id); err != nil {
		return err
	}
	was, is := e.emitted-1, k.current(e) // noRow, if emitted is 0
	k.out.change(was, is)
	e.emitted = is + 1
	if was != noRow && was != is && !slices.Contains(k.lists.Of(&e.rows), was) {
		k.out.dead = append(k.out.dead, was)
	}
	return nil
}

// settle decides between several rows of a key.
func (k *Keyed) settle(e *key, id int32) error {
	if !k.waits() {
		return nil
	}
	for e.rows.Len() > 1 {
		if k.mode == fail {
			return fmt.Errorf("primary key constraint violation: %d rows with the primary key %s", e.rows.Len(), k.keyText(id))
		}
		k.drop(e, k.lists.Pop(&e.rows))
	}
	return nil
}

// keyText is the values of a key for a message.
func (k *Keyed) keyText(id int32) string {
	e := k.at(id)
	var parts []string
	row := k.lists.Of(&e.rows)[0]
	for _, c := range k.keys {
		v, i := k.store.Column(row, c)
		parts = append(parts, k.schema[c].Name+" = "+valueText(v, i))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// valueText is a number or a text as it is, anything else by its bytes.
func valueText(v *vector.Vector, i int) string {
	switch {
	case v.IsNull(i):
		return "NULL"
	case v.Type.IsText():
		return "'" + string(v.Bytes(i)) + "'"
	case v.Type.Kind == types.BigInt:
		return strconv.FormatInt(vector.Values[int64](v)[i], 10)
	case v.Type.Kind == types.Int:
		return strconv.Itoa(int(vector.Values[int32](v)[i]))
	default:
		return fmt.Sprintf("%s %x", v.Type, rowkey.AppendValue(nil, v, i))
	}
}

// clean deletes what consumers do not know any more, keys without rows, and some that are too old.
func (k *Keyed) clean() {
	for _, row := range k.out.dead {
		k.store.Delete(row)
	}
	k.out.dead = k.out.dead[:0]
	if k.ttl > 0 {
		now, limit := k.ctx.Now(), int32(k.table.Limit())
		for range min(2*len(k.touched), int(limit)) {
			if k.sweep++; k.sweep >= limit {
				k.sweep = 0
			}
			if k.table.Live(k.sweep) && k.expired(k.at(k.sweep), now) {
				k.clear(k.at(k.sweep))
				k.touched = append(k.touched, k.sweep)
			}
		}
	}
	for _, id := range k.touched {
		if !k.table.Live(id) {
			continue
		}
		if e := k.at(id); e.rows.Len() == 0 && e.emitted == 0 {
			k.lists.Drop(&e.rows)
			k.table.Delete(id)
		}
	}
	k.table.Compact(nil)
	k.compact()
}

// compact moves rows of chunks that are nearly empty.
func (k *Keyed) compact() {
	var from, to []rowstore.ID
	k.store.Compact(func(f, o rowstore.ID) { from, to = append(from, f), append(to, o) })
	own := make([]int, len(k.keys))
	for len(to) > 0 {
		n := min(len(to), vector.MaxRows)
		cols := make([]*vector.Vector, len(k.keys))
		for i, c := range k.keys {
			own[i], cols[i] = i, k.store.Gather(c, to[:n])
		}
		b := vector.NewBatch(n, cols...)
		ids := make([]int32, n)
		k.table.FindBatch(b, own, ids, false)
		b.Release()
		for i, id := range ids {
			e := k.at(id)
			if e.emitted == from[i]+1 {
				e.emitted = to[i] + 1
			}
			rows := k.lists.Of(&e.rows)
			if p := slices.Index(rows, from[i]); p >= 0 {
				rows[p] = to[i]
			}
		}
		from, to = from[n:], to[n:]
	}
}

// Watermark emits what has waited for it.
func (k *Keyed) Watermark(t int64, out operators.Output) error {
	if k.waits() {
		if err := k.end(out); err != nil {
			return err
		}
	}
	return out.Watermark(t)
}
