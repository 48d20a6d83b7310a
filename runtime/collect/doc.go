// Package collect is the connector that returns rows to a client.
//
// A plan that ends in a [millrace/planner/plan.Sink] with connector "collect" delivers its rows into a [Results], which the client of the job
// reads with [Results.Next]. The buffer between them is bounded in rows and bytes: a client that does not read holds the job back.
//
// Rows are delivered at once, in the order in which each subtask of the sink wrote them. They cannot be taken back: a job that returns rows to
// a client is not restarted after a failure; the client gets the error instead.
//
// A [Connector] may be used from many goroutines, and so may a Results; its writers belong to their tasks.
package collect
