package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3/s3test"
)

// flowSQL reads a topic, counts in windows, and writes the result to a topic and to partitioned files, and the records themselves to large files.
const flowSQL = `SET 'pipeline.name' = '${JOB}';
SET 'table.local-time-zone' = 'UTC';
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, pad STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'kafka', 'topic' = '${IN}', 'properties.bootstrap.servers' = '${SERVERS}', 'properties.group.id' = '${IN}', 'format' = 'json',
    'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = '${ENDS}');
CREATE TABLE totals (auction BIGINT, ends TIMESTAMP(3), n BIGINT, total BIGINT, highest BIGINT) WITH (${TOTALS});
CREATE TABLE windows (auction BIGINT, ends TIMESTAMP(3), n BIGINT, total BIGINT, part STRING) PARTITIONED BY (part)
  WITH ('connector' = 'filesystem', 'path' = '${OUT}/windows', 'format' = 'json', 'sink.rolling-policy.file-size' = '64kb', 'sink.abandoned-uploads.age' = '0 s');
CREATE TABLE copies (auction BIGINT, bidder BIGINT, price BIGINT, pad STRING, ts TIMESTAMP(3))
  WITH ('connector' = 'filesystem', 'path' = '${OUT}/copies', 'format' = 'json', 'sink.abandoned-uploads.age' = '0 s');
EXECUTE STATEMENT SET BEGIN
INSERT INTO totals SELECT auction, window_end, COUNT(*), SUM(price), MAX(price)
  FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY auction, window_start, window_end;
INSERT INTO windows SELECT auction, window_end, COUNT(*), SUM(price), DATE_FORMAT(window_end, 'mm-ss')
  FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '4' SECOND)) GROUP BY auction, window_start, window_end;
INSERT INTO copies SELECT auction, bidder, price, pad, ts FROM bids;
END;
`

// flowLimit is how long one process of a flow may take on a busy machine.
const flowLimit = 3 * time.Minute

// flowPartitions is the number of partitions of the topics.
const flowPartitions = 3

// flow is a job from a topic to a topic and to files of a bucket, with its checkpoints in the bucket. Its records are written while it runs.
type flow struct {
	t        *testing.T
	k        *kafkatest.Cluster
	store    objstore.Multipart
	produce  func(ctx context.Context, topic string, partition int32, values ...string) error
	dir      string
	servers  string // where the job finds the brokers
	endpoint string // where it finds the bucket
	in, out  string // topics
	total    int    // records in all
	made     int    // records written
	random   *rand.Rand
	settings []string
}

// newFlow makes the topics and the bucket for a job of so many records.
func newFlow(t *testing.T, k *kafkatest.Cluster, total int, random *rand.Rand) *flow {
	t.Helper()
	total -= total % flowPartitions
	server := s3test.Start(t, "data")
	s, _, err := resolve.New(server.Options()).Open("s3://data")
	if err != nil {
		t.Fatal(err)
	}
	return &flow{
		t: t, k: k, store: s.(objstore.Multipart), produce: k.Producer(t), dir: t.TempDir(), servers: k.Servers(), endpoint: server.Endpoint,
		in: k.Topic(t, "bids", flowPartitions), out: k.Topic(t, "totals", 2), total: total, random: random,
	}
}

// feed writes the next records, in event-time order for each partition; every pause a hundred for each, or all at once.
func (f *flow) feed(ctx context.Context, n int, pause time.Duration) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pad := strings.Repeat("0123456789", 30)
	for end := min(f.made+n, f.total); f.made < end && ctx.Err() == nil; {
		var values [flowPartitions][]string
		for range min(100*flowPartitions, end-f.made) {
			i := f.made
			values[i%flowPartitions] = append(values[i%flowPartitions], fmt.Sprintf(`{"auction":%d,"bidder":%d,"price":%d,"pad":"%s","ts":"%s"}`,
				i*7919%53, i%101, i*31%1000, pad, start.Add(time.Duration(i)*2*time.Millisecond).Format("2006-01-02 15:04:05.000")))
			f.made++
		}
		for p, vs := range values {
			if err := f.produce(context.WithoutCancel(ctx), f.in, int32(p), vs...); err != nil {
				f.t.Errorf("write records: %v", err)
				return
			}
		}
		if pause > 0 {
			time.Sleep(pause)
		}
	}
}

