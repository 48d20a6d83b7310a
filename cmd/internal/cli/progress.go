package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"millrace/cmd/internal/progress"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// reportEvery is how often a log is told the figures of a job that runs.
const reportEvery = time.Minute

// follower shows how a job goes: on a terminal a block of lines that is written over; elsewhere a line for each restart, for checkpoints that begin
// to fail, and every minute the figures; at the end a summary.
type follower struct {
	w      io.Writer
	screen *progress.Screen // nil: no terminal
	quiet  bool
	quit   chan struct{}
	wg     sync.WaitGroup
	last   int64     // records at the last look
	at     time.Time // of the last look
	report time.Time // when the figures are told next
	told   int64     // when the restart began that was told last
	failed bool      // failing checkpoints were told
}

// follow returns a follower of one job.
func (c *call) follow() *follower {
	return &follower{w: c.Err, screen: c.screen, quiet: c.quiet, quit: make(chan struct{})}
}

// useScreen makes the call's streams share the terminal with the progress of jobs, if there is one.
func (c *call) useScreen() {
	f, ok := c.Err.(*os.File)
	if !ok || c.quiet || !term.IsTerminal(int(f.Fd())) {
		return
	}
	c.screen = progress.NewScreen(f, func() (columns, rows int) {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
		return 80, 24
	})
	c.Err = c.screen.Writer(c.Err)
	if c.interactive {
		c.Out = c.screen.Writer(c.Out)
	}
}

// start follows a job until stop.
func (p *follower) start(cluster *minicluster.Cluster, id job.ID) {
	if p.quiet {
		return
	}
	p.at = time.Now()
	p.report = p.at.Add(reportEvery)
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
				case p.screen != nil:
					p.screen.Show(append([]string{progress.Headline(st, p.rate(st, now))}, progress.Connectors(st, false)...))
				default:
					p.tell(st, now)
				}
			}
		}
	})
}

// rate is how many records a second were read since the last look.
func (p *follower) rate(st job.Status, now time.Time) float64 {
	in, d := progress.Sum(st).In, now.Sub(p.at).Seconds()
	rate := 0.0
	if d > 0 && in >= p.last { // after a restart figures begin anew
		rate = float64(in-p.last) / d
	}
	p.last, p.at = in, now
	return rate
}

// stop clears the terminal.
func (p *follower) stop() {
	close(p.quit)
	p.wg.Wait()
	if p.screen != nil {
		p.screen.Clear()
	}
}

// tell writes what somebody who reads a log should know.
func (p *follower) tell(st job.Status, now time.Time) {
	if at := st.Entered[job.Restarting]; at > p.told {
		p.told = at
		fmt.Fprintf(p.w, "Job %s restarts: %s\n", st.Name, progress.FirstLine(st.Failure))
	}
	f := progress.Failing(st)
	if f != nil && !p.failed {
		fmt.Fprintf(p.w, "Job %s: checkpoint %d failed: %s\n", st.Name, f.ID, progress.FirstLine(f.Failure))
	}
	p.failed = f != nil
	if now.Before(p.report) {
		return
	}
	p.report = now.Add(reportEvery)
	fmt.Fprintf(p.w, "Job %s %s\n", st.Name, progress.Headline(st, p.rate(st, now)))
	p.connectors(st)
}

// connectors writes a line for each source and sink.
func (p *follower) connectors(st job.Status) {
	var b strings.Builder
	for _, l := range progress.Connectors(st, true) {
		b.WriteString("  " + l + "\n")
	}
	fmt.Fprint(p.w, b.String())
}

// summary says how a job ended.
func (p *follower) summary(st job.Status) {
	if p.quiet {
		return
	}
	fmt.Fprintln(p.w, progress.Summary(st))
	p.connectors(st)
}
