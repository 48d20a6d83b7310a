package filesystem_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/operators/vector"
)

// TestPartitionCommit: when partitions are marked, by both triggers, in a folder; each checkpoint is committed by a new committer, as after a restart.
func TestPartitionCommit(t *testing.T) {
	type step struct {
		now, mark int64 // minutes; mark < 0: no watermark
		rows      string
		final     bool
		want      string // marks after the checkpoint
	}
	const policy = "sink.partition-commit.policy.kind"
	for _, c := range []struct {
		name    string
		options []string
		steps   []step
	}{
		{"process-time", []string{policy, "success-file"}, []step{
			{0, -1, `{"p":"2024-01-01"}`, false, "2024-01-01"},
			{1, -1, "", false, "2024-01-01"},
			{2, -1, `{"p":"2024-01-02"}`, false, "2024-01-01 2024-01-02"},
		}},
		{"process-time with delay", []string{policy, "success-file", "sink.partition-commit.delay", "10 min", "sink.partition-commit.success-file.name", "done"}, []step{
			{0, -1, `{"p":"2024-01-01"}`, false, ""},
			{9, -1, `{"p":"2024-01-01"}` + "\n" + `{"p":"2024-01-02"}`, false, ""},
			{10, -1, "", false, ""},
			{11, -1, "", false, "2024-01-01"},
			{19, -1, "", false, "2024-01-01"},
			{20, -1, "", false, "2024-01-01 2024-01-02"},
		}},
		{"the end", []string{policy, "success-file", "sink.partition-commit.delay", "10 min"}, []step{
			{0, -1, `{"p":"2024-01-01"}`, false, ""}, {1, -1, "", true, "2024-01-01"},
		}},
		{"partition-time", []string{policy, " success-file ", "sink.partition-commit.trigger", "partition-time", "sink.partition-commit.delay", "1 h"}, []step{
			{0, -1, `{"p":"2024-01-01"}` + "\n" + `{"p":"2024-01-02"}`, false, ""},
			{1, 60, "", false, ""},
			{2, 61, "", false, "2024-01-01"},
			{3, 25*60 + 1, `{"p":"2024-01-03"}`, false, "2024-01-01 2024-01-02"},
		}},
		{"late rows", []string{policy, "success-file", "sink.partition-commit.trigger", "partition-time"}, []step{
			{0, 1, `{"p":"2024-01-01"}`, false, "2024-01-01"}, {1, 2, `{"p":"2024-01-01"}`, false, "2024-01-01"},
		}},
		{"zone", []string{policy, "success-file", "sink.partition-commit.trigger", "partition-time", "sink.partition-commit.watermark-time-zone", "Asia/Tokyo"}, []step{
			{0, -9 * 60, `{"p":"2024-01-01"}`, false, ""}, {1, -9*60 + 1, "", false, "2024-01-01"},
		}},
		{"pattern", []string{
			policy, "success-file", "sink.partition-commit.trigger", "partition-time", "partition.time-extractor.timestamp-pattern", "$p",
			"partition.time-extractor.timestamp-formatter", "yyyyMMdd",
		}, []step{{0, 0, `{"p":"20240101"}`, false, ""}, {1, 1, "", false, "20240101"}}},
		{"no policy", nil, []step{{0, -1, `{"p":"2024-01-01"}`, true, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := sink(dir, schema("i", integer, "p", text), []string{"p"}, c.options...)
			ctx := context.Background()
			pool := vector.NewPool(0)
			env := conntest.Env(t, pool, 0, 1)
			now := int64(0)
			env.Now = func() int64 { return now }
			w, err := connector().OpenWriter(ctx, s, env, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Close() }()
			zero := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
			for i, st := range c.steps {
				now = st.now * 60_000
				if st.rows != "" {
					for _, b := range batches(t, pool, s.Schema, st.rows) {
						if err := w.Write(ctx, b); err != nil {
							t.Fatal(err)
						}
					}
				}
				if st.mark >= 0 || c.name == "zone" {
					w.(connectors.WatermarkWriter).Watermark(zero + st.mark*60_000)
				}
				h, _, err := w.Prepare(ctx, int64(i+1), st.final)
				if err != nil {
					t.Fatal(err)
				}
				m, err := connector().OpenCommitter(ctx, s, env)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := m.Commit(ctx, int64(i+1), [][]byte{h}); err != nil {
						t.Fatal(err)
					}
				}
				var got []string
				for _, l := range visible(t, dir) {
					if at, ok := strings.CutSuffix(strings.TrimSuffix(l, "/done"), "/_SUCCESS"); ok || strings.HasSuffix(l, "/done") {
						got = append(got, strings.TrimPrefix(at, "p="))
					}
				}
				slices.Sort(got)
				if d := cmp.Diff(st.want, strings.Join(got, " ")); d != "" {
					t.Errorf("step %d: %s", i, d)
				}
			}
		})
	}
}

