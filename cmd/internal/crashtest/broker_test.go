package crashtest

import (
	"context"
	"io"
	"log" //nolint:depguard // the type of http.Server.ErrorLog
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/objstore/faulty"
)

// through runs a job to its end, which must be reached by one process, while something happens.
func (f *flow) through(happen func()) {
	f.t.Helper()
	p := f.start("", "-p", "2")
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		f.feed(context.Background(), f.total, 100*time.Millisecond)
	}()
	for f.newest() == "" && pause(20*time.Millisecond, p.ended) {
	}
	happen()
	<-fed
	<-p.ended
	if !p.ProcessState.Success() {
		f.t.Fatalf("%v\n%s", p.ProcessState, p.tail())
	}
	var told []string // restarts, and why
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "restart") {
			told = append(told, line)
		}
	}
	f.t.Logf("%d records, the job was restarted %d times\n%s", f.total, len(told), strings.Join(told, ""))
	f.check()
}

// TestBrokerDies kills the only broker twice while the job runs: the job waits and goes on.
func TestBrokerDies(t *testing.T) {
	t.Parallel()
	k := kafkatest.StartOwn(t, 1)
	newFlow(t, k.Cluster, 24000, seeded(t)).through(func() {
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
	t.Parallel()
	k := kafkatest.StartOwn(t, 3)
	newFlow(t, k.Cluster, 60000, seeded(t)).through(func() {
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
	t.Parallel()
	proxy := newKafkaProxy(t)
	k := kafkatest.StartBehind(t, proxy.before)
	f := newFlow(t, k.Cluster, 24000, seeded(t))
	f.through(func() {
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

// TestBucketMisbehaves: the bucket's server is busy for a while, then loses answers to what it has done. MILLRACE_BUSY is how many seconds it is busy.
func TestBucketMisbehaves(t *testing.T) {
	t.Parallel()
	busy := number(t, "MILLRACE_BUSY", 3)
	f := newFlow(t, kafkatest.Start(t), 24000+3000*busy, seeded(t)) // 3000 a second
	target, err := url.Parse(f.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	between := &faulty.Transport{Base: &http.Transport{}}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		Transport: between, ErrorLog: log.New(io.Discard, "", 0),
	})
	defer proxy.Close()
	f.endpoint = proxy.URL
	f.through(func() {
		between.Script(faulty.Wire{Status: http.StatusServiceUnavailable, Times: -1})
		time.Sleep(time.Duration(busy) * time.Second)
		between.Script(
			faulty.Wire{Method: "PUT", Match: "_metadata", Lost: true, Times: 3},
			faulty.Wire{Method: "PUT", Match: "part-", Lost: true, Times: 3},
			faulty.Wire{Method: "POST", Match: "uploadId=", Lost: true, Times: 1},
			faulty.Wire{Method: "DELETE", Lost: true, Times: 2},
		)
	})
	if n := between.Left(); n > 1 { // the upload may be of a run that needs none
		t.Errorf("%d faults were not met", n)
	}
	between.Script()
}

// oldStyle tells whether brokers have transactions without KIP-890.
func oldStyle() bool { return strings.HasPrefix(kafkatest.Version(), "3.") }
