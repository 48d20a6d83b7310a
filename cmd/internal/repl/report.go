package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"millrace/connectors"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
)

// Report prints an error; one about SQL text with the line it is in and a mark below the place, secrets hidden.
func Report(w io.Writer, err error) {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Line() > 0 {
		text := e.CaretWith(func(src string, pos int) (string, int) { return parser.MaskAt(src, pos, connectors.Masked) })
		fmt.Fprintf(w, "[ERROR] %s\n", parser.Scrub(strings.TrimRight(text, "\n"), e.Src, connectors.Masked))
		return
	}
	fmt.Fprintf(w, "[ERROR] %v\n", err)
}
