package filesystem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// config is the options of a table.
type config struct {
	root          string // absolute path, or URI of a bucket with a prefix
	space         space
	format        format.Format
	formatOptions map[string]string
	unknown       []string // format options that the format does not know
	defaultName   string
	monitor       time.Duration // 0: read once
	pattern       *regexp.Regexp
	glob          string // the path, if it is a pattern
	byName        bool   // new files have greater names
	startup       string
	startTime     int64  // ms
	startAfter    string // path behind which files are looked for

	fileSize                        int64
	rollover, inactivity, check     time.Duration
	trigger                         string // process-time or partition-time
	delay                           time.Duration
	zone                            *time.Location
	policies                        []string
	successFile                     string
	timestampPattern, timeFormatter string
	abandoned                       time.Duration
	shuffle                         bool  // rows of a partition go to one writer
	compact                         int64 // size that files are put together to; 0: they are not
	compactors                      int   // files made at a time; 0: by the parallelism of the sink
}

func options() []connectors.Option {
	opt := func(key string, t connectors.OptionType, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: t, Default: def, Help: help}
	}
	own := []connectors.Option{
		{Key: "path", Type: connectors.Text, Required: true, Help: "a folder, or for reading a file"},
		{Key: "format", Type: connectors.Text, Required: true, Help: "how rows are written"},
		opt("partition.default-name", connectors.Text, "__DEFAULT_PARTITION__", "the directory of NULL"),
		opt("source.monitor-interval", connectors.Duration, "", "look for new files so often; by default files are read once"),
		opt("source.path.regex-pattern", connectors.Text, "", "read only files whose whole path matches"),
		{
			Key: "source.monitor-order", Type: connectors.Enum, Default: "any", Values: []string{"any", "name"},
			Help: "name: the names of new files are greater than all before, so only the last one is remembered, and listings begin behind it",
		},
		{
			Key: "source.startup.mode", Type: connectors.Enum, Default: startEarliest, Values: []string{startEarliest, startLatest, startTimestamp, startPath},
			Help: "which files are read at first: all, only those that come later, those modified since a time, or those behind a path",
		},
		opt("source.startup.timestamp-millis", connectors.Integer, "", "the time of 'timestamp', milliseconds since 1970"),
		opt("source.startup.path", connectors.Text, "", "the path of 'path', in whole or relative to the table's"),
		{Key: "source.report-statistics", Type: connectors.Enum, Default: "ALL", Values: []string{"ALL", "NONE"}, Help: "accepted, no effect"},
		opt("sink.shuffle-by-partition.enable", connectors.Boolean, "false", "rows of a partition go to one writer: fewer and larger files"),
		opt("sink.rolling-policy.file-size", connectors.Size, "128mb", "begin a new file at this size"),
		opt("sink.rolling-policy.rollover-interval", connectors.Duration, "30 min", "begin a new file at this age"),
		opt("sink.rolling-policy.inactivity-interval", connectors.Duration, "30 min", "finish a file without rows for so long"),
		opt("sink.rolling-policy.check-interval", connectors.Duration, "1 min", "how often ages are checked"),
		opt("sink.abandoned-uploads.age", connectors.Duration, "1 d",
			"in a bucket: uploads of jobs that never completed a checkpoint are dropped when they are so old"),
		opt("auto-compaction", connectors.Boolean, "false", "put the files of a checkpoint together before they are seen; in streaming mode"),
		opt("compaction.file-size", connectors.Size, "", "how large they become; by default sink.rolling-policy.file-size"),
		opt("compaction.parallelism", connectors.Integer, "", "how many files are made at a time; by default as many as the sink has writers, up to 4"),
		{
			Key: "sink.partition-commit.trigger", Type: connectors.Enum, Default: "process-time", Values: []string{"process-time", "partition-time"},
			Help: "when partitions are complete",
		},
		opt("sink.partition-commit.delay", connectors.Duration, "0 s", "wait so long before a partition is committed"),
		opt("sink.partition-commit.watermark-time-zone", connectors.Text, "UTC", "the zone of times in partition names"),
		opt("sink.partition-commit.policy.kind", connectors.Text, "", "what to do with complete partitions: success-file"),
		opt("sink.partition-commit.policy.class", connectors.Text, "", "not supported"),
		opt("sink.partition-commit.policy.class.parameters", connectors.Text, "", "not supported"),
		opt("sink.partition-commit.success-file.name", connectors.Text, "_SUCCESS", "the file that marks a complete partition"),
		{
			Key: "partition.time-extractor.kind", Type: connectors.Enum, Default: "default", Values: []string{"default", "custom"},
			Help: "how the time of a partition is found",
		},
		opt("partition.time-extractor.class", connectors.Text, "", "not supported"),
		opt("partition.time-extractor.timestamp-pattern", connectors.Text, "", "the time of a partition, such as '$dt $hour:00:00'"),
		opt("partition.time-extractor.timestamp-formatter", connectors.Text, "", "the form of that time, such as yyyy-MM-dd HH:mm:ss"),
	}
	for _, k := range s3.Keys() {
		own = append(own, opt(k.Name, connectors.Text, "", k.Help))
	}
	own = append(own, connectors.ScanOptions()...)
	own = append(own, connectors.SinkOptions()...)
	return append(own, connectors.MalformedOptions()...)
}

