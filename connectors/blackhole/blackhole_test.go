package blackhole_test

import (
	"context"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/blackhole"
	"millrace/connectors/conntest"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

func TestTakesEverything(t *testing.T) {
	k := blackhole.Connector{}
	caps, err := k.Capabilities(connectors.Table{Options: conntest.Options("connector", "blackhole")})
	if err != nil || caps.Source || !caps.Sink || caps.Overwrite || !caps.Partitioned {
		t.Errorf("%+v, %v", caps, err)
	}
	w, err := k.OpenWriter(context.Background(), &plan.Sink{}, conntest.Env(t, vector.NewPool(0), 0, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch(5)
	b.Kinds = []vector.RowKind{0, 1, 2, 3, 0}
	if err := w.Write(context.Background(), b); err != nil {
		t.Error(err)
	}
	if commit, state, err := w.Prepare(context.Background(), 1, true); commit != nil || state != nil || err != nil {
		t.Errorf("%s, %s, %v", commit, state, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if c, err := k.OpenCommitter(context.Background(), nil, connectors.Env{}); c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := k.Capabilities(connectors.Table{Options: conntest.Options("sink.parallelism", "1")}); err == nil || !strings.Contains(err.Error(), "it has no options") {
		t.Errorf("an option is taken: %v", err)
	}
}
