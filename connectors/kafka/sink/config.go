package sink

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/kafka/client"
)

// Guarantee is what the sink promises about rows when the job fails.
type Guarantee uint8

// The guarantees.
const (
	None Guarantee = iota
	AtLeastOnce
	ExactlyOnce
)

// Keys of options.
const (
	optionGuarantee   = "sink.delivery-guarantee"
	optionSemantic    = "sink.semantic"
	optionPrefix      = "sink.transactional-id-prefix"
	optionNaming      = "sink.transaction-naming-strategy"
	optionPartitioner = "sink.partitioner"
	optionBudget      = "sink.restart-budget"
	optionUnresolved  = "sink.unresolved-transactions"
	optionMaxRows     = "sink.buffer-flush.max-rows"
	optionInterval    = "sink.buffer-flush.interval"
	optionTimeout     = "properties.transaction.timeout.ms"
)

// Config is a table that is written: what the connector has read of it, and the sink's own options.
type Config struct {
	Topics  []string
	Pattern *regexp.Regexp
	Client  client.Config

	Value        format.Format
	ValueOptions map[string]string
	Key          format.Format // nil: none
	KeyOptions   map[string]string
	KeyFields    []string
	KeyPrefix    string
	ExceptKey    bool
	// Upsert: deletions are records without value, by key; so is a -U that no +U of its key follows.
	Upsert bool

	Options
}

// Options is the options that only the sink has.
type Options struct {
	Guarantee    Guarantee
	Default      bool // Guarantee is not given: ExactlyOnce if the job takes checkpoints
	Prefix       string
	Partitioner  string // default, fixed, round-robin or sticky
	Timeout      bool   // transaction.timeout.ms is given
	Idempotent   bool   // enable.idempotence is given
	Budget       time.Duration
	AssumeCommit bool
	BufferRows   int // upsert: rows that are kept to send only the last of a key; 0: none
	BufferTime   time.Duration
}

// Declared lists the options of sinks. The default of the guarantee is worked out.
func Declared() []connectors.Option {
	return []connectors.Option{
		{Key: optionPartitioner, Type: connectors.Text, Default: "default", Help: "how records are spread: default, fixed, round-robin, sticky"},
		{Key: optionGuarantee, Type: connectors.Enum, Values: guarantees(), Help: "exactly-once if the job takes checkpoints, else at-least-once"},
		{Key: optionSemantic, Type: connectors.Enum, Values: guarantees(), Help: "older name of " + optionGuarantee},
		{Key: optionPrefix, Type: connectors.Text, Help: "begin of transactional ids; by default made of the names of job and table"},
		{Key: optionNaming, Type: connectors.Enum, Default: "POOLING", Values: []string{"INCREMENTING", "POOLING"}, Help: "accepted: ids are always pooled"},
		{Key: optionBudget, Type: connectors.Duration, Default: "1 min", Help: "how long a job may be down without losing transactions"},
		{
			Key: optionUnresolved, Type: connectors.Enum, Default: "fail", Values: []string{"fail", "assume-committed"},
			Help: "what to do on restore about transactions whose outcome no broker knows",
		},
	}
}

// DeclaredUpsert lists the further options of upsert-kafka.
func DeclaredUpsert() []connectors.Option {
	return []connectors.Option{
		{Key: optionMaxRows, Type: connectors.Integer, Default: "0", Help: "rows to collect, of which the last of each key is sent"},
		{Key: optionInterval, Type: connectors.Duration, Default: "0 s", Help: "how long to collect rows"},
	}
}

func guarantees() []string { return []string{"none", "at-least-once", "exactly-once"} }

// Parse reads the sink's options; v must declare those of Declared.
func Parse(v *connectors.Values) (o Options, err error) {
	o.Timeout, o.Idempotent = v.Has(optionTimeout), v.Has("properties.enable.idempotence")
	key := optionGuarantee
	if !v.Has(key) {
		key = optionSemantic
	}
	o.Default, o.Guarantee = !v.Has(key), AtLeastOnce
	if !o.Default {
		o.Guarantee = Guarantee(slices.Index(guarantees(), v.Enum(key)))
	}
	o.Prefix = v.Text(optionPrefix)
	if v.Has(optionPrefix) && strings.TrimSpace(o.Prefix) == "" {
		return o, v.Invalid(optionPrefix, "it must not be empty")
	}
	o.Budget = v.Duration(optionBudget)
	o.AssumeCommit = v.Enum(optionUnresolved) == "assume-committed"
	o.Partitioner = strings.ToLower(v.Text(optionPartitioner))
	if !slices.Contains([]string{"default", "fixed", "round-robin", "sticky"}, o.Partitioner) {
		return o, v.Invalid(optionPartitioner, "allowed are default, fixed, round-robin, sticky; classes are not supported")
	}
	if o.Partitioner == "round-robin" && v.Text("key.fields") != "" {
		return o, v.Invalid(optionPartitioner, "it is possible only without the option 'key.fields'")
	}
	return o, nil
}

// ParseUpsert reads the options of DeclaredUpsert.
func (o *Options) ParseUpsert(v *connectors.Values) error {
	rows, every := v.Int(optionMaxRows), v.Duration(optionInterval)
	if rows < 0 || (rows > 0) != (every > 0) {
		return v.Invalid(optionMaxRows, "it and '"+optionInterval+"' must both be more than 0, or both 0")
	}
	o.BufferRows, o.BufferTime = int(rows), every
	return nil
}

// guarantee is what holds for the job.
func (c *Config) guarantee(env connectors.Env) Guarantee {
	if c.Default && env.Checkpointing {
		return ExactlyOnce
	}
	return c.Guarantee
}

// prefix is what the transactional ids of this sink begin with, in all its attempts and nowhere else.
func (c *Config) prefix(table string, env connectors.Env) string {
	p := c.Prefix
	if p == "" {
		job := env.JobName
		if job == "" {
			job = "job"
		}
		p = "millrace-" + clean(job) + "-" + clean(table)
	}
	return sinkPrefix(p, env.Node)
}

// sinkPrefix tells two sinks with the same prefix apart.
func sinkPrefix(p, node string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(node))
	return fmt.Sprintf("%s-%08x-", p, h.Sum32())
}

// clean keeps what reads well in a name.
func clean(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '_'
	}, s)
	return out[:min(len(out), 100)]
}
