package kafkatest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	fastTopic = `
CREATE TABLE fast (n INT, ts <ts>, WATERMARK FOR ts AS ts) WITH (
  'connector' = 'kafka', 'topic' = '<fast>', 'properties.bootstrap.servers' = '<brokers>', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json',
  'properties.max.partition.fetch.bytes' = '1000', <options>);`
	fastFile = `
CREATE TABLE fast (n INT, ts AS TO_TIMESTAMP_LTZ(n, 0), WATERMARK FOR ts AS ts) WITH (
  'connector' = 'filesystem', 'path' = '<file>', 'format' = 'csv', <options>);`
)

const alignScript = `
CREATE TABLE slow (n INT, ts <ts>, WATERMARK FOR ts AS ts) WITH (
  'connector' = 'kafka', 'topic' = '<slow>', 'properties.bootstrap.servers' = '<brokers>', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json',
  <options>);
CREATE TABLE seen (src STRING, n INT) WITH (
  'connector' = 'kafka', 'topic' = '<seen>', 'properties.bootstrap.servers' = '<brokers>', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'src');
INSERT INTO seen SELECT 'fast', n FROM fast UNION ALL SELECT 'slow', n FROM slow`

// seconds is records whose event time is from from up to to, one each second, in small batches.
func (b *broker) seconds(topic string, from, to, partitions int) {
	b.t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Close()
	for n := from; n < to; {
		var rs []*kgo.Record
		for range 10 * partitions {
			if n == to {
				break
			}
			at := time.Unix(int64(n), 0).UTC().Format("2006-01-02 15:04:05")
			r := record(topic, "", fmt.Sprintf(`{"n":%d,"ts":"%s"}`, n, at))
			r.Partition = int32(n % partitions)
			rs = append(rs, r)
			n++
		}
		if err := c.ProduceSync(b.t.Context(), rs...).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestAlignment reads a topic that is all there and one that grows: the first does not run away, neither where Kafka's source makes watermarks
// for each partition, nor where they are made behind it.
func TestAlignment(t *testing.T) {
	const aligned = "'scan.watermark.alignment.group' = 'g', 'scan.watermark.alignment.max-drift' = '60 s', 'scan.watermark.alignment.update-interval' = '50 ms'"
	for _, x := range []struct {
		name, fast, ts, options string
		parallelism             string
		held                    bool
		slack                   int // what is read beyond the limit: a batch of a source that cannot stop within one
	}{
		{"by partitions", fastTopic, "TIMESTAMP(3)", aligned, "1", true, 200},
		{"by partitions of two readers", fastTopic, "TIMESTAMP(3)", aligned, "2", true, 200},
		{"as a whole", fastTopic, "AS TO_TIMESTAMP_LTZ(n, 0)", aligned, "1", true, 200},
		{"a file", fastFile, "TIMESTAMP(3)", aligned, "1", true, 4096},
		{"not at all", fastTopic, "TIMESTAMP(3)", "'scan.watermark.emit.strategy' = 'on-periodic'", "1", false, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := brokers(t)
			fast, slow, seen := b.topic("fast", 2), b.topic("slow", 1), b.topic("seen", 1)
			b.seconds(slow, 0, 10, 1)
			const last = 29_999
			file := ""
			if x.fast == fastFile {
				file = numbers(t, last+1)
			} else {
				b.seconds(fast, 0, last+1, 2)
			}
			e := start(t, "parallelism.default="+x.parallelism, "pipeline.auto-watermark-interval=0 ms")
			defer e.crash()
			e.must(replace(b.fill(x.fast+alignScript, fast, slow, seen), "<options>", x.options, "<ts>", x.ts, "<file>", file))
			v := b.view(seen)
			high := map[string]int{}
			// until waits for src to reach n, and then some time longer.
			until := func(src string, n int) {
				t.Helper()
				for begun := time.Now(); high[src] < n; v.each(t, 50*time.Millisecond, high) {
					e.check()
					if time.Since(begun) > 20*time.Second {
						t.Fatalf("%s is at %d, not at %d", src, high[src], n)
					}
				}
				for begun := time.Now(); time.Since(begun) < 500*time.Millisecond; {
					v.each(t, 50*time.Millisecond, high)
				}
			}
			if !x.held {
				until("fast", last)
				return
			}
			until("slow", 9)
			until("fast", 9)
			early := high["fast"] // what was read before there was a limit
			if early > 2*last/3 {
				t.Errorf("with the slow source at 9, the fast one is at %d", early)
			}
			for _, at := range []int{9_999, 24_999} {
				b.seconds(slow, at-20, at+1, 1)
				until("slow", at)
				until("fast", at)
				if high["fast"] > max(early, at+60+x.slack) {
					t.Errorf("with the slow source at %d, the fast one is at %d", at, high["fast"])
				}
			}
			b.seconds(slow, last, last+1, 1)
			until("fast", last)
		})
	}
}

// each takes what has come, and notes the highest n of each source.
func (v *view) each(t *testing.T, wait time.Duration, high map[string]int) {
	t.Helper()
	v.seen = func(r *kgo.Record) {
		var x struct {
			Src string
			N   int
		}
		if err := json.Unmarshal(r.Value, &x); err != nil {
			t.Error(err)
		}
		high[x.Src] = max(high[x.Src], x.N)
	}
	v.poll(t, wait)
}

// numbers writes a file with a number on each line.
func numbers(t *testing.T, n int) string {
	t.Helper()
	var text []byte
	for i := range n {
		text = append(strconv.AppendInt(text, int64(i), 10), '\n')
	}
	name := filepath.Join(t.TempDir(), "numbers.csv")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + name
}

// TestAlignmentAlone reads a long way with a small drift and a long interval: a source whose group has no others does not wait for itself.
func TestAlignmentAlone(t *testing.T) {
	b := brokers(t)
	fast, seen := b.topic("fast", 2), b.topic("seen", 1)
	b.seconds(fast, 0, 3000, 2)
	e := start(t, "parallelism.default=2", "pipeline.auto-watermark-interval=0 ms")
	defer e.crash()
	const options = "'scan.watermark.alignment.group' = 'g', 'scan.watermark.alignment.max-drift' = '60 s', 'scan.watermark.alignment.update-interval' = '1 h'"
	script := fastTopic + alignScript[strings.Index(alignScript, "CREATE TABLE seen"):strings.Index(alignScript, " UNION ALL")]
	e.must(replace(b.fill(script, fast, seen), "<options>", options, "<ts>", "TIMESTAMP(3)"))
	v, high := b.view(seen), map[string]int{}
	for begun := time.Now(); high["fast"] < 2999; v.each(t, 50*time.Millisecond, high) {
		e.check()
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("it is at %d", high["fast"])
		}
	}
}
