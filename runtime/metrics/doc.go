// Package metrics holds the figures that tasks count and clients read: counters of plan nodes, summed up into job progress.
//
// A [Node] belongs to one node of one subtask; its task adds, anybody reads.
package metrics
