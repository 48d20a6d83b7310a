package job_test

import (
	"testing"
	"time"

	"millrace/runtime/job"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"10 s": 10 * time.Second, "200ms": 200 * time.Millisecond, "1 min": time.Minute, "2 h": 2 * time.Hour, "1d": 24 * time.Hour, "5": 5 * time.Millisecond,
		"PT1M30S": 90 * time.Second, "3 MINUTES": 3 * time.Minute, "7 us": 7 * time.Microsecond, "-1": -time.Millisecond, "300000 d": 1<<63 - 1,
	} {
		if got, err := job.ParseDuration(in); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "s", "ten s", "10 parsecs", "1.5 s"} {
		if got, err := job.ParseDuration(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{"64 kb": 64 << 10, "128mb": 128 << 20, "1 g": 1 << 30, "12": 12, "2 tebibytes": 2 << 40} {
		if got, err := job.ParseSize(in); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "x", "1 pb", "9999999999 g"} {
		if got, err := job.ParseSize(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestKeyRangesCoverAllGroups(t *testing.T) {
	for _, groups := range []int{1, 7, 128, 32768} {
		for p := 1; p <= min(groups, 60); p++ {
			next := 0
			for i := range p {
				from, to := job.KeyRange(i, p, groups)
				if from != next {
					t.Fatalf("%d of %d: from %d, want %d", i, p, from, next)
				}
				for g := from; g < to; g++ {
					if g*p/groups != i {
						t.Fatalf("group %d of %d belongs to %d of %d, not %d", g, groups, g*p/groups, p, i)
					}
				}
				next = to
			}
			if next != groups {
				t.Fatalf("parallelism %d covers %d of %d", p, next, groups)
			}
		}
	}
}

func TestManualClock(t *testing.T) {
	c := &job.ManualClock{}
	var got []string
	c.At(10, func() { got = append(got, "a") })
	stop := c.At(20, func() { got = append(got, "b") })
	c.At(30, func() { got = append(got, "c") })
	c.Set(5)
	c.Advance(5)
	stop()
	c.Set(30)
	if len(got) != 2 || got[0] != "a" || got[1] != "c" || c.Waiting() != 0 || c.Now() != 30 {
		t.Fatal(got, c.Waiting(), c.Now())
	}
	done := make(chan struct{})
	c.At(1, func() { close(done) })
	<-done
}

func TestIDs(t *testing.T) {
	id := job.NewID()
	if p, err := job.ParseID(string(id)); err != nil || p != id || len(id) != 32 {
		t.Fatal(id, p, err)
	}
	if _, err := job.ParseID("xyz"); err == nil {
		t.Fatal("bad id was taken")
	}
}
