// Package types holds the data types of Flink SQL.
//
// The main type is [Type]: a kind, its parameters (length, precision, scale, element types, fields), and nullability, which is part
// of a type. A [Schema] is an ordered list of named types. Types are plain values with a JSON form; they are compared with
// [Type.Equal] and printed as Flink prints them with [Type.String].
//
// Storage: [Type.Storage] says how values of a type lie in a column (see operators/vector):
//
//	BOOLEAN                          one bit a value
//	TINYINT SMALLINT INT BIGINT      int8 int16 int32 int64
//	FLOAT DOUBLE                     float32 float64
//	DECIMAL(p,s), p <= 18            int64, unscaled
//	DECIMAL(p,s), p > 18             128 bits, unscaled, two's complement, little endian
//	CHAR VARCHAR BINARY VARBINARY    int32 offsets and bytes (text is UTF-8)
//	VARIANT                          as text: JSON in one form for each value (see operators/kernel/jsonpath)
//	BITMAP                           as bytes: the portable Roaring form (see operators/kernel/bitmap)
//	DATE                             int32 days since 1970-01-01
//	TIME(p)                          int32 milliseconds of the day
//	TIMESTAMP(p), TIMESTAMP_LTZ(p)   p <= 3: int64 milliseconds, p <= 6: int64 microseconds, p <= 9: 128 bits, nanoseconds; since 1970-01-01
//	INTERVAL YEAR TO MONTH           int32 months
//	INTERVAL DAY TO SECOND           int64 milliseconds
//	ARRAY                            int32 offsets and one child column
//	MAP, MULTISET                    int32 offsets and two child columns (key and value; element and INT count)
//	ROW                              one child column for each field
//
// The package imports nothing of this module.
package types
