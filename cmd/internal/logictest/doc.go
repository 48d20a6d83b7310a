// Package logictest runs the SQL logic tests of testdata/logic: one expected answer for each case, under many configurations.
//
// It has no code but tests. Files are written for datadriven; go test ./cmd/internal/logictest -rewrite accepts what the configuration local
// answers. The commands:
//
//	exec                        statements, separated by ';'
//	feed TABLE                  the rows of a table with 'connector' = 'feed', one on each line: [+I|-U|+U|-D] fields as CSV, NULL for NULL
//	query [batch] [ordered]     a query; expected: names and types of the columns, then the net rows, sorted (ordered: as delivered)
//	changelog                   a query; expected: every change in order, read row by row; compared under local only
//	insert TABLE                an INSERT into a table with 'connector' = 'feed'; expected: the net rows of the table
//	error                       a statement; expected: code, line:column and message
//	plan                        a statement; expected: the text of EXPLAIN
//
// The connector feed is bounded and deterministic. Where a table says 'ordered' = 'true' it has one split under every configuration: for
// cases in which the order of rows counts. 'format' = 'json' reads the rows as JSON. In a column of TIMESTAMP or TIMESTAMP_LTZ, a time alone
// means the first of January 2024. Rows are fed in the order written.
//
// Configurations: local (all rows in one batch, answers by the path of a client), batch-1 (one row in each batch), random-cuts (batches of
// random size, some with a selection of rows), parallel-4, unchained, crash (a checkpoint at each row, then more rows, a crash and a restore
// from there), rescale (the same at a few rows, restored with another parallelism). All but local write to a sink that commits with
// checkpoints, and the answer is what was committed. A file with the suffix .todo is not run.
package logictest