// script writes the job's text to a file. Without a bucket its results go below the folder out, and it is a batch job.
func (f *flow) script(batch bool) string {
	f.t.Helper()
	ends := make([]string, flowPartitions)
	for p := range ends {
		ends[p] = fmt.Sprintf("partition:%d,offset:%d", p, f.total/flowPartitions)
	}
	name, head := filepath.Join(f.dir, "stream.sql"), ""
	root := "s3://data/out"
	totals := fmt.Sprintf(`'connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = 'json', 'sink.transactional-id-prefix' = '%s'`, f.out, f.servers, f.out)
	if batch {
		name, root, head = filepath.Join(f.dir, "batch.sql"), "file://"+filepath.Join(f.dir, "out"), "SET 'execution.runtime-mode' = 'batch';\n"
		totals = fmt.Sprintf(`'connector' = 'filesystem', 'path' = '%s/totals', 'format' = 'json'`, root)
	}
	text := strings.NewReplacer("${JOB}", f.in, "${IN}", f.in, "${SERVERS}", f.servers, "${ENDS}", strings.Join(ends, ";"), "${TOTALS}", totals, "${OUT}", root).Replace(head + flowSQL)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		f.t.Fatal(err)
	}
	return name
}

// process is a run of the job.
type process struct {
	*exec.Cmd
	log   bytes.Buffer
	ended chan struct{}
}

// start runs the job with a checkpoint each 200 ms, going on from the newest one. It dies at the place, if one is given.
func (f *flow) start(at string, more ...string) *process {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), flowLimit)
	p := &process{ended: make(chan struct{})}
	p.Cmd = exec.CommandContext(ctx, binary, slices.Concat([]string{
		"run", f.script(false), "--resume", "-D", "execution.checkpointing.interval=200ms", "-D", "execution.checkpointing.dir=s3://data/checkpoints",
		"-D", "s3.upload.part-size=5mb",
	}, f.settings, more)...)
	p.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+f.endpoint, "AWS_ACCESS_KEY_ID="+s3test.AccessKey, "AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1",
		"MILLRACE_LOG=warn", "MILLRACE_CRASH_AT="+at)
	p.Stdout, p.Stderr = &p.log, &p.log
	if err := p.Start(); err != nil {
		f.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		defer cancel()
		_ = p.Wait() // the state says more
	}()
	return p
}

// tail is the end of what the process has said.
func (p *process) tail() string {
	s := p.log.String()
	return s[max(0, len(s)-3000):]
}

// killed tells whether a signal has ended the process.
func (p *process) killed() bool { return !p.ProcessState.Exited() }

// newest is the key of the manifest of the newest complete checkpoint, "" if there is none.
func (f *flow) newest() string {
	f.t.Helper()
	var newest objstore.Info
	err := f.store.List(context.Background(), "checkpoints/", func(i objstore.Info) error {
		if path.Base(i.Key) == "_metadata" && (i.Modified.After(newest.Modified) || i.Modified.Equal(newest.Modified) && i.Key > newest.Key) {
			newest = i
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return newest.Key
}

// finish runs the job to its end.
func (f *flow) finish() {
	f.t.Helper()
	p := f.start("")
	f.feed(context.Background(), f.total, 0)
	<-p.ended
	if !p.ProcessState.Success() {
		f.t.Fatalf("the last run: %v\n%s", p.ProcessState, p.tail())
	}
}

// check compares what readers see with the batch answer, and looks for what is left behind.
func (f *flow) check() {
	f.t.Helper()
	c := exec.CommandContext(f.t.Context(), binary, "run", f.script(true))
	if out, err := c.CombinedOutput(); err != nil {
		f.t.Fatalf("batch: %v\n%s", err, out)
	}
	want := (&job{t: f.t, dir: f.dir}).rows("out")
	if copies := slices.IndexFunc(want, func(s string) bool { return !strings.HasPrefix(s, "copies ") }); copies != f.total {
		f.t.Errorf("the batch answer has %d records, want %d", copies, f.total)
	}
	var got []string
	for _, r := range f.k.Committed(f.t, f.out) {
		got = append(got, "totals "+string(r.Value))
	}
	err := f.store.List(context.Background(), "out/", func(i objstore.Info) error {
		if name := path.Base(i.Key); strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			return nil
		}
		r, err := f.store.Get(context.Background(), i.Key, 0, -1)
		if err != nil {
			return err
		}
		defer r.Close()
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			got = append(got, strings.TrimPrefix(path.Dir(i.Key), "out/")+" "+lines.Text())
		}
		return lines.Err()
	})
	if err != nil {
		f.t.Fatal(err)
	}
	slices.Sort(got)
	compare(f.t, got, want)
	if open := f.k.Settled(f.t, f.out); len(open) > 0 {
		f.t.Errorf("transactions are left: %v", open)
	}
	if err := f.store.ListUploads(context.Background(), "", func(u objstore.Upload) error {
		f.t.Errorf("an upload is left: %s", u.Key)
		return nil
	}); err != nil {
		f.t.Error(err)
	}
}

// parallelism is one to three.
func (f *flow) parallelism() []string { return []string{"-p", strconv.Itoa(1 + f.random.IntN(3))} }
