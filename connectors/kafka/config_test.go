package kafka_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"millrace/connectors"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOptions(t *testing.T) {
	schema := types.Schema{{Name: "k_id", Type: types.IntType()}, {Name: "b", Type: types.StringType()}}
	for _, x := range []struct{ options, want string }{
		{"", ""},
		{"properties.sasl.jaas.config=topsecret", ""},
		{"value.format=json", "options 'format' and 'value.format' cannot both be given"},
		{"format=", "required option 'format' is missing"},
		{"format=avro9", "option 'format' = 'avro9': not found"},
		{"topic=", "exactly one of the options 'topic' and 'topic-pattern'"},
		{"topic-pattern=x", "exactly one of the options 'topic' and 'topic-pattern'"},
		{"topic=,topic-pattern=(", "option 'topic-pattern' = '('"},
		{"properties.bootstrap.servers=", "required options are missing: 'properties.bootstrap.servers'"},
		{"properties.bootstrap.servers=nope", "'properties.bootstrap.servers' = 'nope': \"nope\" is no host:port"},
		{"scan.startup.mod=x", "did you mean 'scan.startup.mode'?"},
		{"scan.startup.mode=x", "allowed are earliest-offset, latest-offset, group-offsets, timestamp, specific-offsets"},
		{"scan.startup.mode=timestamp", "the option 'scan.startup.timestamp-millis' is needed"},
		{"scan.startup.mode=specific-offsets", "the option 'scan.startup.specific-offsets' is needed"},
		{"scan.startup.mode=specific-offsets,scan.startup.specific-offsets=nope", "is not of the form partition:0,offset:42"},
		{"topic=a;b,scan.startup.mode=specific-offsets,scan.startup.specific-offsets=x", "exactly one topic is allowed"},
		{"scan.bounded.mode=earliest-offset", "allowed are unbounded, latest-offset"},
		{"scan.bounded.mode=group-offsets", "option 'properties.group.id' is needed"},
		{"key.fields=k_id", "needs the option 'key.format'"},
		{"key.format=json", "needs the option 'key.fields'"},
		{"key.format=json,key.fields=nope", "there is no physical column 'nope'"},
		{"key.format=debezium-json,key.fields=b", "a format of changes cannot write keys"},
		{"key.format=raw,key.fields=k_id;b", "option 'key.format': format 'raw': exactly one physical column"},
		{"key.format=json,key.fields=k_id,key.fields-prefix=k_", "needs 'value.fields-include' = 'EXCEPT_KEY'"},
		{"key.format=json,key.fields=b,key.fields-prefix=k_,value.fields-include=EXCEPT_KEY", "'b' does not begin with 'key.fields-prefix' = 'k_'"},
		{"key.format=json,key.fields=k_id,key.fields-prefix=k_,value.fields-include=EXCEPT_KEY,key.json.ignore-parse-errors=true", ""},
		{"format=raw", "format 'raw': exactly one physical column"},
		{"json.ignore-parse-errors=x", "true or false is expected"},
	} {
		o := map[string]string{"connector": "kafka", "topic": "t", "properties.bootstrap.servers": "h:1", "format": "json"}
		for pair := range strings.SplitSeq(x.options, ",") {
			k, v, _ := strings.Cut(pair, "=")
			if k == "scan.startup.specific-offsets" && v == "x" {
				v = "partition:0,offset:1"
			}
			if o[k] = v; v == "" {
				delete(o, k)
			}
		}
		_, err := connector().Capabilities(connectors.Table{Name: "t", Options: o, Schema: schema})
		switch {
		case x.want == "" && err != nil, x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)):
			t.Errorf("%s: %v", x.options, err)
		case err != nil && strings.Contains(err.Error(), "topsecret"):
			t.Errorf("%s: the error tells a secret: %v", x.options, err)
		}
	}
}
