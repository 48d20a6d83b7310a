package crashtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"millrace/connectors/kafka/kafkatest"
)

// through runs a job of so many records to its end, which must be reached by one process, while something happens.
func through(t *testing.T, k *kafkatest.Cluster, records int, happen func(f *flow)) {
	t.Helper()
	f := newFlow(t, k, records, seeded(t))
	p := f.start("", "-p", "2")
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		f.feed(context.Background(), f.total, 100*time.Millisecond)
	}()
	for f.newest() == "" && pause(20*time.Millisecond, p.ended) {
	}
	happen(f)
	<-fed
	<-p.ended
	if !p.ProcessState.Success() {
		t.Fatalf("%v\n%s", p.ProcessState, p.tail())
	}
	t.Logf("%d records, %d restarts of the job", f.total, strings.Count(p.log.String(), "restart"))
	f.check()
}

// TestBrokerDies kills the only broker twice while the job runs: the job waits and goes on.
func TestBrokerDies(t *testing.T) {
	k := kafkatest.StartOwn(t, 1)
	through(t, k.Cluster, 24000, func(*flow) {
		for range 2 {
			time.Sleep(time.Second)
			k.Kill(t, 1)
			time.Sleep(time.Second)
			k.Up(t, 1)
		}
	})
}

// TestLeadersMove stops and kills brokers of three, one after another, while the job runs.
func TestLeadersMove(t *testing.T) {
	if number(t, "MILLRACE_CRASH_BROKERS", 1) < 3 {
		t.Skip("three brokers are much for a small machine: MILLRACE_CRASH_BROKERS=3 runs this test; TestBrokerDies is about one")
	}
	k := kafkatest.StartOwn(t, 3)
	through(t, k.Cluster, 60000, func(*flow) {
		for n := 1; n <= 3; n++ {
			time.Sleep(time.Second)
			if n == 2 {
				k.Stop(t, n)
			} else {
				k.Kill(t, n)
			}
			time.Sleep(4 * time.Second) // the cluster notices
			k.Up(t, n)
		}
	})
}

// TestLostAnswers: brokers do what they are asked for, and nobody hears of it.
func TestLostAnswers(t *testing.T) {
	proxy := newKafkaProxy(t)
	k := kafkatest.StartBehind(t, proxy.before)
	through(t, k.Cluster, 24000, func(f *flow) {
		for range 2 {
			for _, key := range []int16{initProducerKey, produceKey, addPartitionsKey, offsetsKey, endTxnKey} {
				if key == addPartitionsKey && !oldStyle() {
					continue
				}
				proxy.script(key, 3, f.out)
				for begun := time.Now(); proxy.left() > 0; time.Sleep(20 * time.Millisecond) {
					if time.Since(begun) > time.Minute {
						t.Fatalf("request %d is not made: %d answers are not lost", key, proxy.left())
					}
				}
			}
		}
	})
	t.Logf("answers lost, by request: %v", proxy.lost)
}

// oldStyle tells whether brokers have transactions without KIP-890.
func oldStyle() bool { return strings.HasPrefix(kafkatest.Version(), "3.") }
