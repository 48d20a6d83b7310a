// Package join holds the joins of two streams.
//
// [Regular] keeps both inputs without bound (unless a TTL is set) and joins each row with what has come on the other side: inner, left, right,
// full, semi and anti joins, on equal keys with an optional condition on top, or on a condition alone.
//
// A batch of one side is handled in three vectorised steps: candidate pairs by hash of the keys, comparison of the keys, the residual condition
// over the surviving pairs. Then the pairs are applied in row order: rows that are kept without a partner (outer, semi, anti) have a count of
// their partners beside them, and a change between none and some changes what was emitted for them. A row that is taken back undoes what its
// insertion did.
//
// [Interval] joins rows whose event times are near each other and forgets a row when the watermark says that no partner can come; [Window] holds
// the rows of a window until it is over and joins them then. Both take and emit inserts only: outer rows come once, at the end of the wait.
package join
