package jobmanager

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"

	"millrace/runtime/job"
)

// restartStrategy decides what follows a failure. It is told the time of each, in milliseconds.
type restartStrategy interface {
	// next returns after how many milliseconds to start again, or false to give up.
	next(now int64) (delay int64, again bool)
	String() string
}

// newRestart reads the strategy from the options: exponential delay with checkpoints, none without, unless one is named.
func newRestart(s job.Settings, checkpointing bool, id job.ID) (restartStrategy, error) {
	r := &reader{s: s}
	kind := strings.ToLower(s.Text("restart-strategy.type", s.Text("restart-strategy", "")))
	if kind == "" {
		kind = "none"
		if checkpointing {
			kind = "exponential-delay"
		}
	}
	var out restartStrategy
	switch kind {
	case "none", "off", "disable":
		out = noRestart{}
	case "fixed-delay", "fixeddelay":
		p := "restart-strategy.fixed-delay."
		out = &fixedDelay{left: r.attempts(p+"attempts", 1), delay: r.millis(p+"delay", 1000)}
	case "failure-rate", "failurerate":
		p := "restart-strategy.failure-rate."
		out = &failureRate{
			max: r.int(p+"max-failures-per-interval", 1), interval: r.millis(p+"failure-rate-interval", 60_000),
			delay: r.millis(p+"delay", 1000),
		}
	case "exponential-delay", "exponentialdelay":
		p := "restart-strategy.exponential-delay."
		h := fnv.New64a()
		_, _ = h.Write([]byte(id))
		e := &exponentialDelay{
			initial: r.millis(p+"initial-backoff", 1000), max: r.millis(p+"max-backoff", 60_000), factor: r.float(p+"backoff-multiplier", 1.5),
			jitter: r.float(p+"jitter-factor", 0.1), reset: r.millis(p+"reset-backoff-threshold", 3_600_000),
			attempts: r.attempts(p+"attempts-before-reset-backoff", math.MaxInt), rand: rand.New(rand.NewPCG(h.Sum64(), 1)),
		}
		if e.factor < 1 || e.jitter < 0 || e.jitter > 1 {
			r.fail(fmt.Errorf("restart strategy exponential-delay: multiplier %g must be at least 1, jitter factor %g between 0 and 1", e.factor, e.jitter))
		}
		out = e
	default:
		return nil, fmt.Errorf("option %q: %q is none of none, fixed-delay, failure-rate, exponential-delay", "restart-strategy.type", kind)
	}
	return out, r.err
}

// attempts reads a count that may be "infinite".
func (r *reader) attempts(key string, def int) int {
	if strings.EqualFold(strings.TrimSpace(r.s[key]), "infinite") {
		return math.MaxInt
	}
	return r.int(key, def)
}

type noRestart struct{}

func (noRestart) next(int64) (int64, bool) { return 0, false }

func (noRestart) String() string { return "none" }

type fixedDelay struct {
	left  int
	delay int64
}

func (f *fixedDelay) next(int64) (int64, bool) {
	if f.left <= 0 {
		return 0, false
	}
	f.left--
	return f.delay, true
}

func (f *fixedDelay) String() string { return "fixed-delay" }

type failureRate struct {
	max             int
	interval, delay int64
	times           []int64 // of the latest failures
}

func (f *failureRate) next(now int64) (int64, bool) {
	kept := f.times[:0]
	for _, t := range f.times {
		if now-t < f.interval {
			kept = append(kept, t)
		}
	}
	kept = append(kept, now)
	f.times = kept
	return f.delay, len(f.times) <= f.max
}

func (f *failureRate) String() string { return "failure-rate" }

type exponentialDelay struct {
	initial, max, reset int64
	factor, jitter      float64
	attempts            int
	rand                *rand.Rand
	current             float64
	count               int
	last                int64 // when the latest restart was due
}

func (e *exponentialDelay) next(now int64) (int64, bool) {
	switch {
	case e.current == 0 || now-e.last >= e.reset:
		e.current, e.count = float64(e.initial), 0
	default:
		e.current = min(e.current*e.factor, float64(e.max))
	}
	if e.count >= e.attempts {
		return 0, false
	}
	e.count++
	d := e.current * (1 + e.jitter*(2*e.rand.Float64()-1))
	delay := int64(min(max(d, 0), float64(e.max)))
	e.last = now + delay
	return delay, true
}

func (e *exponentialDelay) String() string { return "exponential-delay" }
