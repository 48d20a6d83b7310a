package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Variable names the real brokers.
const Variable = "MILLRACE_KAFKA"

// limit is how long a request or a look at a topic may take.
const limit = time.Minute

// Cluster is brokers for a test.
type Cluster struct {
	Addresses []string
	Real      bool
	Fake      *kfake.Cluster // nil if the brokers are real
	client    *kgo.Client
	made      atomic.Int64
	stamp     string
}

// Real tells whether the environment names real brokers.
func Real() bool { return os.Getenv(Variable) != "" }

// Start finds brokers; those in the process end with the test.
func Start(t testing.TB, opts ...kfake.Opt) *Cluster {
	t.Helper()
	c := newCluster(strings.Split(os.Getenv(Variable), ","))
	if !Real() {
		t.Logf("the test runs on an imitation of Kafka: %s is not set; .ci/kafka starts real brokers", Variable)
		k, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(k.Close)
		c.Real, c.Fake, c.Addresses = false, k, k.ListenAddrs()
	}
	c.client = c.open(t)
	return c
}

// newCluster is a cluster of real brokers.
func newCluster(addresses []string) *Cluster {
	return &Cluster{Addresses: addresses, Real: true, stamp: fmt.Sprintf("%x", time.Now().UnixNano()&0xffffffffff)}
}

// ListenAddrs are the addresses of the brokers, host:port.
func (c *Cluster) ListenAddrs() []string { return c.Addresses }

// Servers are the addresses as the property bootstrap.servers has them.
func (c *Cluster) Servers() string { return strings.Join(c.Addresses, ",") }

func (c *Cluster) open(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	k, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.Addresses...), kgo.MetadataMinAge(10 * time.Millisecond), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// Name is a name that nothing else on the brokers has.
func (c *Cluster) Name(stem string) string {
	return fmt.Sprintf("%s-%s-%d", stem, c.stamp, c.made.Add(1))
}

// Topic makes a topic with as many copies as there are brokers, at most three, and returns its name. Settings are key=value.
func (c *Cluster) Topic(t testing.TB, stem string, partitions int, settings ...string) string {
	t.Helper()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = c.Name(stem), int32(partitions), int16(min(len(c.Addresses), 3))
	for _, s := range settings {
		k, v, _ := strings.Cut(s, "=")
		setting := kmsg.NewCreateTopicsRequestTopicConfig()
		setting.Name, setting.Value = k, &v
		topic.Configs = append(topic.Configs, setting)
	}
	m := kmsg.NewPtrCreateTopicsRequest()
	m.TimeoutMillis, m.Topics = 30000, append(m.Topics, topic)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := m.RequestWith(ctx, c.client)
	if err == nil {
		err = kerr.ErrorForCode(r.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatalf("topic %s: %v", topic.Topic, err)
	}
	return topic.Topic
}

// Producer returns a function that writes records of a partition, whose values are given, and waits until they are stored. It may be called
// from many goroutines.
func (c *Cluster) Producer(t testing.TB) func(ctx context.Context, topic string, partition int32, values ...string) error {
	t.Helper()
	k := c.open(t, kgo.ProducerBatchMaxBytes(900<<10))
	return func(ctx context.Context, topic string, partition int32, values ...string) error {
		records := make([]*kgo.Record, len(values))
		for i, v := range values {
			records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)}
		}
		return k.ProduceSync(ctx, records...).FirstErr()
	}
}

// Record is what a reader of committed records sees.
type Record struct {
	Partition  int32
	Offset     int64
	Key, Value []byte // nil: null
	Time       time.Time
	Headers    []kgo.RecordHeader
}

// Committed reads all committed records of a topic. A transaction that is still open holds it up, for a minute at most.
func (c *Cluster) Committed(t testing.TB, topic string) []Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	left := c.ends(ctx, t, topic)
	k := c.open(t, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond), kgo.KeepControlRecords(),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer k.Close()
	var out []Record
	for len(left) > 0 { // each log ends in a record or a mark, and marks are kept
		f := k.PollFetches(ctx)
		if err := f.Err0(); err != nil {
			t.Fatalf("topic %s: offsets %v are not reached: %v; open transactions: %v", topic, left, err, c.Open(t, ""))
		}
		f.EachError(func(topic string, p int32, err error) { t.Fatalf("topic %s, partition %d: %v", topic, p, err) })
		f.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				out = append(out, Record{r.Partition, r.Offset, r.Key, r.Value, r.Timestamp, r.Headers})
			}
			if end, ok := left[r.Partition]; ok && r.Offset+1 >= end {
				delete(left, r.Partition)
			}
		})
	}
	return out
}

