package connectors

import "millrace/operators"

// Names of counters of sources and sinks, as Env.Count takes them. The runtime counts rows, batches and the bytes that Fetch tells of itself. Those
// that say how much there is, not how much there was, are kept by adding differences. All are of one subtask and of one attempt of the job; clients
// see the sum over subtasks. Counters are added to once a batch, request or file, not once a row.
const (
	// CountMalformed is how many records could not be read.
	CountMalformed = "numRecordsMalformed"
	// CountWithoutValue is how many records had no value and gave no row.
	CountWithoutValue = "numRecordsWithoutValue"
	// CountPendingRecords is how many records the source's splits have that were not read: at Kafka, the end of the log less the position.
	CountPendingRecords = "pendingRecords"
	// CountPendingBytes is how many bytes they have.
	CountPendingBytes = "pendingBytes"
	// CountPendingFiles is how many files were found and are not read to their end. Parts of a large file count each.
	CountPendingFiles = "pendingFiles"
	// CountRetries is how many requests were sent again.
	CountRetries = "numRetries"
	// CountRecordsSent is how many records a sink has handed over, and CountBytesSent how many bytes.
	CountRecordsSent = "numRecordsSend"
	CountBytesSent   = "numBytesSend"
	// CountTransactions is how many transactions were begun, CountCommitted how many of this attempt and of the checkpoint that it was restored from
	// were committed, CountAborted how many that attempts before left open were aborted.
	CountTransactions = "numTransactions"
	CountCommitted    = "numTransactionsCommitted"
	CountAborted      = "numTransactionsAborted"
	// CountPendingTransactions is how many transactions wait for the end of their checkpoint.
	CountPendingTransactions = "pendingTransactions"
	// CountPendingUploads is how many files or uploads have rows that nobody sees yet, CountPublished how many files were made visible.
	CountPendingUploads = "pendingUploads"
	CountPublished      = "numFilesPublished"
)

// Counter returns a counter of the source or sink, also where nobody reads it.
func (e *Env) Counter(name string) *operators.Counter {
	if e.Count == nil {
		return &operators.Counter{}
	}
	return e.Count(name)
}
