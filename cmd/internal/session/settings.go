package session

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/sql/sqlerr"
)

// setting is a known option of a session.
type setting struct {
	key string
	def string
	// check refuses values when the option is set; nil: any value.
	check func(string) error
}

// settings lists the options that this program reads, with their defaults. Unknown keys may be set: other clients and connectors have theirs.
func settings() []setting {
	return []setting{
		{"execution.runtime-mode", "streaming", oneOf("STREAMING", "BATCH", "AUTOMATIC")},
		{"parallelism.default", "1", positive},
		{"pipeline.name", "", nil},
		{"pipeline.max-parallelism", "-1", integer},
		{"pipeline.auto-watermark-interval", "200 ms", nil},
		{"pipeline.operator-chaining.enabled", "true", boolean},
		{"pipeline.object-reuse", "false", boolean},
		{"execution.buffer-timeout.interval", "5 ms", nil},
		{"execution.checkpointing.interval", "", nil},
		{"execution.checkpointing.timeout", "10 min", nil},
		{"execution.checkpointing.min-pause", "0 ms", nil},
		{"execution.checkpointing.dir", "", nil},
		{"execution.checkpointing.savepoint-dir", "", nil},
		{"execution.checkpointing.num-retained", "1", integer},
		{"execution.checkpointing.tolerable-failed-checkpoints", "0", integer},
		{"execution.state-recovery.path", "", nil},
		{"restart-strategy.type", "", nil},
		{"restart-strategy.fixed-delay.attempts", "1", nil},
		{"restart-strategy.fixed-delay.delay", "1 s", nil},
		{"table.local-time-zone", "default", nil},
		{"table.dml-sync", "false", boolean},
		{"table.sql-dialect", "default", oneOf("DEFAULT")},
		{"table.display.max-column-width", "30", integer},
		{"table.exec.state.ttl", "0 ms", nil},
		{"table.exec.source.idle-timeout", "0 ms", nil},
		{"table.exec.resource.default-parallelism", "-1", integer},
		{"table.exec.mini-batch.enabled", "false", boolean},
		{"table.exec.mini-batch.allow-latency", "0 ms", nil},
		{"table.exec.mini-batch.size", "-1", integer},
		{"table.exec.sink.not-null-enforcer", "ERROR", nil},
		{"table.exec.sink.type-length-enforcer", "IGNORE", nil},
		{"table.exec.sink.upsert-materialize", "AUTO", nil},
		{"table.exec.sink.require-on-conflict", "true", boolean},
		{"table.exec.legacy-cast-behaviour", "DISABLED", nil},
		{"table.optimizer.distinct-agg.split.enabled", "false", boolean},
		{"table.dynamic-table-options.enabled", "true", boolean},
		{"table.plan.force-recompile", "false", boolean},
		{"table.builtin-catalog-name", "default_catalog", nil},
		{"table.builtin-database-name", "default_database", nil},
		{"sql-client.execution.result-mode", "TABLE", oneOf("TABLE", "CHANGELOG", "TABLEAU")},
		{"sql-client.execution.max-table-result.rows", "1000000", integer},
		{"sql-client.verbose", "false", boolean},
		{"taskmanager.memory.job-limit", "0", nil},
	}
}

func boolean(v string) error {
	if l := strings.ToLower(v); l != "true" && l != "false" {
		return fmt.Errorf("%q is neither true nor false", v)
	}
	return nil
}

func integer(v string) error {
	if _, err := strconv.ParseInt(v, 10, 64); err != nil {
		return fmt.Errorf("%q is not a whole number", v)
	}
	return nil
}

func positive(v string) error {
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n == 0 || n < -1 {
		return fmt.Errorf("%q is not a positive whole number", v)
	}
	return nil
}

func oneOf(values ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(values, strings.ToUpper(v)) {
			return fmt.Errorf("%q is none of %s", v, strings.Join(values, ", "))
		}
		return nil
	}
}

// zone is a time zone that is no region and no offset of GMT, and how it is refused.
func parseZone(v string) (*time.Location, error) {
	bad := fmt.Errorf("time zone %q: give a region such as 'Europe/Berlin', an offset such as 'GMT+03:00', or 'UTC'", v)
	switch {
	case v == "" || v == "default":
		return parseZone(localZone())
	case v == "UTC" || v == "GMT" || v == "Z":
		return time.UTC, nil
	case strings.HasPrefix(v, "GMT"):
		sign, rest := 1, v[3:]
		switch {
		case strings.HasPrefix(rest, "-"):
			sign = -1
		case !strings.HasPrefix(rest, "+"):
			return nil, bad
		}
		h, m, ok := strings.Cut(rest[1:], ":")
		hours, err := strconv.Atoi(h)
		minutes := 0
		if ok && err == nil {
			minutes, err = strconv.Atoi(m)
		}
		if err != nil || hours > 18 || minutes > 59 {
			return nil, bad
		}
		return time.FixedZone(v, sign*(hours*3600+minutes*60)), nil
	case !strings.Contains(v, "/") && len(v) > 5 || strings.ContainsAny(v, "+:") || v == "Local":
		return nil, bad
	}
	loc, err := time.LoadLocation(v)
	if err != nil {
		return nil, bad
	}
	return loc, nil
}

// setValue changes an option after checking its value.
func (s *Session) setValue(pos int, key, value string) error {
	for _, k := range settings() {
		if k.key == key && k.check != nil {
			if err := k.check(value); err != nil {
				return sqlerr.New(sqlerr.InvalidOption, pos, "option '%s': %v", key, err)
			}
		}
	}
	if key == "table.local-time-zone" && value != "default" && !plausibleZone(value) {
		return sqlerr.New(sqlerr.InvalidOption, pos, "option '%s': unknown time zone %q", key, value)
	}
	s.options[key] = value
	return nil
}

// plausibleZone refuses, already when it is set, what is no zone in any notation. (What Flink accepts but cannot use fails at its first use.)
func plausibleZone(v string) bool {
	if _, err := parseZone(v); err == nil {
		return true
	}
	return strings.HasPrefix(v, "UTC") || strings.HasPrefix(v, "+") || strings.HasPrefix(v, "-")
}

// effective are the options in force for a statement: defaults, those of the process, of the session, of the statement.
func (s *Session) effective(config map[string]string) map[string]string {
	all := maps.Clone(s.env.Settings)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, s.options)
	maps.Copy(all, config)
	if z := all["table.local-time-zone"]; z == "" || z == "default" {
		all["table.local-time-zone"] = localZone()
	}
	return all
}

// Properties are all options in force, defaults included. It may be called from any goroutine.
func (s *Session) Properties() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for _, k := range settings() {
		if k.def != "" {
			all[k.key] = k.def
		}
	}
	maps.Copy(all, s.effective(nil))
	return all
}
