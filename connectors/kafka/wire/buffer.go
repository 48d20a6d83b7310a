package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrCorrupt is wrapped by errors about bytes that are not what the protocol says.
var ErrCorrupt = errors.New("corrupt message")

// writer appends the parts of a message. Flexible messages have compact lengths and tags.
type writer struct {
	b    []byte
	flex bool
}

func (w *writer) i8(x int8)   { w.b = append(w.b, byte(x)) }
func (w *writer) i16(x int16) { w.b = binary.BigEndian.AppendUint16(w.b, uint16(x)) }
func (w *writer) i32(x int32) { w.b = binary.BigEndian.AppendUint32(w.b, uint32(x)) }
func (w *writer) i64(x int64) { w.b = binary.BigEndian.AppendUint64(w.b, uint64(x)) }

func (w *writer) flag(x bool) {
	if x {
		w.i8(1)
	} else {
		w.i8(0)
	}
}

// size writes the length of a string, or -1 for null.
func (w *writer) size(n int) {
	if w.flex {
		w.b = binary.AppendUvarint(w.b, uint64(n+1))
	} else {
		w.i16(int16(n))
	}
}

// count writes the length of an array or of bytes, or -1 for null.
func (w *writer) count(n int) {
	if w.flex {
		w.b = binary.AppendUvarint(w.b, uint64(n+1))
	} else {
		w.i32(int32(n))
	}
}

func (w *writer) text(s string) {
	w.size(len(s))
	w.b = append(w.b, s...)
}

// optional writes a string that is null where it is empty.
func (w *writer) optional(s string) {
	if s == "" {
		w.size(-1)
	} else {
		w.text(s)
	}
}

func (w *writer) bytes(b []byte) {
	w.count(len(b))
	w.b = append(w.b, b...)
}

func (w *writer) ints(xs []int32) {
	w.count(len(xs))
	for _, x := range xs {
		w.i32(x)
	}
}

func (w *writer) texts(xs []string) {
	w.count(len(xs))
	for _, x := range xs {
		w.text(x)
	}
}

// tags ends a struct.
func (w *writer) tags() {
	if w.flex {
		w.b = append(w.b, 0)
	}
}

// reader takes parts of a message from its front. After a fault it returns zero values.
type reader struct {
	b    []byte
	flex bool
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrCorrupt, what)
	}
	r.b = nil
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail("it ends early")
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) i8() int8 {
	if b := r.take(1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (r *reader) i16() int16 {
	if b := r.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) i32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) i64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (r *reader) flag() bool { return r.i8() != 0 }
func (r *reader) code() Code { return Code(r.i16()) }

func (r *reader) uvarint() int {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || x > 1<<31-1 {
		r.fail("a length cannot be read")
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

// text reads a string; null is "".
func (r *reader) text() string {
	var n int
	if r.flex {
		n = r.uvarint() - 1
	} else {
		n = int(r.i16())
	}
	if n < 0 {
		return ""
	}
	return string(r.take(n))
}

// open reads bytes in place; null is nil; with what lies behind them in the frame's memory.
func (r *reader) open() []byte {
	n := int(r.i32())
	if n < 0 || n > len(r.b) {
		if n > 0 {
			r.fail("it ends early")
		}
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// count reads the length of an array whose elements take at least size bytes each.
func (r *reader) count(size int) int {
	var n int
	if r.flex {
		n = r.uvarint() - 1
	} else {
		n = int(r.i32())
	}
	if n <= 0 {
		return 0
	}
	if n > len(r.b)/size {
		r.fail("an array is longer than the message")
		return 0
	}
	return n
}

func (r *reader) ints() []int32 {
	n := r.count(4)
	out := make([]int32, 0, n)
	for range n {
		out = append(out, r.i32())
	}
	return out
}

func (r *reader) texts() []string {
	n := r.count(1)
	out := make([]string, 0, n)
	for range n {
		out = append(out, r.text())
	}
	return out
}

// tags skips what ends a struct.
func (r *reader) tags() {
	if !r.flex {
		return
	}
	for range r.uvarint() {
		if r.err != nil {
			return
		}
		r.uvarint()
		r.take(r.uvarint())
	}
}
