package debezium

import (
	"testing"

	"millrace/connectors/conntest"
)

func TestCases(t *testing.T) { conntest.ChangelogCases(t, Format{}) }

func seeds() []string {
	return []string{
		`{"before":{"id":1,"name":"ann","r":{"n":1}},"after":{"id":2,"name":"é","n":5},"source":{"db":"d","ts_ms":5},"op":"u","ts_ms":3}`,
		`{"op":"c","after":{"id":1,"r":{"n":[1],"s":"x"}},"after":null}`, `{"before":{"id":1},"op":"d"`, `{"before":{},"before":{"id":"x"},"op":"d"}`,
	}
}

func TestMutations(t *testing.T) { conntest.MutateChanges(t, Format{}, 1000, seeds()...) }

func FuzzDecode(f *testing.F) { conntest.FuzzChanges(f, Format{}, seeds()...) }

func BenchmarkMessages(b *testing.B) {
	conntest.BenchChanges(b, Format{}, map[string]string{
		"insert":  `{"before":null,"after":{"id":1004,"name":"Anne Kretchmar","n":4711,"r":{"n":17,"s":"annek@noanswer.org"}},"source":{"version":"1.1.1.Final","connector":"mysql","name":"dbserver1","ts_ms":1589362330000,"snapshot":"false","db":"inventory","table":"customers","server_id":223344,"gtid":null,"file":"mysql-bin.000003","pos":154,"row":0,"thread":7,"query":null},"op":"c","ts_ms":1589362330904,"transaction":null}`,
		"update":  `{"before":{"id":1004,"name":"Anne","n":4711,"r":{"n":17,"s":"annek@noanswer.org"}},"after":{"id":1004,"name":"Anne Kretchmar","n":4711,"r":{"n":17,"s":"annek@noanswer.org"}},"op":"u","ts_ms":1589362330904}`,
		"late op": `{"op":"d","after":{"id":1004,"name":"Anne","n":4711,"r":{"n":17,"s":"annek@noanswer.org"}},"before":{"id":1004,"name":"Anne Kretchmar","n":4711,"r":{"n":17,"s":"annek@noanswer.org"}},"ts_ms":1589362330904}`,
	})
}
