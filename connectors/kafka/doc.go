// Package kafka reads and writes Kafka topics: 'connector' = 'kafka'.
//
// Below it, package wire has the protocol as bytes and package client the cluster: brokers, leaders, coordinators, retries, fetches.
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
