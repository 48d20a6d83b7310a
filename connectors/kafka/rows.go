package kafka

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// where says where an output column comes from.
type where struct {
	from  origin
	index int // column there
	key   int // column of the key that is taken for records without value; -1: none
}

type origin uint8

const (
	fromValue origin = iota
	fromKey
	fromRecord // metadata
)

// rows makes rows of records.
type rows struct {
	value   format.Decoder
	key     format.Decoder // nil: no column needs it
	meta    *column.Set    // nil: none
	keys    []string       // of the columns of meta
	columns []where
	types   []types.Type // of columns
	wants   wants
	plain   bool // each value that begins with a brace is one row
	upsert  bool // records without value are deletions; else their rows are NULL
	late    bool // keys are read of records without value only: values have their columns
	notNull bool // values cannot be NULL

	ignore    bool // malformed records are counted and passed over by the format
	malformed *operators.Counter

	record   format.Records // up to the one that is decoded
	pool     *vector.Pool
	of       []int32 // the key's row of each row; -1: NULL
	keyTypes []types.Type
	spread   bool // it is not the same number for all

	// For batches with records that have no value:
	nulls  int     // their rows
	values []int32 // the value's row of each row up to the last of them; -1: none
	synced int     // rows of the value that are in values
}

func newRows(cfg *config, s *plan.Source, pool *vector.Pool, malformed *operators.Counter) (_ *rows, err error) {
	r := &rows{pool: pool, upsert: cfg.upsert}
	keyColumns, err := cfg.keyColumns(s.Physical)
	if err != nil {
		return nil, err
	}
	vc := format.Config{Options: cfg.valueOptions, Physical: cfg.valueColumns(s.Physical), Columns: types.Schema{}, Pool: pool, Malformed: malformed}
	kc := format.Config{Options: cfg.keyOptions, Physical: keyColumns, Columns: types.Schema{}, Pool: pool, Malformed: malformed}
	metaTypes := r.lay(cfg, s, &vc, &kc)
	if r.value, err = cfg.value.Decoder(vc); err != nil {
		return nil, err
	}
	// As in Flink, a record without key gives no rows where a key has a format, but for raw, which reads it as NULL. A deletion needs a key.
	r.wants.needKey = cfg.upsert || cfg.key != nil && cfg.key.Name() != "raw"
	// Of the formats only raw has a row for a record without value.
	r.wants.nulls = cfg.upsert || cfg.value.Name() == "raw"
	r.wants.noEmpty = cfg.value.Name() == "csv"
	r.ignore, r.malformed = strings.EqualFold(cfg.valueOptions["ignore-parse-errors"], "true"), malformed
	r.wants.notEmpty = strings.HasSuffix(cfg.value.Name(), "json")
	r.notNull = !cfg.upsert && len(vc.Physical) == 1 && vc.Physical[0].Type.NotNull
	if len(kc.Columns) > 0 {
		if r.key, err = cfg.key.Decoder(kc); err != nil {
			r.value.Close()
			return nil, fmt.Errorf("option 'key.format': %w", err)
		}
		r.wants.keys = true
		r.keyTypes = kc.Columns.Types()
	}
	if len(metaTypes) > 0 {
		r.meta = column.NewSet(pool, metaTypes)
		r.wants.metadata = true
	}
	r.plain = cfg.value.Name() == "json" && !r.ignore
	return r, nil
}

