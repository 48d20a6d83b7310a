package rowstore

import (
	"unsafe"

	"millrace/operators/vector"
)

// side is a table by row id.
type side[T any] struct {
	pool   *vector.Pool
	chunks [][]T
}

func (s *side[T]) at(id ID) *T {
	c := int(id >> chunkBits)
	if c >= len(s.chunks) || s.chunks[c] == nil {
		s.add(c)
	}
	return &s.chunks[c][id&rowMask]
}

func (s *side[T]) add(c int) {
	for c >= len(s.chunks) {
		s.chunks = append(s.chunks, nil)
	}
	s.pool.Account(s.chunkBytes())
	s.chunks[c] = make([]T, chunkRows)
}

func (s *side[T]) chunkBytes() int64 {
	var x T
	return chunkRows * int64(unsafe.Sizeof(x))
}

func (s *side[T]) close() {
	for _, c := range s.chunks {
		if c != nil {
			s.pool.Account(-s.chunkBytes())
		}
	}
	s.chunks = nil
}

// Side is a table of values by row id, beside a store: match counts, times. Values begin as zero. Open must be called before use.
type Side[T any] struct {
	s      side[T]
	shared []bool // chunks that a snapshot holds too; nil: none
}

// Open makes the table ready; its memory is accounted to the pool.
func (s *Side[T]) Open(pool *vector.Pool) { s.s.pool = pool }

// Close gives the memory back.
func (s *Side[T]) Close() {
	s.s.close()
	s.shared = nil
}

// At returns the place of a row's value, to be read or written until the next Freeze. A reused id finds the old value: set it when the row is
// added.
func (s *Side[T]) At(id ID) *T {
	if c := int(id >> chunkBits); c < len(s.shared) && s.shared[c] {
		own := make([]T, chunkRows)
		copy(own, s.s.chunks[c])
		s.s.chunks[c], s.shared[c] = own, false
	}
	return s.s.at(id)
}

// Get returns a row's value.
func (s *Side[T]) Get(id ID) T { return s.s.chunks[id>>chunkBits][id&rowMask] }

// Freeze returns the values as they are now, to be read with Get by another goroutine. Chunks are copied when they are next touched.
func (s *Side[T]) Freeze() *Side[T] {
	if n := len(s.s.chunks); n > 0 {
		s.shared = make([]bool, n)
		for i := range s.shared {
			s.shared[i] = true
		}
	}
	return &Side[T]{s: side[T]{chunks: append([][]T(nil), s.s.chunks...)}}
}
