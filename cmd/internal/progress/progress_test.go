package progress

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors"
	"millrace/runtime/job"
)

// status is a job that has a bit of everything.
func status() job.Status {
	st := job.Status{Name: "j", State: job.Running, Start: 1000, End: 3500}
	st.Progress.Nodes = []job.NodeProgress{
		{
			Kind: "source", Table: "default_catalog.default_database.bids", RecordsOut: 123_456, BytesIn: 5 << 20, Malformed: 2,
			Counters: map[string]int64{
				connectors.CountMalformed: 2, connectors.CountPendingRecords: 4_500_000, connectors.CountRetries: 3, connectors.CountWithoutValue: 1,
			},
		},
		{Kind: "source", Table: "lake.raw.files", RecordsOut: 7, BytesIn: 900, Counters: map[string]int64{connectors.CountPendingFiles: 2, connectors.CountPendingBytes: 3000}},
		{Kind: "aggregate", RecordsIn: 10, RecordsOut: 10, Late: 4},
		{
			Kind: "sink", Table: "default_catalog.default_database.totals", RecordsIn: 10, BytesOut: 512, Watermark: 1_704_067_200_000,
			Counters: map[string]int64{
				connectors.CountBytesSent: 512, connectors.CountCommitted: 3, connectors.CountAborted: 1, connectors.CountPendingTransactions: 1,
			},
		},
		{
			Kind: "sink", Table: "default_catalog.default_database.lake", RecordsIn: 0, Watermark: math.MaxInt64,
			Counters: map[string]int64{connectors.CountPublished: 2, connectors.CountPendingUploads: 5, connectors.CountRetries: 12},
		},
	}
	st.Progress.Last = &job.CheckpointRecord{ID: 7}
	st.Progress.Checkpoints.Completed = 7
	return st
}

func TestText(t *testing.T) {
	st := status()
	got := append([]string{Headline(st, 2500)}, Connectors(st, false)...)
	got = append(got, Connectors(st, true)...)
	st.State = job.Finished
	got = append(got, Summary(st))
	want := []string{
		"RUNNING  in 123.5k  out 10  2500/s  watermark 2024-01-01 00:00:00  checkpoint 7",
		"  source bids            123.5k records  5.0 MiB  lag 4.50M records  2 malformed  1 without value  3 retries",
		"  source lake.raw.files  7 records  900 B  lag 2 files  lag 2.9 KiB",
		"  sink   totals          10 records  512 B  3 transactions committed  1 transactions aborted  1 transactions pending",
		"  sink   lake            0 records  2 files published  5 uploads pending  12 retries",
		"source bids: 123456 records, 5242880 bytes, lag 4500000 records, 2 malformed, 1 without value, 3 retries",
		"source lake.raw.files: 7 records, 900 bytes, lag 2 files, lag 3000 bytes",
		"sink totals: 10 records, 512 bytes, 3 transactions committed, 1 transactions aborted, 1 transactions pending",
		"sink lake: 0 records, 2 files published, 5 uploads pending, 12 retries",
		"Job j FINISHED: 123463 records in, 10 out, 2.50 s, 7 checkpoints, 4 late records dropped, 2 malformed records",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	st.Progress.LastFailure = &job.CheckpointRecord{ID: 9}
	st.Entered[job.Restarting], st.Failure = 5, "broker away\nwith details"
	if got := Headline(st, 0); !strings.HasSuffix(got, "checkpoint 7  checkpoint 9 failed  last restart: broker away") {
		t.Error(got)
	}
}

// TestScreen: the block stands below what is written, is no larger than the terminal, and leaves nothing behind.
func TestScreen(t *testing.T) {
	term := &terminal{}
	s := NewScreen(term, func() (int, int) { return 12, 4 })
	out := s.Writer(term)
	see := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(want, term.lines); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	write := func(text string) {
		t.Helper()
		if n, err := out.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	write("echo\n")
	s.Show([]string{"one", "two"})
	see("echo", "one", "two")
	s.Show([]string{"three", "a line that is too long"})
	see("echo", "three", "a line that")
	write("row 1\nrow 2\n")
	see("echo", "row 1", "row 2", "three", "a line that")
	s.Show([]string{"1", "2", "3", "4", "5"})
	see("echo", "row 1", "row 2", "1", "2", "3")
	write("half")
	see("echo", "row 1", "row 2", "half")
	s.Show([]string{"not now"})
	see("echo", "row 1", "row 2", "half")
	write(" a line\n")
	see("echo", "row 1", "row 2", "half a line", "not now")
	s.Clear()
	s.Clear()
	write("end\n")
	see("echo", "row 1", "row 2", "half a line", "end", "")
}

// terminal does what the screen asks of one: line feeds, \r, up by n lines, erase what follows.
type terminal struct {
	lines []string
	row   int
}

func (t *terminal) Write(p []byte) (int, error) {
	if t.lines == nil {
		t.lines = []string{""}
	}
	for s := string(p); s != ""; {
		switch {
		case s[0] == '\n':
			if t.row++; t.row == len(t.lines) {
				t.lines = append(t.lines, "")
			}
			s = s[1:]
		case s[0] == '\r':
			s = s[1:]
		case strings.HasPrefix(s, "\x1b[J"):
			t.lines = append(t.lines[:t.row], "")
			s = s[3:]
		case strings.HasPrefix(s, "\x1b["):
			t.row -= int(s[2] - '0')
			s = s[4:]
		default:
			t.lines[t.row] += s[:1]
			s = s[1:]
		}
	}
	return len(p), nil
}