// lay finds out where the columns come from. It adds to what the value's and the key's decoder make, and returns the types of metadata columns.
func (r *rows) lay(cfg *config, s *plan.Source, vc, kc *format.Config) (metaTypes []types.Type) {
	var told []int // output columns that are told by the value's format
	r.late = cfg.upsert && !cfg.exceptKey
	for i, p := range s.Projected {
		w := where{key: -1}
		key := slices.Contains(cfg.keyFields, p.Name) && p.Metadata == ""
		switch {
		case strings.HasPrefix(p.Metadata, valueMeta):
			told = append(told, i)
			vc.Metadata = append(vc.Metadata, strings.TrimPrefix(p.Metadata, valueMeta))
		case p.Metadata != "":
			w.from, w.index = fromRecord, len(metaTypes)
			metaTypes = append(metaTypes, p.Type)
			r.keys = append(r.keys, p.Metadata)
			r.wants.headers = r.wants.headers || p.Metadata == metaHeaders || p.Metadata == metaHeaderList
		case vc.Physical.Index(p.Name) >= 0:
			w.index = len(vc.Columns)
			vc.Columns = append(vc.Columns, types.Field{Name: p.Name, Type: p.Type})
			if r.late && key {
				w.key = len(kc.Columns)
				kc.Columns = append(kc.Columns, types.Field{Name: p.Name, Type: p.Type})
			}
		default:
			w.from, w.index = fromKey, len(kc.Columns)
			kc.Columns = append(kc.Columns, types.Field{Name: strings.TrimPrefix(p.Name, cfg.keyPrefix), Type: p.Type})
		}
		r.columns, r.types = append(r.columns, w), append(r.types, p.Type)
	}
	for k, i := range told {
		r.columns[i].index = len(vc.Columns) + k
	}
	return metaTypes
}

func (r *rows) count() int { return r.value.Rows() + r.nulls }

func (r *rows) full() bool {
	return r.value.Full() || r.key != nil && r.key.Full() || r.nulls > 0 && r.count() >= vector.MaxRows
}

// decode appends rows of the chunk's records from c.at on, until the batch is full. With an error, c.at is the record at fault and bad its bytes.
func (r *rows) decode(c *chunk, p *partition) (bad []byte, err error) {
	if (r.key == nil || r.late) && (r.meta == nil || r.single(c)) {
		return r.many(c, p)
	}
	for c.at < len(c.offsets) && !r.full() {
		if bad, err := r.one(c, p); err != nil {
			return bad, err
		}
		c.at++
	}
	return nil, nil
}

// single tells whether each of the chunk's records that can be read is one row.
func (r *rows) single(c *chunk) bool {
	if !r.plain {
		return false
	}
	for i := c.at; i < len(c.offsets); i++ {
		if from := c.values.Start[i]; from >= 0 && (c.values.Data[from] != '{' || from == c.values.End[i]) {
			return false
		}
	}
	return true
}

// many decodes records whose keys do not matter where they have values: all between two without value at once.
func (r *rows) many(c *chunk, p *partition) (bad []byte, err error) {
	for c.at < len(c.offsets) && !r.full() {
		records, before := &c.values, c.at
		if c.odd > 0 {
			if r.odd(c, before) {
				if bad, err := r.null(c, p); err != nil {
					return bad, err
				}
				c.at++
				continue
			}
			end := before + 1
			for end < len(c.offsets) && !r.odd(c, end) {
				end++
			}
			r.record = format.Records{Data: c.values.Data, Start: c.values.Start[:end], End: c.values.End[:end]}
			records = &r.record
		}
		c.at, err = r.value.Decode(records, before)
		if r.meta != nil {
			for i := before; i < c.at; i++ {
				r.tell(c, p, i)
			}
		}
		if err != nil {
			return c.values.At(c.at), err
		}
	}
	return nil, nil
}

// decodeKey decodes the key of the record c.at. row is -1 if there is none; gone: it gives no row.
func (r *rows) decodeKey(c *chunk, p *partition) (row int, gone bool, bad []byte, err error) {
	i := c.at
	if c.keys.Start[i] < 0 {
		r.spread = true
		return -1, false, nil, nil
	}
	row = r.key.Rows()
	r.record = format.Records{Data: c.keys.Data, Start: c.keys.Start[:i+1], End: c.keys.End[:i+1]}
	if _, err := r.key.Decode(&r.record, i); err != nil {
		return 0, false, c.keys.At(i), err
	}
	switch n := r.key.Rows() - row; {
	case n > 1:
		return 0, false, c.keys.At(i), fmt.Errorf("partition %s: the key at offset %d has %d rows: more than one is not supported yet", p.id, c.offsets[i], n)
	case n == 0:
		r.spread, gone = true, true
	}
	return row, gone, nil, nil
}

