// Package wire is Kafka's protocol as bytes: messages to brokers, record batches and their compressions.
//
// A [Message] holds a request and, after the exchange, its answer: the same struct has the fields of both. [Exchange] makes it a message of
// the transport of kafka-go, which dials, speaks TLS and SASL, and pools connections; size, header, versions and body are written and read
// here. Messages have one version each, or where brokers differ a field that picks one of two.
//
// Record batches are read in place. [NextBatch] cuts a batch off the bytes of a fetch, [Codecs.Decompress] returns its records, and
// [NextRecord] reads one after another without copying. [Builder] is the other direction.
//
// Ownership: bytes in an answer belong to the frame that was read for it ([Fetch] keeps its frame for the next exchange; all other messages
// copy). A message whose exchange ended with the cancellation of its context may still be in use by the transport: drop it.
//
// Every reader takes any bytes: what cannot be read is an error that wraps [ErrCorrupt], never a panic, and never asks for more memory than
// a small multiple of what was given (decompressed records: up to [MaxRecords]).
//
// Messages, builders and codecs belong to one goroutine. The package must not know clients, jobs or columns.
package wire
