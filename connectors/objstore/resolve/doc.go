// Package resolve opens object stores by the scheme of their URI: a plain path or file:// is a folder, s3:// and s3a:// a bucket, mem:// memory.
//
// An [Opener] keeps what it opened, so that the users of a bucket share connections. It is safe for use by many goroutines.
package resolve
