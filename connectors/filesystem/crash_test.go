package filesystem_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log" //nolint:depguard // the type of http.Server.ErrorLog
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/s3/s3test"
)

const crashJob = `SET 'execution.checkpointing.interval' = '150 ms';
SET 'execution.checkpointing.dir' = 's3://data/checkpoints';
SET 'pipeline.name' = 'crash';
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
  'fields.id.end' = '%d', 'rows-per-second' = '%d');
CREATE TABLE files (id BIGINT, pad STRING, p BIGINT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = 's3://data/out', 'format' = 'json',
  'sink.partition-commit.policy.kind' = 'success-file', 'sink.rolling-policy.file-size' = '7mb', 'sink.abandoned-uploads.age' = '0 s');
INSERT INTO files SELECT id, REPEAT('x', 300), MOD(id, 2) FROM numbers;
`

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "millrace")
	if out, err := exec.Command("go", "build", "-o", program, "millrace/cmd/millrace").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// TestKilledJob kills a process that writes to a bucket, with its checkpoints in the same bucket, at random moments, and resumes it: each row is in the
// files once, and no upload is left. MILLRACE_KILLS is how often it is killed.
func TestKilledJob(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_KILLS")); err == nil {
		kills = n
	}
	const perSecond = 60_000
	rows := 120_000 + 30_000*kills
	server := s3test.Start(t, "data")
	program := build(t)
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, fmt.Appendf(nil, crashJob, rows, perSecond), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(limit time.Duration, from ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, append([]string{"run", file}, from...)...) // at the limit it gets SIGKILL
		cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+server.Endpoint, "AWS_ACCESS_KEY_ID="+s3test.AccessKey,
			"AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return out.String(), err
	}
	resumed, killed := 0, 0
	for range kills {
		out, err := run(300*time.Millisecond+rand.N(900*time.Millisecond), "--resume")
		if strings.Contains(out, "resuming from s3://data/checkpoints/") {
			resumed++
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v: %s", err, out)
		}
		killed++
	}
	// The last run is told where to begin.
	last := "--resume"
	if newest := newestCheckpoint(t, newPlace(t, "s3://data", server.Options())); newest != "" && killed == kills {
		last = "--from=s3://data/" + newest
	}
	if out, err := run(2*time.Minute, last); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d kills, %d times resumed from a checkpoint, real server: %t", killed, resumed, server.Real)
	if resumed == 0 {
		t.Error("it was never resumed from a checkpoint")
	}
	checkOutput(t, server, rows)
}

const compactJob = `SET 'execution.checkpointing.interval' = '150 ms';
SET 'execution.checkpointing.dir' = '%[1]s/checkpoints';
SET 'pipeline.name' = 'crash';
SET 'parallelism.default' = '2';
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
  'fields.id.end' = '%[2]d', 'rows-per-second' = '40000');
CREATE TABLE files (id BIGINT, pad STRING, p BIGINT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = '%[1]s/out', 'format' = '%[3]s',
  'sink.rolling-policy.file-size' = '100kb', 'auto-compaction' = 'true', 'compaction.file-size' = '1mb', 'sink.abandoned-uploads.age' = '0 s');
INSERT INTO files SELECT id, REPEAT('x', MOD(id, 300)), MOD(id, 2) FROM numbers;
`

const countJob = `SET 'execution.runtime-mode' = 'batch';
CREATE TABLE files (id BIGINT, pad STRING, p BIGINT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = '%[1]s/out', 'format' = '%[2]s');
SELECT COUNT(*) = %[3]d, COUNT(DISTINCT id) = %[3]d, MIN(id) = 1, MAX(id) = %[3]d, COUNT(*) FROM files WHERE CHAR_LENGTH(pad) = MOD(id, 300);
`

// TestKilledCompaction kills a process whose files are put together, at random moments, and resumes it.
func TestKilledCompaction(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_KILLS")); err == nil {
		kills = n
	}
	program := build(t)
	for _, c := range []struct{ place, format string }{{"s3", "json"}, {"s3", "parquet"}, {"file", "json"}, {"file", "avro"}} {
		t.Run(c.place+" "+c.format, func(t *testing.T) {
			uri, env := t.TempDir(), os.Environ()
			var server *s3test.Server
			if c.place == "s3" {
				server = s3test.Start(t, "data")
				uri = "s3://data"
				env = append(env, "AWS_ENDPOINT_URL="+server.Endpoint, "AWS_ACCESS_KEY_ID="+s3test.AccessKey,
					"AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1")
			}
			rows := 60_000 + 20_000*kills
			run := func(limit time.Duration, text string) (string, error) {
				file := filepath.Join(t.TempDir(), "job.sql")
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				cmd := exec.CommandContext(ctx, program, "run", file, "--resume")
				cmd.Env = env
				out, err := cmd.CombinedOutput()
				if ctx.Err() != nil {
					err = ctx.Err()
				}
				return string(out), err
			}
			job := fmt.Sprintf(compactJob, uri, rows, c.format)
			resumed := 0
			for k := range kills + 1 {
				limit := 300*time.Millisecond + rand.N(1200*time.Millisecond)
				if k == kills {
					limit = 2 * time.Minute
				}
				out, err := run(limit, job)
				if strings.Contains(out, "resuming from") {
					resumed++
				}
				if err == nil {
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || k == kills {
					t.Fatalf("%v: %s", err, out)
				}
			}
			out, err := run(time.Minute, fmt.Sprintf(countJob, uri, c.format, rows))
			if err != nil || strings.Count(strings.ToUpper(out), "TRUE") != 4 {
				t.Errorf("%d rows are wanted: %v: %s", rows, err, out)
			}
			t.Logf("%d times resumed from a checkpoint", resumed)
			if server != nil {
				for _, l := range newPlace(t, "s3://data", server.Options()).left(t, "s3://data/out") {
					t.Errorf("%s is left", l)
				}
			}
		})
	}
}

