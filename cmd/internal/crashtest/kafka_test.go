package crashtest

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"millrace/connectors/kafka/kafkatest"
)

// perFlow is how often a flow is killed at most before it may end.
const perFlow = 10

// perRun is how many records are written while one process runs.
const perRun = 3000

// seeded returns a source of chance that can be had again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(number(t, "MILLRACE_CRASH_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("MILLRACE_CRASH_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 2))
}

// TestKilledFlow kills the job from Kafka to Kafka and a bucket at random moments: each row is in both once, and nothing is left open.
func TestKilledFlow(t *testing.T) {
	t.Parallel()
	k := kafkatest.Start(t)
	random := seeded(t)
	for left := number(t, "MILLRACE_CRASH_KILLS", perRound); left > 0; left -= perFlow {
		kills := min(left, perFlow)
		f := newFlow(t, k, perRun*(kills+1), random)
		f.kill(kills)
		f.finish()
		f.check()
		if t.Failed() {
			return
		}
	}
}

// kill runs the job and kills it that often, each time at another parallelism. When the last third of the runs begins, all records are
// there: those are killed while the job ends, or has ended.
func (f *flow) kill(kills int) {
	f.t.Helper()
	killed, resumed := 0, 0
	for n := range kills {
		ending := n >= (kills+1)*2/3
		before := f.newest()
		p := f.start("", f.parallelism()...)
		ctx, stop := context.WithCancel(context.Background())
		fed := make(chan struct{})
		go func() {
			defer close(fed)
			if ending {
				f.feed(ctx, f.total, 0)
			} else {
				f.feed(ctx, perRun, 50*time.Millisecond)
			}
		}()
		// Most die after a checkpoint of their own, the others at any time.
		for wait := !ending && f.random.IntN(4) > 0; wait && f.newest() == before && pause(20*time.Millisecond, p.ended); {
		}
		pause(time.Duration(f.random.IntN(1000))*time.Millisecond, p.ended)
		_ = p.Process.Kill()
		<-p.ended
		stop()
		<-fed
		switch {
		case p.killed():
			killed++
		case !p.ProcessState.Success():
			f.t.Fatalf("run %d: %v\n%s", n, p.ProcessState, p.tail())
		}
		if strings.Contains(p.log.String(), "resuming from") {
			resumed++
		}
	}
	f.t.Logf("%d records, %d processes killed, %d resumed from a checkpoint", f.total, killed, resumed)
	if killed == 0 || kills > 3 && resumed == 0 {
		f.t.Error("no process was killed, or none was resumed")
	}
}

// places lists where a process dies in TestPlaces, in an order in which each is reached: those of a restore behind one that leaves something
// to do.
func places() []string {
	return []string{
		"prepare.kafka.before", "prepare.kafka.after", "prepare.filesystem.before", "prepare.filesystem.after@2",
		"checkpoint.state.before", "checkpoint.state.after@2", "checkpoint.manifest.before", "checkpoint.manifest.after",
		"restore.kafka.before", "restore.kafka.half", "restore.kafka.after", "abort.kafka.before", "abort.kafka.after",
		"checkpoint.manifest.before@2", "checkpoint.read.before", "checkpoint.read.after", "checkpoint.manifest.after@2",
		"restore.filesystem.before", "restore.filesystem.after", "abort.filesystem.before@2", "abort.filesystem.after",
		"commit.kafka.before", "commit.kafka.half", "commit.kafka.after", "commit.kafka.before@2", "commit.filesystem.before", "commit.filesystem.after",
		"commit.filesystem.before@2", "object.put.before", "object.put.after", "delete.before", "delete.after", "delete.before@2",
		"upload.create.before", "upload.create.after", "upload.part.before", "upload.part.after",
		// The job ends: the checkpoint at the end is complete, what it holds is published by others.
		"prepare.kafka.after@END", "upload.complete.before@END", "upload.complete.after@END", "restore.filesystem.after@END",
		"abort.filesystem.after@END",
	}
}

// TestPlaces kills the job at every named place of checkpoint, commit, restore and end, in one chain of processes.
func TestPlaces(t *testing.T) {
	t.Parallel()
	all := places()
	if p := os.Getenv("MILLRACE_CRASH_PLACES"); p != "" {
		all = strings.Split(p, ",")
	}
	records := func(place string) int {
		if strings.HasPrefix(place, "upload.") {
			return 16000 // more than a part
		}
		return perRun
	}
	total := 0
	for _, place := range all {
		total += records(place)
	}
	f := newFlow(t, kafkatest.Start(t), total, seeded(t))
	for _, place := range all {
		at, ending := strings.CutSuffix(place, "@END")
		begun := time.Now()
		parallelism, pause := f.parallelism(), 300*time.Millisecond
		if strings.HasPrefix(place, "upload.") {
			parallelism, pause = []string{"-p", "1"}, 20*time.Millisecond
		}
		p := f.start(at, parallelism...)
		ctx, stop := context.WithCancel(context.Background())
		fed := make(chan struct{})
		go func() {
			defer close(fed)
			if ending {
				f.feed(ctx, f.total, 0)
			}
			// What one process does not take, the next gets.
			f.feed(ctx, records(place), pause)
		}()
		select {
		case <-p.ended:
		case <-time.After(flowLimit / 3):
			_ = p.Process.Kill()
			<-p.ended
			t.Errorf("%s was not reached, parallelism %s\n%s", place, parallelism[1], p.tail())
		}
		stop()
		<-fed
		if !p.killed() {
			t.Fatalf("%s: %v\n%s", place, p.ProcessState, p.tail())
		}
		t.Logf("%s: %s, %d records written", place, time.Since(begun).Round(time.Millisecond), f.made)
	}
	f.finish()
	f.check()
}
