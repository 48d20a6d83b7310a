// Package over holds the operators of plan.Over: functions of a frame of rows, or of the place of a row in the order of its partition.
//
// [Final] holds all rows, sorts them at the end of input and evaluates partition by partition (batch mode). [Timed] is for streams in the
// order of time: rows wait for the watermark, or are taken as they arrive; state is an accumulator for each key where frames begin with the
// first row, and else the rows that frames can still reach. [Valued] is for streams in another order: it keeps the rows of each partition
// sorted and emits, after a batch, the difference between what it has emitted and what holds now.
//
// All share one evaluator, which is given rows in the order of their partitions. Frames that begin with the first row grow one accumulator for
// each partition, in rounds: the n-th step of all partitions is one update. Other frames are laid out side by side, as groups of one
// update; long ones slide, which takes rows out of an accumulator again.
//
// Invariants:
//
//  1. Rows that are equal in the order keep the order of arrival.
//  2. A row that came too late is dropped and counted: with frames that begin at the first row, behind the watermark; else, not after the last
//     emitted row of its key.
//  3. Rows leave [Timed] in the order of time.
package over
