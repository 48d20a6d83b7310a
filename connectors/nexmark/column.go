package nexmark

import (
	"unsafe"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// textColumn writes the values of a STRING column in row order. Rows that are passed over are empty.
type textColumn struct {
	v    *vector.Vector
	base unsafe.Pointer // of the room for all values
	at   int
	row  int
}

// newText makes a column of n rows whose values take at most room bytes.
func newText(pool *vector.Pool, t types.Type, n, room int) *textColumn {
	v := vector.New(pool, t, n, room)
	return &textColumn{v: v, base: unsafe.Pointer(unsafe.SliceData(v.Data))}
}

// seek passes over the rows before row.
func (c *textColumn) seek(row int) {
	o := c.v.Offsets[c.row+1 : row+1]
	for i := range o {
		o[i] = int32(c.at)
	}
	c.row = row
}

// put writes n bytes from src, in steps of 16: up to 15 bytes more are read and overwritten.
func (c *textColumn) put(src *byte, n int) {
	steps(unsafe.Add(c.base, c.at), unsafe.Pointer(src), n)
	c.at += n
}

// end ends the value of the current row.
func (c *textColumn) end() {
	c.row++
	c.v.Offsets[c.row] = int32(c.at)
}

func (c *textColumn) finish() *vector.Vector {
	c.seek(c.v.Len)
	c.v.Data = c.v.Data[:c.at]
	return c.v
}

// steps copies n bytes in steps of 16.
func steps(dst, src unsafe.Pointer, n int) {
	for i := 0; i < n; i += 16 {
		*(*[16]byte)(unsafe.Add(dst, i)) = *(*[16]byte)(unsafe.Add(src, i))
	}
}

// setBits sets the bits [from, to).
func setBits(b []byte, from, to int) {
	for ; from < to && from&7 != 0; from++ {
		vector.SetBit(b, from)
	}
	for ; from+8 <= to; from += 8 {
		b[from>>3] = 0xFF
	}
	for ; from < to; from++ {
		vector.SetBit(b, from)
	}
}

func unsafeAdd(p unsafe.Pointer, n int) unsafe.Pointer { return unsafe.Add(p, n) }

func unsafePointer(p *byte) unsafe.Pointer { return unsafe.Pointer(p) }
