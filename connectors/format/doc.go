// Package format is the contract between connectors and formats: how bytes become columns and columns bytes.
//
// A [Format] makes a [Decoder] or [Encoder] for the columns and options of a [Config]. A connector hands a decoder many records at once
// ([Records], all in one slab of memory), or a piece of a file, in which the decoder finds the records itself; it takes batches back. An
// encoder gets batches and appends the bytes of rows to an [Output]. The formats of a process are listed in a [Registry].
//
// Decoders and encoders belong to one goroutine, that of the reader or writer. Batches that Take returns belong to the caller; Encode borrows.
//
// The package must not know connectors' systems or where bytes come from.
package format
