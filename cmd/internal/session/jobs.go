package session

import (
	"context"

	"millrace/runtime/job"
)

// Jobs returns the job of an id, or with "" all jobs of the process, oldest first, with their live figures.
func (s *Session) Jobs(ctx context.Context, id job.ID) ([]job.Status, error) {
	ids := []job.ID{id}
	if id == "" {
		ids = nil
		for _, st := range s.env.Cluster.Jobs() {
			ids = append(ids, st.ID)
		}
	}
	var out []job.Status
	for _, id := range ids {
		st, err := s.env.Cluster.Status(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}
