// Package fs is an object store in a folder of the local file system.
//
// A [Store] writes an object to a hidden temporary file, syncs it, and gives it its name by rename (Put) or link (PutNew), then syncs the
// folder: the object is whole or absent, also after a crash, and of several processes that put a new key one wins. Temporary files that a
// crash left behind are not listed; [Store.Clean] removes old ones.
//
// A Store is safe for use by many goroutines and processes. It must not know what is stored.
package fs
