// Package rowkey turns key columns into hashes, key groups, canonical bytes and orders.
//
// [HashColumns] hashes the key columns of a batch, column by column; [GroupOf], [SubtaskOf] and [RangeOf] map hashes to key groups and
// key groups to instances. [Encoder] writes the key of each row as canonical bytes (equal keys, equal bytes) and [Decode] reads them
// back. [Order] compares rows and writes memcomparable sort keys.
//
// Everything is pure and safe for any goroutine, but for Encoder, which keeps scratch memory.
//
// Invariants:
//
//  1. The hash of a key never changes between versions, processes and machines: key groups are kept in checkpoints.
//  2. NULL equals NULL; NaN equals NaN, whatever its bits; -0.0 and 0.0 are different keys, as in Flink's binary rows. The entries of a
//     MAP or MULTISET have no order.
//  3. Keys that are equal have equal hashes and equal bytes.
package rowkey
