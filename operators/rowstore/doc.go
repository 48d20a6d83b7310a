// Package rowstore keeps whole rows as state: what joins, rankings and sorts hold.
//
// The main type is [Store]: rows under dense 32-bit ids, in chunks of columns. A large batch becomes a chunk by reference, without copying; rows
// of small batches are gathered into an open chunk. [Index] finds the rows of a key: an open-addressing table from the hash of the key to a chain
// of row ids, without pointers; whoever probes verifies the keys ([Equal]), for all candidate pairs of a batch at once.
//
// Memory of rows comes from the job's pool and is counted there; a chunk is freed when its last row is deleted.
//
// [Store.Freeze] makes a snapshot without copying closed chunks: they are immutable but for the set of live rows, which is copied.
//
// Not for concurrent use, except for reading a frozen snapshot.
package rowstore
