package kafka

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/sink"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Where reading begins or ends.
const (
	modeEarliest  = "earliest-offset"
	modeLatest    = "latest-offset"
	modeGroup     = "group-offsets"
	modeTimestamp = "timestamp"
	modeSpecific  = "specific-offsets"
	modeUnbounded = "unbounded"
)

// place says where reading begins or ends.
type place struct {
	mode    string
	millis  int64
	offsets map[int32]int64 // by partition
}

// config is the options of a table.
type config struct {
	owner   string // who the options are of, for messages
	topics  []string
	pattern *regexp.Regexp
	client  client.Config
	ignored []string // properties without meaning here
	start   place
	stop    place
	// discover is how often new partitions are looked for; 0: never.
	discover time.Duration

	value        format.Format
	valueOptions map[string]string
	valuePrefix  string        // of its options
	key          format.Format // nil: none
	keyOptions   map[string]string
	keyFields    []string
	keyPrefix    string
	exceptKey    bool
	upsert       bool          // records without value are deletions, by key
	gap          int64         // events between watermarks; 0: they come with batches
	drift        time.Duration // how far a partition may be ahead of others in event time; 0: any
	sink         sink.Options
}

func options() []connectors.Option {
	opt := func(key string, t connectors.OptionType, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: t, Default: def, Help: help}
	}
	starts := []string{modeEarliest, modeLatest, modeGroup, modeTimestamp, modeSpecific}
	stops := []string{modeUnbounded, modeLatest, modeGroup, modeTimestamp, modeSpecific}
	own := []connectors.Option{
		opt("topic", connectors.Text, "", "a topic, or a list divided by ';'"),
		opt("topic-pattern", connectors.Text, "", "topics whose whole name matches this regular expression"),
		{Key: "properties.bootstrap.servers", Type: connectors.Text, Required: true, Help: "host:port of some brokers, divided by commas"},
		opt("format", connectors.Text, "", "how values are written"),
		opt("value.format", connectors.Text, "", "how values are written"),
		opt("key.format", connectors.Text, "", "how keys are written"),
		opt("key.fields", connectors.Text, "", "columns of the key, divided by ';'"),
		opt("key.fields-prefix", connectors.Text, "", "what the names of key columns begin with"),
		{Key: "value.fields-include", Type: connectors.Enum, Default: "ALL", Values: []string{"ALL", "EXCEPT_KEY"}, Help: "columns of the value"},
		{Key: "scan.startup.mode", Type: connectors.Enum, Default: modeGroup, Values: starts, Help: "where reading begins"},
		opt("scan.startup.specific-offsets", connectors.Text, "", "partition:0,offset:42;partition:1,offset:300"),
		opt("scan.startup.timestamp-millis", connectors.Integer, "", "time in ms since 1970 from which on records are read"),
		{Key: "scan.bounded.mode", Type: connectors.Enum, Default: modeUnbounded, Values: stops, Help: "where reading ends"},
		opt("scan.bounded.specific-offsets", connectors.Text, "", "partition:0,offset:42;partition:1,offset:300"),
		opt("scan.bounded.timestamp-millis", connectors.Integer, "", "time in ms since 1970 before which records are read"),
		opt("scan.topic-partition-discovery.interval", connectors.Duration, "5 min", "how often new partitions are looked for; 0: never"),
	}
	own = append(own, sink.Declared()...)
	own = append(own, connectors.ScanOptions()...)
	own = append(own, connectors.SinkOptions()...)
	return append(own, connectors.MalformedOptions()...)
}

const kafkaOwner = "connector 'kafka'"

// parse reads the options of a table of the connector kafka.
func parse(formats *format.Registry, text map[string]string) (config, error) {
	return parseAs(kafkaOwner, formats, text)
}

func parseAs(owner string, formats *format.Registry, text map[string]string) (c config, err error) {
	c.owner = owner
	free := []string{"properties."}
	valueOption := "format"
	if _, ok := text["value.format"]; ok {
		if _, both := text["format"]; both {
			return c, fmt.Errorf("%s: options 'format' and 'value.format' cannot both be given", owner)
		}
		valueOption, c.valuePrefix = "value.format", "value."
	}
	if name := text[valueOption]; name != "" {
		c.valuePrefix += name + "."
		free = append(free, c.valuePrefix)
	}
	if name := text["key.format"]; name != "" {
		free = append(free, "key."+name+".")
	}
	v, err := connectors.Decode(owner, mask(text), options(), free...)
	if err != nil {
		return c, err
	}
	if c.value, err = formats.Find(text, valueOption); err != nil {
		return c, fmt.Errorf("%s: %w", owner, err)
	}
	c.valueOptions = format.OptionsOf(text, c.valuePrefix)
	if err := c.parseKey(formats, text, v); err != nil {
		return c, err
	}
	if err := c.parseTopics(v); err != nil {
		return c, err
	}
	c.nameSubjects()
	c.client, c.ignored, err = client.ParseConfig(format.OptionsOf(text, "properties."))
	if err != nil {
		return c, fmt.Errorf("%s: %w", owner, err)
	}
	if c.start, err = parsePlace(v, "startup", len(c.topics) == 1); err != nil {
		return c, err
	}
	if c.stop, err = parsePlace(v, "bounded", len(c.topics) == 1); err != nil {
		return c, err
	}
	if c.client.Group == "" && c.stop.mode == modeGroup {
		return c, fmt.Errorf("%s: option 'properties.group.id' is needed with 'scan.bounded.mode' = 'group-offsets'", owner)
	}
	if c.sink, err = sink.Parse(v); err != nil {
		return c, err
	}
	c.discover = v.Duration("scan.topic-partition-discovery.interval")
	c.drift = v.Duration(connectors.OptionAlignDrift)
	if v.Enum("scan.watermark.emit.strategy") == "on-event" {
		if c.gap = v.Int("scan.watermark.emit.on-event.gap"); c.gap < 1 {
			return c, v.Invalid("scan.watermark.emit.on-event.gap", "it must be at least 1")
		}
	}
	return c, nil
}

