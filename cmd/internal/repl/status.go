package repl

import (
	"context"
	"fmt"
	"strings"
	"time"

	"millrace/cmd/internal/progress"
	"millrace/runtime/job"
)

// status prints how jobs go: that of an id, or all.
func (s *Shell) status(ctx context.Context, id string) error {
	jobs, err := s.cfg.Session.Jobs(ctx, job.ID(id))
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, st := range jobs {
		if st.State.Terminal() {
			fmt.Fprintf(&b, "%s  %s\n", st.ID, progress.Summary(st))
		} else {
			seconds := max(time.Since(time.UnixMilli(st.Start)).Seconds(), 0.001)
			fmt.Fprintf(&b, "%s  Job %s %s\n", st.ID, st.Name, progress.Headline(st, float64(progress.Sum(st).In)/seconds))
		}
		for _, line := range progress.Connectors(st, false) {
			b.WriteString(line + "\n")
		}
	}
	if b.Len() == 0 {
		b.WriteString("no jobs\n")
	}
	_, err = fmt.Fprint(s.cfg.Out, b.String())
	return err
}
