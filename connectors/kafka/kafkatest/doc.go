// Package kafkatest gives tests Kafka brokers: real ones where MILLRACE_KAFKA names them (host:port, divided by commas), else an imitation in the
// process, and says which. What it reads and lists goes through another client than the connector's, so that both cannot be wrong alike.
//
// .ci/kafka starts real brokers; .ci/run does so before the tests. Only tests import this package.
package kafkatest
