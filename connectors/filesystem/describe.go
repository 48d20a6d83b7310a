package filesystem

import (
	"encoding/json"
	"fmt"

	"millrace/connectors"
)

var _ connectors.SplitDescriber = (*Connector)(nil)

// DescribeSplit tells files and bytes.
func (*Connector) DescribeSplit(s connectors.Split) (text string, bytes int64) {
	var p position
	if err := json.Unmarshal(s.State, &p); err != nil {
		return s.ID, 0
	}
	text = p.Path
	switch {
	case p.Files > 1:
		text += fmt.Sprintf(" and %d more files", p.Files-1)
	case p.Start > 0 || p.End != forever:
		text += fmt.Sprintf(" from byte %d on", p.Start)
	}
	return text + fmt.Sprintf(" (%d bytes)", p.Size), p.Size
}
