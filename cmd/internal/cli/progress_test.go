package cli

import (
	"strings"
	"testing"
	"time"

	"millrace/runtime/job"
)

// TestTell: a log gets one line for each restart and one when checkpoints begin to fail, however often it is looked.
func TestTell(t *testing.T) {
	var b strings.Builder
	p := &follower{w: &b, report: time.Now().Add(time.Hour)}
	st := job.Status{Name: "j"}
	p.tell(st, time.Now())
	st.Entered[job.Restarting] = 7
	st.Failure = "broker away\nwith details"
	p.tell(st, time.Now())
	p.tell(st, time.Now())
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 3, Failure: "no space left"}
	p.tell(st, time.Now())
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 4, Failure: "no space left"}
	p.tell(st, time.Now())
	st.Progress.Last = &job.CheckpointRecord{ID: 5}
	p.tell(st, time.Now())
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 6, Failure: "bucket away"}
	p.tell(st, time.Now())
	want := "Job j restarts: broker away\nJob j: checkpoint 3 failed: no space left\nJob j: checkpoint 6 failed: bucket away\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
