package kafka

import (
	"encoding/json"
	"fmt"

	"millrace/connectors"
)

var _ connectors.SplitDescriber = (*Connector)(nil)

// DescribeSplit tells partition and offsets.
func (*Connector) DescribeSplit(s connectors.Split) (text string, bytes int64) {
	var p position
	if err := json.Unmarshal(s.State, &p); err != nil {
		return s.ID, 0
	}
	if p.Stop == noStop {
		return fmt.Sprintf("%s from offset %d on", s.ID, p.Offset), 0
	}
	return fmt.Sprintf("%s from offset %d to %d", s.ID, p.Offset, p.Stop-1), 0
}
