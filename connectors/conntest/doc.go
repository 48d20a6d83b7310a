// Package conntest is the conformance suite for connectors and formats, for their tests.
//
// [Source] and [Sink] run a connector through what the job does with it: snapshots and restores at every cut, commits that are repeated,
// closing without use. [Decode] and [Encode] run a format over text. It must not know particular connectors.
package conntest
