package crashtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFullDisk: the disk of the checkpoints fills up while the job runs. It fails with the reason, and goes on without loss when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	j := newJob(t, partitioned)
	want := j.reference()
	disk := j.path("checkpoints")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v); the same with injected faults is TestFullDisk of runtime/minicluster", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, log := j.command(ctx, "out", false, j.checkpoints("-D", "restart-strategy.type=none")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for j.newest() == "" {
		select {
		case err := <-ended:
			t.Fatalf("the job ended before its first checkpoint: %v\n%s", err, log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	if err := <-ended; err == nil || ctx.Err() != nil {
		t.Fatalf("the job must fail: %v\n%s", err, log)
	}
	wantText(t, log.String(), "no space left on device")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c, log = j.command(ctx, "out", true, j.checkpoints("--resume")...)
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	wantText(t, log.String(), "resuming from")
	compare(t, j.rows("out"), want)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
