// Package minicluster is a whole cluster in one process: job manager and task managers with in-memory calls between them. It is the embedded
// mode of the command line and the bed of the tests.
//
// [New] makes a [Cluster] of a [Config]; [Cluster.Submit] starts a plan as a job, [Cluster.SubmitQuery] one that returns rows; [Cluster.Status] has
// its live figures; [Cluster.Wait] waits for its end; [Cluster.Close] suspends what still runs, whose checkpoints stay. A job goes on from the
// path that [Cluster.Latest] returns.
//
// Checkpoints go to the directory of execution.checkpointing.dir, opened by Config.Stores, or into the cluster's memory, where they serve restarts
// and are gone with the job.
package minicluster
