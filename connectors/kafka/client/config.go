package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/sasl"

	"millrace/connectors/kafka/wire"
)

// Config is what a client must know: the part of Kafka's client settings that has a meaning here.
type Config struct {
	Brokers  []string // host:port
	ClientID string
	Group    string
	TLS      *tls.Config    // nil: plain
	SASL     sasl.Mechanism // nil: none

	DialTimeout    time.Duration // for connecting, with TLS and SASL
	RequestTimeout time.Duration // for an answer
	RetryTimeout   time.Duration // how long errors that pass are borne
	Backoff        time.Duration // before the second attempt; it grows
	MaxBackoff     time.Duration

	// Reading.
	Committed         bool // isolation.level read_committed
	OffsetReset       string
	FetchMinBytes     int32
	FetchMaxBytes     int32
	PartitionMaxBytes int32
	FetchWait         time.Duration

	// Writing.
	Compression        wire.Codec
	BatchBytes         int
	Linger             time.Duration
	MaxRequestBytes    int
	Acks               int16
	TransactionTimeout time.Duration
	Idempotence        bool
}

// firstContact is how long a broker is looked for before any has answered.
const firstContact = 10 * time.Second

// Defaults is the config without any property.
func Defaults() Config {
	return Config{
		ClientID: "millrace", DialTimeout: 5 * time.Second, RequestTimeout: 30 * time.Second, RetryTimeout: 60 * time.Second,
		Backoff: 50 * time.Millisecond, MaxBackoff: time.Second, FetchMinBytes: 1, FetchMaxBytes: 8 << 20, PartitionMaxBytes: 1 << 20,
		FetchWait: 500 * time.Millisecond, BatchBytes: 128 << 10, Linger: 5 * time.Millisecond, MaxRequestBytes: 1 << 20, Acks: -1,
		TransactionTimeout: time.Hour, Idempotence: true,
	}
}

// property reads one property into the config.
type property func(c *Config, value string) error

func millis(set func(c *Config) *time.Duration) property {
	return func(c *Config, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 0 {
			return errors.New("a number of milliseconds is expected")
		}
		*set(c) = time.Duration(n) * time.Millisecond
		return nil
	}
}

func number[T int | int32](set func(c *Config) *T, least int64) property {
	return func(c *Config, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < least {
			return fmt.Errorf("a number of at least %d is expected", least)
		}
		*set(c) = T(n)
		return nil
	}
}

func text(set func(c *Config) *string) property {
	return func(c *Config, value string) error {
		*set(c) = value
		return nil
	}
}

func choice(set func(c *Config, value string), allowed ...string) property {
	return func(c *Config, value string) error {
		for _, a := range allowed {
			if strings.EqualFold(a, value) {
				set(c, a)
				return nil
			}
		}
		return fmt.Errorf("allowed are %s", strings.Join(allowed, ", "))
	}
}

// properties lists what is understood but for security.
func properties() map[string]property {
	return map[string]property{
		"bootstrap.servers":                  brokers,
		"client.id":                          text(func(c *Config) *string { return &c.ClientID }),
		"group.id":                           text(func(c *Config) *string { return &c.Group }),
		"request.timeout.ms":                 millis(func(c *Config) *time.Duration { return &c.RequestTimeout }),
		"default.api.timeout.ms":             millis(func(c *Config) *time.Duration { return &c.RetryTimeout }),
		"delivery.timeout.ms":                millis(func(c *Config) *time.Duration { return &c.RetryTimeout }),
		"retry.backoff.ms":                   millis(func(c *Config) *time.Duration { return &c.Backoff }),
		"retry.backoff.max.ms":               millis(func(c *Config) *time.Duration { return &c.MaxBackoff }),
		"socket.connection.setup.timeout.ms": millis(func(c *Config) *time.Duration { return &c.DialTimeout }),
		"fetch.max.wait.ms":                  millis(func(c *Config) *time.Duration { return &c.FetchWait }),
		"fetch.min.bytes":                    number(func(c *Config) *int32 { return &c.FetchMinBytes }, 0),
		"fetch.max.bytes":                    number(func(c *Config) *int32 { return &c.FetchMaxBytes }, 1),
		"max.partition.fetch.bytes":          number(func(c *Config) *int32 { return &c.PartitionMaxBytes }, 1),
		"isolation.level":                    choice(func(c *Config, v string) { c.Committed = v == "read_committed" }, "read_uncommitted", "read_committed"),
		"auto.offset.reset":                  choice(func(c *Config, v string) { c.OffsetReset = v }, "earliest", "latest", "none"),
		"linger.ms":                          millis(func(c *Config) *time.Duration { return &c.Linger }),
		"batch.size":                         number(func(c *Config) *int { return &c.BatchBytes }, 0),
		"max.request.size":                   number(func(c *Config) *int { return &c.MaxRequestBytes }, 1),
		"transaction.timeout.ms":             millis(func(c *Config) *time.Duration { return &c.TransactionTimeout }),
		"enable.idempotence":                 choice(func(c *Config, v string) { c.Idempotence = v == "true" }, "true", "false"),
		"acks": choice(func(c *Config, v string) {
			c.Acks = map[string]int16{"0": 0, "1": 1}[v]
			if v == "all" || v == "-1" {
				c.Acks = -1
			}
		}, "all", "-1", "0", "1"),
		"compression.type": func(c *Config, value string) (err error) {
			c.Compression, err = wire.ParseCodec(value)
			return err
		},
	}
}

func brokers(c *Config, value string) error {
	for a := range strings.SplitSeq(value, ",") {
		a = strings.TrimSpace(a)
		if a == "" {
			continue
		}
		if i := strings.Index(a, "://"); i >= 0 {
			a = a[i+3:]
		}
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" || port == "" {
			return fmt.Errorf("%q is no host:port", a)
		}
		c.Brokers = append(c.Brokers, a)
	}
	if len(c.Brokers) == 0 {
		return errors.New("a list of host:port is expected")
	}
	return nil
}

// ParseConfig reads the properties of a Kafka client, their names as Kafka has them. Names that are not understood come back in unknown.
func ParseConfig(props map[string]string) (c Config, unknown []string, err error) {
	c = Defaults()
	known := properties()
	names := make([]string, 0, len(props))
	for name := range props {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if isSecurity(name) {
			continue
		}
		read := known[name]
		if read == nil {
			if !silent(name) {
				unknown = append(unknown, name)
			}
			continue
		}
		if err := read(&c, strings.TrimSpace(props[name])); err != nil {
			return c, nil, fmt.Errorf("option 'properties.%s' = '%s': %w", name, props[name], err)
		}
	}
	if len(c.Brokers) == 0 {
		return c, nil, errors.New("required option 'properties.bootstrap.servers' is missing")
	}
	if err := c.secure(props); err != nil {
		return c, nil, err
	}
	return c, unknown, nil
}

// silent tells of properties that are set for every job and mean nothing here.
func silent(name string) bool {
	return slices.Contains([]string{
		"key.deserializer", "value.deserializer", "key.serializer", "value.serializer", "enable.auto.commit",
		"auto.commit.interval.ms",
	}, name)
}
