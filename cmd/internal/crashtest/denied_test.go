package crashtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"millrace/connectors/kafka/kafkatest"
)

// copySQL copies a topic.
const copySQL = `SET 'table.local-time-zone' = 'UTC';
CREATE TABLE a (n BIGINT) WITH ('connector' = 'kafka', 'topic' = '%[2]s', 'properties.bootstrap.servers' = '%[1]s', 'format' = 'json',
  'scan.startup.mode' = '%[5]s', 'scan.bounded.mode' = 'latest-offset', 'properties.group.id' = '%[6]s', 'properties.auto.offset.reset' = 'earliest');
CREATE TABLE b (n BIGINT) WITH ('connector' = 'kafka', 'topic' = '%[3]s', 'properties.bootstrap.servers' = '%[1]s', 'format' = 'json',
  'sink.transactional-id-prefix' = '%[4]s');
INSERT INTO b SELECT * FROM a;
`

// TestDenied: brokers with access lists refuse each thing in turn. The job fails soon, and says what it may not do.
func TestDenied(t *testing.T) {
	t.Parallel()
	k := kafkatest.StartOwn(t, 1, kafkatest.Authorizer()...)
	produce := k.Producer(t)
	for _, x := range []struct {
		name string
		kind kmsg.ACLResourceType
		stem string
		op   kmsg.ACLOperation
		want []string
	}{
		{"nothing", 0, "", 0, nil},
		{"describe the source", kmsg.ACLResourceTypeTopic, "in", kmsg.ACLOperationDescribe, []string{"TOPIC_AUTHORIZATION_FAILED"}},
		{"read the source", kmsg.ACLResourceTypeTopic, "in", kmsg.ACLOperationRead, []string{"TOPIC_AUTHORIZATION_FAILED"}},
		{"read the group of the source", kmsg.ACLResourceTypeGroup, "group", kmsg.ACLOperationDescribe, []string{"GROUP_AUTHORIZATION_FAILED"}},
		{"write the sink", kmsg.ACLResourceTypeTopic, "out", kmsg.ACLOperationWrite, []string{"TOPIC_AUTHORIZATION_FAILED"}},
		{"write transactions", kmsg.ACLResourceTypeTransactionalId, "id", kmsg.ACLOperationWrite, []string{"TRANSACTIONAL_ID_AUTHORIZATION_FAILED"}},
		{"write progress records", kmsg.ACLResourceTypeGroup, "id", kmsg.ACLOperationRead, []string{"GROUP_AUTHORIZATION_FAILED"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			in, out := k.Topic(t, "in", 1), k.Topic(t, "out", 1)
			names := map[string]string{"in": in, "out": out, "id": k.Name("id"), "group": k.Name("group")}
			if err := produce(t.Context(), in, 0, `{"n":1}`); err != nil {
				t.Fatal(err)
			}
			if x.stem != "" {
				k.Deny(t, x.kind, names[x.stem], x.op)
			}
			mode := "earliest-offset"
			if x.stem == "group" {
				mode = "group-offsets"
			}
			j := newJob(t, fmt.Sprintf(copySQL, k.Servers(), in, out, names["id"], mode, names["group"]))
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			begun := time.Now()
			c, log := j.command(ctx, "out", false, j.checkpoints("-D", "restart-strategy.type=none")...)
			err := c.Run()
			if len(x.want) == 0 {
				if err != nil {
					t.Fatalf("%v\n%s", err, log)
				}
				return
			}
			if err == nil || ctx.Err() != nil {
				t.Fatalf("the run must fail by itself: %v\n%s", err, log)
			}
			wantText(t, log.String(), append(x.want, names[x.stem])...)
			t.Logf("after %s: %s", time.Since(begun).Round(time.Millisecond), lastLine(log.String()))
			if x.stem == "out" {
				return // nobody may look either
			}
			if rows := k.Committed(t, out); len(rows) > 0 {
				t.Errorf("%d rows were written", len(rows))
			}
		})
	}
}

// lastLine is the last line that is not empty.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
