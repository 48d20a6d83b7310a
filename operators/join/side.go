package join

import (
	"math"
	"slices"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// side is one input and its state.
type side struct {
	schema   types.Schema
	types    []types.Type
	keys     []int
	updating bool
	ttl      int64 // ms; 0: for ever
	// preserved: a row without partner is emitted with NULLs for the other side.
	preserved bool
	// counted: the number of partners is kept beside each row.
	counted bool
	// identity is the columns that tell a row from others when it is taken back; byKey: they are the keys, so that index finds it.
	identity []int
	byKey    bool
	// compared is the column that NOT IN compares; -1: another join.
	compared int

	store   *rowstore.Store
	index   rowstore.Index // by key
	rows    rowstore.Index // by identity, of an updating side without byKey
	values  rowstore.Index // by keys and compared column, where that is not NULL
	nulls   rowstore.Index // by keys, where the compared column is NULL
	count   rowstore.Side[int32]
	written rowstore.Side[int64] // with ttl

	// Of the current batch.
	hashes    []uint64
	rowHash   []uint64 // of the identity
	valueHash []uint64 // of the keys and the compared column
	heads     []rowstore.ID
	null      []bool        // rows with a NULL in a key that NULL does not match; nil: none
	adds      []int32       // rows that are kept
	ids       []rowstore.ID // of adds
	place     int           // adds that are in the index
	identCol  []*vector.Vector
}

func newSide(schema types.Schema, keys, unique []int, updating bool, ttl int64) *side {
	s := &side{schema: schema, types: schema.Types(), keys: keys, updating: updating, ttl: ttl, identity: unique, compared: -1}
	if len(unique) == 0 {
		for i := range schema {
			s.identity = append(s.identity, i)
		}
	}
	s.byKey = len(unique) > 0 && len(keys) > 0
	for _, k := range keys {
		s.byKey = s.byKey && slices.Contains(unique, k)
	}
	for _, u := range unique {
		s.byKey = s.byKey && slices.Contains(keys, u)
	}
	return s
}

func (s *side) open(pool *vector.Pool) {
	s.store = rowstore.New(pool, s.types)
	s.index.Open(pool)
	s.rows.Open(pool)
	s.values.Open(pool)
	s.nulls.Open(pool)
	s.count.Open(pool)
	s.written.Open(pool)
}

func (s *side) close() {
	if s.store == nil {
		return
	}
	s.store.Close()
	s.index.Close()
	s.rows.Close()
	s.values.Close()
	s.nulls.Close()
	s.count.Close()
	s.written.Close()
	s.store = nil
}

// begin computes hashes and NULL keys of a batch and stores the rows that will be kept. They are put into the index one by one, as the batch
// proceeds.
func (s *side) begin(b *operators.Batch, nullSafe []bool) {
	s.hashes = slices.Grow(s.hashes[:0], b.Len)[:b.Len]
	s.heads = slices.Grow(s.heads[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, s.keys, s.hashes)
	s.findNulls(b, nullSafe)
	s.hashRows(b)
	s.adds, s.place = s.adds[:0], 0
	for i := range b.Len {
		if !s.isNull(i) && b.Kind(i).IsAdd() {
			s.adds = append(s.adds, int32(i))
		}
	}
	s.ids = slices.Grow(s.ids[:0], len(s.adds))[:len(s.adds)]
	s.store.Append(b, s.adds, s.ids)
}

// hashRows computes the further hashes by which rows are found.
func (s *side) hashRows(b *operators.Batch) {
	if s.compared >= 0 {
		s.valueHash = append(s.valueHash[:0], s.hashes...)
		rowkey.HashColumn(b.Columns[s.compared], nil, s.valueHash)
	}
	if !s.updating || s.byKey {
		return
	}
	s.rowHash = slices.Grow(s.rowHash[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, s.identity, s.rowHash)
}

// findNulls lists the rows whose keys equal no other, not even themselves: with a NULL or NaN in a key that is compared by =.
func (s *side) findNulls(b *operators.Batch, nullSafe []bool) {
	mem := s.null
	s.null = nil
	for k, c := range s.keys {
		v := b.Columns[c]
		st := v.Type.Storage()
		nulls, floats := v.Valid != nil || st == types.StoreNone, st == types.StoreF32 || st == types.StoreF64
		if !nulls && !floats || k < len(nullSafe) && nullSafe[k] {
			continue
		}
		if s.null == nil {
			s.null = slices.Grow(mem[:0], b.Len)[:b.Len]
			clear(s.null)
		}
		switch st {
		case types.StoreF32:
			findNaN(s.null, vector.Values[float32](v))
		case types.StoreF64:
			findNaN(s.null, vector.Values[float64](v))
		default:
		}
		if nulls {
			for i := range s.null {
				s.null[i] = s.null[i] || v.IsNull(i)
			}
		}
	}
}

func findNaN[T float32 | float64](null []bool, values []T) {
	for i := range null {
		null[i] = null[i] || math.IsNaN(float64(values[i]))
	}
}

func (s *side) isNull(i int) bool { return s.null != nil && s.null[i] }

// plain tells whether the rows of the batch are only to be kept.
func (s *side) plain(b *operators.Batch) bool { return !s.counted && b.Kinds == nil }

// insert puts the rows up to end that are kept, and are not yet there, into the index.
func (s *side) insert(end int, now int64) {
	for from := s.place; s.place < len(s.adds) && int(s.adds[s.place]) < end; {
		if (s.place-from)%rowstore.TouchRows == 0 && int(s.adds[s.place])+1 < end {
			s.index.Touch(s.hashes, s.adds[s.place:])
		}
		i, id := s.adds[s.place], s.ids[s.place]
		s.place++
		s.link(int(i), id)
		s.stamp(id, now)
	}
}

// link puts a stored row, row i of the batch, into the indexes.
func (s *side) link(i int, id rowstore.ID) {
	s.index.Insert(s.hashes[i], id)
	if s.updating && !s.byKey {
		s.rows.Insert(s.rowHash[i], id)
	}
	if s.compared >= 0 {
		if s.isNullValue(id) {
			s.nulls.Insert(s.hashes[i], id)
		} else {
			s.values.Insert(s.valueHash[i], id)
		}
	}
}

func (s *side) isNullValue(id rowstore.ID) bool {
	v, row := s.store.Column(id, s.compared)
	return v.IsNull(row)
}

// valueIndex is the index for NOT IN that a row is in.
func (s *side) valueIndex(id rowstore.ID) *rowstore.Index {
	if s.isNullValue(id) {
		return &s.nulls
	}
	return &s.values
}

// insertOne is insert for row i, which is the next, with its number of partners.
func (s *side) insertOne(i, matches int, now int64) {
	id := s.ids[s.place]
	s.insert(i+1, now)
	if s.counted {
		*s.count.At(id) = int32(matches)
	}
}

// stamp remembers when a row was written.
func (s *side) stamp(id rowstore.ID, now int64) {
	if s.ttl > 0 {
		*s.written.At(id) = now
	}
}

func (s *side) expired(id rowstore.ID, now int64) bool { return s.written.Get(id)+s.ttl <= now }

// lookup finds a stored row that is the same as row i of the batch.
func (s *side) lookup(b *operators.Batch, i int) rowstore.ID {
	index, hash := &s.index, s.hashes[i]
	if s.updating && !s.byKey {
		index, hash = &s.rows, s.rowHash[i]
	}
	s.identCol = s.identCol[:0]
	for _, c := range s.identity {
		s.identCol = append(s.identCol, b.Columns[c])
	}
	for id := index.First(hash); id != rowstore.None; id = index.Next(id) {
		if s.store.KeyEquals(id, s.identity, s.identCol, i) {
			return id
		}
	}
	return rowstore.None
}

func (s *side) remove(id rowstore.ID) {
	s.index.Delete(id)
	if s.updating && !s.byKey {
		s.rows.Delete(id)
	}
	if s.compared >= 0 {
		s.valueIndex(id).Delete(id)
	}
	s.store.Delete(id)
}

// compact moves the rows of chunks that are nearly empty. Between batches nothing but the side itself holds ids.
func (s *side) compact() {
	s.store.Compact(func(from, to rowstore.ID) {
		s.index.Move(from, to)
		if s.updating && !s.byKey {
			s.rows.Move(from, to)
		}
		if s.compared >= 0 {
			s.valueIndex(to).Move(from, to)
		}
		if s.counted {
			*s.count.At(to) = s.count.Get(from)
		}
		if s.ttl > 0 {
			*s.written.At(to) = s.written.Get(from)
		}
	})
}
