// Package table is the hash table of keyed operators: from key columns to rows of fixed width in a chunked arena.
//
// The main type is [Table]. [Table.Find] takes the key columns and hashes of a whole batch and returns dense row ids: it loads all slots
// first, then compares all keys, then resolves the few that collide or are new, so that cache misses overlap. A row is a header (hash, mark,
// flags), the key, and a payload that belongs to the caller, all in one place, so that a group costs one miss. Keys of fixed width up to 64
// bytes lie in the row; other keys lie in an [Arena] of bytes, in the canonical form of package rowkey.
//
// Nothing that lives longer than a batch holds Go pointers, but for the list of chunks. Memory comes from the job's pool.
//
// The index grows without a long stall: from a size on, a bigger one is filled a little with each batch while the old one serves.
// Deleted rows go to a free list inside the arena.
//
// Snapshots are copy-on-write by chunk: [Table.Freeze] takes the list of chunks; later writers get their rows through [Table.Rows], which
// copies chunks that a snapshot holds. The index is not part of a snapshot: who restores inserts the rows again.
//
// A table is used by one goroutine. A [View] that was frozen may be read by another until it is released.
package table
