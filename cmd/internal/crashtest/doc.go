// Package crashtest kills the real program and looks at what is left.
//
// It has no code but tests. They build the binary, run a job from the Nexmark stream to files, kill it with SIGKILL at random moments, resume it
// until it ends, and compare all rows that are visible in the files with those of a run that nobody disturbed. Others take away the disk under
// the checkpoints, or name files that are not there: the job must say so, and go on later without losing a row.
//
// MILLRACE_CRASH_KILLS is the number of kills of each job (6 by default), MILLRACE_CRASH_SEED makes the moments the same again.
package crashtest
