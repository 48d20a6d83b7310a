// Package blackhole is the connector that swallows rows: a sink for tests of throughput.
//
// It takes every kind of change, partitions and INSERT OVERWRITE, and has no options. It must not know what it swallows.
package blackhole
