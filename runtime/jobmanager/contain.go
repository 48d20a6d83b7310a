package jobmanager

import (
	"context"
	"fmt"
	"runtime/debug"

	"millrace/connectors"
)

// contain calls f and turns a panic into an error: a connector that breaks must not take other jobs with it.
func (m *master) contain(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			m.log.Error("connector panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// commitSink is Commit of a sink's committer.
func (m *master) commitSink(ctx context.Context, s *sinkRun, checkpoint int64, handles [][]byte) error {
	if err := m.contain(func() error { return s.committer.Commit(ctx, checkpoint, handles) }); err != nil {
		return fmt.Errorf("sink %q: commit of checkpoint %d: %w", s.spec.Table, checkpoint, err)
	}
	return nil
}

// discover is Discover of a source's enumerator.
func (m *master) discover(ctx context.Context, s *sourceRun) (splits []connectors.Split, done bool, err error) {
	err = m.contain(func() (err error) {
		splits, done, err = s.enum.Discover(ctx)
		return err
	})
	return splits, done, err
}

// enumeratorSnapshot is Snapshot of a source's enumerator.
func (m *master) enumeratorSnapshot(s *sourceRun) (state []byte, err error) {
	err = m.contain(func() (err error) {
		state, err = s.enum.Snapshot()
		return err
	})
	return state, err
}

// interval is Interval of a source's enumerator in milliseconds.
func (m *master) interval(s *sourceRun) (millis int64) {
	_ = m.contain(func() error {
		millis = s.enum.Interval().Milliseconds()
		return nil
	})
	return millis
}
