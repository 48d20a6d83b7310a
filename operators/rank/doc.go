// Package rank keeps the first rows of each partition in an order: [TopN] for ROW_NUMBER() with a bound (also windowed), LIMIT over an order or an
// updating input, and deduplication that keeps the last row; [FirstRow] for deduplication that keeps the first row by event time.
//
// TopN keeps the rows of a partition as a sorted list of row ids in a shared arena; sort keys are stored as bytes whose order is the order of rows.
// A batch changes the lists row by row; what is emitted is the difference between a partition's list before and after the batch, so that a row
// that enters and leaves within a batch is never seen. Over insert-only input only rows that are in range are kept.
package rank
