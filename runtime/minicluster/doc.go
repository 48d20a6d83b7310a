// Package minicluster is a whole cluster in one process: job manager and task managers with in-memory calls between them. It is the embedded
// mode of the command line and the bed of the tests.
package minicluster
