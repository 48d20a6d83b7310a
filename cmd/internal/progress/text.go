package progress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"millrace/connectors"
	"millrace/runtime/job"
)

// Totals are figures of a whole job: records read by sources and written by sinks, and the lowest watermark of the sinks.
type Totals struct {
	In, Out   int64
	Watermark int64
}

// Sum adds up the figures of a job.
func Sum(st job.Status) Totals {
	t := Totals{Watermark: math.MaxInt64}
	for i := range st.Progress.Nodes {
		switch n := &st.Progress.Nodes[i]; n.Kind {
		case "source":
			t.In += n.RecordsOut
		case "sink":
			t.Out += n.RecordsIn
			t.Watermark = min(t.Watermark, n.Watermark)
		}
	}
	return t
}

// Headline is the line about a job that runs. rate is records a second.
func Headline(st job.Status, rate float64) string {
	t := Sum(st)
	line := fmt.Sprintf("%s  in %s  out %s  %s/s", st.State, Count(t.In), Count(t.Out), Count(int64(rate)))
	if t.Watermark != math.MinInt64 && t.Watermark != math.MaxInt64 {
		line += "  watermark " + time.UnixMilli(t.Watermark).UTC().Format("2006-01-02 15:04:05")
	}
	if c := st.Progress.Last; c != nil {
		line += fmt.Sprintf("  checkpoint %d", c.ID)
	}
	if f := Failing(st); f != nil {
		line += fmt.Sprintf("  checkpoint %d failed", f.ID)
	}
	if st.Entered[job.Restarting] > 0 {
		line += "  last restart: " + FirstLine(st.Failure)
	}
	return line
}

// Failing is the last checkpoint if it failed, else nil.
func Failing(st job.Status) *job.CheckpointRecord {
	if f := st.Progress.LastFailure; f != nil && (st.Progress.Last == nil || f.ID > st.Progress.Last.ID) {
		return f
	}
	return nil
}

// Summary says how a job ended, in one line.
func Summary(st job.Status) string {
	t := Sum(st)
	seconds := float64(st.End-st.Start) / 1e3
	line := fmt.Sprintf("Job %s %s: %d records in, %d out, %.2f s", st.Name, st.State, t.In, t.Out, seconds)
	if n := st.Progress.Checkpoints.Completed; n > 0 {
		line += fmt.Sprintf(", %d checkpoints", n)
	}
	var late, malformed int64
	for i := range st.Progress.Nodes {
		late += st.Progress.Nodes[i].Late
		malformed += st.Progress.Nodes[i].Malformed
	}
	if late > 0 {
		line += fmt.Sprintf(", %d late records dropped", late)
	}
	if malformed > 0 {
		line += fmt.Sprintf(", %d malformed records", malformed)
	}
	return line
}

// Connectors has a line for each source and sink of a job. exact: counts in full, without columns, for logs; else short and one below the other.
func Connectors(st job.Status, exact bool) []string {
	var lines []string
	width := 0
	for i := range st.Progress.Nodes {
		if n := &st.Progress.Nodes[i]; n.Kind == "source" || n.Kind == "sink" {
			width = max(width, len([]rune(name(n))))
		}
	}
	for i := range st.Progress.Nodes {
		n := &st.Progress.Nodes[i]
		if n.Kind != "source" && n.Kind != "sink" {
			continue
		}
		if exact {
			lines = append(lines, n.Kind+" "+name(n)+": "+strings.Join(facts(n, plain), ", "))
			continue
		}
		pad := strings.Repeat(" ", width-len([]rune(name(n))))
		lines = append(lines, fmt.Sprintf("  %-6s %s%s  %s", n.Kind, name(n), pad, strings.Join(facts(n, short), "  ")))
	}
	return lines
}

// name is the table of a source or sink, without the catalog that there always is.
func name(n *job.NodeProgress) string {
	if n.Table == "" {
		return n.Name
	}
	return strings.TrimPrefix(n.Table, "default_catalog.default_database.")
}

// notation is how numbers are written: short, or in full.
type notation bool

const (
	short notation = false
	plain notation = true
)

func (p notation) count(n int64) string {
	if p {
		return strconv.FormatInt(n, 10)
	}
	return Count(n)
}

func (p notation) bytes(n int64) string {
	if p {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return Bytes(n)
}

// facts are what is known of a source or sink, each with its unit. What is zero is left out but for the records.
func facts(n *job.NodeProgress, as notation) []string {
	c := n.Counters
	var out []string
	add := func(v int64, format string) {
		if v > 0 {
			out = append(out, fmt.Sprintf(format, as.count(v)))
		}
	}
	records, bytes := n.RecordsOut, n.BytesIn
	if n.Kind == "sink" {
		records, bytes = n.RecordsIn, n.BytesOut
	}
	out = append(out, as.count(records)+" records")
	if bytes > 0 {
		out = append(out, as.bytes(bytes))
	}
	add(c[connectors.CountPendingRecords], "lag %s records")
	add(c[connectors.CountPendingFiles], "lag %s files")
	if b := c[connectors.CountPendingBytes]; b > 0 {
		out = append(out, "lag "+as.bytes(b))
	}
	add(n.Malformed, "%s malformed")
	add(c["numRecordsDeadLettered"], "%s to the dead-letter table")
	add(c[connectors.CountWithoutValue], "%s without value")
	add(c[connectors.CountCommitted], "%s transactions committed")
	add(c[connectors.CountAborted], "%s transactions aborted")
	add(c[connectors.CountPendingTransactions], "%s transactions pending")
	add(c[connectors.CountPublished], "%s files published")
	add(c[connectors.CountPendingUploads], "%s uploads pending")
	add(c[connectors.CountRetries], "%s retries")
	return out
}

// FirstLine is the text up to its first line end.
func FirstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

// Count shortens a number: 12345 is 12.3k.
func Count(n int64) string {
	switch f := float64(n); {
	case n < 10000:
		return strconv.FormatInt(n, 10)
	case n < 1e6:
		return fmt.Sprintf("%.1fk", f/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.2fM", f/1e6)
	default:
		return fmt.Sprintf("%.2fG", f/1e9)
	}
}

// Bytes shortens a number of bytes: 12345 is 12.1 KiB.
func Bytes(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, unit := float64(n)/(1<<10), 0
	for f >= 1024 && unit < 3 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGT"[unit])
}
