// Package nexmark is the connector that generates the events of the Nexmark benchmark: persons, auctions and bids.
//
// Event number and seed determine an event completely, so that any part of the stream can be made anywhere, in any order. The events go
// straight into columns: one loop for each column that the query reads, over the runs of events of one kind and one epoch. A field that is
// not read is not computed, and neither are the events of kinds that a filter on event_type excludes.
//
// Splits. A split is (index, count): it holds the blocks of 50 events whose number is index modulo count. Its position is the number of the
// next event.
//
// The package must not know queries; it keeps no state but the tables that a seed determines, which readers share.
package nexmark
