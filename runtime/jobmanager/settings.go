package jobmanager

import (
	"fmt"
	"maps"
	"math/bits"
	"strings"

	"millrace/planner/plan"
	"millrace/runtime/checkpoint"
	"millrace/runtime/job"
)

// MemoryDir is where checkpoints go when no directory is configured: a store in memory that the cluster provides.
const MemoryDir = "mem://checkpoints"

// settings is what the runtime reads from a job's options.
type settings struct {
	job.Settings
	parallelism    int
	maxParallelism int // 0: chosen
	chaining       bool
	checkpoints    checkpoint.Config
	dir            string // MemoryDir: in memory
	savepointDir   string
	inlineBytes    int64
	atLeastOnce    bool
	keepOnCancel   bool
	keepOnFailure  bool
	restorePath    string
	ignoreLost     bool
	claim          bool
}

func readSettings(cluster job.Settings, g *plan.Graph) (s settings, err error) {
	s.Settings = job.Settings{}
	maps.Copy(s.Settings, cluster)
	maps.Copy(s.Settings, g.Settings)
	r := &reader{s: s.Settings}
	s.parallelism = r.int("table.exec.resource.default-parallelism", -1)
	if s.parallelism <= 0 {
		s.parallelism = r.int("parallelism.default", 1)
	}
	s.maxParallelism = r.int("pipeline.max-parallelism", -1)
	s.chaining = r.bool("pipeline.operator-chaining.enabled", r.bool("pipeline.operator-chaining", true))
	c := "execution.checkpointing."
	s.checkpoints = checkpoint.Config{
		Interval: r.millis(c+"interval", 0), MinPause: r.millis(c+"min-pause", 0), Timeout: r.millis(c+"timeout", 600_000),
		Tolerable: r.int(c+"tolerable-failed-checkpoints", 0), Retain: r.int(c+"num-retained", 1),
	}
	s.checkpoints.Enabled = s.checkpoints.Interval > 0 && !g.Batch
	s.dir = s.Text(c+"dir", s.Text("state.checkpoints.dir", MemoryDir))
	s.savepointDir = s.Text(c+"savepoint-dir", s.Text("state.savepoints.dir", ""))
	s.inlineBytes = r.bytes(c+"data-inline-threshold", 20<<10)
	switch mode := strings.ToUpper(strings.ReplaceAll(s.Text(c+"mode", "EXACTLY_ONCE"), "-", "_")); mode {
	case "EXACTLY_ONCE":
	case "AT_LEAST_ONCE":
		s.atLeastOnce = true
	default:
		r.fail(fmt.Errorf("option %q: %q is neither EXACTLY_ONCE nor AT_LEAST_ONCE", c+"mode", mode))
	}
	switch keep := strings.ToUpper(s.Text(c+"externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION")); keep {
	case "RETAIN_ON_CANCELLATION":
		s.keepOnCancel, s.keepOnFailure = true, true
	case "DELETE_ON_CANCELLATION":
		s.keepOnFailure = true
	case "NO_EXTERNALIZED_CHECKPOINTS":
	default:
		r.fail(fmt.Errorf("option %q: %q is none of RETAIN_ON_CANCELLATION, DELETE_ON_CANCELLATION, NO_EXTERNALIZED_CHECKPOINTS",
			c+"externalized-checkpoint-retention", keep))
	}
	s.restorePath = s.Text("execution.state-recovery.path", "")
	s.ignoreLost = r.bool("execution.state-recovery.ignore-unclaimed-state", false)
	switch claim := strings.ToUpper(s.Text("execution.state-recovery.claim-mode", "NO_CLAIM")); claim {
	case "NO_CLAIM":
	case "CLAIM":
		s.claim = true
	default:
		r.fail(fmt.Errorf("option %q: %q is neither CLAIM nor NO_CLAIM", "execution.state-recovery.claim-mode", claim))
	}
	if s.parallelism < 1 {
		r.fail(fmt.Errorf("option %q: %d is not a parallelism", "parallelism.default", s.parallelism))
	}
	if s.maxParallelism > 1<<15 {
		r.fail(fmt.Errorf("option %q: %d is more than %d", "pipeline.max-parallelism", s.maxParallelism, 1<<15))
	}
	return s, r.err
}

// unheeded lists options that ask for what there is not; the job runs correctly without.
func (s *settings) unheeded() (keys []string) {
	for _, key := range []string{"execution.checkpointing.unaligned.enabled", "execution.checkpointing.unaligned"} {
		if on, err := s.Bool(key, false); err != nil || on {
			keys = append(keys, key)
		}
	}
	if n, err := s.Int("execution.checkpointing.max-concurrent-checkpoints", 1); err != nil || n > 1 {
		keys = append(keys, "execution.checkpointing.max-concurrent-checkpoints")
	}
	return keys
}

// keyGroups is the number of key groups of a job without state: as configured, or one and a half times the parallelism, rounded up to a power of two,
// within 128 and 32768.
func (s *settings) keyGroups(g *plan.Graph) int {
	if s.maxParallelism > 0 {
		return s.maxParallelism
	}
	p := s.parallelism
	for _, n := range g.Nodes {
		p = max(p, n.Parallelism)
	}
	return min(max(1<<bits.Len(uint(p+p/2-1)), 128), 1<<15)
}

// reader keeps the first error.
type reader struct {
	s   job.Settings
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

func (r *reader) int(key string, def int) int {
	v, err := r.s.Int(key, def)
	r.fail(err)
	return v
}

func (r *reader) float(key string, def float64) float64 {
	v, err := r.s.Float(key, def)
	r.fail(err)
	return v
}

func (r *reader) bool(key string, def bool) bool {
	v, err := r.s.Bool(key, def)
	r.fail(err)
	return v
}

func (r *reader) millis(key string, def int64) int64 {
	v, err := r.s.Millis(key, def)
	r.fail(err)
	return v
}

func (r *reader) bytes(key string, def int64) int64 {
	v, err := r.s.Bytes(key, def)
	r.fail(err)
	return v
}
