package kafka_test

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/connectors"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/sql/types"
)

// TestLag: what the partitions have and was not read is counted, after a restore too, and bounded by where reading ends.
func TestLag(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(2, "t"))
	c := newClient(t, k.ListenAddrs())
	ints := types.Schema{{Name: "a", Type: types.IntType()}}
	p1 := client.Partition{Topic: "t", Index: 1}
	put := func(p client.Partition, n int) {
		t.Helper()
		for i := range n {
			produce(t, c, p, plainBatch(wire.Plain), rec{"-", fmt.Sprintf(`{"a":%d}`, i), 0, nil})
		}
	}
	lag := func(l *live) int64 { return l.env.Count(connectors.CountPendingRecords).Load() }
	put(p0("t"), 5)
	put(p1, 3)
	s := source(k.ListenAddrs(), "t", ints, "scan.bounded.mode", "unbounded")
	l := open(t, s, nil, nil)
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.read(8); err != nil {
		t.Fatal(err)
	}
	if n := lag(l); n != 0 {
		t.Errorf("lag %d when all is read", n)
	}
	splits, err := l.rd.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	state, err := l.enum.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	l.close()

	put(p0("t"), 4)
	for _, x := range []struct{ limit, rows, lag int64 }{{1, 1, 4}, {0, 4, 0}} { // with a limit reading stops within what was fetched
		s.Limit = x.limit
		l = open(t, s, state, splits)
		if _, err := l.read(int(x.rows)); err != nil {
			t.Fatal(err)
		}
		if n := lag(l); n != x.lag {
			t.Errorf("lag %d after %d rows, want %d", n, x.rows, x.lag)
		}
		l.close()
	}

	// A reader that ends before the log does lags behind its own end only.
	l = open(t, source(k.ListenAddrs(), "t", ints, "scan.bounded.mode", "specific-offsets", "scan.bounded.specific-offsets", "partition:0,offset:2;partition:1,offset:1"), nil, nil)
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	if got, err := l.read(1000); err != nil || len(got) != 3 || lag(l) != 0 {
		t.Errorf("%v %v, lag %d", got, err, lag(l))
	}
	l.close()
}

// TestDescribeSplit: partition and offsets, as EXPLAIN shows them.
func TestDescribeSplit(t *testing.T) {
	for state, want := range map[string]string{
		`{"topic":"t","partition":3,"offset":5,"epoch":-1,"stop":-1}`: "t-3 from offset 5 on",
		`{"topic":"t","partition":3,"offset":5,"epoch":-1,"stop":9}`:  "t-3 from offset 5 to 8",
		`?`: "t-3",
	} {
		if got, _ := connector().DescribeSplit(connectors.Split{ID: "t-3", State: []byte(state)}); got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
}
