package task

import (
	"fmt"
	"io"
	"testing"

	"millrace/connectors"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// TestWrappedEndIsAnError: a reader that fails with an error which wraps io.EOF, such as that of a file which is cut off, has not reached the end.
func TestWrappedEndIsAnError(t *testing.T) {
	for end, want := range map[error]job.TaskState{connectors.ErrEnd: job.TaskFinished, fmt.Errorf("file %q: %w", "a.gz", io.EOF): job.TaskFailed} {
		s := &script{fetch: make(chan connectors.Fetch), poll: func(connectors.Env) error { return end }}
		if r := start(t, chainGraph(&plan.Source{}, &plan.Sink{Table: "t", Schema: text()}), s, nil, passes).end(t); r.State != want {
			t.Errorf("%v: %+v", end, r)
		}
	}
}
