package connectors

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keys of options that several connectors understand.
const (
	// OptionConnector picks the connector.
	OptionConnector = "connector"
	// OptionMalformed is the fate of records that cannot be read: fail, skip or dead-letter.
	OptionMalformed = "malformed"
	// OptionMalformedTable names the table that takes malformed records when the fate is dead-letter.
	OptionMalformedTable = "malformed.table"
	// OptionScanParallelism is the number of readers.
	OptionScanParallelism = "scan.parallelism"
	// OptionSinkParallelism is the number of writers.
	OptionSinkParallelism = "sink.parallelism"
)

// ScanOptions lists the options of every source that has watermarks and a parallelism of its own.
func ScanOptions() []Option {
	return []Option{
		{Key: OptionScanParallelism, Type: Integer, Help: "number of readers; by default that of the job"},
		{
			Key: "scan.watermark.emit.strategy", Type: Enum, Default: "on-periodic", Values: []string{"on-periodic", "on-event"},
			Help: "when watermarks are emitted",
		},
		{Key: "scan.watermark.emit.on-event.gap", Type: Integer, Default: "1", Help: "events between watermarks of on-event"},
		{Key: "scan.watermark.idle-timeout", Type: Duration, Help: "how long a split may be silent before it no longer holds back the watermark"},
		{Key: OptionAlignGroup, Type: Text, Help: "sources of one group are kept together in event time"},
		{Key: OptionAlignDrift, Type: Duration, Help: "how far a source of the group may be ahead"},
		{Key: OptionAlignInterval, Type: Duration, Default: "1 s", Help: "how often the group is compared"},
	}
}

// SinkOptions lists the options of every sink with a parallelism of its own.
func SinkOptions() []Option {
	return []Option{{Key: OptionSinkParallelism, Type: Integer, Help: "number of writers; by default that of the input"}}
}

// MalformedOptions lists the options about records that cannot be read, for sources with formats.
func MalformedOptions() []Option {
	return []Option{
		{
			Key: OptionMalformed, Type: Enum, Default: "fail", Values: []string{"fail", "skip", "dead-letter"},
			Help: "the fate of records that cannot be read; they are counted in any case",
		},
		{Key: OptionMalformedTable, Type: Text, Help: "the table that takes them when the fate is dead-letter"},
	}
}

// Values is a table's options, checked against what is known of them.
type Values struct {
	owner string
	text  map[string]string
	known []Option
}

// Decode checks options against the known keys: a key that is not known, a required one that is missing, or a value that its type does not
// allow is an error. owner is the subject of messages, such as `connector "datagen"`. Keys that begin with one of the free prefixes are
// left to others. The key 'connector' is always allowed.
func Decode(owner string, options map[string]string, known []Option, free ...string) (*Values, error) {
	v := &Values{owner: owner, text: options, known: known}
	keys := make([]string, 0, len(options))
	for k := range options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if k == OptionConnector || slices.ContainsFunc(free, func(p string) bool { return strings.HasPrefix(k, p) }) {
			continue
		}
		o := v.find(k)
		if o == nil {
			return nil, v.unknown(k)
		}
		if err := check(o, options[k]); err != nil {
			return nil, fmt.Errorf("%s: option '%s' = '%s': %w", owner, k, Masked(k, options[k]), err)
		}
	}
	var missing []string
	for _, o := range known {
		if _, ok := options[o.Key]; o.Required && !ok {
			missing = append(missing, "'"+o.Key+"'")
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("%s: required options are missing: %s", owner, strings.Join(missing, ", "))
	}
	return v, nil
}

func (v *Values) find(key string) *Option {
	for i := range v.known {
		if o := &v.known[i]; o.Key == key || strings.Contains(o.Key, "#") && matches(o.Key, key) {
			return o
		}
	}
	return nil
}

// matches tells whether key has the form of pattern, in which each part '#' stands for one or more parts.
func matches(pattern, key string) bool {
	before, after, _ := strings.Cut(pattern, "#")
	return len(key) > len(before)+len(after) && strings.HasPrefix(key, before) && strings.HasSuffix(key, after)
}

func (v *Values) unknown(key string) error {
	names := make([]string, len(v.known))
	for i, o := range v.known {
		names[i] = o.Key
	}
	slices.Sort(names)
	hint := ""
	if n := nearest(key, names); n != "" {
		hint = fmt.Sprintf("; did you mean '%s'?", n)
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: unknown option '%s': it has no options", v.owner, key)
	}
	return fmt.Errorf("%s: unknown option '%s'%s Supported are: %s", v.owner, key, orDot(hint), strings.Join(names, ", "))
}

func orDot(hint string) string {
	if hint == "" {
		return "."
	}
	return hint
}

func check(o *Option, text string) (err error) {
	switch o.Type {
	case Integer:
		_, err = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			err = errors.New("an integer is expected")
		}
	case Number:
		_, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			err = errors.New("a number is expected")
		}
	case Boolean:
		_, err = parseBool(text)
	case Duration:
		_, err = ParseDuration(text)
	case Size:
		_, err = ParseSize(text)
	case Enum:
		if !slices.ContainsFunc(o.Values, func(a string) bool { return strings.EqualFold(a, text) }) {
			err = fmt.Errorf("allowed are %s", strings.Join(o.Values, ", "))
		}
	}
	return err
}

// Has tells whether the option is given.
func (v *Values) Has(key string) bool {
	_, ok := v.text[key]
	return ok
}

// Text returns the option's text, or its default.
func (v *Values) Text(key string) string {
	if t, ok := v.text[key]; ok {
		return t
	}
	if o := v.find(key); o != nil {
		return o.Default
	}
	panic("connectors: option " + key + " is not declared")
}

