package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// progress shows how a job goes: on a terminal one line that is written over; elsewhere a line for each restart and for checkpoints that begin to
// fail; at the end a summary.
type progress struct {
	w      io.Writer
	live   bool
	quiet  bool
	quit   chan struct{}
	wg     sync.WaitGroup
	last   int64     // records at the last look
	at     time.Time // of the last look
	rate   float64
	length int   // of the line that stands there
	told   int64 // when the restart began that was told last
	failed bool  // failing checkpoints were told
}

func newProgress(c *call) *progress {
	p := &progress{w: c.Err, quiet: c.quiet, quit: make(chan struct{})}
	if f, ok := c.Err.(*os.File); ok && !c.quiet {
		p.live = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// start follows a job until stop.
func (p *progress) start(cluster *minicluster.Cluster, id job.ID) {
	if p.quiet {
		return
	}
	p.at = time.Now()
	p.wg.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case now := <-tick.C:
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				st, err := cluster.Status(ctx, id)
				cancel()
				switch {
				case err != nil:
				case p.live:
					p.show(st, now)
				default:
					p.tell(st)
				}
			}
		}
	})
}

// stop clears the line.
func (p *progress) stop() {
	close(p.quit)
	p.wg.Wait()
	if p.length > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.length)+"\r")
	}
}

func (p *progress) show(st job.Status, now time.Time) {
	in, out, watermark := figures(st)
	if d := now.Sub(p.at).Seconds(); d > 0 {
		p.rate = float64(in-p.last) / d
	}
	p.last, p.at = in, now
	line := fmt.Sprintf("%s  in %s  out %s  %s/s", st.State, count(in), count(out), count(int64(p.rate)))
	if watermark != math.MinInt64 && watermark != math.MaxInt64 {
		line += "  watermark " + time.UnixMilli(watermark).UTC().Format("2006-01-02 15:04:05")
	}
	if c := st.Progress.Last; c != nil {
		line += fmt.Sprintf("  checkpoint %d", c.ID)
	}
	if f := st.Progress.LastFailure; f != nil && (st.Progress.Last == nil || f.ID > st.Progress.Last.ID) {
		line += fmt.Sprintf("  checkpoint %d failed", f.ID)
	}
	if st.Entered[job.Restarting] > 0 {
		line += "  last restart: " + firstLine(st.Failure)
	}
	line = fit(line, p.columns())
	pad := max(0, p.length-len(line))
	fmt.Fprint(p.w, "\r"+line+strings.Repeat(" ", pad))
	p.length = len(line)
}

// tell writes what somebody who reads a log should know.
func (p *progress) tell(st job.Status) {
	if at := st.Entered[job.Restarting]; at > p.told {
		p.told = at
		fmt.Fprintf(p.w, "Job %s restarts: %s\n", st.Name, firstLine(st.Failure))
	}
	f := st.Progress.LastFailure
	failing := f != nil && (st.Progress.Last == nil || f.ID > st.Progress.Last.ID)
	if failing && !p.failed {
		fmt.Fprintf(p.w, "Job %s: checkpoint %d failed: %s\n", st.Name, f.ID, firstLine(f.Failure))
	}
	p.failed = failing
}

// columns is the width of the terminal.
func (p *progress) columns() int {
	if f, ok := p.w.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// fit cuts a line to the width of the terminal, so that it can be written over.
func fit(s string, width int) string {
	if r := []rune(s); len(r) >= width {
		return string(r[:max(width-1, 0)])
	}
	return s
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

// figures are the records read by sources and written by sinks, and the lowest watermark of the sinks.
func figures(st job.Status) (in, out, watermark int64) {
	watermark = math.MaxInt64
	for _, n := range st.Progress.Nodes {
		switch n.Kind {
		case "source":
			in += n.RecordsOut
		case "sink":
			out += n.RecordsIn
			watermark = min(watermark, n.Watermark)
		}
	}
	return in, out, watermark
}

// count shortens a number: 12345 is 12.3k.
func count(n int64) string {
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

// summary says how a job ended.
func (p *progress) summary(st job.Status) {
	if p.quiet {
		return
	}
	in, out, _ := figures(st)
	seconds := float64(st.End-st.Start) / 1e3
	fmt.Fprintf(p.w, "Job %s %s: %d records in, %d out, %.2f s", st.Name, st.State, in, out, seconds)
	if n := st.Progress.Checkpoints.Completed; n > 0 {
		fmt.Fprintf(p.w, ", %d checkpoints", n)
	}
	var late, malformed int64
	for _, n := range st.Progress.Nodes {
		late += n.Late
		malformed += n.Malformed
	}
	if late > 0 {
		fmt.Fprintf(p.w, ", %d late records dropped", late)
	}
	if malformed > 0 {
		fmt.Fprintf(p.w, ", %d malformed records", malformed)
	}
	fmt.Fprintln(p.w)
}
