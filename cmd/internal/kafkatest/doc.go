// Package kafkatest runs SQL over Kafka from end to end.
//
// It has no code but tests. They run jobs of the whole program in this process, crash them, and restore them with another parallelism, while
// others write to the topics; at the end the topics written must say what a simple model says. The brokers are an imitation in this process, or
// those that MILLRACE_KAFKA names: host:port, divided by commas.
package kafkatest
