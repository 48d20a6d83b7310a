// Package s3test gives tests an S3 server: a real one (versitygw) where the machine has it or may build it, else a small imitation in the
// process, and says which.
//
// The program is looked for in MILLRACE_VERSITYGW (a path; "build" builds it with the Go command into the user's cache folder; "fake" asks for
// the imitation), in PATH, and in the cache folder. Only tests import this package.
package s3test
