// Package canal is the format canal-json: messages of Canal, each a change of one kind to any number of rows of a MySQL table. For an update
// the old images have only the columns that changed; a column that the old image of another row of the message has is NULL in those that
// lack it, as in Flink. Rows are written as messages that insert or delete one row.
package canal
