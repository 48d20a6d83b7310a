// Package taskmanager runs the subtasks that the job manager deploys.
//
// A [Manager] has slots and, for each attempt of a job that has subtasks here, one memory pool, one context and the tasks. It implements
// rpc.TaskManager; it reports to the rpc.JobMaster that a deployment names. Every task runs on a goroutine that the manager starts and waits for.
//
// The package must not know checkpoints beyond their triggers, nor the job's life cycle.
package taskmanager
