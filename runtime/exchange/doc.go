// Package exchange moves batches and events between the subtasks of a job.
//
// Every subtask that is fed by others has one [Gate]: a queue for each (input, producer) pair, called a channel, each bounded in rows, bytes and
// items, and one notification for all. Producers hold a [Port] to each gate that they feed and an [Output] for each edge, which says where rows go.
// A batch moves by reference: Send retains it and the consumer releases it.
//
// The gate merges its channels: the watermark is the minimum over the channels that are active, a barrier comes out when it has come in on all
// channels (those that have delivered it are held meanwhile), and the end comes when all have ended.
//
// A Gate is read by one goroutine and written by any number; a Port and an Output belong to their producer's goroutine.
//
// Invariants:
//  1. Items of one channel come out in the order they went in.
//  2. Between a barrier and the barriers of the other channels nothing comes out of the channels that have delivered it.
//  3. A channel over its bounds takes nothing but events that carry no rows; at least one batch always fits.
//
// The package must not know operators, checkpoint storage or jobs beyond their ids.
package exchange
