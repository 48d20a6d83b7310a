package rank

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// partitions finds the partition of each row: a dense id by the values of the key columns.
type partitions struct {
	keys   []int // columns of the input
	own    []int // the same as columns of the store: 0, 1, …
	store  *rowstore.Store
	index  rowstore.Index
	hashes []uint64
	ids    []rowstore.ID // of the rows of the batch
	fresh  []rowstore.ID // partitions that the batch has added
}

func (p *partitions) open(pool *vector.Pool, input types.Schema, keys []int) {
	p.keys = keys
	for i := range keys {
		p.own = append(p.own, i)
	}
	p.store = rowstore.New(pool, input.Project(keys).Types())
}

// find computes ids for the rows of a batch without selection.
func (p *partitions) find(b *operators.Batch) {
	if cap(p.hashes) < b.Len {
		p.hashes, p.ids = make([]uint64, b.Len), make([]rowstore.ID, b.Len)
	}
	p.hashes, p.ids, p.fresh = p.hashes[:b.Len], p.ids[:b.Len], p.fresh[:0]
	rowkey.HashColumns(b, p.keys, p.hashes)
	key := b.Project(p.keys)
	defer key.Release()
	for i := range b.Len {
		p.ids[i] = p.lookup(key, i)
	}
}

func (p *partitions) lookup(key *operators.Batch, i int) rowstore.ID {
	for id := p.index.First(p.hashes[i]); id != rowstore.None; id = p.index.Next(id) {
		if p.store.RowEquals(id, key.Columns, i) {
			return id
		}
	}
	var ids [1]rowstore.ID
	p.store.AppendCopy(key, []int32{int32(i)}, ids[:])
	p.index.Insert(p.hashes[i], ids[0])
	p.fresh = append(p.fresh, ids[0])
	return ids[0]
}

// drop forgets a partition.
func (p *partitions) drop(id rowstore.ID) {
	p.index.Delete(id)
	p.store.Delete(id)
}
