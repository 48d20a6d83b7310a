package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func parse(pairs ...string) (client.Config, []string, error) {
	m := map[string]string{"bootstrap.servers": "h:1"}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return client.ParseConfig(m)
}

func TestConfig(t *testing.T) {
	c, unknown, err := parse("bootstrap.servers", "PLAINTEXT://a:1, b:2,", "group.id", "g", "isolation.level", "READ_COMMITTED", "fetch.max.bytes", "77",
		"request.timeout.ms", "5", "compression.type", "LZ4", "acks", "1", "nonsense", "1", "key.deserializer", "x", "auto.offset.reset", "Latest")
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%v %v %v %v %v %v %v %v %v", c.Brokers, c.Group, c.Committed, c.FetchMaxBytes, c.RequestTimeout, c.Compression, c.Acks, unknown, c.OffsetReset) !=
		"[a:1 b:2] g true 77 5ms lz4 1 [nonsense] latest" {
		t.Errorf("%+v %v", c, unknown)
	}
	const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="al\"ice" password='se cret';`
	for _, m := range []string{"PLAIN", "SCRAM-SHA-256", "scram-sha-512"} {
		c, _, err := parse("security.protocol", "SASL_SSL", "sasl.mechanism", m, "sasl.jaas.config", jaas, "ssl.endpoint.identification.algorithm", "")
		if err != nil || c.TLS == nil || c.SASL == nil || !strings.EqualFold(c.SASL.Name(), m) {
			t.Errorf("%s: %v", m, err)
		}
	}
	for _, x := range [][]string{
		{"bootstrap.servers", "nope", "no host:port"},
		{"bootstrap.servers", " ", "a list of host:port"},
		{"fetch.max.bytes", "x", "a number of at least 1"},
		{"request.timeout.ms", "-1", "milliseconds"},
		{"isolation.level", "x", "allowed are read_uncommitted, read_committed"},
		{"compression.type", "x", "allowed are none, gzip, snappy, lz4, zstd"},
		{"security.protocol", "x", "allowed are PLAINTEXT"},
		{"security.protocol", "SASL_PLAINTEXT", "sasl.mechanism' is missing"},
		{"sasl.mechanism", "GSSAPI", "not supported yet", "security.protocol", "SASL_SSL"},
		{"sasl.mechanism", "PLAIN", "must have the form", "security.protocol", "SASL_SSL", "sasl.jaas.config", `x username="u" pass="topsecret"`},
		{"ssl.truststore.location", "/x/y.jks", "stores of type JKS are not supported yet", "security.protocol", "SSL"},
		{"ssl.truststore.certificates", "x", "no certificate in PEM form", "security.protocol", "SSL"},
		{"ssl.keystore.certificate.chain", "topsecret", "no certificate with its private key", "security.protocol", "SSL"},
	} {
		_, _, err := parse(append([]string{x[0], x[1]}, x[3:]...)...)
		if err == nil || !strings.Contains(err.Error(), x[2]) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%v: %v", x, err)
		}
	}
}

func cluster(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, *client.Client) {
	t.Helper()
	k, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := client.ParseConfig(map[string]string{"bootstrap.servers": strings.Join(k.ListenAddrs(), ","), "default.api.timeout.ms": "3000"})
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(cfg, nil)
	t.Cleanup(k.Close)
	t.Cleanup(c.Close)
	return k, c
}

func TestRetry(t *testing.T) {
	k, c := cluster(t, kfake.NumBrokers(2), kfake.SeedTopics(1, "t"))
	fails := 3
	k.ControlKey(2, func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		if fails--; fails < 0 {
			return nil, nil, false
		}
		if fails == 1 {
			return nil, errors.New("the connection breaks"), true
		}
		r := kreq.ResponseKind().(*kmsg.ListOffsetsResponse)
		r.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "t", Partitions: []kmsg.ListOffsetsResponseTopicPartition{{ErrorCode: 6, Offset: -1}}}}
		return r, nil, true
	})
	p := client.Partition{Topic: "t"}
	got, err := c.ListOffsets(context.Background(), map[client.Partition]int64{p: wire.Latest}, true)
	if err != nil || got[p].Offset != 0 || c.Retries() < 2 {
		t.Errorf("%v %v after %d retries", got, err, c.Retries())
	}
	_, err = c.ListOffsets(context.Background(), map[client.Partition]int64{{Topic: "t", Index: 9}: wire.Latest}, true)
	if !errors.Is(err, wire.LeaderNotAvailable) || !strings.Contains(err.Error(), "list offsets: given up after") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Metadata(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	v, err := c.Versions(context.Background(), client.AnyBroker)
	if err != nil || !v.Understands(&wire.Fetch{}) {
		t.Errorf("%v %v", v, err)
	}
	if _, err := c.Modern(context.Background()); err != nil {
		t.Error(err)
	}
}

// A leader whose log ends before what was read is an error with the offsets.
func TestTruncated(t *testing.T) {
	k, c := cluster(t, kfake.NumBrokers(2), kfake.SeedTopics(1, "t"))
	for range 2 {
		for b := range int32(2) {
			if err := k.MoveTopicPartition("t", 0, b); err != nil {
				t.Fatal(err)
			}
		}
	}
	k.ControlKey(23, func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		r := kreq.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
		r.Topics = []kmsg.OffsetForLeaderEpochResponseTopic{{Topic: "t", Partitions: []kmsg.OffsetForLeaderEpochResponseTopicPartition{{LeaderEpoch: 0, EndOffset: 5}}}}
		return r, nil, true
	})
	f := c.NewFetcher()
	defer f.Close()
	f.Add(client.Partition{Topic: "t"}, client.Offset{Offset: 7, Epoch: 0})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	x, err := f.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var te *client.TruncatedError
	if !errors.As(x.Err, &te) || te.Position != 7 || te.End != 5 {
		t.Errorf("%v", x.Err)
	}
}

// A broker that does not come back ends the fetcher within the time allowed, with its address.
func TestBrokerGone(t *testing.T) {
	k, c := cluster(t, kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	f := c.NewFetcher()
	defer f.Close()
	f.Add(client.Partition{Topic: "t"}, client.Offset{Epoch: -1})
	address := k.ListenAddrs()[0]
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	k.Close()
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	x, err := f.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if x.Err == nil || !strings.Contains(x.Err.Error(), "partition t-0: given up after ") || !strings.Contains(x.Err.Error(), address) {
		t.Errorf("%v", x.Err)
	}
}
