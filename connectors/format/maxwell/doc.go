// Package maxwell is the format maxwell-json: messages of Maxwell, each the change of a row of a MySQL table; for an update the old image has
// only the columns that changed. Rows are written as messages that insert or delete a row.
package maxwell