func parse(formats *format.Registry, stores *resolve.Opener, text map[string]string) (c config, err error) {
	f := formats.Get(text["format"])
	var free []string
	if f != nil {
		free = []string{f.Name() + "."}
	}
	v, err := connectors.Decode("connector 'filesystem'", text, options(), free...)
	if err != nil {
		return c, err
	}
	if f, err = formats.Find(text, "format"); err != nil {
		return c, fmt.Errorf("connector 'filesystem': %w", err)
	}
	c = config{
		format: f, formatOptions: format.OptionsOf(text, f.Name()+"."), defaultName: v.Text("partition.default-name"),
		monitor:  v.Duration("source.monitor-interval"),
		fileSize: v.Size("sink.rolling-policy.file-size"), rollover: v.Duration("sink.rolling-policy.rollover-interval"),
		inactivity: v.Duration("sink.rolling-policy.inactivity-interval"), check: v.Duration("sink.rolling-policy.check-interval"),
		trigger: v.Enum("sink.partition-commit.trigger"), delay: v.Duration("sink.partition-commit.delay"),
		successFile:      v.Text("sink.partition-commit.success-file.name"),
		abandoned:        v.Duration("sink.abandoned-uploads.age"),
		shuffle:          v.Bool("sink.shuffle-by-partition.enable"),
		timestampPattern: v.Text("partition.time-extractor.timestamp-pattern"), timeFormatter: v.Text("partition.time-extractor.timestamp-formatter"),
	}
	c.unknown = format.Unknown(f, c.formatOptions)
	if v.Has("source.monitor-interval") && c.monitor <= 0 {
		return c, v.Invalid("source.monitor-interval", "it must be more than 0")
	}
	if p := v.Text("source.path.regex-pattern"); p != "" {
		if c.pattern, err = regexp.Compile("^(?:" + p + ")$"); err != nil {
			return c, v.Invalid("source.path.regex-pattern", err.Error())
		}
	}
	if err := newSpace(&c, v.Text("path"), stores.With(text)); err != nil {
		return c, v.Invalid("path", err.Error())
	}
	if err := c.starting(v); err != nil {
		return c, err
	}
	for _, key := range []string{
		"sink.partition-commit.policy.class",
		"sink.partition-commit.policy.class.parameters", "partition.time-extractor.class",
	} {
		if v.Has(key) {
			return c, v.Invalid(key, "Java classes cannot be run here")
		}
	}
	if err := c.compaction(v); err != nil {
		return c, err
	}
	if v.Enum("partition.time-extractor.kind") == "custom" {
		return c, v.Invalid("partition.time-extractor.kind", "'custom' runs Java classes, which there are none of here; 'default' is supported")
	}
	if c.zone, err = time.LoadLocation(v.Text("sink.partition-commit.watermark-time-zone")); err != nil {
		return c, v.Invalid("sink.partition-commit.watermark-time-zone", "the zone is unknown")
	}
	for k := range strings.SplitSeq(v.Text("sink.partition-commit.policy.kind"), ",") {
		switch k = strings.TrimSpace(k); k {
		case "":
		case "success-file":
			c.policies = append(c.policies, k)
		case "metastore":
			return c, v.Invalid("sink.partition-commit.policy.kind", "'metastore' is for tables of Hive, not for a file system; 'success-file' is supported")
		case "custom":
			return c, v.Invalid("sink.partition-commit.policy.kind", "'custom' runs Java classes, which there are none of here; 'success-file' is supported")
		default:
			return c, v.Invalid("sink.partition-commit.policy.kind", "policies are success-file, metastore, custom; 'success-file' is supported")
		}
	}
	return c, nil
}

