package canal

import (
	"testing"

	"millrace/connectors/conntest"
)

func TestCases(t *testing.T) { conntest.ChangelogCases(t, Format{}) }

func seeds() []string {
	return []string{
		`{"data":[{"id":1,"name":"b"},{"id":2}],"old":[{"name":"a"},{"n":3}],"type":"UPDATE","sqlType":{"a":4},"pkNames":["id"],"ts":5}`,
		`{"old":[{"r":{"n":3}}],"data":[{"id":1,"r":{"n":4,"s":"y"}}],"type":"UPDATE"}`, `{"data":[{"id":1},null],"type":"DELETE"}`,
		`{"type":"UPDATE","data":[{"id":1}],"data":[],"old":[[{"n":1}]]}`,
	}
}

func TestMutations(t *testing.T) { conntest.MutateChanges(t, Format{}, 1000, seeds()...) }

func FuzzDecode(f *testing.F) { conntest.FuzzChanges(f, Format{}, seeds()...) }

func BenchmarkMessages(b *testing.B) {
	conntest.BenchChanges(b, Format{}, map[string]string{
		"insert": `{"data":[{"id":"111","name":"scooter","n":"15","r":{"n":17,"s":"x"}}],"database":"inventory","es":1589373515000,"id":3,"isDdl":false,"mysqlType":{"id":"INTEGER","name":"VARCHAR(255)"},"old":null,"pkNames":["id"],"sql":"","sqlType":{"id":4,"name":12,"n":4},"table":"products","ts":1589373515477,"type":"INSERT"}`,
		"update": `{"data":[{"id":"111","name":"scooter","n":"15","r":{"n":17,"s":"x"}}],"database":"inventory","es":1589373515000,"id":3,"isDdl":false,"mysqlType":{"id":"INTEGER","name":"VARCHAR(255)"},"old":[{"n":"18"}],"pkNames":["id"],"sql":"","sqlType":{"id":4,"name":12,"n":4},"table":"products","ts":1589373515477,"type":"UPDATE"}`,
	})
}