// Enum returns the option's value as it is spelled in the list of allowed ones, or its default.
func (v *Values) Enum(key string) string {
	t := v.Text(key)
	if o := v.find(key); o != nil {
		for _, a := range o.Values {
			if strings.EqualFold(a, t) {
				return a
			}
		}
	}
	return t
}

// Int returns an integer option, 0 if it has no value.
func (v *Values) Int(key string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(v.Text(key)), 10, 64)
	return n
}

// Float returns a number option, 0 if it has no value.
func (v *Values) Float(key string) float64 {
	n, _ := strconv.ParseFloat(strings.TrimSpace(v.Text(key)), 64)
	return n
}

// Bool returns a boolean option, false if it has no value.
func (v *Values) Bool(key string) bool {
	b, _ := parseBool(v.Text(key))
	return b
}

// Duration returns a duration option, 0 if it has no value.
func (v *Values) Duration(key string) time.Duration {
	d, _ := ParseDuration(v.Text(key))
	return d
}

// Size returns a size option in bytes, 0 if it has no value.
func (v *Values) Size(key string) int64 {
	n, _ := ParseSize(v.Text(key))
	return n
}

// Invalid is an error about the value of an option: what names what is allowed.
func (v *Values) Invalid(key, what string) error {
	return fmt.Errorf("%s: option '%s' = '%s': %s", v.owner, key, Masked(key, v.Text(key)), what)
}

func parseBool(text string) (bool, error) {
	switch {
	case strings.EqualFold(text, "true"):
		return true, nil
	case strings.EqualFold(text, "false"):
		return false, nil
	}
	return false, errors.New("true or false is expected")
}

// units maps the labels of a unit to its factor.
type unit struct {
	factor int64
	labels string
}

func splitNumber(text string) (number int64, label string, err error) {
	t := strings.TrimSpace(text)
	i := 0
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, "", errors.New("it must begin with a number")
	}
	number, err = strconv.ParseInt(t[:i], 10, 64)
	if err != nil {
		return 0, "", errors.New("the number is too large")
	}
	return number, strings.ToLower(strings.TrimSpace(t[i:])), nil
}

func scale(number int64, label string, units []unit) (int64, bool, error) {
	for _, u := range units {
		if !slices.Contains(strings.Fields(u.labels), label) {
			continue
		}
		if number > (1<<63-1)/u.factor {
			return 0, true, errors.New("the number is too large")
		}
		return number * u.factor, true, nil
	}
	return 0, false, nil
}

// ParseDuration reads a duration as Flink does: a number and a unit (d, h, min, s, ms, µs, ns and their long forms), milliseconds without
// a unit, or ISO-8601 such as PT10S.
func ParseDuration(text string) (time.Duration, error) {
	if t := strings.TrimSpace(text); strings.HasPrefix(t, "P") || strings.HasPrefix(t, "p") {
		return parseISODuration(t)
	}
	n, label, err := splitNumber(text)
	if err != nil {
		return 0, fmt.Errorf("a duration such as '10 s' is expected: %w", err)
	}
	if label == "" {
		label = "ms"
	}
	d, ok, err := scale(n, label, []unit{
		{24 * int64(time.Hour), "d day days"},
		{int64(time.Hour), "h hour hours"},
		{int64(time.Minute), "m min minute minutes"},
		{int64(time.Second), "s sec secs second seconds"},
		{int64(time.Millisecond), "ms milli millis millisecond milliseconds"},
		{int64(time.Microsecond), "µs us micro micros microsecond microseconds"},
		{1, "ns nano nanos nanosecond nanoseconds"},
	})
	if err == nil && !ok {
		err = fmt.Errorf("unit %q: allowed are d, h, min, s, ms, µs, ns", label)
	}
	return time.Duration(d), err
}

func parseISODuration(t string) (time.Duration, error) {
	bad := errors.New("an ISO-8601 duration such as PT10S is expected")
	date, clock, _ := strings.Cut(strings.ToUpper(t)[1:], "T")
	var total float64
	part := func(s string, units string, factors []time.Duration) bool {
		for i := range units {
			j := strings.IndexByte(s, units[i])
			if j < 0 {
				continue
			}
			n, err := strconv.ParseFloat(s[:j], 64)
			if err != nil {
				return false
			}
			total += n * float64(factors[i])
			s = s[j+1:]
		}
		return s == ""
	}
	if !part(date, "D", []time.Duration{24 * time.Hour}) {
		return 0, bad
	}
	if !part(clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second}) {
		return 0, bad
	}
	return time.Duration(total), nil
}

// ParseSize reads a size in bytes as Flink does: a number and a unit (b, kb, mb, gb, tb: powers of 1024); bytes without a unit.
func ParseSize(text string) (int64, error) {
	n, label, err := splitNumber(text)
	if err != nil {
		return 0, fmt.Errorf("a size such as '128 mb' is expected: %w", err)
	}
	if label == "" {
		label = "b"
	}
	s, ok, err := scale(n, label, []unit{
		{1, "b bytes"},
		{1 << 10, "k kb kibibytes"},
		{1 << 20, "m mb mebibytes"},
		{1 << 30, "g gb gibibytes"},
		{1 << 40, "t tb tebibytes"},
	})
	if err == nil && !ok {
		err = fmt.Errorf("unit %q: allowed are b, kb, mb, gb, tb", label)
	}
	return s, err
}

// nearest returns the candidate with the fewest edits from name, if there are few enough for a slip of the pen, else "".
func nearest(name string, candidates []string) string {
	best, bestDist := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := edits(strings.ToLower(name), strings.ToLower(c)); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
