// Package gateway is the SQL Gateway: sessions, operations with paged results, and its REST surface, wire compatible with that of Apache Flink 2.3.
//
// The main type is [Gateway]. What statements mean it does not know: a [SessionFactory] makes a [Session] that executes them and returns
// [Result]s, whose rows it hands out page by page ([Operation.Fetch]). [Handler] serves the REST paths.
//
// Statements of a session run one after another, in the order of their submission, on a goroutine of the session; results of different
// operations are fetched in parallel. A session that nobody used for its idle timeout is closed, which cancels its queries.
//
// Source of the wire format: the SQL Gateway REST pages of Flink, and exchanges recorded from a real one.
package gateway
