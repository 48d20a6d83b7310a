// Package avro is the formats 'avro' (plain records in messages, object container files in folders), 'avro-confluent' (records behind the
// id of a schema that a registry keeps) and 'debezium-avro-confluent' (changes in such records).
//
// A schema that was written is compiled against the columns that are wanted: the result is a list of operations that walk over a record
// once, append to columns and pass over everything else ([schema] and its resolution as in the Avro specification: fields by name, promotion of
// numbers, unions with NULL). Writing is compiled likewise. The schema of a table is the one that Flink derives.
//
// Decoders, encoders, file readers and file writers belong to one goroutine. The package must not know connectors.
package avro
