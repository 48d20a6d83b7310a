// Package job holds the nouns of the cluster: job ids and states, vertices and subtasks, status and progress, settings, and the clock.
//
// Everything here is plain data, shared by the job manager, the task managers and the clients. The package must not know plans, operators
// or connectors.
package job
