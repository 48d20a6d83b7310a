package rowstore

import (
	"unsafe"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// Gather returns column col of the given rows, in that order. None gives NULL.
func (s *Store) Gather(col int, ids []ID) *vector.Vector {
	t := s.types[col]
	st := t.Storage()
	switch st {
	case types.StoreBytes:
		return s.gatherBytes(col, ids)
	case types.StoreI8, types.StoreI16, types.StoreI32, types.StoreF32, types.StoreI64, types.StoreF64, types.StoreI128:
		out := vector.New(s.pool, t, len(ids), 0)
		switch st.Width() {
		case 1:
			gatherFixed[uint8](s, out, col, ids)
		case 2:
			gatherFixed[uint16](s, out, col, ids)
		case 4:
			gatherFixed[uint32](s, out, col, ids)
		case 8:
			gatherFixed[uint64](s, out, col, ids)
		default:
			gatherFixed[[2]uint64](s, out, col, ids)
		}
		return out
	}
	b := vector.NewBuilder(s.pool, t, len(ids))
	defer b.Release()
	for _, id := range ids {
		if id == None {
			b.AppendNull()
			continue
		}
		v, row := s.Column(id, col)
		b.AppendFrom(v, row)
	}
	return b.Finish()
}

func gatherFixed[T any](s *Store, out *vector.Vector, col int, ids []ID) {
	dst := vector.Values[T](out)
	for i, id := range ids {
		if id == None {
			out.SetNull(i)
			continue
		}
		v := s.chunks[id>>chunkBits].cols[col]
		row := int(id & rowMask)
		if v.Valid != nil && !vector.Bit(v.Valid, row) {
			out.SetNull(i)
			continue
		}
		dst[i] = *(*T)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.Data)), uintptr(row)*unsafe.Sizeof(dst[i])))
	}
}

func (s *Store) gatherBytes(col int, ids []ID) *vector.Vector {
	total := 0
	for _, id := range ids {
		if id != None {
			v, row := s.Column(id, col)
			total += int(v.Offsets[row+1] - v.Offsets[row])
		}
	}
	out := vector.New(s.pool, s.types[col], len(ids), total)
	out.Data = out.Data[:total]
	dst := unsafe.Pointer(unsafe.SliceData(out.Data))
	at := 0
	for i, id := range ids {
		if id == None {
			out.SetNull(i)
		} else {
			v, row := s.Column(id, col)
			if v.Valid != nil && !vector.Bit(v.Valid, row) {
				out.SetNull(i)
			} else {
				from, end := int(v.Offsets[row]), int(v.Offsets[row+1])
				if n := end - from; n <= 16 && from+16 <= len(v.Data) { // the slack behind out takes the rest
					*(*[16]byte)(unsafe.Add(dst, at)) = *(*[16]byte)(unsafe.Pointer(&v.Data[from]))
				} else {
					copy(out.Data[at:], v.Data[from:end])
				}
				at += end - from
			}
		}
		out.Offsets[i+1] = int32(at)
	}
	out.Data = out.Data[:at]
	return out
}

// Batch returns the given rows as a batch of inserts.
func (s *Store) Batch(ids []ID) *vector.Batch {
	cols := make([]*vector.Vector, len(s.types))
	for i := range cols {
		cols[i] = s.Gather(i, ids)
	}
	return vector.NewBatch(len(ids), cols...)
}
