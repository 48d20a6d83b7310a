package job

import (
	"fmt"
	"strings"
)

// TableError is err with the name of the table in front, unless the connector has named the table already.
func TableError(table string, err error) error {
	if text := err.Error(); strings.HasPrefix(text, "table "+table+":") || strings.HasPrefix(text, fmt.Sprintf("table %q:", table)) {
		return err
	}
	return fmt.Errorf("table %s: %w", table, err)
}