// nameSubjects gives formats with a registry the subjects of the topic, where the table names none and has one topic.
func (c *config) nameSubjects() {
	if len(c.topics) != 1 {
		return
	}
	for _, x := range []struct {
		f       format.Format
		options map[string]string
		side    string
	}{{c.value, c.valueOptions, "-value"}, {c.key, c.keyOptions, "-key"}} {
		if x.f == nil || x.options["subject"] != "" {
			continue
		}
		if slices.ContainsFunc(x.f.Options(), func(o connectors.Option) bool { return o.Key == "subject" }) {
			x.options["subject"] = c.topics[0] + x.side
		}
	}
}

// mask returns options without the values that no message may show.
func mask(text map[string]string) map[string]string {
	out := make(map[string]string, len(text))
	for k, v := range text {
		out[k] = connectors.Masked(k, v)
	}
	return out
}

func (c *config) parseTopics(v *connectors.Values) (err error) {
	list, pattern := v.Text("topic"), v.Text("topic-pattern")
	switch {
	case (list == "") == (pattern == ""):
		return fmt.Errorf("%s: exactly one of the options 'topic' and 'topic-pattern' must be given", c.owner)
	case pattern != "":
		if c.pattern, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
			return v.Invalid("topic-pattern", err.Error())
		}
	}
	for t := range strings.SplitSeq(list, ";") {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(c.topics, t) {
			c.topics = append(c.topics, t)
		}
	}
	if pattern == "" && len(c.topics) == 0 {
		return v.Invalid("topic", "the name of a topic is expected")
	}
	return nil
}

func (c *config) parseKey(formats *format.Registry, text map[string]string, v *connectors.Values) (err error) {
	for f := range strings.SplitSeq(v.Text("key.fields"), ";") {
		if f = strings.TrimSpace(f); f != "" {
			c.keyFields = append(c.keyFields, f)
		}
	}
	c.keyPrefix = v.Text("key.fields-prefix")
	c.exceptKey = v.Enum("value.fields-include") == "EXCEPT_KEY"
	if !v.Has("key.format") {
		if len(c.keyFields) > 0 {
			return fmt.Errorf("%s: option 'key.fields' needs the option 'key.format'", c.owner)
		}
		return nil
	}
	if len(c.keyFields) == 0 {
		return fmt.Errorf("%s: option 'key.format' needs the option 'key.fields'", c.owner)
	}
	if c.key, err = formats.Find(text, "key.format"); err != nil {
		return fmt.Errorf("%s: %w", c.owner, err)
	}
	if c.key.Mode() != plan.InsertOnly {
		return v.Invalid("key.format", "a format of changes cannot write keys")
	}
	c.keyOptions = format.OptionsOf(text, "key."+c.key.Name()+".")
	if c.keyPrefix == "" {
		return nil
	}
	if !c.exceptKey {
		return fmt.Errorf("%s: option 'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'", c.owner)
	}
	for _, f := range c.keyFields {
		if !strings.HasPrefix(f, c.keyPrefix) || f == c.keyPrefix {
			return fmt.Errorf("%s: option 'key.fields': '%s' does not begin with 'key.fields-prefix' = '%s'", c.owner, f, c.keyPrefix)
		}
	}
	return nil
}