// ends are the ends of the logs of a topic, those of empty ones left out.
func (c *Cluster) ends(ctx context.Context, t testing.TB, topic string) map[int32]int64 {
	t.Helper()
	meta := kmsg.NewPtrMetadataRequest()
	asked := kmsg.NewMetadataRequestTopic()
	asked.Topic = &topic
	meta.Topics = append(meta.Topics, asked)
	r, err := meta.RequestWith(ctx, c.client)
	if err == nil {
		err = kerr.ErrorForCode(r.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatalf("topic %s: %v", topic, err)
	}
	m := kmsg.NewPtrListOffsetsRequest()
	of := kmsg.NewListOffsetsRequestTopic()
	of.Topic = topic
	for _, p := range r.Topics[0].Partitions {
		x := kmsg.NewListOffsetsRequestTopicPartition()
		x.Partition, x.Timestamp = p.Partition, -1
		of.Partitions = append(of.Partitions, x)
	}
	m.Topics = append(m.Topics, of)
	out := map[int32]int64{}
	for _, shard := range c.client.RequestSharded(ctx, m) {
		if shard.Err != nil {
			t.Fatalf("topic %s: %v", topic, shard.Err)
		}
		for _, found := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range found.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					t.Fatalf("topic %s, partition %d: %v", topic, p.Partition, err)
				}
				if p.Offset > 0 {
					out[p.Partition] = p.Offset
				}
			}
		}
	}
	return out
}

// Open lists the transactions, by transactional ids that begin with prefix, that are neither committed nor aborted, with their states.
func (c *Cluster) Open(t testing.TB, prefix string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var out []string
	for _, shard := range c.client.RequestSharded(ctx, kmsg.NewPtrListTransactionsRequest()) {
		err := shard.Err
		if err == nil {
			err = kerr.ErrorForCode(shard.Resp.(*kmsg.ListTransactionsResponse).ErrorCode)
		}
		if err != nil {
			t.Errorf("transactions of broker %d: %v", shard.Meta.NodeID, err)
			continue
		}
		for _, x := range shard.Resp.(*kmsg.ListTransactionsResponse).TransactionStates {
			if strings.HasPrefix(x.TransactionalID, prefix) && slices.Contains([]string{"Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence"}, x.TransactionState) {
				out = append(out, x.TransactionalID+" "+x.TransactionState)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Settled is Open after the marks of ended transactions have been written, which brokers do after their answer.
func (c *Cluster) Settled(t testing.TB, prefix string) []string {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		open := c.Open(t, prefix)
		if !slices.ContainsFunc(open, func(s string) bool { return strings.Contains(s, " Prepare") }) || time.Since(begun) > limit {
			return open
		}
	}
}

// DeleteBefore deletes the records of a partition before an offset.
func (c *Cluster) DeleteBefore(t testing.TB, topic string, partition int32, offset int64) {
	t.Helper()
	m := kmsg.NewPtrDeleteRecordsRequest()
	m.TimeoutMillis = 30000
	m.Topics = []kmsg.DeleteRecordsRequestTopic{{Topic: topic, Partitions: []kmsg.DeleteRecordsRequestTopicPartition{{Partition: partition, Offset: offset}}}}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for _, shard := range c.client.RequestSharded(ctx, m) {
		err := shard.Err
		if err == nil {
			err = kerr.ErrorForCode(shard.Resp.(*kmsg.DeleteRecordsResponse).Topics[0].Partitions[0].ErrorCode)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("topic %s: %v", topic, err)
		}
	}
}

// Set gives settings of a topic, key=value, other values.
func (c *Cluster) Set(t testing.TB, topic string, settings ...string) {
	t.Helper()
	m := kmsg.NewPtrIncrementalAlterConfigsRequest()
	x := kmsg.NewIncrementalAlterConfigsRequestResource()
	x.ResourceType, x.ResourceName = kmsg.ConfigResourceTypeTopic, topic
	for _, s := range settings {
		k, v, _ := strings.Cut(s, "=")
		setting := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		setting.Name, setting.Op, setting.Value = k, kmsg.IncrementalAlterConfigOpSet, &v
		x.Configs = append(x.Configs, setting)
	}
	m.Resources = append(m.Resources, x)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := m.RequestWith(ctx, c.client)
	if err == nil {
		err = kerr.ErrorForCode(r.Resources[0].ErrorCode)
	}
	if err != nil {
		t.Fatalf("topic %s: %v", topic, err)
	}
}
