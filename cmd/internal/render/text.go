package render

import (
	"context"
	"fmt"
	"io"
	"strings"

	"millrace/runtime/gateway"
)

// IsText tells results that are a text to read, not a table: EXPLAIN, SHOW CREATE.
func IsText(r *gateway.Result) bool {
	return !r.Query && r.Content && len(r.Schema) == 1 && r.Schema[0].Name == "result"
}

// Text prints a result of one column of text as it is, without a box.
func Text(ctx context.Context, w io.Writer, r *gateway.Result) error {
	for {
		batches, done, err := r.Rows.Next(ctx, 0)
		if err != nil {
			return err
		}
		for _, b := range batches {
			for i := range b.Len {
				if _, err := fmt.Fprintln(w, strings.TrimRight(string(b.Columns[0].Bytes(i)), "\n")); err != nil {
					return err
				}
			}
			b.Release()
		}
		if done {
			return nil
		}
	}
}