// parsePlace reads scan.startup.* or scan.bounded.*.
func parsePlace(v *connectors.Values, side string, one bool) (p place, err error) {
	prefix := "scan." + side + "."
	p.mode = v.Enum(prefix + "mode")
	offsets, millis := prefix+"specific-offsets", prefix+"timestamp-millis"
	switch p.mode {
	case modeTimestamp:
		if !v.Has(millis) {
			return p, v.Invalid(prefix+"mode", "the option '"+millis+"' is needed")
		}
		if p.millis = v.Int(millis); p.millis < 0 {
			return p, v.Invalid(millis, "it must not be negative")
		}
	case modeSpecific:
		if !v.Has(offsets) {
			return p, v.Invalid(prefix+"mode", "the option '"+offsets+"' is needed")
		}
		if !one {
			return p, v.Invalid(prefix+"mode", "exactly one topic is allowed with it")
		}
		if p.offsets, err = parseOffsets(v.Text(offsets)); err != nil {
			return p, v.Invalid(offsets, err.Error())
		}
	}
	return p, nil
}

// parseOffsets reads partition:0,offset:42;partition:1,offset:300.
func parseOffsets(text string) (map[int32]int64, error) {
	out := map[int32]int64{}
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		a, b, _ := strings.Cut(item, ",")
		ps, ok := strings.CutPrefix(strings.TrimSpace(a), "partition:")
		os, ok2 := strings.CutPrefix(strings.TrimSpace(b), "offset:")
		p, err := strconv.ParseInt(ps, 10, 32)
		o, err2 := strconv.ParseInt(os, 10, 64)
		if !ok || !ok2 || err != nil || err2 != nil || p < 0 || o < 0 {
			return nil, fmt.Errorf("'%s' is not of the form partition:0,offset:42", item)
		}
		out[int32(p)] = o
	}
	if len(out) == 0 {
		return nil, errors.New("it must have the form partition:0,offset:42;partition:1,offset:300")
	}
	return out, nil
}

// keyColumns is the columns that keys have, by their names in the format, and valueColumns those that values have.
func (c *config) keyColumns(s types.Schema) (types.Schema, error) {
	var out types.Schema
	for _, name := range c.keyFields {
		i := s.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("%s: option 'key.fields': there is no physical column '%s'; columns are %s", c.owner, name, strings.Join(s.Names(), ", "))
		}
		out = append(out, types.Field{Name: strings.TrimPrefix(name, c.keyPrefix), Type: s[i].Type})
	}
	return out, nil
}

func (c *config) valueColumns(s types.Schema) types.Schema {
	out := types.Schema{}
	for _, f := range s {
		if !c.exceptKey || !slices.Contains(c.keyFields, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// Keys of metadata columns.
const (
	metaTopic      = "topic"
	metaPartition  = "partition"
	metaOffset     = "offset"
	metaTimestamp  = "timestamp"
	metaTimeType   = "timestamp-type"
	metaHeaders    = "headers"
	metaHeaderList = "header-list"
	metaEpoch      = "leader-epoch"
	valueMeta      = "value." // prefix of what the value's format tells
)

// metadata is the columns that tell of the record.
func metadata() types.Schema {
	header := types.RowType(types.Field{Name: "key", Type: types.StringType()}, types.Field{Name: "value", Type: types.BytesType()})
	return types.Schema{
		{Name: metaTopic, Type: types.StringType().AsNotNull()},
		{Name: metaPartition, Type: types.IntType().AsNotNull()},
		{Name: metaHeaders, Type: types.MapType(types.StringType(), types.BytesType()).AsNotNull()},
		{Name: metaHeaderList, Type: types.ArrayType(header).AsNotNull()},
		{Name: metaEpoch, Type: types.IntType()},
		{Name: metaOffset, Type: types.BigIntType().AsNotNull()},
		{Name: metaTimestamp, Type: types.TimestampLTZType(3).AsNotNull()},
		{Name: metaTimeType, Type: types.StringType().AsNotNull()},
	}
}

// capabilities checks a table.
func (c *config) capabilities(t connectors.Table) (plan.Capabilities, error) {
	if len(t.Partition) > 0 {
		return plan.Capabilities{}, fmt.Errorf("%s: PARTITIONED BY is not supported", c.owner)
	}
	values := c.valueColumns(t.Schema)
	if len(values) > 0 {
		if _, err := c.value.Decoder(format.Config{Options: c.valueOptions, Physical: values, Columns: values}); err != nil {
			return plan.Capabilities{}, err
		}
	}
	keys, err := c.keyColumns(t.Schema)
	if err != nil {
		return plan.Capabilities{}, err
	}
	if c.key != nil {
		if _, err := c.key.Decoder(format.Config{Options: c.keyOptions, Physical: keys, Columns: keys}); err != nil {
			return plan.Capabilities{}, fmt.Errorf("option 'key.format': %w", err)
		}
	}
	meta := metadata()
	if f, ok := c.value.(format.Telling); ok {
		for _, m := range f.Metadata() {
			meta = append(meta, types.Field{Name: valueMeta + m.Name, Type: m.Type})
		}
	}
	return plan.Capabilities{
		Source: true, Bounded: c.stop.mode != modeUnbounded, SourceMode: c.value.Mode(), NestedProjection: true, Limit: true, Watermark: true, Metadata: meta,
		Sink: true, SinkModes: []plan.Mode{c.value.Mode()},
	}, nil
}
