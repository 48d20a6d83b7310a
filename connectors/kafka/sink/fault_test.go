package sink_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestTransactionFaults is about what real coordinators answer for a while: they are busy with the end before, move, or load.
func TestTransactionFaults(t *testing.T) {
	for name, opts := range map[string][]kfake.Opt{"new": nil, "old": {old()}} {
		t.Run(name, func(t *testing.T) {
			kc := cluster(t, opts...)
			create(t, kc, "t", 3)
			c, s := table(t, kc, "t", nil)
			w, k, pool := open(t, c, s)
			keys := []kmsg.Key{kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.DescribeTransactions}
			errs := []*kerr.Error{kerr.ConcurrentTransactions, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable}
			for i := range 8 {
				for _, key := range keys {
					kc.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: errs[i%len(errs)], Count: 2})
				}
				write(t, w, rows(pool, 100*i, 100*i+100))
				h := prepare(t, w, int64(i+1))
				for range 2 {
					if err := k.Commit(context.Background(), int64(i+1), [][]byte{h}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if d := cmp.Diff(wanted(800), values(read(t, kc, "t"))); d != "" {
				t.Error(d)
			}
		})
	}
}
