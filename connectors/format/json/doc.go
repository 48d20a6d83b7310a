// Package json is the format of JSON records: one object, or an array of objects, for each record.
//
// Decoding goes straight to columns. A decoder is compiled for the wanted fields: for each object it keeps the keys it has met and which
// key followed which, so that the next key is usually found by comparing eight bytes with the predicted one; values are parsed where they
// stand, eight bytes at a time, into the column; fields that are not wanted are skipped in the text. Any JSON is read: other orders,
// white space, escapes and unknown keys cost time only.
//
// Coercions are Flink's (numbers in strings, objects read as text, anything read as BOOLEAN), also its way to stop looking at an object
// when as many fields were seen as are wanted.
//
// Decoders and encoders belong to one goroutine. The package must not know where records come from.
package json
