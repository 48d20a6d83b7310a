// Package jobmanager accepts jobs and leads each through its life.
//
// A [Manager] (Flink's Dispatcher) takes plans and keeps one master for each job. A master is one goroutine that handles events in order:
// reports and acknowledgements of tasks, splits that enumerators found, results of what it had other goroutines do (open connectors, store a
// manifest, commit), ticks of the clock, and requests of clients. What an event means depends on the job's state; each state is a file:
// created, running, windingdown (failing, cancelling, restarting, stopping, suspending) and terminal.
//
// The master drives the pure checkpoint.Coordinator: it turns its actions into calls and the results into its events. It runs the enumerators
// of the sources, deals out splits, and owns the committers of the sinks.
//
// Invariants:
//  1. A master's fields are touched by its own goroutine only, except status, which has a lock.
//  2. A new attempt begins only after every task, enumerator, store and commit of the one before has ended.
//  3. What a checkpoint holds is committed only after its manifest was stored, and before the next manifest is stored.
//
// The package must not know tasks, operators or rows: it meets them in package rpc.
package jobmanager
