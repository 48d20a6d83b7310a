// Package runtime is the root of what executes plans: job life cycle, tasks, exchanges, checkpoints and state files. It holds no code.
//
// A [millrace/planner/plan.Graph] is submitted to a job manager (package jobmanager), which runs one JobMaster for each job: it expands the
// graph into vertices (package schedule), opens enumerators and committers, deploys subtasks on task managers through the interfaces of
// package rpc, drives checkpoints (package checkpoint) and restarts the job when a task fails. A task manager (package taskmanager) runs
// subtasks (package task), each one goroutine with a chain of operators, joined by exchanges (package exchange). Package minicluster is
// all of it in one process.
package runtime