// newestCheckpoint is the key of the folder of the newest complete checkpoint, or "".
func newestCheckpoint(t *testing.T, p *place) string {
	t.Helper()
	var newest objstore.Info
	if err := p.store.List(context.Background(), "checkpoints/", func(i objstore.Info) error {
		if path.Base(i.Key) == "_metadata" && i.Modified.After(newest.Modified) {
			newest = i
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(newest.Key, "/_metadata")
}

// checkOutput checks that each row is there once, that partitions are marked, and that no upload is left.
func checkOutput(t *testing.T, server *s3test.Server, rows int) {
	t.Helper()
	p := newPlace(t, "s3://data", server.Options())
	seen := make([]uint8, rows+1)
	total := 0
	err := p.store.List(context.Background(), "out/", func(i objstore.Info) error {
		if !strings.HasPrefix(path.Base(i.Key), "part-") {
			return nil
		}
		r, err := p.store.Get(context.Background(), i.Key, 0, -1)
		if err != nil {
			return err
		}
		defer r.Close()
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), `{"id":`), ",")
			id, err := strconv.Atoi(text)
			if err != nil || id < 1 || id > rows {
				return fmt.Errorf("object %s: line %q", i.Key, lines.Text())
			}
			seen[id]++
			total++
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	lost, doubled := 0, 0
	for _, n := range seen[1:] {
		switch {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	if lost > 0 || doubled > 0 || total != rows {
		t.Errorf("%d rows of %d: %d lost, %d doubled", total, rows, lost, doubled)
	}
	for _, key := range []string{"out/p=0/_SUCCESS", "out/p=1/_SUCCESS"} {
		if _, err := p.store.Head(context.Background(), key); err != nil {
			t.Error(err)
		}
	}
	if err := p.store.ListUploads(context.Background(), "", func(u objstore.Upload) error {
		t.Errorf("upload of %s is left", u.Key)
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestServerGoesAway stops the server for some seconds while a job runs: the job waits and goes on.
func TestServerGoesAway(t *testing.T) {
	server := s3test.Start(t, "data")
	const rows = 240_000
	program := build(t)
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, fmt.Appendf(nil, crashJob, rows, 80_000), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "run", file)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+server.Endpoint, "AWS_ACCESS_KEY_ID="+s3test.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		time.Sleep(time.Second)
		server.Kill()
		time.Sleep(1500 * time.Millisecond)
		server.Launch(t)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	checkOutput(t, server, rows)
}

// TestStoreMisbehaves runs a job whose store is busy for a while, loses answers after it has done what they are about, and breaks off.
// MILLRACE_BUSY is how long it is busy.
func TestStoreMisbehaves(t *testing.T) {
	busy := 3 * time.Second
	if d, err := time.ParseDuration(os.Getenv("MILLRACE_BUSY")); err == nil {
		busy = d
	}
	server := s3test.Start(t, "data")
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	wire := &faulty.Transport{Base: &http.Transport{}}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		Transport: wire, ErrorLog: log.New(io.Discard, "", 0),
	})
	defer proxy.Close()
	const rows = 240_000
	program := build(t)
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, fmt.Appendf(nil, crashJob, rows, 80_000), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute+busy)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "run", file)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+proxy.URL, "AWS_ACCESS_KEY_ID="+s3test.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+s3test.SecretKey, "AWS_REGION=us-east-1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	wire.Script(faulty.Wire{Status: 503, Times: -1})
	time.Sleep(busy)
	// Answers are lost: to completions, to parts, to manifests (which must not exist when they are written), to the begin of uploads.
	wire.Script(
		faulty.Wire{Method: "POST", Match: "uploadId=", Lost: true, Times: 8},
		faulty.Wire{Method: "PUT", Match: "partNumber=", Lost: true, Skip: 1, Times: 5},
		faulty.Wire{Method: "PUT", Match: "_metadata", Lost: true, Skip: 2, Times: 3},
		faulty.Wire{Method: "POST", Match: "uploads=", Lost: true, Times: 2},
		faulty.Wire{Method: "HEAD", Match: "part-", Status: 500, Times: 4},
		faulty.Wire{Method: "PUT", Match: "_SUCCESS", Lost: true, Times: 2},
		faulty.Wire{Method: "POST", Match: "delete=", Lost: true, Times: 2},
	)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if n := wire.Left(); n > 10 {
		t.Errorf("%d faults were not met", n)
	}
	wire.Script()
	checkOutput(t, server, rows)
}
