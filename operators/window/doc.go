// Package window holds the window operators: aggregation by window, and the window table functions.
//
// [Aggregate] is plan.WindowAggregate for TUMBLE, HOP, CUMULATE and windows that rows carry already. Rows are added to panes: one update for
// each row, whatever the number of windows that overlap. A pane is a table of its own, dropped whole. When the watermark passes the end of a
// window, its panes are merged and the result is emitted; the windows that wait are a short sorted list, so there are no timers by key.
// CUMULATE keeps, beside its panes, the sum of the steps that have fired.
//
// [Sessions] is plan.WindowAggregate for SESSION: a row of state for each open session. Rows extend sessions in place; a row that joins two
// sessions merges their accumulators. Sessions that may have ended are found in buckets of time, in which each is entered about once for each
// gap that it lives.
//
// [Function] is plan.WindowTVF without state; [SessionFunction] that over SESSION.
//
// Times: rows are placed by local time of the window's zone (that is, by UTC for TIMESTAMP); a window fires when the watermark reaches the
// moment of its last millisecond. The hour that clocks skip, and the one they repeat, follow Flink.
//
// Invariants:
//
//  1. A window fires once, in the order of window ends, before the watermark is passed on.
//  2. A row is dropped, and counted as late, only if the last window that contains its pane has fired.
//  3. The watermark is part of the state: after a restore the same rows are late.
package window
