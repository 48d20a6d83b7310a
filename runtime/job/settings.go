package job

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Settings are configuration options by key, with typed reads. Values are written as in Flink: "10 s", "128mb", "true".
type Settings map[string]string

// Text returns the value of key, or def when it is not set or empty.
func (s Settings) Text(key, def string) string {
	if v := strings.TrimSpace(s[key]); v != "" {
		return v
	}
	return def
}

// Int returns the whole number under key.
func (s Settings) Int(key string, def int) (int, error) {
	v, ok := s.get(key)
	if !ok {
		return def, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("option %q: %q is not a whole number", key, v)
	}
	return n, nil
}

// Float returns the number under key.
func (s Settings) Float(key string, def float64) (float64, error) {
	v, ok := s.get(key)
	if !ok {
		return def, nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return 0, fmt.Errorf("option %q: %q is not a number", key, v)
	}
	return n, nil
}

// Bool returns the truth value under key.
func (s Settings) Bool(key string, def bool) (bool, error) {
	v, ok := s.get(key)
	if !ok {
		return def, nil
	}
	switch strings.ToLower(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("option %q: %q is neither true nor false", key, v)
	}
}

// Millis returns the duration under key in milliseconds, parts of one rounded up.
func (s Settings) Millis(key string, def int64) (int64, error) {
	v, ok := s.get(key)
	if !ok {
		return def, nil
	}
	d, err := ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("option %q: %w", key, err)
	}
	return int64((d + time.Millisecond - 1) / time.Millisecond), nil
}

// Bytes returns the memory size under key.
func (s Settings) Bytes(key string, def int64) (int64, error) {
	v, ok := s.get(key)
	if !ok {
		return def, nil
	}
	n, err := ParseSize(v)
	if err != nil {
		return 0, fmt.Errorf("option %q: %w", key, err)
	}
	return n, nil
}

func (s Settings) get(key string) (string, bool) {
	v := strings.TrimSpace(s[key])
	return v, v != ""
}

// number splits "10 min" into the number and the unit in lower case.
func number(v string) (n int64, unit string, err error) {
	i := 0
	for i < len(v) && (v[i] >= '0' && v[i] <= '9' || i == 0 && v[i] == '-') {
		i++
	}
	n, err = strconv.ParseInt(v[:i], 10, 64)
	return n, strings.ToLower(strings.TrimSpace(v[i:])), err
}

// ParseDuration reads a duration as Flink writes it: "10 s", "200ms", "1 d"; without a unit, milliseconds; also "PT1M30S".
func ParseDuration(v string) (time.Duration, error) {
	v = strings.TrimSpace(v)
	if rest, ok := strings.CutPrefix(strings.ToUpper(v), "PT"); ok {
		if d, err := time.ParseDuration(strings.ToLower(rest)); err == nil {
			return d, nil
		}
	}
	n, unit, err := number(v)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration, such as 10 s", v)
	}
	var u time.Duration
	switch unit {
	case "", "ms", "milli", "millis", "millisecond", "milliseconds":
		u = time.Millisecond
	case "ns", "nano", "nanos", "nanosecond", "nanoseconds":
		u = time.Nanosecond
	case "us", "µs", "micro", "micros", "microsecond", "microseconds":
		u = time.Microsecond
	case "s", "sec", "secs", "second", "seconds":
		u = time.Second
	case "m", "min", "minute", "minutes":
		u = time.Minute
	case "h", "hour", "hours":
		u = time.Hour
	case "d", "day", "days":
		u = 24 * time.Hour
	default:
		return 0, fmt.Errorf("%q is not a duration: unknown unit %q", v, unit)
	}
	if n > int64(1<<63-1)/int64(u) {
		return 1<<63 - 1, nil
	}
	return time.Duration(n) * u, nil
}

// ParseSize reads a memory size as Flink writes it: "64 kb", "128mb", "1 g"; without a unit, bytes.
func ParseSize(v string) (int64, error) {
	v = strings.TrimSpace(v)
	n, unit, err := number(v)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a memory size, such as 128mb", v)
	}
	var shift uint
	switch unit {
	case "", "b", "bytes":
	case "k", "kb", "kibibytes":
		shift = 10
	case "m", "mb", "mebibytes":
		shift = 20
	case "g", "gb", "gibibytes":
		shift = 30
	case "t", "tb", "tebibytes":
		shift = 40
	default:
		return 0, fmt.Errorf("%q is not a memory size: unknown unit %q", v, unit)
	}
	if n > (1<<63-1)>>shift {
		return 0, fmt.Errorf("memory size %q is too large", v)
	}
	return n << shift, nil
}
