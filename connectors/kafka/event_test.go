package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/connectors"
	"millrace/connectors/kafka/wire"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// With scan.watermark.emit.strategy = on-event a watermark follows each row that moves it; else the batch.
func TestWatermarksAtEvents(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	var recs []rec
	for i, at := range []int{1, 3, 2, 3, 9} {
		recs = append(recs, rec{"-", fmt.Sprintf(`{"a":%d,"ts":"1970-01-01 00:00:0%d"}`, i, at), 0, nil})
	}
	produce(t, c, p0("t"), plainBatch(wire.Plain), recs...)
	ts := types.TimestampType(3)
	for _, x := range []struct{ options, want string }{
		{"scan.watermark.emit.strategy=on-periodic", "5 rows 9000"},
		{"scan.watermark.emit.strategy=on-event", "1 rows 1000, 1 rows 3000, 3 rows 9000"},
		{"scan.watermark.emit.strategy=ON-EVENT,scan.watermark.emit.on-event.gap=2", "2 rows 3000, 3 rows"},
	} {
		var options []string
		for pair := range strings.SplitSeq(x.options, ",") {
			k, v, _ := strings.Cut(pair, "=")
			options = append(options, k, v)
		}
		s := source(k.ListenAddrs(), "t", types.Schema{{Name: "a", Type: types.IntType()}, {Name: "ts", Type: ts}}, options...)
		s.Watermark = &plan.Watermark{Column: 1, Expr: expr.NewColumn(1, ts)}
		l := open(t, s, nil, nil)
		if err := l.discover(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			f, err := l.rd.Poll(ctx)
			cancel()
			if errors.Is(err, connectors.ErrEnd) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.Batch == nil {
				continue
			}
			step := fmt.Sprintf("%d rows", f.Batch.Len)
			if f.HasWatermark {
				step += fmt.Sprintf(" %d", f.Watermark)
			}
			got = append(got, step)
			f.Batch.Release()
		}
		if d := cmp.Diff(x.want, strings.Join(got, ", ")); d != "" {
			t.Errorf("%s (-want +got)\n%s", x.options, d)
		}
		l.close()
	}
	s := source(k.ListenAddrs(), "t", ab(), "scan.watermark.emit.strategy", "on-event", "scan.watermark.emit.on-event.gap", "0")
	if _, err := connector().Capabilities(connectors.Table{Options: s.Options, Schema: ab()}); err == nil || !strings.Contains(err.Error(), "'scan.watermark.emit.on-event.gap' = '0': it must be at least 1") {
		t.Error(err)
	}
}
