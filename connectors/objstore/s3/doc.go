// Package s3 is an object store in a bucket of Amazon S3 or of a server that speaks its protocol.
//
// A [Store] writes small objects by one conditional request and large ones in parts; reads go on behind what arrived when a stream breaks;
// a completed upload is believed only when the object that it made was seen, because servers answer success for uploads that they do not
// know. Every request has a time limit and is repeated, with growing random pauses, while the error may pass and the budget lasts. A
// write whose response was lost is recognised as one's own.
//
// A Store is safe for use by many goroutines. Secrets are in no error, URI or log. The package must not know what is stored.
package s3
