package maxwell

import (
	"testing"

	"millrace/connectors/conntest"
)

func TestCases(t *testing.T) { conntest.ChangelogCases(t, Format{}) }

func seeds() []string {
	return []string{
		`{"type":"update","data":{"id":1,"n":2,"r":{"n":4}},"old":{"r":{"n":3}},"ts":5,"primary_key_columns":["id"]}`,
		`{"type":"insert","data":{"id":1}}`, `{"type":"delete","old":5,"data":{"r":{"s":"x`,
	}
}

func TestMutations(t *testing.T) { conntest.MutateChanges(t, Format{}, 1000, seeds()...) }

func FuzzDecode(f *testing.F) { conntest.FuzzChanges(f, Format{}, seeds()...) }

func BenchmarkMessages(b *testing.B) {
	conntest.BenchChanges(b, Format{}, map[string]string{
		"insert": `{"database":"test","table":"product","type":"insert","ts":1596684883,"xid":7125,"commit":true,"data":{"id":111,"name":"scooter","n":15,"r":{"n":17,"s":"x"}}}`,
		"update": `{"database":"test","table":"product","type":"update","ts":1596684883,"xid":7125,"commit":true,"data":{"id":111,"name":"scooter","n":15,"r":{"n":17,"s":"x"}},"old":{"n":18}}`,
	})
}