// one appends the rows of one record.
func (r *rows) one(c *chunk, p *partition) (bad []byte, err error) {
	i := c.at
	if r.odd(c, i) {
		return r.null(c, p)
	}
	keyRow := 0
	if r.key != nil && !r.late {
		var gone bool
		if keyRow, gone, bad, err = r.decodeKey(c, p); err != nil || gone {
			return bad, err
		}
	}
	before := r.value.Rows()
	r.record = format.Records{Data: c.values.Data, Start: c.values.Start[:i+1], End: c.values.End[:i+1]}
	if _, err := r.value.Decode(&r.record, i); err != nil {
		r.spread = true // the key has a row that no row uses
		return c.values.At(i), err
	}
	n := r.value.Rows() - before
	r.spread = r.spread || n != 1
	for range n {
		if r.key != nil && !r.late {
			r.of = append(r.of, int32(keyRow))
		}
		if r.meta != nil {
			r.tell(c, p, i)
		}
	}
	return nil, nil
}

// errEmpty is about a record of CSV.
var errEmpty = errors.New("the record is empty")

// errNull is about a record without value, where a value is needed.
var errNull = errors.New("the record has no value, and its column is NOT NULL")

// odd tells whether record i has no value, or an empty one that cannot be read.
func (r *rows) odd(c *chunk, i int) bool {
	return c.values.Start[i] < 0 || r.wants.noEmpty && c.values.Start[i] == c.values.End[i]
}

// null appends the row of the record c.at, which is odd.
func (r *rows) null(c *chunk, p *partition) (bad []byte, err error) {
	switch empty := c.values.Start[c.at] >= 0; {
	case empty && r.ignore:
		r.malformed.Add(1)
		return nil, nil
	case empty:
		return nil, &format.RecordError{Err: errEmpty}
	case r.notNull:
		return nil, &format.RecordError{Err: errNull}
	}
	r.sync()
	if r.key != nil {
		row, gone, bad, err := r.decodeKey(c, p)
		if err != nil || gone {
			return bad, err
		}
		r.of, r.spread = append(r.of, int32(row)), true
	}
	r.values = append(r.values, -1)
	r.nulls++
	if r.meta != nil {
		r.tell(c, p, c.at)
	}
	return nil, nil
}

// sync notes where rows of the value stand that were decoded since the last record without.
func (r *rows) sync() {
	for n := r.value.Rows(); r.synced < n; r.synced++ {
		r.values = append(r.values, int32(r.synced))
		if r.late && r.key != nil {
			r.of = append(r.of, -1)
		}
	}
}

// tell appends a row of metadata.
func (r *rows) tell(c *chunk, p *partition, i int) {
	r.meta.Begin()
	for k, col := range r.meta.Columns {
		switch r.keys[k] {
		case metaTopic:
			appendText(col, p.Topic)
		case metaPartition:
			col.AppendI32(p.Index)
		case metaOffset:
			col.AppendI64(c.offsets[i])
		case metaTimestamp:
			col.AppendI64(c.times[i])
		case metaTimeType:
			appendText(col, timeType(&c.batch))
		case metaEpoch:
			if c.batch.LeaderEpoch < 0 {
				col.AppendNull()
			} else {
				col.AppendI32(c.batch.LeaderEpoch)
			}
		case metaHeaders:
			appendHeaderMap(col, c, i)
		case metaHeaderList:
			appendHeaderList(col, c, i)
		}
	}
	r.meta.EndRow()
}

func appendText(col *column.Column, s string) {
	col.Room()
	col.Reserve(len(s))
	col.Data = append(col.Data, s...)
	col.EndBytes()
}

func timeType(b *wire.Batch) string {
	switch {
	case b.LogAppendTime():
		return "LogAppendTime"
	case b.MaxTime < 0:
		return "NoTimestampType"
	}
	return "CreateTime"
}

// appendHeader appends a key and a value that may be null.
func appendHeader(keys, values *column.Column, key, value []byte) {
	keys.AppendBytes(key)
	if value == nil {
		values.AppendNull()
	} else {
		values.AppendBytes(value)
	}
}

// appendHeaderList appends the headers in their order.
func appendHeaderList(col *column.Column, c *chunk, i int) {
	h := c.headers[i]
	row := col.Children[0]
	at := h.start
	for range h.count {
		key, value, next, err := wire.NextHeader(c.values.Data, at)
		if err != nil {
			break
		}
		appendHeader(row.Children[0], row.Children[1], key, value)
		row.EndRow()
		at = next
	}
	col.EndList()
}

