package cli

import (
	"strings"
	"testing"

	"millrace/runtime/job"
)

// TestTell: a log gets one line for each restart and one when checkpoints begin to fail, however often it is looked.
func TestTell(t *testing.T) {
	var b strings.Builder
	p := &progress{w: &b}
	st := job.Status{Name: "j"}
	p.tell(st)
	st.Entered[job.Restarting] = 7
	st.Failure = "broker away\nwith details"
	p.tell(st)
	p.tell(st)
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 3, Failure: "no space left"}
	p.tell(st)
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 4, Failure: "no space left"}
	p.tell(st)
	st.Progress.Last = &job.CheckpointRecord{ID: 5}
	p.tell(st)
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 6, Failure: "bucket away"}
	p.tell(st)
	want := "Job j restarts: broker away\nJob j: checkpoint 3 failed: no space left\nJob j: checkpoint 6 failed: bucket away\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
