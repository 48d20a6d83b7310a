// Package aggregate is the unbounded GROUP BY: plan.GroupAggregate.
//
// The main type is [Group]. A batch is grouped by one probe of the state's table; the accumulators take all rows at once; then each group
// that the batch touched gives at most one change: +I for a new group, -U +U (or +U) for results that differ, -D for a group that lost its
// last row. Updates of one key inside a batch thereby collapse, as with Flink's mini-batches.
//
// State: package accum. With a time to live, a group that was not written for that long begins anew; it is removed, silently, when it is
// met or when the sweep that goes a little further with each batch comes by.
package aggregate
