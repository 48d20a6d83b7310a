// Package debezium is the format debezium-json: messages of Debezium, each the change of a row with its images before and after it, with or
// without their schema. Rows are written as messages that create or delete a row.
package debezium
