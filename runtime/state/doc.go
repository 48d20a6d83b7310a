// Package state writes operators' state to files and reads it back for any range of key groups.
//
// A file holds one table of one subtask: an Arrow IPC stream (zstd, but for small ones), whose record batches hold rows of ascending or mixed key groups, followed
// by an index, which readers of the stream do not see. The index says for each record batch where it is and to which key groups its rows
// belong, in runs, so that a reader fetches only the batches it needs. Row kinds are not stored.
//
// A [Writer] writes the state of one subtask of one operator; small files are returned inline, others are put into the store. A [Reader] gives the
// state back from the files of any number of subtasks. Both belong to one goroutine.
//
// File layout: stream | index | checksum of the index (uint32) | its length (uint32) | format version (uint32) | "MRST". The index is a list of unsigned
// varints: length and checksum of the stream's schema message; number of batches; for each its offset, length, checksum, rows, number of runs; for
// each run key group + 1 and rows. Checksums are CRC-32C: what a reader fetches is what was written, or an error says that the file is damaged.
package state