// appendHeaderMap appends the headers; of those with the same key the last one counts.
func appendHeaderMap(col *column.Column, c *chunk, i int) {
	h := c.headers[i]
	type entry struct{ key, value []byte }
	var all []entry
	at := h.start
next:
	for range h.count {
		key, value, next, err := wire.NextHeader(c.values.Data, at)
		if err != nil {
			break
		}
		at = next
		for k := range all {
			if string(all[k].key) == string(key) {
				all[k].value = value
				continue next
			}
		}
		all = append(all, entry{key, value})
	}
	for _, e := range all {
		appendHeader(col.Children[0], col.Children[1], e.key, e.value)
	}
	col.EndList()
}

// take returns the rows, or nil if there are none.
func (r *rows) take() *vector.Batch {
	if r.nulls > 0 {
		r.sync()
	}
	n := r.count()
	b := r.value.Take()
	var keys, meta *vector.Batch
	if r.key != nil {
		keys = r.key.Take()
	}
	if r.meta != nil {
		meta = r.meta.Take()
	}
	defer func() {
		r.of, r.spread = r.of[:0], false
		r.values, r.synced, r.nulls = r.values[:0], 0, 0
	}()
	for _, x := range []*vector.Batch{b, keys, meta} {
		if x != nil {
			defer x.Release()
		}
	}
	if n == 0 {
		return nil
	}
	cols := make([]*vector.Vector, len(r.columns))
	for i, w := range r.columns {
		switch {
		case w.from == fromRecord:
			cols[i] = meta.Columns[w.index].Retain()
		case w.from == fromKey:
			cols[i] = r.keyColumn(keys, w.index, n)
		case r.nulls == 0:
			cols[i] = b.Columns[w.index].Retain()
		case w.key >= 0:
			cols[i] = r.mixed(b, keys, w, n)
		default:
			cols[i] = r.sparse(b, w.index, r.types[i], n)
		}
	}
	whole := vector.NewBatch(n, cols...)
	switch {
	case r.nulls == 0:
		whole.Kinds = b.Kinds
	case r.upsert:
		whole.Kinds = make([]vector.RowKind, n)
		for i, row := range r.values {
			if row < 0 {
				whole.Kinds[i] = vector.Delete
			}
		}
	}
	return whole
}

// keyColumn returns a column of keys with n rows.
func (r *rows) keyColumn(keys *vector.Batch, i, n int) *vector.Vector {
	switch {
	case keys == nil:
		return r.empty(r.keyTypes[i], n)
	case r.spread:
		return vector.Gather(r.pool, keys.Columns[i], r.of)
	}
	return keys.Columns[i].Retain()
}

// empty returns a column of n NULLs.
func (r *rows) empty(t types.Type, n int) *vector.Vector {
	v := vector.New(r.pool, t, n, 0)
	v.AllNull()
	return v
}

// sparse returns a column of values that is NULL where there is none.
func (r *rows) sparse(b *vector.Batch, i int, t types.Type, n int) *vector.Vector {
	if b == nil {
		return r.empty(t, n)
	}
	return vector.Gather(r.pool, b.Columns[i], r.values)
}

// mixed returns a column of values that is the key's where there is none.
func (r *rows) mixed(b, keys *vector.Batch, w where, n int) *vector.Vector {
	if b == nil {
		return r.keyColumn(keys, w.key, n)
	}
	out := vector.NewBuilder(r.pool, b.Columns[w.index].Type, n)
	for from := 0; from < n; {
		to, null := from+1, r.values[from] < 0
		for to < n && r.values[to] < 0 == null {
			to++
		}
		if null {
			out.AppendRows(keys.Columns[w.key], r.of[from:to])
		} else {
			out.AppendRows(b.Columns[w.index], r.values[from:to])
		}
		from = to
	}
	v := out.Finish()
	out.Release()
	return v
}

// close gives memory back.
func (r *rows) close() {
	r.value.Close()
	if r.key != nil {
		r.key.Close()
	}
	if r.meta != nil {
		r.meta.Close()
	}
}
