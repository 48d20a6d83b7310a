package jobmanager

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"millrace/planner/plan"
	"millrace/runtime/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRestartStrategies(t *testing.T) {
	for _, c := range []struct {
		name          string
		settings      job.Settings
		checkpointing bool
		failures      []int64 // times
		want          string  // delays, "-" for giving up
	}{
		{"none without checkpoints", nil, false, []int64{0}, "-"},
		{
			"exponential with checkpoints",
			job.Settings{"restart-strategy.exponential-delay.jitter-factor": "0"},
			true,
			[]int64{0, 2000, 5000, 10000, 3_700_000},
			"1000 1500 2250 3375 1000",
		},
		{"exponential to a maximum", job.Settings{
			"restart-strategy.type": "exponentialdelay", "restart-strategy.exponential-delay.jitter-factor": "0",
			"restart-strategy.exponential-delay.initial-backoff": "10 s", "restart-strategy.exponential-delay.backoff-multiplier": "10",
			"restart-strategy.exponential-delay.attempts-before-reset-backoff": "3",
		}, false, []int64{0, 1, 2, 3}, "10000 60000 60000 -"},
		{
			"fixed",
			job.Settings{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "2", "restart-strategy.fixed-delay.delay": "5s"},
			true,
			[]int64{0, 0, 0},
			"5000 5000 -",
		},
		{"rate", job.Settings{
			"restart-strategy.type": "failure-rate", "restart-strategy.failure-rate.max-failures-per-interval": "2",
			"restart-strategy.failure-rate.failure-rate-interval": "1 min",
		}, false, []int64{0, 1000, 61_000, 61_001, 61_002}, "1000 1000 1000 1000 -"},
		{"off", job.Settings{"restart-strategy.type": "off"}, true, []int64{0}, "-"},
	} {
		r, err := newRestart(c.settings, c.checkpointing, "id")
		if err != nil {
			t.Fatal(c.name, err)
		}
		var got []string
		for _, at := range c.failures {
			d, again := r.next(at)
			s := strconv.FormatInt(d, 10)
			if !again {
				s = "-"
			}
			got = append(got, s)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s", c.name, g, c.want)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for key, value := range map[string]string{
		"execution.checkpointing.interval": "soon", "execution.checkpointing.mode": "MAYBE", "parallelism.default": "0", "pipeline.max-parallelism": "40000",
		"execution.checkpointing.externalized-checkpoint-retention": "X", "execution.state-recovery.claim-mode": "X", "restart-strategy.type": "x",
		"pipeline.operator-chaining.enabled": "x", "restart-strategy.fixed-delay.attempts": "x", "execution.checkpointing.num-retained": "1.5",
	} {
		g := &plan.Graph{Settings: map[string]string{key: value, "restart-strategy.type": "fixed-delay"}}
		g.Settings[key] = value
		if _, err := newMaster(&Config{Clock: job.SystemClock{}}, g, Options{}); err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("%s = %s: %v", key, value, err)
		}
	}
}

func TestKeyGroups(t *testing.T) {
	for p, want := range map[int]int{1: 128, 85: 128, 86: 256, 100: 256, 30000: 32768} {
		s := settings{parallelism: p}
		if got := s.keyGroups(&plan.Graph{}); got != want {
			t.Errorf("parallelism %d: %d key groups, want %d", p, got, want)
		}
	}
}

func TestDealSplits(t *testing.T) {
	states := []job.OperatorState{{Subtask: 1, Splits: []job.Split{{ID: "b"}}}, {Subtask: 0, Splits: []job.Split{{ID: "c"}, {ID: "a"}}}}
	for p, want := range map[int]string{1: "[a b c]", 2: "[c a] [b]", 3: "[a] [b] [c]", 4: "[a] [b] [c] []"} {
		var got []string
		for _, ss := range dealSplits(states, p) {
			ids := []string{}
			for _, s := range ss {
				ids = append(ids, s.ID)
			}
			got = append(got, fmt.Sprint(ids))
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("parallelism %d: %s, want %s", p, g, want)
		}
	}
}
