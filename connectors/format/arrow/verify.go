package arrow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/memory"
)

// errDamaged: lengths or places in a footer point out of it, or out of the file. The library would ask for as much memory as they say.
var errDamaged = errors.New("the footer is damaged")

// largest is how much memory one buffer may take.
const largest = 2 << 30

// bounded refuses buffers that cannot be meant.
type bounded struct{ memory.Allocator }

func (b bounded) Allocate(size int) []byte { return b.Allocator.Allocate(fits(size)) }

func (b bounded) Reallocate(size int, data []byte) []byte {
	return b.Allocator.Reallocate(fits(size), data)
}

// fits panics, which guard turns into an error.
func fits(size int) int {
	if size < 0 || size > largest {
		panic(fmt.Sprintf("a buffer says that it has %d bytes", size))
	}
	return size
}

const (
	magic     = "ARROW1"
	trailer   = 4 + len(magic)
	blockSize = 24
	maxDepth  = 100
)

// verify looks through the footer of a file: what it says must lie within it, and blocks within the file. Places that are out of the footer altogether
// panic.
func verify(f io.ReaderAt, size int64) error {
	if size < int64(trailer) {
		return nil // the library says so
	}
	end := make([]byte, trailer)
	if _, err := f.ReadAt(end, size-int64(trailer)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	n := int64(int32(binary.LittleEndian.Uint32(end)))
	if string(end[4:]) != magic || n <= 0 || n > size-int64(trailer) {
		return nil // likewise
	}
	b := make(flat, n)
	if _, err := f.ReadAt(b, size-int64(trailer)-n); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	root := b.at(0)
	if at, ok := b.field(root, 1); ok {
		if err := b.fields(b.at(at), 1, 0); err != nil {
			return err
		}
	}
	for _, k := range []int{2, 3} {
		at, ok := b.field(root, k)
		if !ok {
			continue
		}
		first, count, err := b.vector(at, blockSize)
		if err != nil {
			return err
		}
		for i := range count {
			p := first + i*blockSize
			offset, meta := int64(binary.LittleEndian.Uint64(b[p:])), int64(int32(binary.LittleEndian.Uint32(b[p+8:])))
			body := int64(binary.LittleEndian.Uint64(b[p+16:]))
			if offset < 0 || meta < 4 || body < 0 || offset > size || meta > size-offset || body > size-offset-meta {
				return errDamaged
			}
		}
	}
	return nil
}

// flat is a buffer in the form of FlatBuffers.
type flat []byte

// at follows the offset at a place.
func (b flat) at(p int) int { return p + int(binary.LittleEndian.Uint32(b[p:])) }

// field returns where field k of the table at p is; false if the table has none.
func (b flat) field(p, k int) (int, bool) {
	v := p - int(int32(binary.LittleEndian.Uint32(b[p:])))
	if 4+2*k >= int(binary.LittleEndian.Uint16(b[v:])) {
		return 0, false
	}
	o := int(binary.LittleEndian.Uint16(b[v+4+2*k:]))
	return p + o, o != 0
}

// vector returns the place and number of the elements of the vector that the offset at p leads to.
func (b flat) vector(p, size int) (first, count int, err error) {
	p = b.at(p)
	count = int(binary.LittleEndian.Uint32(b[p:]))
	if count > (len(b)-p-4)/size {
		return 0, 0, errDamaged
	}
	return p + 4, count, nil
}

// fields looks through the fields of a schema, or the children of a field: vector k of the table at p, and the metadata beside it.
func (b flat) fields(p, k, depth int) error {
	if depth > maxDepth {
		return errDamaged
	}
	if at, ok := b.field(p, k+1); ok {
		if _, _, err := b.vector(at, 4); err != nil {
			return err
		}
	}
	at, ok := b.field(p, k)
	if !ok {
		return nil
	}
	first, count, err := b.vector(at, 4)
	if err != nil {
		return err
	}
	for i := range count {
		if err := b.fields(b.at(first+4*i), 5, depth+1); err != nil {
			return err
		}
	}
	return nil
}
