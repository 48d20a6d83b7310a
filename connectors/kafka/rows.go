package kafka

import (
	"fmt"
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
	wants   wants
	plain   bool // each value that begins with a brace is one row

	record   format.Records // up to the one that is decoded
	pool     *vector.Pool
	of       []int32 // the key's row of each row; -1: NULL
	keyTypes []types.Type
	spread   bool // it is not the same number for all
}

func newRows(cfg *config, s *plan.Source, pool *vector.Pool, malformed *operators.Counter) (_ *rows, err error) {
	r := &rows{pool: pool}
	keyColumns, err := cfg.keyColumns(s.Physical)
	if err != nil {
		return nil, err
	}
	vc := format.Config{Options: cfg.valueOptions, Physical: cfg.valueColumns(s.Physical), Columns: types.Schema{}, Pool: pool, Malformed: malformed}
	kc := format.Config{Options: cfg.keyOptions, Physical: keyColumns, Columns: types.Schema{}, Pool: pool, Malformed: malformed}
	var metaTypes []types.Type
	var told []int // output columns that are told by the value's format
	for i, p := range s.Projected {
		switch {
		case strings.HasPrefix(p.Metadata, valueMeta):
			told = append(told, i)
			vc.Metadata = append(vc.Metadata, strings.TrimPrefix(p.Metadata, valueMeta))
			r.columns = append(r.columns, where{from: fromValue})
		case p.Metadata != "":
			r.columns = append(r.columns, where{fromRecord, len(metaTypes)})
			metaTypes = append(metaTypes, p.Type)
			r.keys = append(r.keys, p.Metadata)
			r.wants.headers = r.wants.headers || p.Metadata == metaHeaders || p.Metadata == metaHeaderList
		case vc.Physical.Index(p.Name) >= 0:
			r.columns = append(r.columns, where{fromValue, len(vc.Columns)})
			vc.Columns = append(vc.Columns, types.Field{Name: p.Name, Type: p.Type})
		default:
			r.columns = append(r.columns, where{fromKey, len(kc.Columns)})
			kc.Columns = append(kc.Columns, types.Field{Name: strings.TrimPrefix(p.Name, cfg.keyPrefix), Type: p.Type})
		}
	}
	for k, i := range told {
		r.columns[i].index = len(vc.Columns) + k
	}
	if r.value, err = cfg.value.Decoder(vc); err != nil {
		return nil, err
	}
	// As in Flink, a record without key gives no rows where a key has a format, but for raw, which reads it as NULL.
	r.wants.needKey = cfg.key != nil && cfg.key.Name() != "raw"
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
	r.plain = cfg.value.Name() == "json" && !strings.EqualFold(cfg.valueOptions["ignore-parse-errors"], "true")
	return r, nil
}

func (r *rows) count() int { return r.value.Rows() }

func (r *rows) full() bool { return r.value.Full() || r.key != nil && r.key.Full() }

// decode appends rows of the chunk's records from c.at on, until the batch is full. With an error, c.at is the record at fault and bad its bytes.
func (r *rows) decode(c *chunk, p *partition) (bad []byte, err error) {
	if r.key == nil && (r.meta == nil || r.single(c)) {
		before := c.at
		c.at, err = r.value.Decode(&c.values, before)
		if r.meta != nil {
			for i := before; i < c.at; i++ {
				r.tell(c, p, i)
			}
		}
		if err != nil {
			bad = c.values.At(c.at)
		}
		return bad, err
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
		if c.values.Data[c.values.Start[i]] != '{' || c.values.Start[i] == c.values.End[i] {
			return false
		}
	}
	return true
}

// one appends the rows of one record.
func (r *rows) one(c *chunk, p *partition) (bad []byte, err error) {
	i := c.at
	keyRows := 1
	keyRow := 0
	switch {
	case r.key == nil:
	case c.keys.Start[i] < 0:
		keyRow, r.spread = -1, true
	default:
		keyRow = r.key.Rows()
		r.record = format.Records{Data: c.keys.Data, Start: c.keys.Start[:i+1], End: c.keys.End[:i+1]}
		if _, err := r.key.Decode(&r.record, i); err != nil {
			return c.keys.At(i), err
		}
		if keyRows = r.key.Rows() - keyRow; keyRows > 1 {
			return c.keys.At(i), fmt.Errorf("partition %s: the key at offset %d has %d rows: more than one is not supported yet", p.id, c.offsets[i], keyRows)
		}
		if keyRows == 0 {
			r.spread = true
			return nil, nil
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
		if r.key != nil {
			r.of = append(r.of, int32(keyRow))
		}
		if r.meta != nil {
			r.tell(c, p, i)
		}
	}
	return nil, nil
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
	b := r.value.Take()
	var keys, meta *vector.Batch
	if r.key != nil {
		keys = r.key.Take()
	}
	if r.meta != nil {
		meta = r.meta.Take()
	}
	defer func() { r.of, r.spread = r.of[:0], false }()
	for _, x := range []*vector.Batch{keys, meta} {
		if x != nil {
			defer x.Release()
		}
	}
	if b == nil {
		return nil
	}
	cols := make([]*vector.Vector, len(r.columns))
	for i, w := range r.columns {
		switch w.from {
		case fromValue:
			cols[i] = b.Columns[w.index].Retain()
		case fromRecord:
			cols[i] = meta.Columns[w.index].Retain()
		case fromKey:
			cols[i] = r.keyColumn(keys, w.index, b.Len)
		}
	}
	whole := vector.NewBatch(b.Len, cols...)
	whole.Kinds = b.Kinds
	b.Release()
	return whole
}

// keyColumn returns a column of keys with n rows.
func (r *rows) keyColumn(keys *vector.Batch, i, n int) *vector.Vector {
	switch {
	case keys == nil:
		v := vector.New(r.pool, r.keyTypes[i], n, 0)
		v.AllNull()
		return v
	case r.spread:
		return vector.Gather(r.pool, keys.Columns[i], r.of)
	}
	return keys.Columns[i].Retain()
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
