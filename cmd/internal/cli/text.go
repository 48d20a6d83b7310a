package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"millrace/runtime/gateway"
)

// maxInput bounds what is read from standard input.
const maxInput = 64 << 20

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(b) > maxInput {
		err = fmt.Errorf("input is larger than %d bytes", maxInput)
	}
	return b, err
}

// echo shows a statement as the shell would.
func echo(w io.Writer, statement string) {
	for i, line := range strings.Split(statement, "\n") {
		prompt := "   ... "
		if i == 0 {
			prompt = "sql >> "
		}
		fmt.Fprintln(w, prompt+line)
	}
}

// printText prints a result of text as it is, without a box.
func printText(ctx context.Context, w io.Writer, r *gateway.Result) error {
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

// width is table.display.max-column-width.
func width(settings map[string]string) int {
	n, err := strconv.Atoi(settings["table.display.max-column-width"])
	if err != nil || n < 1 {
		return 30
	}
	return n
}
