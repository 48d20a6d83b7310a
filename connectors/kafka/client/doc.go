// Package client talks to a Kafka cluster: it knows brokers, leaders and coordinators, sends messages of package wire to them, and fetches.
//
// The main types are [Config], which [ParseConfig] reads from 'properties.*', and [Client]. [Client.Do] sends one message to one broker;
// [Client.Retry] repeats a piece of work for as long as its errors are those that pass, within a bounded time; [Client.ToCoordinator] and
// [Client.Leaders] find where to send. [Fetcher] reads partitions: one goroutine and one request in flight for each broker.
//
// Errors. A *[BrokerError] names the broker's address. A wire.Code in the chain of an error is the broker's answer. [Retryable] tells whether
// trying again may help. Passwords are in no error and no log line.
//
// Clients may be used from any goroutine; a message belongs to one call, and after a call that ended with its context to none.
// The package must not know columns or jobs.
package client
