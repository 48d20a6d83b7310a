// Package objstore is the contract for object storage: where checkpoints, savepoints and files live.
//
// A [Store] holds immutable objects under keys with slashes. Implementations are in sub-packages (fs, mem); a wrapper that injects faults
// is in faulty. All methods may be called from many goroutines.
//
// The package must not know what is stored.
package objstore
