// Package kafka reads and writes Kafka topics: 'connector' = 'kafka', and 'upsert-kafka', a topic as a table by key.
//
// Below it, package wire has the protocol as bytes and package client the cluster: brokers, leaders, coordinators, retries, fetches.
//
// # Reading
//
// The enumerator makes a split of each partition: where it begins and ends is settled when it is found; partitions found later are read from
// their first record on. A reader fetches all its partitions with one request in flight for each broker. Of the bytes of a fetch it checks and
// decompresses one record batch at a time, notes where keys and values stand ([chunk]), and lets the formats' decoders write them to columns
// ([rows]). A position is the offset of the next record, the epoch of the leader that wrote the one before (a new leader is asked whether its
// log still has that: else the job fails with *client.TruncatedError), and the rows already returned of a record with many.
//
// Invariants:
//  1. A batch has rows of several partitions in runs; if watermarks are made here, of one.
//  2. Marks of transactions, aborted records (with isolation.level read_committed), records before the position and behind the end are skipped,
//     and the position moves over them.
//  3. Records without value give no rows, unless the format is raw (NULL) or the table is one by key (a deletion that has the key only); nor do
//     records without key where the key has a format other than raw.
//  4. A position that the log does not have is an *[OffsetError]; nothing is ever skipped silently.
//
// Watermarks. If plan.Source.Watermark is set, [marks] follows the event time of each partition; the watermark is the lowest of those that are
// not idle. Partitions that are ahead of the others by more than scan.watermark.alignment.max-drift wait, and those beyond the limit that
// connectors.AlignedReader is told: the runtime makes it of all sources of a group.
//
// Not supported yet, with an error or a line in the log that says so: stores of certificates other than
// PEM, SASL mechanisms other than PLAIN and SCRAM, reading from the nearest replica, record formats before Kafka 0.11, keys with several rows.
//
// # For whoever writes with package client
//
// client.ParseConfig reads 'properties.*' for source and sink alike (Config has linger, batch size, acks, compression, transaction timeout).
// One client.Client serves a writer; it is safe for any goroutine.
//
//   - Find leaders with Client.Leaders, send with Client.Do(ctx, broker, *wire.Produce). On a code whose Action is wire.Refresh call
//     Client.Forget(partition, the leader used) and ask again; on wire.Wait repeat the same bytes; wire.Resolve is about producer ids.
//   - Coordinators: Client.ToCoordinator(ctx, id, true, message, func() wire.Code) inside Client.Retry. It forgets a coordinator that has moved.
//   - Client.Modern tells whether transactions are of the second kind (KIP-890); set Modern in Produce, InitProducerID, TxnOffsetCommit, EndTxn.
//   - InitProducerID.Before must be wire.NoProducer() unless an epoch is raised.
//   - The progress record: TxnOffsetCommit (after AddOffsetsToTxn in the old style), read back with Client.GroupOffsets(..., stable true).
//   - ListTransactions goes to every broker: Client.Brokers after Client.Metadata.
//   - wire.Builder encodes batches, with wire.Codecs; one batch for a partition and request.
//   - A message whose call ended with its context may still be in the transport's hands: make a new one.
package kafka
