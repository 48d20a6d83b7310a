// Package vector holds columns and batches: the data that flows between operators.
//
// A [Vector] is one column in Arrow memory layout: a validity bitmap (absent when nothing is NULL), a buffer of values, int32 offsets
// for variable length, and child vectors for nested types. Which storage a type has is said in sql/types. A [Batch] is a set of columns of
// the same length with an optional row kind for each row (absent: all inserts) and an optional selection (absent: all rows).
//
// Kernels meet plain slices ([Values], [Vector.Offsets], [Vector.Data]); Arrow arrays are made only at the edges
// ([ToRecord], [FromRecord]), without copying values.
//
// Ownership. Vectors and batches count references. Who creates one holds one reference and releases it. A callee borrows what it is handed
// and retains what it keeps. A batch that was emitted is immutable, and so are its columns: an operator that passes columns through retains
// them and puts them into a new batch. Memory comes from a [Pool] and returns to it with the last release; a vector from a pool is used by
// one goroutine until it is emitted, then it may be read by any, and released on any.
//
// Invariants:
//  1. len(Offsets) is Len+1 for bytes, lists and maps; offsets start at any value >= 0 and never decrease.
//  2. Bits of a bitmap beyond Len are undefined: mask them when counting by words.
//  3. The value under a NULL is undefined but readable (zero-length for variable length).
//  4. Buffers from the pool have at least 64 bytes of slack behind their last value, and start at a multiple of 8 (64 from 64 bytes on).
//
// The package must not know plans, operators, state, or I/O.
package vector
