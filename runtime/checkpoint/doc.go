// Package checkpoint decides when checkpoints are taken, when they are complete and when they go, and knows how they lie in object storage.
//
// [Coordinator] is a pure state machine: Step takes an event, such as an acknowledgement or a tick of the clock, and returns the actions to carry
// out, such as to trigger, to store the manifest, to commit. It holds names and times, never data.
//
// [Manifest] is what a checkpoint consists of; [Write] stores it, [Read] and [FindLatest] find it again; [Remove] deletes a checkpoint with all its
// files under a journal, so that a deletion that was cut short is finished by [Sweep].
//
// Layout: <dir>/<job id>/chk-<n>/_metadata with the state files beside it; savepoints: <dir>/savepoint-<6 digits of the job id>-<12 digits>/_metadata;
// deletions under way: <dir>/<job id>/cleanup/chk-<n>. A job that was stopped with a savepoint, or restored from one, has in its folder a manifest
// that only names it (Origin), so that the newest state of a job is always found there.
//
// Invariants:
//  1. A checkpoint exists if and only if its manifest exists: it is written last and deleted first.
//  2. Commit follows Stored of the same checkpoint, and no manifest is stored while a commit is outstanding.
//  3. At most one checkpoint is in progress.
//
// The package must not know plans, tasks or operators.
package checkpoint
