// Package filesystem is the connector for files in folders: a bounded or monitored source, and a sink that commits files exactly once.
//
// Reading. The enumerator lists the files below the path (hidden ones left out); a split is a file, or a range of a large one that ends at
// line ends; its position is the offset of the next record. Partition columns come from directories named column=value.
//
// Writing. A writer appends the rows of each partition to hidden files. Prepare hands finished files to the committer, which gives them their
// names, and keeps open ones, with their valid length, as state. So files are visible if and only if their checkpoint is complete.
//
// The package must not know formats: it is given their registry.
package filesystem
