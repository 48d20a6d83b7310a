package connectors

import (
	"fmt"
	"time"
)

// Keys of the options that keep sources together in event time.
const (
	OptionAlignGroup    = "scan.watermark.alignment.group"
	OptionAlignDrift    = "scan.watermark.alignment.max-drift"
	OptionAlignInterval = "scan.watermark.alignment.update-interval"
)

// Alignment says which sources are kept together in event time.
type Alignment struct {
	Group    string        // "": none
	Drift    time.Duration // how far a source may be ahead of the one that is behind most
	Interval time.Duration // how often they are compared
}

// ParseAlignment reads the options of a table.
func ParseAlignment(options map[string]string) (a Alignment, err error) {
	a.Group, a.Interval = options[OptionAlignGroup], time.Second
	for _, o := range []struct {
		key string
		to  *time.Duration
	}{{OptionAlignDrift, &a.Drift}, {OptionAlignInterval, &a.Interval}} {
		text, ok := options[o.key]
		if !ok {
			continue
		}
		if *o.to, err = ParseDuration(text); err != nil {
			return a, fmt.Errorf("option '%s' = '%s': %w", o.key, text, err)
		}
	}
	switch _, drift := options[OptionAlignDrift]; {
	case a.Group != "" && !drift:
		return a, fmt.Errorf("option '%s' needs the option '%s'", OptionAlignGroup, OptionAlignDrift)
	case a.Drift < 0:
		return a, fmt.Errorf("option '%s' = '%s': it must not be negative", OptionAlignDrift, options[OptionAlignDrift])
	case a.Interval < time.Millisecond:
		return a, fmt.Errorf("option '%s' = '%s': it must be at least 1 ms", OptionAlignInterval, options[OptionAlignInterval])
	}
	return a, nil
}

// AlignedReader is a reader that can be held back in event time, each split by itself. One without it waits as a whole.
type AlignedReader interface {
	// Align says that rows later than limit (ms) are not wanted yet; operators.MaxWatermark: all are. Splits may go beyond it by what was read
	// already. It tells whether the reader does so. It is called between Polls, on their goroutine.
	Align(limit int64) bool
	// EventTime is how far the split has come that is behind most; false if that is not known, or all are idle.
	EventTime() (int64, bool)
}
