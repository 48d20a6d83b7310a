package connectors

import "testing"

func TestMasked(t *testing.T) {
	for _, x := range []struct{ key, value, want string }{
		{"path", "s3://bucket/prefix", "s3://bucket/prefix"},
		{"s3.secret-key", "abc", "******"},
		{"S3.Access-Key", "abc", "******"},
		{"fs.s3a.access.key", "abc", "******"},
		{"properties.sasl.jaas.config", "x", "******"},
		{"properties.ssl.keystore.key", "x", "******"},
		{"properties.ssl.truststore.password", "x", "******"},
		{"avro-confluent.basic-auth.user-info", "me:pw", "******"},
		{"avro-confluent.url", "https://me:p@w@host:8081/a@b", "https://******@host:8081/a@b"},
		{"avro-confluent.url", "https://host:8081/a@b", "https://host:8081/a@b"},
		{"url", "http://a:b@h,https://c@i:1", "http://******@h,https://******@i:1"},
		{"", "mailto:a@b", "mailto:a@b"},
		{"key.fields", "id", "id"},
		{"primary-key", "id", "id"},
	} {
		if got := Masked(x.key, x.value); got != x.want {
			t.Errorf("%s = %s: %s", x.key, x.value, got)
		}
	}
}

// TestErrorsMask: an error about the value of a secret option does not show it.
func TestErrorsMask(t *testing.T) {
	known := []Option{{Key: "token", Type: Integer}, {Key: "url", Type: Integer}}
	for want, options := range map[string]map[string]string{
		"c: option 'token' = '******': an integer is expected":           {"token": "hunter2"},
		"c: option 'url' = 'http://******@host': an integer is expected": {"url": "http://me:hunter2@host"},
	} {
		if _, err := Decode("c", options, known); err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
	v, err := Decode("c", map[string]string{"token": "123456"}, known)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Invalid("token", "bad").Error(); got != "c: option 'token' = '******': bad" {
		t.Error(got)
	}
}
