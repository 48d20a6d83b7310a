package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
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

// width is table.display.max-column-width.
func width(settings map[string]string) int {
	n, err := strconv.Atoi(settings["table.display.max-column-width"])
	if err != nil || n < 1 {
		return 30
	}
	return n
}
