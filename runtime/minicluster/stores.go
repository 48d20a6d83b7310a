package minicluster

import (
	"fmt"
	"strings"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/mem"
)

// stores opens mem:// in the memory of the cluster and everything else by the configured opener.
type stores struct {
	memory mem.Opener
	other  objstore.Opener
}

// Open implements objstore.Opener.
func (s *stores) Open(uri string) (objstore.Store, string, error) {
	if strings.HasPrefix(uri, "mem://") {
		return s.memory.Open(uri)
	}
	if s.other == nil {
		return nil, "", fmt.Errorf("directory %q: no object store is configured", uri)
	}
	return s.other.Open(uri)
}
