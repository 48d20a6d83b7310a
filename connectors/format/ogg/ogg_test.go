package ogg

import (
	"testing"

	"millrace/connectors/conntest"
)

func TestCases(t *testing.T) { conntest.ChangelogCases(t, Format{}) }

func seeds() []string {
	return []string{
		`{"op_type":"U","before":{"id":1},"after":{"id":2,"name":"x"},"op_ts":"2020-05-13 15:40:06.000001","primary_keys":["id"]}`,
		`{"op_type":"D","before":{"id":1},"primary_keys":[1,{}]}`, `{"op_type":"T"}`,
	}
}

func TestMutations(t *testing.T) { conntest.MutateChanges(t, Format{}, 1000, seeds()...) }

func FuzzDecode(f *testing.F) { conntest.FuzzChanges(f, Format{}, seeds()...) }

func BenchmarkMessages(b *testing.B) {
	conntest.BenchChanges(b, Format{}, map[string]string{
		"update": `{"before":{"id":111,"name":"scooter","n":15,"r":{"n":17,"s":"x"}},"after":{"id":111,"name":"scooter","n":18,"r":{"n":17,"s":"x"}},"op_type":"U","op_ts":"2020-05-13 15:40:06.000000","current_ts":"2020-05-13 15:40:07.000000","primary_keys":["id"],"pos":"00000000000000000000143","table":"PRODUCTS"}`,
	})
}
