package rowstore

import (
	"bytes"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// KeepEqual compares pairs of a row of v and a stored row: pair k is rows[k] and ids[k]. It moves the pairs whose values are equal (see Equal)
// to the front and returns how many they are.
func (s *Store) KeepEqual(v *vector.Vector, col int, rows []int32, ids []ID) int {
	switch v.Type.Storage() {
	case types.StoreI8:
		return keepFixed[int8](s, v, col, rows, ids)
	case types.StoreI16:
		return keepFixed[int16](s, v, col, rows, ids)
	case types.StoreI32:
		return keepFixed[int32](s, v, col, rows, ids)
	case types.StoreI64:
		return keepFixed[int64](s, v, col, rows, ids)
	case types.StoreI128:
		return keepFixed[[2]uint64](s, v, col, rows, ids)
	case types.StoreBytes:
		return keepBytes(s, v, col, rows, ids)
	}
	n := 0
	for k, i := range rows {
		if o, row := s.Column(ids[k], col); Equal(v, int(i), o, row) {
			rows[n], ids[n] = i, ids[k]
			n++
		}
	}
	return n
}

func keepFixed[T comparable](s *Store, v *vector.Vector, col int, rows []int32, ids []ID) int {
	own := vector.Values[T](v)
	n := 0
	for k, i := range rows {
		id := ids[k]
		o := s.chunks[id>>chunkBits].cols[col]
		row := int(id & rowMask)
		if v.Valid != nil || o.Valid != nil {
			if a, b := v.IsNull(int(i)), o.IsNull(row); a || b {
				if a && b {
					rows[n], ids[n] = i, id
					n++
				}
				continue
			}
		}
		if vector.Values[T](o)[row] == own[i] {
			rows[n], ids[n] = i, id
			n++
		}
	}
	return n
}

func keepBytes(s *Store, v *vector.Vector, col int, rows []int32, ids []ID) int {
	n := 0
	for k, i := range rows {
		id := ids[k]
		o := s.chunks[id>>chunkBits].cols[col]
		row := int(id & rowMask)
		if a, b := v.IsNull(int(i)), o.IsNull(row); a || b {
			if !a || !b {
				continue
			}
		} else if !bytes.Equal(v.Bytes(int(i)), o.Bytes(row)) {
			continue
		}
		rows[n], ids[n] = i, id
		n++
	}
	return n
}
