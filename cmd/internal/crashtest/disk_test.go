package crashtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fails runs a job that must fail, and returns what it says.
func (j *job) fails(args ...string) string {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.t.Context(), limit)
	defer cancel()
	c, log := j.command(ctx, "out", false, args...)
	if err := c.Run(); err == nil || !c.ProcessState.Exited() {
		j.t.Fatalf("the run must fail by itself: %v\n%s", err, log)
	}
	return log.String()
}

func wantText(t *testing.T, log string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(log, p) {
			t.Errorf("%q is not in what the program says:\n%s", p, log)
		}
	}
	if strings.Contains(log, "goroutine ") {
		t.Errorf("a stack trace is shown:\n%s", log)
	}
}

// TestUnwritableCheckpointDirectory: the job says which directory it cannot write, and publishes nothing.
func TestUnwritableCheckpointDirectory(t *testing.T) {
	t.Parallel()
	j := newJob(t, plain)
	if err := os.WriteFile(j.path("checkpoints"), []byte("a file, no folder"), 0o666); err != nil {
		t.Fatal(err)
	}
	log := j.fails(j.checkpoints("-D", "restart-strategy.type=none")...)
	wantText(t, log, j.path("checkpoints"), "not a directory")
	if rows := j.rows("out"); len(rows) > 0 {
		t.Errorf("%d rows are visible without a checkpoint", len(rows))
	}
	// With another directory all is well.
	if err := os.Remove(j.path("checkpoints")); err != nil {
		t.Fatal(err)
	}
	c, out := j.command(t.Context(), "out", true, j.checkpoints("--resume")...)
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	compare(t, j.rows("out"), j.reference())
}

// TestMissingFiles: a source, a script or a checkpoint that is not there.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	j := newJob(t, `CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '${OUT}/nowhere.csv', 'format' = 'csv');
SELECT * FROM t;
`)
	wantText(t, j.fails(), filepath.Join(j.path("out"), "nowhere.csv"), "not found")
	j.sql = plain
	wantText(t, j.fails("--from", j.path("no-checkpoint")), j.path("no-checkpoint"))
	if rows := j.rows("out"); len(rows) > 0 {
		t.Errorf("%d rows are visible", len(rows))
	}
	c, log := j.command(t.Context(), "out", true)
	c.Args[2] = j.path("nothing.sql")
	if err := c.Run(); err == nil {
		t.Error("a script that is not there was run")
	}
	wantText(t, log.String(), "nothing.sql", "no such file")
}
