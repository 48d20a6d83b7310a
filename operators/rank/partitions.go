package rank

import (
	"slices"
	"unsafe"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// partition is the state of a partition: the payload of its row in the table of keys.
type partition struct {
	rows rowstore.List
	to   int64 // bound of the partition, if it varies
}

const partitionBytes = int(unsafe.Sizeof(partition{}))

// partitions finds the partition of each row by the values of the key columns.
type partitions struct {
	keys  []int // columns of the input
	own   []int // the same as columns of a batch of keys: 0, 1, …
	table *table.Table
	ids   []int32 // of the rows of the batch
}

func (p *partitions) open(pool *vector.Pool, input types.Schema, keys []int, payload int) {
	p.keys = keys
	for i := range keys {
		p.own = append(p.own, i)
	}
	p.table = table.New(pool, input.Project(keys).Types(), payload)
}

func (p *partitions) close() {
	if p.table != nil {
		p.table.Close()
		p.table = nil
	}
}

// find computes ids for the rows of a batch without selection. Partitions that are not there are added.
func (p *partitions) find(b *operators.Batch) {
	p.ids = slices.Grow(p.ids[:0], b.Len)[:b.Len]
	p.table.FindBatch(b, p.keys, p.ids, true)
}

// at is the partition of an id; the address is valid until partitions are found or deleted.
func (p *partitions) at(id int32) *partition {
	return table.At[partition](p.table.Row(id), p.table.Payload())
}

func (p *partitions) mark(id int32) *uint32 { return table.Mark(p.table.Row(id)) }

// group is the key group of a partition.
func (p *partitions) group(id int32, maxGroups int) int {
	if len(p.keys) == 0 {
		return operators.NoKeyGroup
	}
	return rowkey.GroupOf(table.Hash(p.table.Row(id)), maxGroups)
}

// each calls visit for every partition.
func (p *partitions) each(visit func(id int32)) {
	for id := range int32(p.table.Limit()) {
		if p.table.Live(id) {
			visit(id)
		}
	}
}

// ofRows finds the partitions of stored rows; they are all there.
func (p *partitions) ofRows(store *rowstore.Store, rows []rowstore.ID, ids []int32) {
	cols := make([]*vector.Vector, len(p.keys))
	for i, k := range p.keys {
		cols[i] = store.Gather(k, rows)
	}
	b := vector.NewBatch(len(rows), cols...)
	defer b.Release()
	p.table.FindBatch(b, p.own, ids, false)
}
