// Package jsonpath is the machinery of SQL's JSON functions over UTF-8 bytes:
// checking a document ([Check]), finding values by path ([Path]), and writing
// JSON text.
//
// Documents are read as Flink's Jackson does: strict JSON, of which only the
// first value counts; of equal member names the last counts. Paths are those of
// Jayway JsonPath behind an optional mode: lax, or strict, which is the default.
// Values are handed out as slices of the document.
//
// A Path is immutable and may be shared between goroutines; all functions are
// pure.
package jsonpath
