package sink_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// TestRealBroker is TestConformance on the brokers that MILLRACE_KAFKA names: host:port, divided by commas.
func TestRealBroker(t *testing.T) {
	if !kafkatest.Real() {
		t.Skip("no real broker: MILLRACE_KAFKA is not set; TestConformance has run on the broker in this process")
	}
	kc := kafkatest.Start(t)
	a := &adapter{}
	conntest.Sink(t, conntest.SinkTest{
		Connector: a,
		Open: func(t *testing.T) (*plan.Sink, func() []string) {
			topic := kc.Topic(t, "conformance", 3)
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

// TestRealBrokerOutcomes is TestUnknownOutcome on real brokers.
func TestRealBrokerOutcomes(t *testing.T) {
	k := kafkatest.Start(t)
	unknownOutcome(t, k, k.Topic(t, "outcomes", 2))
}

// TestRealBrokerFenced: a job that starts later with the same prefix of transactional ids aborts what this one has open, and this one says so.
func TestRealBrokerFenced(t *testing.T) {
	k := kafkatest.Start(t)
	topic := k.Topic(t, "fenced", 2)
	c, s := table(t, k, topic, map[string]string{"sink.transactional-id-prefix": topic})
	w, _, pool := open(t, c, s)
	_, later, _ := open(t, c, s)
	ctx := context.Background()
	write(t, w, rows(pool, 0, 10))
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); len(k.Open(t, topic)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			t.Fatal("no transaction is open")
		}
	}
	if err := later.Abort(ctx, nil, nil); err != nil {
		t.Fatal(err)
	}
	b := rows(pool, 10, 20)
	err := w.Write(ctx, b)
	b.Release()
	if err == nil {
		_, _, err = w.Prepare(ctx, 1, false)
	}
	if err == nil || !strings.Contains(err.Error(), topic) || !strings.Contains(err.Error(), "sink.transactional-id-prefix") {
		t.Errorf("%v", err)
	}
	if got := settled(t, k, topic); len(got) > 0 {
		t.Errorf("rows of an aborted transaction: %v", got)
	}
	if open := k.Settled(t, topic); k.Real && len(open) > 0 { // the imitation goes on listing them
		t.Errorf("transactions are left: %v", open)
	}
}

// TestRealBrokerEpochs uses up the epochs of a transactional id: brokers then give it another producer id.
func TestRealBrokerEpochs(t *testing.T) {
	if !kafkatest.Real() {
		t.Skip("no real broker: MILLRACE_KAFKA is not set, and the imitation has no end of epochs")
	}
	k := kafkatest.Start(t)
	topic := k.Topic(t, "epochs", 2)
	c, s := table(t, k, topic, map[string]string{"sink.transactional-id-prefix": topic})
	w, committer, pool := open(t, c, s)
	raw := client.New(properties(t, k, nil), nil)
	defer raw.Close()
	ctx := context.Background()
	type handle struct {
		ID       string `json:"id"`
		Producer int64  `json:"producer"`
		Epoch    int16  `json:"epoch"`
	}
	producers := map[string]map[int64]bool{}
	n := 0
	round := func() (h handle) {
		write(t, w, rows(pool, 10*n, 10*n+10))
		n++
		commit := prepare(t, w, int64(n))
		if err := json.Unmarshal(commit, &h); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second one is refused where it is another transaction's epoch, and resolved
			if err := committer.Commit(ctx, int64(n), [][]byte{commit}); err != nil {
				t.Fatal(err)
			}
		}
		if producers[h.ID] == nil {
			producers[h.ID] = map[int64]bool{}
		}
		producers[h.ID][h.Producer] = true
		return h
	}
	first := round()
	do := func(m wire.Message, code func() wire.Code) {
		t.Helper()
		if err := raw.Retry(ctx, "test", func(ctx context.Context) error { return raw.ToCoordinator(ctx, first.ID, true, m, code) }); err != nil {
			t.Fatal(err)
		}
	}
	var last wire.Producer
	for last.Epoch < 32755 {
		m := &wire.InitProducerID{TransactionID: first.ID, TimeoutMillis: 60000, Before: wire.NoProducer()}
		do(m, func() wire.Code { return m.Code })
		last = m.Producer
	}
	// The writer uses the id again when it sees that its transaction was committed.
	add := &wire.AddOffsetsToTxn{TransactionID: first.ID, Producer: last, Group: k.Name("group")}
	do(add, func() wire.Code { return add.Code })
	end := &wire.EndTxn{TransactionID: first.ID, Producer: last, Commit: true}
	do(end, func() wire.Code { return end.Code })
	for range 40 {
		round()
	}
	if len(producers[first.ID]) < 2 {
		t.Errorf("the id %s never got another producer id: %v", first.ID, producers)
	}
	t.Logf("producer ids by transactional id: %v", producers)
	if d := cmp.Diff(wanted(10*n), settled(t, k, topic)); d != "" {
		t.Error(d)
	}
}

// settled reads when the marks of transactions that have ended are written, which brokers do after their answer.
func settled(t *testing.T, kc addressed, topic string) []string {
	t.Helper()
	if k, ok := kc.(*kafkatest.Cluster); ok {
		k.Settled(t, "")
	}
	return values(read(t, kc, topic))
}
