// Package watermark makes watermarks from rows: the operator of plan.Watermark.
//
// As in Flink, the watermark follows the maximum of the watermark expression. It is emitted behind the row that moves it by more than the
// interval, and otherwise when the interval has passed on the clock; so within a batch the rows before and after a watermark are emitted
// apart, and which rows are late does not depend on how rows are cut into batches.
//
// The last watermark is part of a checkpoint: after a restore no row is on time that was late before. (Flink forgets it.)
package watermark
