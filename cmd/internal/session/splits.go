package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"millrace/cmd/internal/progress"
	"millrace/connectors"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// splitsWait is how long EXPLAIN waits for a source's splits.
const splitsWait = 2 * time.Second

// splits returns what EXPLAIN tells of the splits of a source.
func (s *Session) splits(ctx context.Context, settings map[string]string) func(n *plan.Node) []string {
	return func(n *plan.Node) []string {
		ctx, cancel := context.WithTimeout(ctx, splitsWait)
		defer cancel()
		src := n.Spec.(*plan.Source)
		parallelism := n.Parallelism
		if parallelism == 0 {
			parallelism, _ = job.Settings(settings).Int("parallelism.default", 1)
		}
		found, err := s.env.Cluster.Splits(ctx, src, parallelism, settings)
		if err != nil {
			why := progress.FirstLine(strings.TrimPrefix(err.Error(), "table "+src.Table+": "))
			if errors.Is(err, context.DeadlineExceeded) {
				_, detail, _ := strings.Cut(why, context.DeadlineExceeded.Error())
				why = fmt.Sprintf("no answer within %s%s", splitsWait, detail)
			}
			return []string{"unknown (" + hideOptions(why, src.Options) + ")"}
		}
		head := fmt.Sprintf("%d", found.Count)
		if found.More {
			head = "at least " + head
		}
		if found.Bytes > 0 {
			head += ", " + progress.Bytes(found.Bytes)
		}
		lines := append([]string{head}, found.Texts...)
		if more := found.Count - len(found.Texts); more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		return lines
	}
}

// hideOptions removes secrets of options from a text.
func hideOptions(text string, options map[string]string) string {
	for k, v := range options {
		if shown := connectors.Masked(k, v); shown != v {
			text = strings.ReplaceAll(text, v, shown)
		}
	}
	return text
}
