// Package planner turns statements into physical plans.
//
// The main type is [Planner]. A query goes through planner/bind (names and types), planner/rules (rewriting), planner/changelog (which changes
// flow where) and planner/physical (operators, exchanges, ids); the result is a plan.Graph, plain data. [Planner.Explain] prints the steps.
//
// What the planner must know of connectors and of the evaluator it asks through [Config]. A Planner is used by one goroutine; it keeps nothing
// between calls.
package planner
