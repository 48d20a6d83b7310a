package bitmap

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"strconv"
)

const (
	cookie     = 12346 // no runs
	runCookie  = 12347
	arrayMax   = 4096 // members that a container of 16-bit integers has at most
	bitsSize   = 8192 // bytes of a container of bits
	headerSize = 8
	noOffsets  = 4 // with runs, fewer containers than this have no offsets
)

// ErrFormat is the error of Parse for bytes that are no bitmap.
var ErrFormat = errors.New("the bytes are no Roaring bitmap")

// Build appends the bitmap of values, which it sorts in place; they may repeat.
func Build(dst []byte, values []uint32) []byte {
	slices.Sort(values)
	return encode(dst, slices.Compact(values))
}

// encode appends the bitmap of values that are sorted and distinct.
func encode(dst []byte, values []uint32) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, cookie)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	n := 0
	each(values, func(high uint16, part []uint32) {
		dst = binary.LittleEndian.AppendUint16(dst, high)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(part)-1))
		n++
	})
	binary.LittleEndian.PutUint32(dst[start+4:], uint32(n))
	at := headerSize + 8*n
	each(values, func(_ uint16, part []uint32) {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(at))
		at += containerSize(len(part))
	})
	each(values, func(_ uint16, part []uint32) {
		if len(part) <= arrayMax {
			for _, v := range part {
				dst = binary.LittleEndian.AppendUint16(dst, uint16(v))
			}
			return
		}
		from := len(dst)
		dst = append(dst, make([]byte, bitsSize)...)
		for _, v := range part {
			dst[from+int(uint16(v))>>3] |= 1 << (v & 7)
		}
	})
	return dst
}

// containerSize is the number of bytes of a container without runs.
func containerSize(members int) int {
	if members <= arrayMax {
		return 2 * members
	}
	return bitsSize
}

// each calls f with the members of each container.
func each(values []uint32, f func(high uint16, part []uint32)) {
	for len(values) > 0 {
		high := values[0] >> 16
		n := 1
		for n < len(values) && values[n]>>16 == high {
			n++
		}
		f(uint16(high), values[:n])
		values = values[n:]
	}
}

// Parse checks bytes in the portable form and appends the bitmap in the form of this package. Bytes behind the bitmap are ignored.
func Parse(dst, data []byte) ([]byte, error) {
	values, err := decode(data)
	if err != nil {
		return dst, err
	}
	return encode(dst, values), nil
}

// decode lists the members of a bitmap in any portable form.
func decode(data []byte) ([]uint32, error) {
	r := reader{data: data}
	head := r.u32()
	var n int
	var runs []byte
	switch {
	case head == cookie:
		n = int(r.u32())
	case head&0xffff == runCookie:
		n = int(head>>16) + 1
		runs = r.take((n + 7) / 8)
	default:
		return nil, ErrFormat
	}
	if n < 0 || n > 1<<16 {
		return nil, ErrFormat
	}
	keys := r.take(4 * n)
	if runs == nil || n >= noOffsets {
		r.take(4 * n)
	}
	if r.bad {
		return nil, ErrFormat
	}
	var values []uint32
	last := -1
	for i := range n {
		high, members := binary.LittleEndian.Uint16(keys[4*i:]), int(binary.LittleEndian.Uint16(keys[4*i+2:]))+1
		if int(high) <= last {
			return nil, ErrFormat
		}
		last = int(high)
		switch {
		case runs != nil && runs[i/8]>>(i%8)&1 != 0:
			values = r.runs(values, uint32(high)<<16)
		case members <= arrayMax:
			values = r.array(values, uint32(high)<<16, members)
		default:
			values = r.bits(values, uint32(high)<<16)
		}
		if r.bad {
			return nil, ErrFormat
		}
	}
	if !slices.IsSorted(values) {
		return nil, ErrFormat
	}
	return slices.Compact(values), nil
}

// reader takes pieces of bytes; bad tells that they ended too early.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.data) {
		r.bad = true
		return nil
	}
	x := r.data[:n]
	r.data = r.data[n:]
	return x
}

func (r *reader) u32() uint32 {
	if x := r.take(4); x != nil {
		return binary.LittleEndian.Uint32(x)
	}
	return 0
}

func (r *reader) array(values []uint32, high uint32, n int) []uint32 {
	x := r.take(2 * n)
	for i := 0; i < len(x); i += 2 {
		values = append(values, high|uint32(binary.LittleEndian.Uint16(x[i:])))
	}
	return values
}

func (r *reader) bits(values []uint32, high uint32) []uint32 {
	x := r.take(bitsSize)
	for i := 0; i < len(x); i += 8 {
		for w := binary.LittleEndian.Uint64(x[i:]); w != 0; w &= w - 1 {
			values = append(values, high|uint32(8*i+bits.TrailingZeros64(w)))
		}
	}
	return values
}

func (r *reader) runs(values []uint32, high uint32) []uint32 {
	n := r.take(2)
	if n == nil {
		return values
	}
	x := r.take(4 * int(binary.LittleEndian.Uint16(n)))
	for i := 0; i < len(x); i += 4 {
		from, more := uint32(binary.LittleEndian.Uint16(x[i:])), uint32(binary.LittleEndian.Uint16(x[i+2:]))
		if from+more > 0xffff {
			r.bad = true
			return values
		}
		for v := from; v <= from+more; v++ {
			values = append(values, high|v)
		}
	}
	return values
}

// Members lists the members of a bitmap of this package in unsigned order.
func Members(b []byte) []uint32 {
	values, err := decode(b)
	if err != nil {
		panic(err)
	}
	return values
}

// Cardinality is the number of members of a bitmap of this package.
func Cardinality(b []byte) int64 {
	n := int(binary.LittleEndian.Uint32(b[4:]))
	total := int64(0)
	for i := range n {
		total += int64(binary.LittleEndian.Uint16(b[headerSize+4*i+2:])) + 1
	}
	return total
}

// AppendText appends a bitmap of this package as text: {1,2,3}, in unsigned order.
func AppendText(dst, b []byte) []byte {
	dst = append(dst, '{')
	for i, v := range Members(b) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(v), 10)
	}
	return append(dst, '}')
}

// And appends the members that are in both.
func And(dst, a, b []byte) []byte { return combine(dst, a, b, false, false, true) }

// Or appends the members that are in one of two.
func Or(dst, a, b []byte) []byte { return combine(dst, a, b, true, true, true) }

// Xor appends the members that are in exactly one of two.
func Xor(dst, a, b []byte) []byte { return combine(dst, a, b, true, true, false) }

// AndNot appends the members of a that are not in b.
func AndNot(dst, a, b []byte) []byte { return combine(dst, a, b, true, false, false) }

// combine merges two sets: what is in the left only, in the right only, in both.
func combine(dst, a, b []byte, left, right, both bool) []byte {
	x, y := Members(a), Members(b)
	out := make([]uint32, 0, len(x)+len(y))
	for len(x) > 0 && len(y) > 0 {
		switch u, v := x[0], y[0]; {
		case u < v:
			if left {
				out = append(out, u)
			}
			x = x[1:]
		case u > v:
			if right {
				out = append(out, v)
			}
			y = y[1:]
		default:
			if both {
				out = append(out, u)
			}
			x, y = x[1:], y[1:]
		}
	}
	if left {
		out = append(out, x...)
	}
	if right {
		out = append(out, y...)
	}
	return encode(dst, out)
}