// TestSinkRefusals: options that a sink cannot have say what can be done.
func TestSinkRefusals(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"sink.partition-commit.policy.kind", "metastore,success-file", "'metastore' is for tables of Hive"},
		{"sink.partition-commit.policy.kind", "custom", "'custom' runs Java classes"},
		{"sink.partition-commit.policy.kind", "mail", "policies are success-file, metastore, custom"},
		{"sink.partition-commit.policy.class", "a.B", "Java classes cannot be run here"},
		{"sink.partition-commit.trigger", "watermark", "process-time, partition-time"},
		{"sink.partition-commit.delay", "soon", "a duration such as"},
		{"sink.partition-commit.watermark-time-zone", "Nowhere/City", "the zone is unknown"},
		{"partition.time-extractor.kind", "custom", "'custom' runs Java classes"},
		{"partition.time-extractor.class", "a.B", "Java classes cannot be run here"},
		{"partition.time-extractor.timestamp-pattern", "$day", "$ stands before a partition column; there are p"},
		{"partition.time-extractor.timestamp-formatter", "MMM", "\"MMM\" is not supported"},
		{"sink.rolling-policy.rollover-interval", "x", "a duration such as"},
		{"compaction.file-size", "0b", "it must be more than 0"},
		{"compaction.parallelism", "0", "1 to 64 are allowed"},
		{"auto-compaction", "maybe", "true"},
	} {
		_, err := connector().Capabilities(connectors.Table{
			Options: conntest.Options("path", "/x", "format", "csv", c.key, c.value), Schema: schema("i", integer, "p", text), Partition: []string{"p"},
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s = %s: %v, want %q", c.key, c.value, err, c.want)
		}
	}
}

// TestRolling: files are finished by size, age and silence, and files of formats with a structure with every checkpoint.
func TestRolling(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name    string
		options []string
		want    []int // files handed over with each checkpoint; a row and a minute go before each
	}{
		{"nothing", nil, []int{0, 0, 0, 0}},
		{"size", []string{"sink.rolling-policy.file-size", "9b"}, []int{0, 1, 0, 1}},
		{"age", []string{"sink.rolling-policy.rollover-interval", "90 s"}, []int{0, 0, 1, 0}},
		{"silence", []string{"sink.rolling-policy.inactivity-interval", "50 s"}, []int{0, 1, 1, 1}},
		{"checked seldom", []string{"sink.rolling-policy.rollover-interval", "90 s", "sink.rolling-policy.check-interval", "1 h"}, []int{0, 0, 0, 0}},
		{"compaction", []string{"auto-compaction", "true"}, []int{1, 1, 1, 1}},
	} {
		s := sink(t.TempDir(), schema("i", integer), nil, c.options...)
		pool := vector.NewPool(0)
		env := conntest.Env(t, pool, 0, 1)
		now := int64(0)
		env.Now = func() int64 { return now }
		w, err := connector().OpenWriter(ctx, s, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := batches(t, pool, s.Schema, `{"i":1}`)[0]
		var got []int
		for i := range c.want {
			if err := w.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
			commit, _, err := w.Prepare(ctx, int64(i), false)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.Count(string(commit), `"final":"`))
			now += 60_000
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
