package kafka_test

import (
	"maps"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/debezium"
	"millrace/connectors/format/json"
	"millrace/connectors/kafka"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestUpsertCapabilities(t *testing.T) {
	u := kafka.NewUpsert(format.NewRegistry(json.Format{}, debezium.Format{}))
	base := map[string]string{"connector": "upsert-kafka", "topic": "t", "properties.bootstrap.servers": "b:1", "key.format": "json", "value.format": "json"}
	for _, k := range []struct {
		key   []string
		set   string // key=value; without value: removed
		wants string
	}{
		{[]string{"k"}, "", ""},
		{[]string{"k"}, "value.json.timestamp-format.standard=ISO-8601", ""},
		{nil, "", "a PRIMARY KEY is required"},
		{[]string{"k"}, "key.format", "required options are missing: 'key.format'"},
		{[]string{"k"}, "value.format=debezium-json", "deletions are records without value"},
		{[]string{"k"}, "scan.startup.mode=earliest-offset", "unknown option 'scan.startup.mode'"},
		{[]string{"k"}, "sink.buffer-flush.max-rows=10", "must both be more than 0"},
		{[]string{"k"}, "sink.delivery-guarantee=twice", "allowed are none, at-least-once, exactly-once"},
		{[]string{"k"}, "sink.partitioner=org.example.P", "classes are not supported"},
	} {
		o := map[string]string{}
		maps.Copy(o, base)
		if name, value, ok := strings.Cut(k.set, "="); ok {
			o[name] = value
		} else {
			delete(o, name)
		}
		c, err := u.Capabilities(connectors.Table{
			Name: "t", Options: o, Key: k.key,
			Schema: types.Schema{{Name: "k", Type: types.BigIntType().AsNotNull()}, {Name: "v", Type: types.StringType()}},
		})
		switch {
		case k.wants == "" && (err != nil || !c.Sink || c.Source || len(c.SinkModes) != 1 || c.SinkModes[0] != plan.Upsert):
			t.Errorf("%q: %+v, %v", k.set, c, err)
		case k.wants != "" && (err == nil || !strings.Contains(err.Error(), k.wants)):
			t.Errorf("%q: %v, want %q", k.set, err, k.wants)
		}
	}
}
