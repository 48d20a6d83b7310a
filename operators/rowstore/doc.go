// Package rowstore keeps whole rows as state: what joins, rankings and sorts hold.
//
// The main type is [Store]: rows under dense 32-bit ids, in chunks of columns. A large batch becomes a chunk by reference, without copying; rows
// of small batches are gathered into an open chunk. [Index] finds the rows of a key: an open-addressing table from the hash of the key to a chain
// of row ids, without pointers; whoever probes verifies the keys ([Equal], [Store.KeepEqual]), for all candidate pairs of a batch at once.
// [Side] holds values beside the rows of a store, [Lists] ordered lists of rows.
//
// Memory comes from the job's pool or is accounted to it. A chunk is freed when its last row is deleted; [Store.Compact] moves the rows of
// chunks that are mostly dead.
//
// [Store.Freeze] makes a snapshot without copying closed chunks: they are immutable but for the set of live rows, which is copied. A Side is
// frozen by copy-on-write.
//
// Not for concurrent use, except for reading a frozen snapshot.
package rowstore
