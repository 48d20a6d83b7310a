// Package crashtest kills the real program and looks at what is left.
//
// It has no code but tests. They build the binary, run a job from the Nexmark stream to files, kill it with SIGKILL at random moments, resume it
// until it ends, and compare all rows that are visible in the files with those of a run that nobody disturbed. Others take away the disk under
// the checkpoints, or name files that are not there: the job must say so, and go on later without losing a row.
//
// The same is done to a job that reads a Kafka topic and writes to another one and to a bucket, where its checkpoints are too: killed at random
// moments, and at each place that package crashpoint names; brokers die and move, and answers are lost. Brokers are those that MILLRACE_KAFKA names or
// an imitation (package kafkatest), the bucket is on a server or an imitation (package s3test).
//
// MILLRACE_CRASH_KILLS is the number of kills of each job (6 by default), MILLRACE_CRASH_SEED makes the moments the same again,
// MILLRACE_CRASH_PLACES lists places instead of all, MILLRACE_CRASH_PROGRAM is the
// program under test if it is not to be built.
package crashtest
