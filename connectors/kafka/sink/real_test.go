package sink_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"millrace/connectors/conntest"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// realBroker is the addresses of brokers outside of the test.
type realBroker []string

func (r realBroker) ListenAddrs() []string { return r }

// TestRealBroker is TestConformance on the brokers that MILLRACE_KAFKA names: host:port, divided by commas.
func TestRealBroker(t *testing.T) {
	addresses := os.Getenv("MILLRACE_KAFKA")
	if addresses == "" {
		t.Skip("no real broker: MILLRACE_KAFKA is not set; TestConformance has run on the broker in this process")
	}
	kc := realBroker(strings.Split(addresses, ","))
	admin := &kafka.Client{Addr: kafka.TCP(kc...)}
	a, n, run := &adapter{}, 0, time.Now().UnixNano()
	conntest.Sink(t, conntest.SinkTest{
		Connector: a,
		Open: func(t *testing.T) (*plan.Sink, func() []string) {
			topic := fmt.Sprintf("conformance-%d-%d", run, n)
			n++
			r, err := admin.CreateTopics(context.Background(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
				Topic: topic, NumPartitions: 3,
				ReplicationFactor: 1,
			}}})
			if err == nil {
				err = r.Errors[topic]
			}
			if err != nil {
				t.Fatal(err)
			}
			var s *plan.Sink
			a.c, s = table(t, kc, topic, map[string]string{"sink.transactional-id-prefix": topic})
			return s, func() []string { return settled(t, kc, topic) }
		},
		Batches: func(pool *vector.Pool) []*operators.Batch {
			return []*operators.Batch{rows(pool, 0, 300), rows(pool, 300, 310), rows(pool, 310, 1000)}
		},
		Want: wanted(1000),
	})
}

// settled reads when the marks of transactions have been written, which brokers do after their answer.
func settled(t *testing.T, kc addressed, topic string) []string {
	before := values(read(t, kc, topic))
	for {
		time.Sleep(100 * time.Millisecond)
		after := values(read(t, kc, topic))
		if len(after) == len(before) {
			return after
		}
		before = after
	}
}
