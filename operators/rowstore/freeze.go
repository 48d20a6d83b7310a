package rowstore

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Frozen is a store as it was: closed chunks by reference, the open one and the sets of dead rows copied. It may be read by another goroutine.
type Frozen struct{ Store }

// Freeze makes a snapshot.
func (s *Store) Freeze() *Frozen {
	f := &Frozen{Store: Store{pool: s.pool, types: s.types, open: -1, live: s.live, chunks: make([]*chunk, len(s.chunks))}}
	for i, c := range s.chunks {
		if c == nil {
			continue
		}
		n := *c
		if c.dead != nil {
			n.dead = append([]uint64(nil), c.dead...)
		}
		if c.batch != nil {
			n.batch = c.batch.Retain()
		} else {
			all := make([]int32, c.n)
			for r := range all {
				all[r] = int32(r)
			}
			cols := make([]*vector.Vector, len(c.cols))
			for k, v := range c.cols {
				cols[k] = vector.Gather(s.pool, v, all)
			}
			n.batch = vector.NewBatch(c.n, cols...)
			n.cols = n.batch.Columns
		}
		f.chunks[i] = &n
	}
	return f
}

// Release frees the snapshot.
func (f *Frozen) Release() { f.Close() }

// Write writes all live rows to a table, by key group. groups gives the key groups of all rows of a batch; extra, if not nil, appends further
// columns to the batch of the given rows, as the schema says.
func (f *Frozen) Write(w operators.StateWriter, table string, schema types.Schema, maxGroups int, groups func(*vector.Batch) []int,
	extra func([]ID) []*vector.Vector,
) error {
	t, err := w.Table(table, schema)
	if err != nil {
		return err
	}
	byGroup := make([][]ID, maxGroups+1) // NoKeyGroup is -1
	for slot, c := range f.chunks {
		if c == nil {
			continue
		}
		of := groups(c.batch)
		for r := range c.n {
			if !c.isDead(r) {
				byGroup[of[r]+1] = append(byGroup[of[r]+1], ID(slot<<chunkBits|r))
			}
		}
	}
	for g, ids := range byGroup {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			b := f.Batch(ids[:n])
			if extra != nil {
				b.Columns = append(b.Columns, extra(ids[:n])...)
			}
			err := t.Append(g-1, b)
			b.Release()
			if err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	return nil
}

// Groups returns the key group of each row of a dense batch by its key columns; without key columns rows belong to no group.
func Groups(b *vector.Batch, keys []int, maxGroups int) []int {
	out := make([]int, b.Len)
	if len(keys) == 0 {
		for r := range out {
			out[r] = operators.NoKeyGroup
		}
		return out
	}
	hashes := make([]uint64, b.Len)
	rowkey.HashColumns(b, keys, hashes)
	for r, h := range hashes {
		out[r] = rowkey.GroupOf(h, maxGroups)
	}
	return out
}
