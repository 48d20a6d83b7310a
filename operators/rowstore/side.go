package rowstore

// Side is a table of values by row id, beside a store: match counts, hashes. The zero value is empty; values begin as zero.
type Side[T any] struct{ s side[T] }

// At returns the place of a row's value. A reused id finds the old value: set it when the row is added.
func (s *Side[T]) At(id ID) *T { return s.s.at(id) }

// Freeze returns a copy for a snapshot.
func (s *Side[T]) Freeze() *Side[T] {
	f := &Side[T]{s: side[T]{chunks: make([][]T, len(s.s.chunks))}}
	for i, c := range s.s.chunks {
		f.s.chunks[i] = append([]T(nil), c...)
	}
	return f
}
