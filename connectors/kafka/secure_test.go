package kafka_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/kafka/wire"
)

// TestRealBrokerSecurity logs in to a real broker in every way, and is refused in every way.
func TestRealBrokerSecurity(t *testing.T) {
	k := kafkatest.StartSecure(t)
	topic := k.Topic(t, "secret", 1)
	produce(t, newClient(t, k.Addresses), p0(topic), plainBatch(wire.Plain), rec{"-", `{"a":1,"b":"x"}`, 0, nil})
	read := func(address string, options ...string) ([]string, time.Duration, error) {
		begun := time.Now()
		props := append([]string{"properties.default.api.timeout.ms", "5000"}, options...)
		got, err := all(t, source([]string{address}, topic, ab(), props...))
		return got, time.Since(begun), err
	}
	login := func(mechanism, password, ca string, more ...string) []string {
		return append([]string{
			"properties.security.protocol", "SASL_SSL", "properties.sasl.mechanism", mechanism, "properties.sasl.jaas.config", kafkatest.Login(mechanism, password),
			"properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", ca,
		}, more...)
	}
	mutual := []string{"properties.security.protocol", "SSL", "properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", k.CA}
	certificate := slices.Concat(mutual, []string{"properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.location", k.Client})
	for _, x := range []struct {
		name    string
		address string
		options []string
		want    string // of the error; "": none
	}{
		{"PLAIN", k.SASL, login("PLAIN", kafkatest.Password, k.CA), ""},
		{"SCRAM-SHA-256", k.SASL, login("SCRAM-SHA-256", kafkatest.Password, k.CA), ""},
		{"SCRAM-SHA-512", k.SASL, login("SCRAM-SHA-512", kafkatest.Password, k.CA), ""},
		{"certificate", k.TLS, certificate, ""},
		{"wrong password, PLAIN", k.SASL, login("PLAIN", "wrong-secret", k.CA), "login refused"},
		{"wrong password, SCRAM", k.SASL, login("SCRAM-SHA-512", "wrong-secret", k.CA), "login refused"},
		{"unknown authority", k.SASL, login("PLAIN", kafkatest.Password, k.Other), "certificate signed by unknown authority"},
		{"no certificate", k.TLS, mutual, "ssl.keystore.location"},
		{"TLS without login", k.SASL, mutual, "security.protocol"},
		{"nothing at all", k.SASL, nil, "TLS"},
		{"TLS where there is none", k.Addresses[0], mutual, "broker 127.0.0.1:"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, spent, err := read(x.address, x.options...)
			if x.want == "" {
				if err != nil || len(got) != 1 {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), x.address) {
				t.Errorf("after %s: %v", spent, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret\"") || spent > 20*time.Second {
				t.Errorf("after %s, with the password or late: %v", spent, err)
			}
			t.Logf("after %s: %v", spent.Round(time.Millisecond), err)
		})
	}
}
