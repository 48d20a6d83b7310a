package rowkey

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// Encoder writes the keys of batches as canonical bytes. The zero value is ready. It keeps scratch memory: one goroutine.
//
// The form of a key is that of its columns, one after another: a byte 0 for NULL, or a byte 1 and the value: fixed-width values as in
// the column (little endian), BOOLEAN one byte, text and binary a length of 4 bytes and the bytes, ARRAY a length and the elements, MAP
// and MULTISET a length and the entries in the order of their bytes, ROW its fields.
type Encoder struct {
	Data    []byte  // the keys, one after another; valid until the next call
	Offsets []int32 // key i is Data[Offsets[i]:Offsets[i+1]]
	cursor  []int32
}

// Encode encodes the key columns of each row that counts.
func (e *Encoder) Encode(b *vector.Batch, cols []int) {
	n := b.Rows()
	e.Offsets = slices.Grow(e.Offsets[:0], n+1)[:n+1]
	if e.encodeFlat(b, cols, n) {
		return
	}
	e.Data = e.Data[:0]
	e.Offsets[0] = 0
	for i := range n {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		for _, c := range cols {
			e.Data = AppendValue(e.Data, b.Columns[c], r)
		}
		e.Offsets[i+1] = int32(len(e.Data))
	}
}

// encodeFlat is Encode, column by column, for columns of 4 or 8 byte integers and bytes. It tells whether it could.
func (e *Encoder) encodeFlat(b *vector.Batch, cols []int, n int) bool {
	for _, c := range cols {
		switch b.Columns[c].Type.Storage() {
		case types.StoreBytes, types.StoreI64, types.StoreI32:
		default:
			return false
		}
	}
	e.cursor = slices.Grow(e.cursor[:0], n)[:n]
	clear(e.cursor)
	for _, c := range cols {
		addSizes(b.Columns[c], b.Sel, e.cursor)
	}
	at := int32(0)
	for i, l := range e.cursor {
		e.Offsets[i], e.cursor[i] = at, at
		at += l
	}
	e.Offsets[n] = at
	e.Data = slices.Grow(e.Data[:0], int(at)+16)[:at]
	for _, c := range cols {
		e.writeColumn(b.Columns[c], b.Sel)
	}
	return true
}

func addSizes(v *vector.Vector, sel []uint16, size []int32) {
	w := int32(v.Type.Storage().Width())
	for i := range size {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		switch {
		case v.IsNull(r):
			size[i]++
		case w > 0:
			size[i] += 1 + w
		default:
			size[i] += 5 + v.Offsets[r+1] - v.Offsets[r]
		}
	}
}

func (e *Encoder) writeColumn(v *vector.Vector, sel []uint16) {
	w := v.Type.Storage().Width()
	for i, at := range e.cursor {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		if v.IsNull(r) {
			e.Data[at] = 0
			e.cursor[i] = at + 1
			continue
		}
		e.Data[at] = 1
		switch w {
		case 8:
			binary.LittleEndian.PutUint64(e.Data[at+1:], binary.LittleEndian.Uint64(v.Data[8*r:]))
			e.cursor[i] = at + 9
		case 4:
			binary.LittleEndian.PutUint32(e.Data[at+1:], binary.LittleEndian.Uint32(v.Data[4*r:]))
			e.cursor[i] = at + 5
		default:
			x := v.Data[v.Offsets[r]:v.Offsets[r+1]]
			binary.LittleEndian.PutUint32(e.Data[at+1:], uint32(len(x)))
			copy(e.Data[at+5:], x)
			e.cursor[i] = at + 5 + int32(len(x))
		}
	}
}

// Key returns key i of the last Encode.
func (e *Encoder) Key(i int) []byte { return e.Data[e.Offsets[i]:e.Offsets[i+1]] }

// AppendRow appends the key of physical row i in canonical form.
func AppendRow(dst []byte, b *vector.Batch, cols []int, i int) []byte {
	for _, c := range cols {
		dst = AppendValue(dst, b.Columns[c], i)
	}
	return dst
}