// Values of source.startup.mode.
const (
	startEarliest  = "earliest"
	startLatest    = "latest"
	startTimestamp = "timestamp"
	startPath      = "path"
)

// starting reads the options about the start position.
func (c *config) starting(v *connectors.Values) error {
	c.byName = c.monitor > 0 && v.Enum("source.monitor-order") == "name"
	c.startup = v.Enum("source.startup.mode")
	c.startTime = v.Int("source.startup.timestamp-millis")
	for mode, key := range map[string]string{startTimestamp: "source.startup.timestamp-millis", startPath: "source.startup.path"} {
		if c.startup == mode && !v.Has(key) {
			return v.Invalid("source.startup.mode", "'"+key+"' is needed")
		}
		if c.startup != mode && v.Has(key) {
			return v.Invalid(key, "it is for 'source.startup.mode' = '"+mode+"'")
		}
	}
	switch c.startup {
	case startLatest:
		if c.monitor == 0 {
			return v.Invalid("source.startup.mode", "without 'source.monitor-interval' no files come later")
		}
	case startPath:
		at := strings.TrimSuffix(v.Text("source.startup.path"), "/")
		if whole := strings.TrimPrefix(at, "file://"); strings.Contains(at, "://") || strings.HasPrefix(at, "/") {
			if at = strings.Replace(strings.Replace(whole, "s3a://", "s3://", 1), "s3p://", "s3://", 1); !strings.HasPrefix(at, c.root+"/") {
				return v.Invalid("source.startup.path", "it is not below "+c.root)
			}
			at = at[len(c.root)+1:]
		}
		c.startAfter = c.root + "/" + at
	}
	return nil
}

// compaction reads the options of compaction.
func (c *config) compaction(v *connectors.Values) error {
	if v.Has("compaction.parallelism") {
		n := v.Int("compaction.parallelism")
		if n < 1 || n > 64 {
			return v.Invalid("compaction.parallelism", "1 to 64 are allowed")
		}
		c.compactors = int(n)
	}
	size := c.fileSize
	if v.Has("compaction.file-size") {
		size = v.Size("compaction.file-size")
	}
	if size < 1 {
		return v.Invalid("compaction.file-size", "it must be more than 0")
	}
	if v.Bool("auto-compaction") {
		c.compact = size
	}
	return nil
}

// stored returns the columns that are in files: all but the partition columns. If there are no others, the partition columns are too.
func stored(s types.Schema, partition []string) types.Schema {
	var out types.Schema
	for _, f := range s {
		if !slices.Contains(partition, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// metadata is the columns that tell of the file.
func metadata() types.Schema {
	return types.Schema{
		{Name: "file.path", Type: types.StringType().AsNotNull()},
		{Name: "file.name", Type: types.StringType().AsNotNull()},
		{Name: "file.size", Type: types.BigIntType().AsNotNull()},
		{Name: "file.modification-time", Type: types.TimestampLTZType(3).AsNotNull()},
	}
}

// capabilities checks a table.
func (c *config) capabilities(t connectors.Table) (plan.Capabilities, error) {
	for _, p := range t.Partition {
		if t.Schema.Index(p) < 0 {
			return plan.Capabilities{}, fmt.Errorf("connector 'filesystem': there is no partition column '%s'", p)
		}
	}
	if _, err := newExtractor(c.timestampPattern, c.timeFormatter, t.Partition); err != nil {
		return plan.Capabilities{}, fmt.Errorf("connector 'filesystem': %w", err)
	}
	physical := stored(t.Schema, t.Partition)
	cfg := format.Config{Options: c.formatOptions, Physical: physical, Columns: physical}
	for i := range physical {
		cfg.Positions = append(cfg.Positions, i)
	}
	if f, ok := c.format.(format.Filing); ok {
		if err := f.Check(cfg); err != nil {
			return plan.Capabilities{}, err
		}
	} else if len(physical) > 0 {
		if _, err := c.format.Decoder(cfg); err != nil {
			return plan.Capabilities{}, err
		}
	}
	mode := c.format.Mode() // what a format reads it can write
	return plan.Capabilities{
		Source: true, Sink: true, Bounded: c.monitor == 0, SourceMode: mode, SinkModes: []plan.Mode{mode},
		NestedProjection: true, Filter: true, FilterExact: true, Limit: true, Metadata: metadata(), Partitioned: true, Overwrite: true,
	}, nil
}
