// Package partition splits batches by key for an exchange.
//
// [Hash] sends each row to the instance that owns the key group of its key: hashes for the whole batch, a counting sort of the rows by target,
// one gather into one batch, of which each target gets a slice.
package partition