// AppendValue appends value i of a column in canonical form; see Encoder.
func AppendValue(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch s := v.Type.Storage(); s {
	case types.StoreBool:
		if v.Bool(i) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.StoreF32:
		return binary.LittleEndian.AppendUint32(dst, canonical32(math.Float32bits(vector.Values[float32](v)[i])))
	case types.StoreF64:
		return binary.LittleEndian.AppendUint64(dst, canonical64(math.Float64bits(vector.Values[float64](v)[i])))
	case types.StoreBytes:
		x := v.Bytes(i)
		return append(binary.LittleEndian.AppendUint32(dst, uint32(len(x))), x...)
	case types.StoreList:
		from, to := v.Offsets[i], v.Offsets[i+1]
		dst = binary.LittleEndian.AppendUint32(dst, uint32(to-from))
		for j := from; j < to; j++ {
			dst = AppendValue(dst, v.Children[0], int(j))
		}
		return dst
	case types.StoreMap:
		return appendMap(dst, v, i)
	case types.StoreStruct:
		for _, c := range v.Children {
			dst = AppendValue(dst, c, i)
		}
		return dst
	case types.StoreNone:
		return dst
	default:
		w := s.Width()
		return append(dst, v.Data[i*w:(i+1)*w]...)
	}
}

func appendMap(dst []byte, v *vector.Vector, i int) []byte {
	from, to := v.Offsets[i], v.Offsets[i+1]
	entries := make([][]byte, 0, to-from)
	for j := from; j < to; j++ {
		entries = append(entries, AppendValue(AppendValue(nil, v.Children[0], int(j)), v.Children[1], int(j)))
	}
	slices.SortFunc(entries, bytes.Compare)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(entries)))
	for _, e := range entries {
		dst = append(dst, e...)
	}
	return dst
}

// Decode appends the columns of a key in canonical form to the builders and returns what is left of it.
func Decode(key []byte, out []*vector.Builder) ([]byte, error) {
	var err error
	for _, b := range out {
		if key, err = DecodeValue(key, b); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// DecodeValue appends the value at the start of canonical bytes to a builder and returns what is left.
func DecodeValue(key []byte, b *vector.Builder) ([]byte, error) {
	if len(key) == 0 {
		return nil, fmt.Errorf("key of %s: %w", b.Type, errShort)
	}
	null := key[0] == 0
	key = key[1:]
	if null {
		b.AppendNull()
		return key, nil
	}
	s := b.Type.Storage()
	need := s.Width()
	switch s {
	case types.StoreBool:
		need = 1
	case types.StoreBytes, types.StoreList, types.StoreMap:
		need = 4
	}
	if len(key) < need {
		return nil, fmt.Errorf("key of %s: %w", b.Type, errShort)
	}
	//exhaustive:enforce
	switch s {
	case types.StoreNone:
		b.AppendNull()
	case types.StoreBool:
		b.AppendBool(key[0] != 0)
	case types.StoreI8:
		vector.AppendFixed(b, key[0])
	case types.StoreI16:
		vector.AppendFixed(b, binary.LittleEndian.Uint16(key))
	case types.StoreI32, types.StoreF32:
		vector.AppendFixed(b, binary.LittleEndian.Uint32(key))
	case types.StoreI64, types.StoreF64:
		vector.AppendFixed(b, binary.LittleEndian.Uint64(key))
	case types.StoreI128:
		vector.AppendFixed(b, [2]uint64{binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])})
	case types.StoreBytes:
		n := int(binary.LittleEndian.Uint32(key))
		if len(key) < 4+n {
			return nil, fmt.Errorf("key of %s: %w", b.Type, errShort)
		}
		b.AppendBytes(key[4 : 4+n])
		need += n
	case types.StoreList, types.StoreMap:
		n := binary.LittleEndian.Uint32(key)
		key = key[4:]
		for range n {
			for _, c := range b.Children {
				var err error
				if key, err = DecodeValue(key, c); err != nil {
					return nil, err
				}
			}
		}
		b.EndList()
		return key, nil
	case types.StoreStruct:
		key, err := Decode(key, b.Children)
		b.EndRow()
		return key, err
	}
	return key[need:], nil
}

var errShort = errors.New("the bytes end early")
