// Package changelog reads and writes JSON messages that tell how rows changed: what the formats debezium-json, canal-json, maxwell-json and
// ogg-json have in common. Each of them is a [Shape]: the names of the members, the words for the kinds of change, the texts around a row.
//
// A decoder walks over the members of a message and reads the images of rows straight into columns, in the order in which they stand; in
// messages as they are usually written that is the order of the rows they stand for, so that nothing is copied. When the kind of change,
// which may come last, shows that other rows are wanted, they are taken back and the images are read again.
//
// A decoder belongs to one goroutine. The package must not know where records come from.
package changelog
