package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"millrace/sql/sqlerr"
)

// Report prints an error; one about SQL text with the line it is in and a mark below the place.
func Report(w io.Writer, err error) {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Line() > 0 {
		fmt.Fprintf(w, "[ERROR] %s\n", strings.TrimRight(e.Caret(), "\n"))
		return
	}
	fmt.Fprintf(w, "[ERROR] %v\n", err)
}
